"""A bank account's statements: upload a file, see what of it was new or why it was refused."""

import asyncio
from uuid import UUID

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.bodies import LARGEST_FILE, MIB
from api.gate import Call
from api.policies import may
from api.problems import status_of, words_of
from api.web.bank_frame import HOME, get_view, show_account
from api.web.frame import Page, PageRequest, empty_form, language_of_page, see
from ledger.database import read_transaction, write_transaction
from ledger.errors import LedgerError, NotFound
from reconciliation.import_statement import ImportResult, store_statement_file
from reconciliation.intake.detection import parse_statement_file
from reconciliation.runs import run_matching
from reconciliation.statement_lines import (
    LineStates,
    StoredStatementLine,
    count_line_states,
    list_statement_lines,
)
from reconciliation.statements import Brought, list_statements, sum_up
from reconciliation.wording import explain_finding, explain_refusal

LISTED_IMPORTS = 20
PREVIEWED_LINES = 40


@get(HOME + "/import", opt=may("bank_statements.read"))
async def import_page(request: PageRequest, call: Call, bank_account_id: FromPath[UUID]) -> Page:
    """The form for a file, and what was imported before."""
    return await _import_page(request, call, bank_account_id)


async def _import_page(
    request: PageRequest,
    call: Call,
    bank_account_id: UUID,
    *,
    refusal: LedgerError | None = None,
    filename: str = "",
    missing: bool = False,
) -> Page:
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id)
        imports = await list_statements(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            limit=LISTED_IMPORTS,
        )
    form = empty_form(request)
    if missing:
        form.refuse("file", "form.file_missing")
    status = 422 if missing else 200
    words = None
    if refusal is not None:
        words = explain_refusal(language, refusal) or words_of(refusal, language)[1]
        status = status_of(refusal)
    return show_account(
        request,
        call,
        "auditor/import.html",
        bank,
        status=status,
        form=form,
        refusal=words,
        filename=filename,
        imports=imports,
        largest_mib=LARGEST_FILE // MIB,
    )


@post(
    HOME + "/import",
    opt=may("bank_statements.import"),
    request_max_body_size=LARGEST_FILE + MIB,
)
async def file_sent(request: PageRequest, call: Call, bank_account_id: FromPath[UUID]) -> Page:
    """Store what is new in the file, match it at once, show what came of it; or refuse it whole."""
    upload = (await request.form()).get("file")
    if not isinstance(upload, UploadFile) or not upload.filename:
        return await _import_page(request, call, bank_account_id, missing=True)
    data = await upload.read()
    try:
        file = await asyncio.to_thread(parse_statement_file, data, upload.filename)

        async def store(conn: AsyncConnection) -> ImportResult:
            stored = await store_statement_file(
                conn,
                tenant_id=call.tenant_id,
                file=file,
                keys=call.service.personal_keys,
                caller_id=call.caller_id,
                bank_account_id=bank_account_id,
            )
            if call.who.permissions.reach("reconciliation.match", call.tenant_id):
                await run_matching(
                    conn,
                    tenant_id=call.tenant_id,
                    bank_account_id=bank_account_id,
                    caller_id=call.caller_id,
                    undone_stays=True,
                )
            return stored

        result = await write_transaction(call.service.engine, store, tenant_id=call.tenant_id)
    except LedgerError as refusal:
        return await _import_page(
            request, call, bank_account_id, refusal=refusal, filename=upload.filename
        )
    home = f"/estates/{call.tenant.public_id}/bank-accounts/{bank_account_id}"
    replayed = "?again=1" if result.replayed else ""
    return see(f"{home}/imports/{result.statement_file_id}{replayed}")


@get(HOME + "/imports/{statement_file_id:uuid}", opt=may("bank_statements.read"))
async def import_result_page(
    request: PageRequest,
    call: Call,
    bank_account_id: FromPath[UUID],
    statement_file_id: FromPath[UUID],
) -> Page:
    """What a file brought: counts, balances, findings, its first lines."""
    language = language_of_page(request)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        bank = await get_view(conn, call, bank_account_id)
        found = await list_statements(
            conn,
            tenant_id=call.tenant_id,
            bank_account_id=bank_account_id,
            statement_file_id=statement_file_id,
        )
        if not found:
            raise NotFound(kind="statement file", id=str(statement_file_id))
        brought = sum_up(found)
        lines, states = await _lines_of(conn, call, bank_account_id, brought)
    again = "again" in request.query_params
    return show_account(
        request,
        call,
        "auditor/import_result.html",
        bank,
        brought=brought,
        new_count=0 if again else brought.new_count,
        known_count=brought.new_count + brought.known_count if again else brought.known_count,
        states=states,
        findings=[explain_finding(language, finding) for finding in brought.findings],
        lines=lines,
    )


async def _lines_of(
    conn: AsyncConnection, call: Call, bank_account_id: UUID, brought: Brought
) -> tuple[list[StoredStatementLine], LineStates]:
    """The first lines of the days of a file, and what became of all of them."""
    if brought.period_from is None or brought.period_to is None:
        return [], LineStates(matched=0, open=0, not_money=0)
    lines = await list_statement_lines(
        conn,
        tenant_id=call.tenant_id,
        bank_account_id=bank_account_id,
        booked_from=brought.period_from,
        booked_to=brought.period_to,
        limit=PREVIEWED_LINES,
    )
    states = await count_line_states(
        conn,
        tenant_id=call.tenant_id,
        bank_account_id=bank_account_id,
        booked_from=brought.period_from,
        booked_to=brought.period_to,
    )
    return lines, states


ROUTES = [import_page, file_sent, import_result_page]
