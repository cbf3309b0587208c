"""Vouchers among what a search finds: by number or amount, with what a list says of each."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.formatting import (
    Language,
    format_amount,
    format_month,
    unit_of_book,
)
from api.web.frame import PageRequest, language_of_page, read_day
from api.web.movements import event_name
from api.web.places import books_home
from api.web.rendering import address_with
from api.web.search_words import WantedAmount, read_ids, read_voucher
from ledger.clock import today
from ledger.foundation.chart import ESTATE_BOOKS, PROGRAMME_BOOKS
from ledger.foundation.organisations import Tenant
from ledger.journeys.search import (
    EntryWords,
    FoundEntry,
    describe_entries,
    find_entries_by_amount,
    find_entries_by_id,
    find_entries_by_voucher,
)
from reconciliation.masking import mask_in_text
from reconciliation.matching.memos import read_memo

LISTED = 20
#: Days in which an amount is looked for at a time. A programme books far more than an estate.
DAYS = {"estate": 366, "programme": 92}


class Hit(NamedTuple):
    """One thing found; None: it has no page."""

    name: str
    note: str
    href: str | None
    day: date | None = None
    #: Voucher number and purpose.
    about: Sequence[str] = ()


class Group(NamedTuple):
    """What was found of one kind; ``more_href`` looks further."""

    kind: str
    hits: Sequence[Hit]
    more_href: str | None = None


async def find_vouchers(
    conn: AsyncConnection, tenant: Tenant, words: str, language: Language
) -> Group:
    """Vouchers by their number, or by the id of their entry."""
    found: list[FoundEntry] = []
    ids, voucher = read_ids(words), read_voucher(words)
    if ids is not None:
        found += await find_entries_by_id(
            conn, tenant_id=tenant.tenant_id, least=ids[0], beyond=ids[1]
        )
    if voucher is not None:
        kept = PROGRAMME_BOOKS if tenant.form == "programme" else ESTATE_BOOKS
        found += await find_entries_by_voucher(
            conn,
            tenant_id=tenant.tenant_id,
            number=voucher.number,
            books=[one for one in kept if voucher.book in (None, one)],
            months=voucher.months,
        )
    return Group("vouchers", await _hits(conn, tenant, found[:LISTED], language))


async def find_amounts(
    conn: AsyncConnection, request: PageRequest, tenant: Tenant, wanted: WantedAmount
) -> Group:
    """Vouchers of exactly this amount, the latest first."""
    language = language_of_page(request)
    last = read_day(request.query_params.get("to")) or today()
    first = last - timedelta(days=DAYS[tenant.form])
    found = await find_entries_by_amount(
        conn,
        tenant_id=tenant.tenant_id,
        books=wanted.books,
        amount=wanted.amount,
        first=first,
        last=last,
        limit=LISTED,
    )
    oldest = found[-1].booked_on if len(found) == LISTED else first
    earlier = address_with(request, to=(oldest - timedelta(days=1)).isoformat())
    hits = await _hits(conn, tenant, found, language, wanted.amount)
    return Group("amounts", hits, earlier)


async def _hits(
    conn: AsyncConnection,
    tenant: Tenant,
    found: Sequence[FoundEntry],
    language: Language,
    amount: int | None = None,
) -> list[Hit]:
    """``amount``: what was looked for, else the whole of each entry is shown."""
    described = await describe_entries(conn, tenant_id=tenant.tenant_id, found=found)
    return [
        _hit(tenant, one, described[one.entry_id, one.book_code], language, amount) for one in found
    ]


def _hit(
    tenant: Tenant, entry: FoundEntry, words: EntryWords, language: Language, amount: int | None
) -> Hit:
    about = []
    if words.period is not None:
        about.append(f"{words.book_code} {format_month(words.period, language)} 记-{words.number}")
    if words.memo:
        about.append(mask_in_text(words.memo, read_memo(words.memo).counterparty))
    shown = format_amount(amount or words.amount, unit_of_book(words.book_code), language)
    return Hit(
        event_name(entry.event_code, language),
        str(shown),
        f"{books_home(tenant)}/entries/{entry.entry_id}",
        entry.booked_on,
        about,
    )
