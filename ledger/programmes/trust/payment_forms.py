"""The events by which money leaves a trust, and what each needs to be told."""

from typing import NamedTuple
from uuid import UUID


class PaymentForm(NamedTuple):
    """Role of the payee in an event, if it has one, and the name of its amount."""

    payee: str | None
    amount: str

    def owners(self, bank_account_id: UUID, payee_id: UUID | None) -> dict[str, UUID | None]:
        """Whose accounts a payment touches, by their roles in its event."""
        owners: dict[str, UUID | None] = {"bank": bank_account_id}
        if self.payee is not None:
            owners[self.payee] = payee_id
        return owners


#: Events by which money leaves on the trust's own word.
PAYMENTS = {
    "TR10": PaymentForm(None, "paid"),
    "TR12": PaymentForm("supplier", "paid"),
    "TR14": PaymentForm("trustee", "paid"),
    "TR17": PaymentForm("advance", "repaid"),
    "TR19": PaymentForm(None, "paid"),
    "TR23": PaymentForm(None, "transferred"),
    "TR26": PaymentForm(None, "returned"),
    "TR30": PaymentForm("unit", "paid"),
    "TR37": PaymentForm("deposit", "returned"),
}
