"""One trust from its opening balance to today, on both sides: the books and the bank."""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from ops.demo_data.days import Span, last_day
from ops.demo_data.estates import EstatePlan
from ops.demo_data.fees import plan_fees
from ops.demo_data.loose_ends import last_imported_day, plan_loose_ends
from ops.demo_data.spending import plan_spending
from ops.demo_data.trust_events import Movement, TrustEvent, TrustPlan


class BankPeriod(msgspec.Struct, frozen=True):
    """What one bank file covers. Balances in fen."""

    first: date
    last: date
    opening_fen: int
    movements: tuple[Movement, ...]

    @property
    def closing_fen(self) -> int:
        """The balance after the last movement."""
        return self.opening_fen + sum(movement.amount_fen for movement in self.movements)


def plan_trust(estate: EstatePlan, span: Span) -> TrustPlan:
    """Both sides up to today, each in the order of its days."""
    fees = plan_fees(estate, span)
    plan = TrustPlan()
    plan.add([_opening(estate, span.first)])
    plan.add(fees.events, fees.movements)
    for other in (plan_spending(estate, span, fees.events), plan_loose_ends(estate, span)):
        plan.add(other.events, other.movements)
    plan.sort()
    return plan.until(span.today)


def _opening(estate: EstatePlan, day: date) -> TrustEvent:
    return TrustEvent(
        event="TR66",
        day=day - timedelta(days=1),
        amount=estate.form.opening_fen,
        memo="期初建账 共管账户存款",
    )


def bank_periods(estate: EstatePlan, plan: TrustPlan, span: Span) -> list[BankPeriod]:
    """One period a month up to the last day imported; then the days until yesterday.

    The last period is the file that the visitor may upload.
    """
    imported = last_imported_day(span)
    bounds = [(month, min(last_day(month), imported)) for month in span.months()]
    bounds = [(first, last) for first, last in bounds if first <= last]
    bounds.append((imported + timedelta(days=1), span.today - timedelta(days=1)))
    periods = []
    balance_fen = estate.form.opening_fen
    for first, last in bounds:
        period = BankPeriod(first, last, balance_fen, _within(plan.movements, first, last))
        balance_fen = period.closing_fen
        periods.append(period)
    return periods


def _within(movements: Iterable[Movement], first: date, last: date) -> tuple[Movement, ...]:
    return tuple(movement for movement in movements if first <= movement.day <= last)
