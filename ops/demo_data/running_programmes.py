"""A programme's history, window by window: services, hours into points, purchases."""

from collections.abc import Sequence
from datetime import date
from itertools import chain, groupby
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.command_kinds import CommandKind
from ledger.books.idempotency import idempotency_key
from ledger.books.posting import Command, Outcome
from ledger.clock import business_date, month_of
from ledger.database import write_transaction
from ledger.programmes.redemption.commands import (
    AUTHORISE,
    CAPTURE,
    REFUND,
    VOID_PURCHASE,
    run_commands,
)
from ledger.programmes.redemption.terms import get_terms
from ledger.programmes.service_records.records import record_service
from ledger.programmes.service_records.release import release_services
from ledger.programmes.service_records.verification import decline_service, verify_service
from ledger.programmes.time_bank import convert_minutes
from ops.demo_data.built import BuiltProgramme
from ops.demo_data.counter import Counter
from ops.demo_data.days import Span
from ops.demo_data.people import SYSTEM
from ops.demo_data.posting import PlanRefused, in_batches
from ops.demo_data.progress import Progress
from ops.demo_data.services import ServicePlan
from ops.demo_data.spending_points import PurchasePlan, Window

_SERVICES_A_TRANSACTION = 20


async def run_programme(
    engine: AsyncEngine,
    built: BuiltProgramme,
    windows: Sequence[Window],
    span: Span,
    progress: Progress,
) -> None:
    """Carry out a programme's plan up to now.

    Raises:
        PlanRefused: the books refused something planned.
    """
    for window in windows:
        await _release(engine, built, window.first)
        await _convert(engine, built, window, progress)
        await _purchase(engine, built, window, progress)
        for batch in in_batches(window.services, _SERVICES_A_TRANSACTION):
            await _serve(engine, built, batch)
            progress.advance(len(batch))
    await _release(engine, built, span.today)


async def _release(engine: AsyncEngine, built: BuiltProgramme, on: date) -> None:
    """What nobody objected to becomes available, as the daily job does it."""
    tenant_id = built.tenant.tenant_id
    while True:
        run = await write_transaction(
            engine,
            lambda conn: release_services(conn, tenant_id=tenant_id, on=on, caller_id=SYSTEM),
            tenant_id=tenant_id,
        )
        assert not run.refused, f"a release was refused: {run.refused}"
        if run.tried == 0:
            return


async def _serve(
    engine: AsyncEngine, built: BuiltProgramme, services: Sequence[ServicePlan]
) -> None:
    async def serve(conn: AsyncConnection) -> None:
        for service in services:
            await _record_and_decide(conn, built, service)

    await write_transaction(engine, serve, tenant_id=built.tenant.tenant_id)


async def _record_and_decide(
    conn: AsyncConnection, built: BuiltProgramme, service: ServicePlan
) -> None:
    tenant_id = built.tenant.tenant_id
    member = built.members[service.member]
    recipient = None if service.recipient is None else built.members[service.recipient]
    recorder = member.person if service.recorded_by_member else built.recorder
    record = await record_service(
        conn,
        tenant_id=tenant_id,
        provider_id=member.member.member_id,
        recipient_id=None if recipient is None else recipient.member.member_id,
        started_at=service.started_at,
        ended_at=service.ended_at,
        category=service.category,
        activity=service.activity,
        place=service.place,
        caller_id=recorder.caller_id,
        at=service.recorded_at,
    )
    if service.verified_at is None:
        return
    if service.declined:
        await decline_service(
            conn,
            tenant_id=tenant_id,
            record_id=record.record_id,
            reason="签到记录与申报时间不符",
            caller_id=built.verifier.caller_id,
            at=service.verified_at,
        )
        return
    await verify_service(
        conn,
        tenant_id=tenant_id,
        record_id=record.record_id,
        caller_id=built.verifier.caller_id,
        at=service.verified_at,
    )


async def _convert(
    engine: AsyncEngine, built: BuiltProgramme, window: Window, progress: Progress
) -> None:
    async def convert(conn: AsyncConnection) -> None:
        for plan in window.conversions:
            member = built.members[plan.member]
            await convert_minutes(
                conn,
                tenant_id=built.tenant.tenant_id,
                member_id=member.member.member_id,
                minutes=plan.minutes,
                key=idempotency_key(f"demo {built.plan.key} {plan.member} {plan.at.isoformat()}"),
                caller_id=member.person.caller_id,
                at=plan.at,
            )

    await write_transaction(engine, convert, tenant_id=built.tenant.tenant_id)
    progress.advance(len(window.conversions))


async def _purchase(
    engine: AsyncEngine, built: BuiltProgramme, window: Window, progress: Progress
) -> None:
    """All purchases of a window and month: held in one batch, taken in another, and so on.

    Members read their statements by month, so nothing of a month comes after the next one's.
    """
    tenant_id = built.tenant.tenant_id
    for batch in chain.from_iterable(map(in_batches, by_month(window.purchases))):

        async def purchase(conn: AsyncConnection, batch: Sequence[PurchasePlan] = batch) -> None:
            terms = await get_terms(conn, tenant_id=tenant_id, on=window.first)
            counter = Counter(built, terms)
            held = await _run(conn, tenant_id, AUTHORISE, [counter.hold(plan) for plan in batch])
            pairs = list(zip(batch, held, strict=True))
            for kind, commands in (
                (CAPTURE, [counter.take(plan, item) for plan, item in pairs if plan.taken]),
                (
                    VOID_PURCHASE,
                    [counter.void(plan, item) for plan, item in pairs if not plan.taken],
                ),
                (REFUND, [counter.refund(plan, item) for plan, item in pairs if plan.refunded_at]),
            ):
                await _run(conn, tenant_id, kind, commands)

        await write_transaction(engine, purchase, tenant_id=tenant_id)
        progress.advance(len(batch))


def by_month(purchases: Sequence[PurchasePlan]) -> list[list[PurchasePlan]]:
    """Purchases in order, a list for each month of Shanghai."""
    months = groupby(purchases, key=lambda one: month_of(business_date(one.at)))
    return [list(of_month) for _, of_month in months]


async def _run(
    conn: AsyncConnection, tenant_id: int, kind: CommandKind, commands: Sequence[Command]
) -> list[UUID]:
    """Run a batch; returns the ids of its entries, which name the purchases that it held."""
    outcomes: list[Outcome] = await run_commands(conn, kind, tenant_id=tenant_id, requests=commands)
    for command, outcome in zip(commands, outcomes, strict=True):
        if outcome.refusal is not None:
            raise PlanRefused(f"{command.event_code} of {command.occurred_at}", outcome)
    return [outcome.entry_id for outcome in outcomes]
