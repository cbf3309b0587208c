"""A trust's history: entries into its book, bank files imported, lines matched."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.idempotency import idempotency_key
from ledger.database import write_transaction
from ledger.foundation.events import EventCommand
from ledger.foundation.personal_data import PersonalDataKeys
from ops.demo_data.bank_files import file_name, write_file
from ops.demo_data.built import BuiltEstate
from ops.demo_data.days import Span, next_morning
from ops.demo_data.posting import moment_on, post_all
from ops.demo_data.progress import Progress
from ops.demo_data.trust_events import TrustEvent, TrustPlan
from ops.demo_data.trust_year import BankPeriod
from reconciliation.import_statement import ImportResult, import_statement
from reconciliation.runs import RunResult, run_matching

#: What the committee member signs: payments out of the co-managed account.
_SIGNED_BY_COMMITTEE = frozenset({"TR12", "TR14", "TR19", "TR23", "TR37"})


async def run_estate(
    engine: AsyncEngine,
    built: BuiltEstate,
    plan: TrustPlan,
    periods: Sequence[BankPeriod],
    span: Span,
    keys: PersonalDataKeys,
    progress: Progress,
) -> None:
    """Post every entry of the plan, import all bank files but the newest, and match.

    Raises:
        PlanRefused: the books refused something planned.
    """
    commands = [_command(built, event, number, span) for number, event in enumerate(plan.events)]
    await post_all(engine, tenant_id=built.tenant.tenant_id, commands=commands, progress=progress)
    await _import_files(engine, built, periods[:-1], keys, progress)


def _command(built: BuiltEstate, event: TrustEvent, number: int, span: Span) -> EventCommand:
    signer = built.committee if event.event in _SIGNED_BY_COMMITTEE else built.manager
    return EventCommand(
        event=event.event,
        key=idempotency_key(f"demo {built.plan.form.key} {number}"),
        caller_id=signer.caller_id,
        occurred_at=moment_on(event.day, span),
        booked_on=event.day,
        amounts=event.amounts,
        owners={role: built.holders[holder] for role, holder in event.owners.items()},
        accounts=event.accounts,
        memo=event.memo,
    )


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
