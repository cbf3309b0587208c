"""Matching by hand: one open line, and what of the other side is said to belong to it."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import may
from api.web.bank_frame import HOME, get_view, show_account
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_uuid,
    see,
)
from api.web.refused import words_of_refusal
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from reconciliation.bank_accounts import get_bank_account
from reconciliation.breaks import Break, line_id_of, sort_breaks
from reconciliation.match_by_hand import LineNotOpen, MatchSumsDiffer, match_by_hand
from reconciliation.open_lines import list_open_lines
from reconciliation.runs import first_day_compared

#: Most lines offered of either side, the likeliest first.
OFFERED = 30


class Offer(NamedTuple):
    """An open line, and what may be bound to it: the other side, and more of its own."""

    chosen: Break
    others: Sequence[Break]
    same_side: Sequence[Break]


@get(HOME + "/breaks/{line_id:uuid}", opt=may("reconciliation.match"))
async def by_hand_page(
    request: PageRequest, call: Call, bank_account_id: FromPath[UUID], line_id: FromPath[UUID]
) -> Page:
    """One open line and what may belong to it."""
    return await _by_hand_page(request, call, bank_account_id, line_id, empty_form(request), set())


async def _by_hand_page(
    request: PageRequest,
    call: Call,
    bank_account_id: UUID,
    line_id: UUID,
    form: Form,
    ticked: set[UUID],
    *,
    status: int = 200,
) -> Page:
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id)
        offer = await _offer(conn, call, bank_account_id, line_id)
    return show_account(
        request,
        call,
        "auditor/by_hand.html",
        bank,
        status=status,
        form=form,
        chosen=offer.chosen,
        others=[(str(line_id_of(one)), one, line_id_of(one) in ticked) for one in offer.others],
        same_side=[
            (str(line_id_of(one)), one, line_id_of(one) in ticked) for one in offer.same_side
        ],
    )


async def _offer(
    conn: AsyncConnection,
    call: Call,
    bank_account_id: UUID,
    line_id: UUID,
    *,
    gone: LedgerError | None = None,
) -> Offer:
    """The line among all that are open today, and those beside it in likelihood.

    ``gone`` is said of a line that was on a page just now and is open no more.

    Raises:
        NotFound: it is not open, or not of this account.
    """
    account = await get_bank_account(
        conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id
    )
    lines = await list_open_lines(
        conn,
        tenant_id=call.tenant_id,
        account=account,
        first=first_day_compared(account, as_of=date.max),
        last=date.max,
        as_it_was=False,
    )
    found = sort_breaks(lines, as_of=today())
    chosen = next((one for one in found if line_id_of(one) == line_id), None)
    if chosen is None:
        raise gone or NotFound(kind="open line", id=str(line_id))
    at_bank = chosen.statement_line_id is not None
    near = sorted(found, key=_distance_from(chosen))
    sides: dict[bool, list[Break]] = {True: [], False: []}
    for one in near:
        if one is not chosen:
            sides[one.statement_line_id is not None].append(one)
    return Offer(chosen, sides[not at_bank][:OFFERED], sides[at_bank][:OFFERED])


def _distance_from(chosen: Break) -> Callable[[Break], tuple[bool, int, int]]:
    """Money that moved the same way first, then the nearest amount, then the nearest day."""

    def distance(one: Break) -> tuple[bool, int, int]:
        other_way = (one.amount_fen > 0) != (chosen.amount_fen > 0)
        return other_way, abs(one.amount_fen - chosen.amount_fen), abs((one.on - chosen.on).days)

    return distance


@post(HOME + "/breaks/{line_id:uuid}", opt=may("reconciliation.match"))
async def by_hand_sent(
    request: PageRequest, call: Call, bank_account_id: FromPath[UUID], line_id: FromPath[UUID]
) -> Page:
    """Bind the line and what was ticked, when both sides come to the same."""
    sent = await request.form()
    form = Form(sent, language_of_page(request))
    ticked = {one for one in map(read_uuid, sent.getall("with", [])) if one is not None}
    key_of_form(call)

    async def bind(conn: AsyncConnection) -> None:
        offer = await _offer(conn, call, bank_account_id, line_id, gone=LineNotOpen())
        lines = [
            one
            for one in (offer.chosen, *offer.others, *offer.same_side)
            if one is offer.chosen or line_id_of(one) in ticked
        ]
        if len(lines) != len(ticked) + 1:
            raise LineNotOpen
        await match_by_hand(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            statement_line_ids=[one.statement_line_id for one in lines if one.statement_line_id],
            entry_ids=[one.entry_id for one in lines if one.entry_id],
            caller_id=call.caller_id,
        )

    if not ticked:
        form.refuse("with", "by_hand.tick")
    else:
        try:
            await write_transaction(call.service.engine, bind, tenant_id=call.tenant_id)
        except MatchSumsDiffer as refusal:
            form.errors["with"] = words_of_refusal(refusal, language_of_page(request))
    if form.errors:
        return await _by_hand_page(
            request, call, bank_account_id, line_id, form, ticked, status=422
        )
    home = f"/estates/{call.tenant.public_id}/bank-accounts/{bank_account_id}"
    return see(f"{home}/matches?done=made")


ROUTES = [by_hand_page, by_hand_sent]
