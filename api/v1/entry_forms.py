"""Bodies of entries, and the quick way to read them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Meta

from api.bodies import decode_body
from api.sensible_dates import ODD_TEXT
from api.v1.forms import AccountId, Amount, Command, EventCode, Moment, Total, UnitCode, Words
from ledger.books.posting import MAX_BATCH

MOST_TRANSFERS = 100
EntryKind = Literal["entry", "reversal", "hold", "capture", "void", "expiry", "refund"]
ENTRY_KINDS: tuple[EntryKind, ...] = (
    "entry",
    "reversal",
    "hold",
    "capture",
    "void",
    "expiry",
    "refund",
)
T = TypeVar("T")


class NewTransfer(Command, frozen=True):
    """One debit, one credit, one amount."""

    debit_account: AccountId
    credit_account: AccountId
    amount: Amount
    expires_on: Annotated[
        date | None,
        Meta(description="Bucket taken from and given to; absent: first-expiring-first."),
    ] = None


class NewEntry(Command, frozen=True):
    """An entry (凭证): transfers that stand or fall together."""

    event_code: EventCode
    occurred_at: Moment
    transfers: Annotated[list[NewTransfer], Meta(min_length=1, max_length=MOST_TRANSFERS)]
    booked_on: Annotated[
        date | None, Meta(description="Accounting date; absent: today in Shanghai.")
    ] = None
    subject_id: Annotated[UUID | None, Meta(description="What the entry is about.")] = None
    memo: Words | None = None


class NewReversal(Command, frozen=True):
    """Why an entry is mirrored, and on which accounting date."""

    occurred_at: Moment
    memo: Words
    booked_on: date | None = None


class NewEntries(Command, frozen=True):
    """Up to 1,000 entries; each stands or falls alone."""

    entries: Annotated[list[NewEntry], Meta(min_length=1, max_length=MAX_BATCH)]
    dry_run: Annotated[bool, Meta(description="Say what would happen and write nothing.")] = False


class PostedView(msgspec.Struct, frozen=True):
    """An entry that was posted."""

    entry_id: UUID
    posted_at: datetime
    booked_on: date
    replayed: Annotated[bool, Meta(description="The key was seen before; this is its result.")]


class ResultView(msgspec.Struct, frozen=True):
    """What became of one entry of a batch."""

    result: Literal["posted", "refused"]
    replayed: bool
    entry_id: UUID | None
    posted_at: datetime | None
    booked_on: date | None
    problem: Annotated[
        dict[str, Any] | None, Meta(description="The refusal, as a single call answers it.")
    ]


class BatchView(msgspec.Struct, frozen=True):
    """One result an entry, in the order sent."""

    results: list[ResultView]
    posted: int
    refused: int


class TransferView(msgspec.Struct, frozen=True):
    """One transfer of an entry."""

    line_no: int
    book: str
    unit: UnitCode
    debit_account: UUID
    debit_code: str
    credit_account: UUID
    credit_code: str
    amount: Total
    expires_on: date | None


class VoucherView(msgspec.Struct, frozen=True):
    """Voucher number: 记 ``number`` of the month."""

    book: str
    month: date
    number: int


class EntryHeadView(msgspec.Struct, frozen=True):
    """An entry as lists show it."""

    id: UUID
    kind: EntryKind
    event_code: str
    occurred_at: datetime
    booked_on: date
    posted_at: datetime
    subject_id: UUID | None


class EntryView(EntryHeadView, frozen=True):
    """An entry with everything on it."""

    memo: str | None
    reverses: UUID | None
    reversed_by: UUID | None
    transfers: list[TransferView]
    vouchers: list[VoucherView]


class EntryPage(msgspec.Struct, frozen=True):
    """A page of entries, the latest first."""

    items: list[EntryHeadView]
    next_cursor: str | None


def quick_decoder(kind: type[T], quotes: Callable[[T], int]) -> Callable[[bytes], T]:
    """Read a body in one pass where that is safe, with every check where it is not.

    In a body without escapes each text has two quotation marks, so their number, compared with
    what the decoded command needs, shows that no field stands twice; types and bounds are the
    decoder's work already; free text and strange dates send the body the long way.
    """
    decoder = msgspec.json.Decoder(kind)

    def decode(raw: bytes) -> T:
        try:
            command = decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return decode_body(raw, decoder)
        if b"\\" in raw or raw.count(b'"') != quotes(command) or ODD_TEXT.search(raw):
            return decode_body(raw, decoder)
        return command

    return decode


def _texts_of_transfer(transfer: NewTransfer) -> int:
    """Keys and text values of a transfer without free text."""
    return 5 if transfer.expires_on is None else 7


def texts_of_entry(entry: NewEntry) -> int:
    """Keys and text values of an entry; none that could be right when it carries a memo."""
    if entry.memo is not None:
        return -1
    optional = (entry.booked_on is not None) + (entry.subject_id is not None)
    return 5 + 2 * optional + sum(map(_texts_of_transfer, entry.transfers))


def _quotes_of_entry(entry: NewEntry) -> int:
    return 2 * texts_of_entry(entry)


def _quotes_of_batch(batch: NewEntries) -> int:
    counts: Sequence[int] = [texts_of_entry(entry) for entry in batch.entries]
    return -1 if min(counts) < 0 else 2 * (1 + batch.dry_run + sum(counts))


decode_entry = quick_decoder(NewEntry, _quotes_of_entry)
decode_entries = quick_decoder(NewEntries, _quotes_of_batch)
