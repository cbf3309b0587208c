"""The events by which money leaves a trust, and what each needs to be told."""

from typing import NamedTuple


class PaymentForm(NamedTuple):
    """Role of the payee in an event, if it has one, and the name of its amount."""

    payee: str | None
    amount: str


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
