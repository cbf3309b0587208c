"""A trust's history: entries into its book, bank files imported, lines matched."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import write_transaction
from ledger.foundation.personal_data import PersonalDataKeys
from ops.demo_data.bank_files import file_name, write_file
from ops.demo_data.built import BuiltEstate
from ops.demo_data.days import Span, next_morning
from ops.demo_data.posting import in_batches
from ops.demo_data.progress import Progress
from ops.demo_data.trust_desk import TrustDesk
from ops.demo_data.trust_events import TrustEvent, TrustPlan
from ops.demo_data.trust_year import BankPeriod
from reconciliation.import_statement import ImportResult, import_statement
from reconciliation.runs import RunResult, run_matching

_EVENTS_A_TRANSACTION = 50


async def run_estate(
    engine: AsyncEngine,
    built: BuiltEstate,
    plan: TrustPlan,
    periods: Sequence[BankPeriod],
    span: Span,
    keys: PersonalDataKeys,
    progress: Progress,
) -> None:
    """Book every event of the plan, import all bank files but the newest, and match.

    Raises:
        LedgerError: the books refused something planned.
    """
    desk = TrustDesk(built, span)
    for batch in in_batches(list(enumerate(plan.events)), _EVENTS_A_TRANSACTION):

        async def book(
            conn: AsyncConnection, batch: Sequence[tuple[int, TrustEvent]] = batch
        ) -> None:
            for number, event in batch:
                await desk.book(conn, event, number)

        await write_transaction(engine, book, tenant_id=built.tenant.tenant_id)
        progress.advance(len(batch))
    await _import_files(engine, built, periods[:-1], keys, progress)


async def _import_files(
    engine: AsyncEngine,
    built: BuiltEstate,
    periods: Sequence[BankPeriod],
    keys: PersonalDataKeys,
    progress: Progress,
) -> None:
    """Import the files of these periods, each on the morning after its last day; then match."""
    tenant_id = built.tenant.tenant_id
    for period in periods:

        async def take(conn: AsyncConnection, period: BankPeriod = period) -> ImportResult:
            return await import_statement(
                conn,
                tenant_id=tenant_id,
                data=write_file(built.plan, period),
                filename=file_name(built.plan, period),
                keys=keys,
                caller_id=built.manager.caller_id,
                imported_at=next_morning(period.last),
            )

        await write_transaction(engine, take, tenant_id=tenant_id)
        progress.advance(len(period.movements))

    async def match(conn: AsyncConnection) -> RunResult:
        return await run_matching(
            conn,
            tenant_id=tenant_id,
            bank_account_id=built.bank_account_id,
            caller_id=built.manager.caller_id,
            as_of=periods[-1].last,
        )

    await write_transaction(engine, match, tenant_id=tenant_id)


def write_fresh_file(built: BuiltEstate, period: BankPeriod, directory: Path) -> Path:
    """Put the newest file, which is not imported, where a visitor can find it."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / file_name(built.plan, period)
    path.write_bytes(write_file(built.plan, period))
    return path
