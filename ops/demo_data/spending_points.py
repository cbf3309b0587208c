"""What members do with their time: hours become points, points go to the shops.

The plan keeps count of what everybody has, so that nothing in it will be refused.
"""

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from random import Random

import msgspec

from ledger.clock import SHANGHAI
from ops.demo_data.chance import chance_for, percent
from ops.demo_data.days import Span, at, some_time
from ops.demo_data.district import ProgrammePlan, ShopPlan
from ops.demo_data.services import ServicePlan

#: Points (1/100) for an hour, and the days from verification until nobody can object: the rules
#: points.rate_per_hour and service.objection_days as they ship, with a day to spare.
_POINTS_PER_HOUR = 1000
_DAYS_UNTIL_EFFECTIVE = 4
_WINDOW_DAYS = 10
#: What a member keeps back when shopping, so that there is something to show; 1/100 point.
_KEPT_POINTS, _MANY_POINTS = 2500, 7500


class ConversionPlan(msgspec.Struct, frozen=True):
    """Minutes that become points."""

    member: int
    at: datetime
    minutes: int
    points: int


class PurchasePlan(msgspec.Struct, frozen=True):
    """A purchase: held, then taken whole or in part, or voided; perhaps given back later."""

    member: int
    shop: int
    at: datetime
    held: int
    #: 0: voided.
    taken: int
    refunded_at: datetime | None = None


class Window(msgspec.Struct, frozen=True):
    """Ten days of a programme: first what becomes effective, then the rest."""

    first: date
    services: tuple[ServicePlan, ...]
    conversions: tuple[ConversionPlan, ...]
    purchases: tuple[PurchasePlan, ...]


def plan_windows(programme: ProgrammePlan, services: list[ServicePlan], span: Span) -> list[Window]:
    """The history of a programme in windows of ten days."""
    by_window: dict[date, list[ServicePlan]] = defaultdict(list)
    firsts = _window_days(span)
    for service in services:
        recorded_on = service.recorded_at.astimezone(SHANGHAI).date()
        by_window[max(first for first in firsts if first <= recorded_on)].append(service)
    purse = _Purse(programme, span)
    windows = []
    for first in firsts:
        purse.receive(first)
        conversions = purse.convert(first)
        purchases = purse.spend(first)
        purse.expect(by_window[first])
        windows.append(Window(first, tuple(by_window[first]), tuple(conversions), tuple(purchases)))
    return windows


def _window_days(span: Span) -> list[date]:
    found = [span.first]
    while found[-1] + timedelta(days=_WINDOW_DAYS) <= span.today:
        found.append(found[-1] + timedelta(days=_WINDOW_DAYS))
    return found


class _Purse:
    """What every member has, as the windows go by."""

    def __init__(self, programme: ProgrammePlan, span: Span) -> None:
        self._programme = programme
        self._span = span
        self._chance = chance_for("purses", programme.key)
        self._coming: list[tuple[date, int, int]] = []
        self._minutes: Counter[int] = Counter()
        self._points: Counter[int] = Counter()

    def expect(self, services: list[ServicePlan]) -> None:
        """Note what verified services will bring."""
        for service in services:
            if service.verified_at is not None and service.credited_minutes:
                verified_on = service.verified_at.astimezone(SHANGHAI).date()
                effective_on = verified_on + timedelta(days=_DAYS_UNTIL_EFFECTIVE)
                self._coming.append((effective_on, service.member, service.credited_minutes))

    def receive(self, first: date) -> None:
        """Take in what is effective before a window begins."""
        for effective_on, member, minutes in self._coming:
            if effective_on <= first:
                self._minutes[member] += minutes
        self._coming = [coming for coming in self._coming if coming[0] > first]

    def convert(self, first: date) -> list[ConversionPlan]:
        """Whole hours become points on the first two days of a window."""
        chosen = []
        for member, minutes in sorted(self._minutes.items()):
            hours = minutes // 60
            if hours < 2 or not percent(self._chance, 55):
                continue
            converted = hours if hours < 5 else hours - 2
            moment = some_time(
                self._chance,
                first + timedelta(days=self._chance.randrange(2)),
                first_hour=8,
                last_hour=20,
            )
            if not self._span.has_passed(moment):
                continue
            points = converted * _POINTS_PER_HOUR
            self._minutes[member] -= converted * 60
            self._points[member] += points
            chosen.append(ConversionPlan(member, moment, converted * 60, points))
        return chosen

    def spend(self, first: date) -> list[PurchasePlan]:
        """Purchases from the third day of a window on."""
        found = []
        tries = [
            member
            for member, points in sorted(self._points.items())
            for _ in range(2 + points // _MANY_POINTS)
        ]
        for member in tries:
            if self._points[member] > _KEPT_POINTS and percent(self._chance, 45):
                plan = self._purchase(member, first)
                if plan is not None:
                    self._points[member] -= plan.held  # all holds are placed before any is taken
                    found.append(plan)
        for plan in found:
            kept = plan.taken if plan.refunded_at is None else 0
            self._points[plan.member] += plan.held - kept
        return sorted(found, key=lambda plan: plan.at)

    def _purchase(self, member: int, first: date) -> PurchasePlan | None:
        chance = self._chance
        number = chance.randrange(len(self._programme.shops))
        shop = self._programme.shops[number]
        held = chance.choice(shop.prices)
        day = first + timedelta(days=chance.randrange(2, _WINDOW_DAYS))
        moment = some_time(chance, day, first_hour=shop.opens, last_hour=shop.closes)
        if not self._span.has_passed(moment):
            moment = _today_at(self._span, shop, chance) or moment
        if held > self._points[member] or not self._span.has_passed(moment):
            return None
        way = chance.randrange(100)
        taken = 0 if way < 4 else held * 3 // 4 if way < 10 else held
        refunded_at = None
        if shop.refunds_allowed and taken and percent(chance, 6):
            refunded_at = moment + timedelta(hours=chance.randrange(2, 60))
            if not self._span.has_passed(refunded_at):
                refunded_at = None
        return PurchasePlan(member, number, moment, held, taken, refunded_at)


def _today_at(span: Span, shop: ShopPlan, chance: Random) -> datetime | None:
    """A moment of this day while the shop has been open; what was planned for later comes now."""
    opened = at(span.today, shop.opens)
    minutes = (span.moment - opened) // timedelta(minutes=1)
    if minutes < 1:
        return None
    return opened + timedelta(
        minutes=chance.randrange(min(minutes, 60 * (shop.closes - shop.opens)))
    )
