"""Bank accounts of an estate trust: registered, their files imported, their lines matched."""

import asyncio
from hashlib import sha256
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, QueryParameter, RawBody
from sqlalchemy.ext.asyncio import AsyncConnection

from api.bodies import FILE_TYPES, LARGEST_FILE
from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.bank_forms import (
    BankAccountList,
    BankAccountView,
    ImportView,
    MatchPage,
    MatchView,
    NewBankAccount,
    NewRun,
    RunView,
    SentFile,
    Undone,
    Unmatching,
)
from api.v1.forms import ESTATES, CursorText, PageSize, PathId, view
from ledger.database import read_transaction
from reconciliation.bank_accounts import (
    get_bank_account,
    list_bank_accounts,
    register_bank_account,
)
from reconciliation.import_statement import store_statement_file
from reconciliation.intake.detection import parse_statement_file
from reconciliation.matches import list_matches, unmatch
from reconciliation.runs import run_matching

_ACCOUNT = ESTATES + "/bank-accounts/{bank_account_id:uuid}"


class _MatchFilter(msgspec.Struct, frozen=True):
    with_undone: bool = False


_MATCHES: CursorKind[_MatchFilter, UUID] = CursorKind(_MatchFilter, UUID)


@get(
    ESTATES + "/bank-accounts",
    opt=may("bank_statements.read"),
    summary="List bank accounts",
    tags=["bank"],
)
async def list_all_accounts(call: Call) -> BankAccountList:
    """The co-managed accounts of the estate."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_bank_accounts(conn, tenant_id=call.tenant_id)
    return BankAccountList([view(BankAccountView, account) for account in found])


@post(
    ESTATES + "/bank-accounts",
    opt=may("trust_registers.manage"),
    summary="Register a bank account",
    tags=["bank"],
)
async def register_account(call: Call, data: JSONBody[NewBankAccount]) -> Response[BankAccountView]:
    """With its ledger account; a number known already returns its account."""

    async def act(conn: AsyncConnection) -> BankAccountView:
        account = await register_bank_account(
            conn,
            tenant_id=call.tenant_id,
            bank=data.bank,
            account_name=data.account_name,
            account_no=data.account_no,
            keys=call.service.personal_keys,
            caller_id=call.caller_id,
            reconciled_from=data.reconciled_from,
        )
        return view(BankAccountView, account)

    return await once(call, data, act, personal=True)


@post(
    _ACCOUNT + "/statement-files",
    opt=may("bank_statements.import", media_types=FILE_TYPES),
    request_max_body_size=LARGEST_FILE,
    summary="Import a bank file",
    tags=["bank"],
)
async def import_file(
    call: Call,
    bank_account_id: PathId,
    body: RawBody,
    filename: Annotated[str, QueryParameter(min_length=1, max_length=200)] = "statement",
) -> Response[ImportView]:
    """The file as the bank made it, as the body. Stored whole or refused whole.

    The same bytes twice add nothing; a file that disagrees with what is stored is refused, naming
    the first line that differs.
    """
    file = await asyncio.to_thread(parse_statement_file, body, filename)

    async def act(conn: AsyncConnection) -> ImportView:
        result = await store_statement_file(
            conn,
            tenant_id=call.tenant_id,
            file=file,
            keys=call.service.personal_keys,
            caller_id=call.caller_id,
            bank_account_id=bank_account_id,
        )
        return view(ImportView, result)

    return await once(call, SentFile(filename, sha256(body).hexdigest()), act)


@post(
    _ACCOUNT + "/matching-runs",
    opt=may("reconciliation.match"),
    summary="Match what is open",
    tags=["bank"],
)
async def match(call: Call, bank_account_id: PathId, data: JSONBody[NewRun]) -> Response[RunView]:
    """Run the rules over open lines of both sides; a dry run stores nothing."""

    async def act(conn: AsyncConnection) -> RunView:
        run = await run_matching(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            caller_id=call.caller_id,
            as_of=data.as_of,
            dry_run=data.dry_run,
        )
        return RunView(
            run.run_id,
            run.as_of,
            run.bank_line_count,
            run.book_line_count,
            len(run.matches),
            run.open_bank_count,
            run.open_book_count,
        )

    return await once(call, data, act)


@get(
    _ACCOUNT + "/matches",
    opt=may("bank_statements.read"),
    summary="List matches",
    tags=["bank"],
)
async def list_all_matches(
    call: Call,
    bank_account_id: PathId,
    with_undone: Annotated[bool, QueryParameter(description="Also those undone.")] = False,
    cursor: CursorText = None,
    limit: PageSize = DEFAULT_PAGE,
) -> MatchPage:
    """Matches with both sides and their reasons."""
    wanted, before = _MATCHES.read(cursor, _MatchFilter(with_undone), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_bank_account(conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id)
        found = await list_matches(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            before=before,
            with_released=wanted.with_undone,
            limit=limit,
        )
    following = found[-1].match_id if len(found) == limit else None
    return MatchPage(
        [view(MatchView, one) for one in found],
        None if following is None else _MATCHES.write(wanted, following, call.route),
    )


@post(
    ESTATES + "/matches/{match_id:uuid}/undoing",
    opt=may("reconciliation.match"),
    summary="Undo a match",
    tags=["bank"],
)
async def undo(call: Call, match_id: PathId, data: JSONBody[Unmatching]) -> Response[Undone]:
    """Both sides are open again; the match stays on record with the reason."""

    async def act(conn: AsyncConnection) -> Undone:
        await unmatch(
            conn,
            tenant_id=call.tenant_id,
            match_id=match_id,
            reason=data.reason,
            caller_id=call.caller_id,
        )
        return Undone(match_id)

    return await once(call, data, act)


ROUTES = (
    list_all_accounts,
    register_account,
    import_file,
    match,
    list_all_matches,
    undo,
)
