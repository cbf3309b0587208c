"""Entries (凭证): post one, post many, reverse, read, list."""

from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromQuery, JSONBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.body_reading import DECODE
from api.cursors import DEFAULT_PAGE, CursorKind
from api.durable import write_surely
from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import may
from api.problems import language_of
from api.v1.approval_forms import ApprovalView, approval_view
from api.v1.entry_forms import (
    ENTRY_KINDS,
    BatchView,
    EntryHeadView,
    EntryKind,
    EntryPage,
    EntryView,
    NewEntries,
    NewEntry,
    NewReversal,
    PostedView,
    ResultView,
    TransferView,
    VoucherView,
    decode_entries,
    decode_entry,
)
from api.v1.forms import (
    BookedFrom,
    BookedTo,
    CursorText,
    PageSize,
    PathId,
    WantedEvent,
    both,
    expiry,
)
from api.v1.posting import REFUSED_BEFORE, entry_request, known_accounts, posted, results
from ledger.books.entries import (
    Entry,
    EntryFilter,
    EntryHead,
    get_entry,
    list_entries,
)
from ledger.books.idempotency import keys_in_batch
from ledger.books.posting import EntryRequest, Outcome, post_batch
from ledger.books.refusals import EntryNotFound
from ledger.database import read_transaction, write_statement
from ledger.foundation.audit_log import current_request_id
from ledger.foundation.grants import PermissionMissing
from ledger.foundation.named_posting import NAMED_ENTRY
from ledger.identifiers import uuid7
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import Reversal

_CURSOR: CursorKind[EntryFilter, UUID] = CursorKind(EntryFilter, UUID)


async def post_one_entry(call: GatedCall, entry: NewEntry) -> PostedView:
    """Post through a lane, together with what else waits; returns when it is durable."""
    accounts = await known_accounts(call.service, call.tenant_id, [entry])
    request = entry_request(
        entry,
        accounts=accounts,
        caller_id=call.caller_id,
        own=call.who.permissions.own_holders(call.tenant_id),
        key=call.key,
        route=call.route,
    )
    return posted(await call.service.lanes.submit(call.tenant_id, NAMED_ENTRY, request))


@post(
    both("/entries"),
    opt=may("entries.post") | {DECODE: decode_entry},
    summary="Post an entry",
    tags=["entries"],
)
async def post_one(call: Call, data: JSONBody[NewEntry]) -> PostedView:
    """Post one entry. The same key and body again gets the first result, marked replayed.

    The accounts are those that the event moves. What a programme posts together with a record of
    its own, and what a hold reserves, is booked on their own routes.
    """
    return await post_one_entry(call, data)


@post(
    both("/entries/batch"),
    opt=may("entries.post") | {DECODE: decode_entries},
    summary="Post up to 1,000 entries",
    tags=["entries"],
    status_code=200,
)
async def post_many(call: Call, request: Request, data: JSONBody[NewEntries]) -> BatchView:  # type: ignore[type-arg]
    """Post entries; each stands or falls alone, in the order sent, and has its own result.

    The keys of the entries follow from the batch's key and their places, so sending the same batch
    again posts what is missing and answers the rest from before.
    """
    accounts = await known_accounts(call.service, call.tenant_id, data.entries)
    outcomes: list[Outcome | None] = [None] * len(data.entries)
    requests: dict[int, EntryRequest] = {}
    own = call.who.permissions.own_holders(call.tenant_id)
    keys = keys_in_batch(call.key, len(data.entries))
    for place, (entry, key) in enumerate(zip(data.entries, keys, strict=True)):
        try:
            requests[place] = entry_request(
                entry,
                accounts=accounts,
                caller_id=call.caller_id,
                own=own,
                key=key,
                route=call.route,
            )
        except REFUSED_BEFORE as refusal:
            outcomes[place] = Outcome(
                uuid7(), refusal.code, False, None, None, refusal.attributes()
            )
    done = await _post_batch(call, list(requests.values()), dry_run=data.dry_run)
    for place, outcome in zip(requests, done, strict=True):
        outcomes[place] = outcome
    language = language_of(request.headers.get("accept-language"))
    request_id = current_request_id.get() or ""
    views: list[ResultView] = results(
        [outcome for outcome in outcomes if outcome is not None],
        language=language,
        request_id=request_id,
    )
    refused = sum(view.result == "refused" for view in views)
    return BatchView(views, posted=len(views) - refused, refused=refused)


