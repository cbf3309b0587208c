"""What was matched: both sides, the rule, who and when; and taking one group apart again."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.bank_frame import HOME, get_view, show_account
from api.web.callers import list_caller_names
from api.web.formatting import Language
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    read_uuid,
    see,
)
from api.web.movements import event_name
from api.web.places import books_home
from api.web.rendering import address_with
from ledger.database import fetch_all, load_sql, read_transaction, write_transaction
from ledger.errors import NotFound
from reconciliation.masking import mask_in_text
from reconciliation.matches import StoredMatch, list_matches, unmatch
from reconciliation.matching.memos import read_memo
from reconciliation.wording import explain_evidence

LISTED_MATCHES = 20
_BOOK = "TR"
_CAPTIONS = load_sql("api.web", "list_entry_captions")
_LINES = load_sql("api.web", "list_lines_by_id")


@get(HOME + "/matches", opt=may("bank_statements.read"))
async def matches_page(request: PageRequest, call: Call, bank_account_id: FromPath[UUID]) -> Page:
    """Groups of bank lines and vouchers, newest first; those undone only when asked for."""
    with_undone = request.query_params.get("show") == "all"
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id)
        matches = await list_matches(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            before=read_uuid(request.query_params.get("before")),
            with_released=with_undone,
            limit=LISTED_MATCHES,
        )
        rows = await _rows(conn, call, matches, language_of_page(request))
    more = matches[-1].match_id if len(matches) == LISTED_MATCHES else None
    return show_account(
        request,
        call,
        "auditor/matches.html",
        bank,
        matches=rows,
        with_undone=with_undone,
        done=request.query_params.get("done"),
        next_href=address_with(request, before=str(more), done=None) if more else None,
    )


async def _rows(
    conn: AsyncConnection, call: Call, matches: Sequence[StoredMatch], language: Language
) -> list[dict[str, Any]]:
    """Matches with the lines of both sides and the names of who made and undid them."""
    line_ids = [line_id for one in matches for line_id in one.statement_line_ids]
    entry_ids = [entry_id for one in matches for entry_id in one.entry_ids]
    lines = await fetch_all(conn, _LINES, call.tenant_id, line_ids)
    entries = await fetch_all(conn, _CAPTIONS, call.tenant_id, entry_ids, _BOOK)
    people = [caller for one in matches for caller in (one.matched_by, one.released_by)]
    names = await list_caller_names(conn, callers=people, language=language)
    bank_side = {line.statement_line_id: line for line in lines}
    book_side = {entry.entry_id: entry for entry in entries}
    may_open = call.who.permissions.reach("entries.read", call.tenant_id) is not None
    folder = f"{books_home(call.tenant)}/entries" if may_open else None
    return [_row(one, bank_side, book_side, names, folder, language) for one in matches]


def _row(
    match: StoredMatch,
    bank_side: dict[UUID, Any],
    book_side: dict[UUID, Any],
    names: dict[int, str],
    folder: str | None,
    language: Language,
) -> dict[str, Any]:
    lines = [bank_side[line_id] for line_id in match.statement_line_ids]
    entries = sorted(
        (book_side[entry_id] for entry_id in match.entry_ids), key=lambda one: one.booked_on
    )
    # The memo of a voucher may name the very person whom the bank names.
    people = [line.counterparty_name for line in lines]
    return {
        "match": match,
        "lines": sorted(lines, key=lambda line: line.booked_on),
        "entries": [
            (
                f"{folder}/{entry.entry_id}" if folder else None,
                entry_caption(entry, language, people),
                entry.booked_on,
            )
            for entry in entries
        ],
        "evidence": [explain_evidence(language, note) for note in match.evidence],
        "matched_by": names.get(match.matched_by, ""),
        "undone_by": names.get(match.released_by or 0, ""),
    }


def entry_caption(entry: Any, language: Language, people: Sequence[str] = ()) -> str:
    """What a voucher is called in a list: number, event, memo with its people masked."""
    number = f"记-{entry.number}" if entry.number else ""
    memo = entry.memo or ""
    for name in (*people, read_memo(memo).counterparty):
        memo = mask_in_text(memo, name)
    parts = (number, event_name(entry.event_code, language), memo)
    return " ".join(part for part in parts if part)


@get(HOME + "/matches/{match_id:uuid}/undo", opt=may("reconciliation.match"))
async def undo_page(
    request: PageRequest, call: Call, bank_account_id: FromPath[UUID], match_id: FromPath[UUID]
) -> Page:
    """One group, and the reason why it is to be taken apart."""
    return await _undo_page(request, call, bank_account_id, match_id, empty_form(request))


async def _undo_page(
    request: PageRequest,
    call: Call,
    bank_account_id: UUID,
    match_id: UUID,
    form: Form,
    *,
    status: int = 200,
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id)
        match = await _get_match(conn, call, bank_account_id, match_id)
        (row,) = await _rows(conn, call, [match], language_of_page(request))
    return show_account(
        request, call, "auditor/undo_match.html", bank, status=status, form=form, row=row
    )


async def _get_match(
    conn: AsyncConnection, call: Call, bank_account_id: UUID, match_id: UUID
) -> StoredMatch:
    """A match of this very account.

    Raises:
        NotFound: there is none.
    """
    found = await list_matches(
        conn,
        tenant_id=call.tenant_id,
        bank_account_id=bank_account_id,
        match_ids=[match_id],
        with_released=True,
    )
    if not found:
        raise NotFound(kind="match", id=str(match_id))
    return found[0]


@post(HOME + "/matches/{match_id:uuid}/undo", opt=may("reconciliation.match"))
async def undo_sent(
    request: PageRequest, call: Call, bank_account_id: FromPath[UUID], match_id: FromPath[UUID]
) -> Page:
    """Take the group apart; the same form sent twice does it once."""
    form = await read_form(request)
    reason = form.text("reason")
    if reason is None:
        return await _undo_page(request, call, bank_account_id, match_id, form, status=422)
    key_of_form(call)

    async def undo(conn: AsyncConnection) -> None:
        match = await _get_match(conn, call, bank_account_id, match_id)
        if (match.release_reason, match.released_by) == (reason, call.caller_id):
            return
        await unmatch(
            conn,
            tenant_id=call.tenant_id,
            match_id=match_id,
            reason=reason,
            caller_id=call.caller_id,
        )

    matches = f"/estates/{call.tenant.public_id}/bank-accounts/{bank_account_id}/matches"
    await write_transaction(call.service.engine, undo, tenant_id=call.tenant_id)
    return see(f"{matches}?show=all&done=undone")


ROUTES = [matches_page, undo_page, undo_sent]
