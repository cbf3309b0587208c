"""Bodies and views of codes and purchases."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from api.v1.forms import (
    Amount,
    Command,
    Total,
)

StatusName = Literal["authorised", "captured", "void", "expired"]


TypedCode = Annotated[
    str, Meta(max_length=100, description="Token or eight digits.", examples=["1234 5678"])
]
Reference = Annotated[
    str, Meta(max_length=64, description="Transaction number, unique at its terminal.")
]
Terminal = Annotated[str, Meta(max_length=40, description="The merchant's terminal.")]


ChosenDate = Annotated[
    date,
    Meta(description="Accounting date in an open month, for the programme's staff; absent: today."),
]


class NewCode(Command, frozen=True):
    """A code to be shown at a merchant; it replaces the member's earlier ones."""

    member_id: UUID
    amount_limit: Annotated[
        Amount | None, Meta(description="Most it is good for, 1/100 point.")
    ] = None
    merchant_id: Annotated[UUID | None, Meta(description="Only there.")] = None
    ground: Annotated[str, Meta(description="From staff: how the member asked for it.")] = ""


class NewAuthorisation(Command, frozen=True):
    """Points to be held, by the code that the member presents. Amount in 1/100 point."""

    merchant_id: UUID
    amount: Amount
    code: TypedCode
    terminal: Terminal = ""
    merchant_reference: Reference | None = None


class CapturePurchase(Command, frozen=True):
    """What is taken of the points held; absent: all."""

    merchant_id: UUID
    amount: Amount | None = None
    terminal: Terminal = ""


class VoidPurchase(Command, frozen=True):
    """Release of the points held."""

    merchant_id: UUID | None = None
    booked_on: ChosenDate | None = None


class RefundPurchase(Command, frozen=True):
    """What is given back of the points captured; absent: all that is left."""

    merchant_id: UUID
    amount: Amount | None = None
    terminal: Terminal = ""
    booked_on: ChosenDate | None = None


class CodeView(msgspec.Struct, frozen=True):
    """A new code; neither form can be read again: absent when the same command came again."""

    code_id: UUID
    token: Annotated[str | None, Meta(description="Text of the QR picture; shown once, now.")]
    digits: Annotated[str | None, Meta(description="Shown once, now.")]
    expires_at: datetime


class PurchaseView(msgspec.Struct, frozen=True):
    """A purchase as it stands; points in 1/100, money in fen."""

    redemption_id: UUID
    member_id: UUID
    member_name: Annotated[str, Meta(description="Masked.")]
    merchant_id: UUID
    merchant_name: str
    terminal: str
    merchant_reference: str | None
    amount: Total
    captured: Total
    refunded: Total
    status: StatusName
    authorised_at: datetime
    expires_at: datetime
    captured_at: datetime | None
    value_fen: int | None
    payable_fen: int | None


class PurchasePage(msgspec.Struct, frozen=True):
    """A page of purchases, the newest first."""

    items: list[PurchaseView]
    next_cursor: str | None