async def _post_batch(
    call: GatedCall, requests: list[EntryRequest], *, dry_run: bool
) -> list[Outcome]:
    async def act(conn: AsyncConnection) -> list[Outcome]:
        return await post_batch(
            conn, tenant_id=call.tenant_id, requests=requests, statement=NAMED_ENTRY.sql
        )

    if not dry_run:
        async with call.service.batches[call.tenant_id]:
            return await write_surely(lambda: write_statement(call.service.engine, act))
    async with call.service.engine.connect() as conn:
        outcomes = await act(conn)
        await conn.rollback()
    return outcomes


@post(
    both("/entries/{entry_id:uuid}/reversal"),
    opt=may("entries.reverse", step_up=True),
    summary="Ask for the reversal of an entry (红冲)",
    tags=["entries"],
)
async def reverse_one(
    call: Call, entry_id: PathId, data: JSONBody[NewReversal]
) -> Response[ApprovalView]:
    """Ask for the exact mirror of an entry; a second person approves and so posts it.

    What a programme posted together with a record of its own is corrected or cancelled there.
    """

    async def act(conn: AsyncConnection) -> ApprovalView:
        asked = await ask(
            conn,
            tenant_id=call.tenant_id,
            matter=Reversal(
                entry_id=entry_id, occurred_at=data.occurred_at, booked_on=data.booked_on
            ),
            reason=data.memo,
            caller_id=call.caller_id,
            object_id=entry_id,
        )
        return await approval_view(conn, asked)

    return await once(call, data, act)


@get(
    both("/entries/{entry_id:uuid}"),
    opt=may("entries.read"),
    summary="Read an entry",
    tags=["entries"],
)
async def read_one(call: Call, entry_id: PathId) -> EntryView:
    """An entry with its transfers, voucher numbers and reversal links."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=entry_id)
    holders = {
        holder for line in entry.transfers for holder in (line.debit_holder, line.credit_holder)
    }
    if not any(call.reach.includes(holder) for holder in holders):
        raise EntryNotFound(entry=str(entry_id))
    return _view(entry)


@get(both("/entries"), opt=may("entries.read"), summary="List entries", tags=["entries"])
async def list_all(
    call: Call,
    booked_from: BookedFrom = None,
    booked_to: BookedTo = None,
    event_code: WantedEvent = None,
    kind: FromQuery[EntryKind | None] = None,
    subject_id: FromQuery[UUID | None] = None,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> EntryPage:
    """Entries, the latest first. For one account's entries read its statement."""
    if not call.reach.everything:
        raise PermissionMissing(permission="entries.read")
    given = EntryFilter(
        booked_from,
        booked_to,
        event_code,
        None if kind is None else ENTRY_KINDS.index(kind),
        subject_id,
    )
    wanted, before = _CURSOR.read(cursor, given, call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_entries(
            conn, tenant_id=call.tenant_id, wanted=wanted, limit=limit + 1, before=before
        )
    following = found[limit - 1].entry_id if len(found) > limit else None
    return EntryPage(
        [_head(entry) for entry in found[:limit]],
        None if following is None else _CURSOR.write(wanted, following, call.route),
    )


def _head(head: EntryHead) -> EntryHeadView:
    return EntryHeadView(
        head.entry_id,
        ENTRY_KINDS[head.kind],
        head.event_code,
        head.occurred_at,
        head.booked_on,
        head.posted_at,
        head.subject_id,
    )


def _view(entry: Entry) -> EntryView:
    head = entry.head
    return EntryView(
        head.entry_id,
        ENTRY_KINDS[head.kind],
        head.event_code,
        head.occurred_at,
        head.booked_on,
        head.posted_at,
        head.subject_id,
        entry.memo,
        entry.reverses,
        entry.reversed_by,
        [
            TransferView(
                line.line_no,
                line.book_code,
                line.unit_code,
                line.debit_account,
                line.debit_code,
                line.credit_account,
                line.credit_code,
                line.amount,
                expiry(line.expires_on),
            )
            for line in entry.transfers
        ],
        [VoucherView(item.book_code, item.period, item.number) for item in entry.vouchers],
    )


ROUTES = (post_one, post_many, reverse_one, read_one, list_all)
