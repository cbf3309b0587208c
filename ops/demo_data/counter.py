"""The counters of the shops: purchases of the plan as the commands that tills send."""

from typing import TypedDict, TypeVar
from uuid import UUID

import msgspec

from ledger.books.idempotency import idempotency_key
from ledger.books.posting import Command
from ledger.clock import business_date
from ledger.programmes.redemption.checkout import (
    new_authorisation,
    new_capture,
    new_refund,
    new_void,
)
from ledger.programmes.redemption.terms import Terms
from ops.demo_data.built import BuiltProgramme
from ops.demo_data.spending_points import PurchasePlan

C = TypeVar("C", bound=Command)


class _Common(TypedDict):
    key: UUID
    caller_id: int
    merchant_id: UUID


class Counter:
    """Writes the commands of purchases as the counters of the shops send them."""

    def __init__(self, built: BuiltProgramme, terms: Terms) -> None:
        self._built = built
        self._terms = terms

    def hold(self, plan: PurchasePlan) -> Command:
        """Hold points of a member who agrees herself: codes of a year ago cannot be shown again.

        Nobody acts for her, so nothing of it is on record as done in her place.
        """
        buyer = self._built.members[plan.member]
        common = self._common(plan, "held")
        common["caller_id"] = buyer.person.caller_id
        return _booked(
            new_authorisation(
                **common,
                terms=self._terms,
                amount=plan.held,
                member_id=buyer.member.member_id,
                occurred_at=plan.at,
            )
        )

    def take(self, plan: PurchasePlan, redemption_id: UUID) -> Command:
        """Take what was held, or the part of it that the goods cost."""
        return _booked(
            new_capture(
                **self._common(plan, "taken"),
                redemption_id=redemption_id,
                amount=plan.taken,
                occurred_at=plan.at,
            )
        )

    def void(self, plan: PurchasePlan, redemption_id: UUID) -> Command:
        """Release what was held."""
        common = self._common(plan, "void")
        return _booked(new_void(**common, redemption_id=redemption_id, occurred_at=plan.at))

    def refund(self, plan: PurchasePlan, redemption_id: UUID) -> Command:
        """Give back what was taken."""
        return _booked(
            new_refund(
                **self._common(plan, "refunded"),
                terms=self._terms,
                redemption_id=redemption_id,
                occurred_at=plan.refunded_at,
            )
        )

    def _common(self, plan: PurchasePlan, what: str) -> _Common:
        shop = self._built.shops[plan.shop]
        words = f"demo {self._built.plan.key} {plan.member} {plan.at.isoformat()} {what}"
        return {
            "key": idempotency_key(words),
            "caller_id": shop.operator.caller_id,
            "merchant_id": shop.merchant.merchant_id,
        }


def _booked(command: C) -> C:
    """The command with the day on which it happened as its accounting date."""
    return msgspec.structs.replace(command, booked_on=business_date(command.occurred_at))
