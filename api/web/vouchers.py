"""The voucher page: one entry with its rule and its lines, for members and for auditors."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from api.web.formatting import Language, format_month
from api.web.movements import account_name, event_name
from ledger.books.entries import Entry, EntryTransfer
from ledger.books.posting import NEVER

PURCHASE_EVENTS = frozenset({"SP01", "SP02", "SP03", "SP04", "SP05", "SP06"})
#: Names of holders by their public id, as far as the reader may see them.
Holders = Mapping[UUID, str]


class EntryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a transfer as a bookkeeper writes it."""

    code: str
    name: str
    owner: str | None
    href: str | None
    debit: int = 0
    credit: int = 0
    unit: str
    expires_on: date | None


class VoucherView(msgspec.Struct, frozen=True, kw_only=True):
    """What the page shows of an entry besides its lines."""

    entry: Entry
    title: str
    rule: str
    number: str | None
    #: The purchase it is about, under whose number the merchant finds the receipt.
    receipt: UUID | None
    reverses_href: str | None
    reversed_by_href: str | None


class Change(msgspec.Struct, frozen=True):
    """By how much an entry changed what one holder owns in one book."""

    book: str
    amount: int
    unit: str


def voucher_view(
    entry: Entry, folder: str, language: Language, title: str | None = None
) -> VoucherView:
    """The head of the page; links to reversals stay in the same folder."""
    numbers = [
        f"{voucher.book_code} {format_month(voucher.period, language)} 记-{voucher.number}"
        for voucher in entry.vouchers
    ]
    return VoucherView(
        entry=entry,
        title=title or event_name(entry.head.event_code, language),
        rule=f"{entry.head.event_code} {event_name(entry.head.event_code, language)}",
        number=", ".join(numbers) or None,
        receipt=_purchase_of(entry),
        reverses_href=f"{folder}/{entry.reverses}" if entry.reverses else None,
        reversed_by_href=f"{folder}/{entry.reversed_by}" if entry.reversed_by else None,
    )


def _purchase_of(entry: Entry) -> UUID | None:
    """The purchase that an entry holds, takes, releases or gives back points of."""
    if entry.head.event_code not in PURCHASE_EVENTS:
        return None
    return entry.head.subject_id or entry.head.entry_id


def entry_lines(
    entry: Entry,
    language: Language,
    *,
    holders: Holders,
    account_href: Callable[[UUID], str] | None = None,
) -> list[EntryLine]:
    """Debit, then credit of each transfer; where it is about several holders, each one's together.

    The holders, and what each has, stand in the order of the entry.
    """
    sides = [(transfer, side) for transfer in entry.transfers for side in ("debit", "credit")]
    met = list(dict.fromkeys(_holder(transfer, side) for transfer, side in sides))
    if sum(holder is not None for holder in met) > 1:
        sides.sort(key=lambda one: met.index(_holder(*one)))
    return [_line(transfer, side, language, holders, account_href) for transfer, side in sides]


def _holder(transfer: EntryTransfer, side: str) -> UUID | None:
    holder: UUID | None = getattr(transfer, f"{side}_holder")
    return holder


def _line(
    transfer: EntryTransfer,
    side: str,
    language: Language,
    holders: Holders,
    account_href: Callable[[UUID], str] | None,
) -> EntryLine:
    code, holder = getattr(transfer, f"{side}_code"), _holder(transfer, side)
    return EntryLine(
        code=code,
        name=account_name(transfer.book_code, code, language),
        owner=None if holder is None else holders.get(holder),
        href=account_href(getattr(transfer, f"{side}_account")) if account_href else None,
        debit=transfer.amount if side == "debit" else 0,
        credit=transfer.amount if side == "credit" else 0,
        unit=transfer.unit_code,
        expires_on=None if transfer.expires_on == NEVER else transfer.expires_on,
    )


def changes_for(entry: Entry, holder_id: UUID, codes: Sequence[str]) -> list[Change]:
    """What an entry did to the holder's accounts with these codes (all of them credit-normal)."""
    changes: dict[str, Change] = {}
    for transfer in entry.transfers:
        book = transfer.book_code
        before = changes.get(book, Change(book, 0, transfer.unit_code))
        amount = before.amount
        if transfer.credit_holder == holder_id and transfer.credit_code in codes:
            amount += transfer.amount
        if transfer.debit_holder == holder_id and transfer.debit_code in codes:
            amount -= transfer.amount
        if amount or book in changes:
            changes[book] = Change(book, amount, transfer.unit_code)
    return [change for change in changes.values() if change.amount]


def holders_of(entry: Entry) -> set[UUID | None]:
    """Everybody whose account is on either side of the entry."""
    return {
        holder
        for transfer in entry.transfers
        for holder in (transfer.debit_holder, transfer.credit_holder)
    }
