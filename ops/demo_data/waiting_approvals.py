"""What waits for a second person when the demo begins: a correction, a rule, a month, a payment."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountName, get_accounts
from ledger.books.idempotency import idempotency_key
from ledger.books.periods import list_periods
from ledger.clock import month_of, now, today
from ledger.database import write_transaction
from ledger.foundation.grant_list import list_grants
from ledger.foundation.organisations import LARGEST_PAGE
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import (
    Adjustment,
    Matter,
    Move,
    PeriodReopening,
    PolicyChange,
)
from ledger.programmes.trust.bank_events import accrue_expense
from ledger.programmes.trust.bookings import Booking
from ledger.programmes.trust.payments import request_payment
from ops.demo_data.built import BuiltEstate, BuiltProgramme

_MISSED_MINUTES = 30
_KEPT = timedelta(days=365)
_REPAIR_FEN = 128_000
_REPAIR = "防火门维修"


async def ask_for_approvals(
    engine: AsyncEngine,
    programme: BuiltProgramme,
    estate: BuiltEstate,
) -> None:
    """A correction, a rule and a month of the programme; a payment of the estate."""
    tenant_id = programme.tenant.tenant_id

    async def in_programme(conn: AsyncConnection) -> None:
        accountant = await _accountant(conn, tenant_id)
        asked: list[tuple[Matter, str, int]] = [
            (await _correction(conn, programme), "漏记半小时，见活动签到表", accountant),
            (_rule(programme), "居民反映三天来不及看公示", programme.verifier.caller_id),
        ]
        month = await _last_closed(conn, tenant_id)
        if month is not None:
            asked.append((month, "发现一笔服务记错了人，需要更正", accountant))
        for matter, reason, caller_id in asked:
            await ask(
                conn,
                tenant_id=tenant_id,
                matter=matter,
                reason=reason,
                caller_id=caller_id,
            )

    async def in_estate(conn: AsyncConnection) -> None:
        await _ask_for_payment(conn, estate)

    await write_transaction(engine, in_programme, tenant_id=tenant_id)
    await write_transaction(engine, in_estate, tenant_id=estate.tenant.tenant_id)


async def _accountant(conn: AsyncConnection, tenant_id: int) -> int:
    """The caller who keeps the programme's books."""
    grants = await list_grants(
        conn, limit=LARGEST_PAGE, tenant_id=tenant_id, roles=["programme_accountant"]
    )
    return grants[0].caller_id


async def _correction(conn: AsyncConnection, programme: BuiltProgramme) -> Adjustment:
    """Half an hour that was forgotten."""
    member_id = programme.members[0].member.member_id
    names = [AccountName("TB", "5104"), AccountName("TB", "2101", member_id)]
    tenant_id = programme.tenant.tenant_id
    expense, time = await get_accounts(conn, tenant_id=tenant_id, names=names)
    move = Move(
        debit_account=expense.public_id,
        credit_account=time.public_id,
        amount=_MISSED_MINUTES,
        expires_on=today() + _KEPT,
    )
    return Adjustment(event_code="TB31", occurred_at=now(), transfers=(move,))


def _rule(programme: BuiltProgramme) -> PolicyChange:
    """Five days to object instead of three, from next month on."""
    next_month = month_of(month_of(today()) + timedelta(days=31))
    return PolicyChange(
        org_unit_id=programme.tenant.org_unit_id,
        key="service.objection_days",
        value=5,
        valid_from=next_month,
        document_no=f"社区议事会〔{today().year}〕12号",
    )


async def _last_closed(conn: AsyncConnection, tenant_id: int) -> PeriodReopening | None:
    months = await list_periods(conn, tenant_id=tenant_id, book_code="TB")
    closed = [one.month for one in months if one.status == "closed"]
    return PeriodReopening(book="TB", month=max(closed)) if closed else None


async def _ask_for_payment(conn: AsyncConnection, estate: BuiltEstate) -> None:
    """A repair that is owed since today."""
    tenant_id, payee = estate.tenant.tenant_id, _supplier(estate)
    booking = Booking(
        key=idempotency_key(f"demo {estate.plan.form.key} {_REPAIR}"),
        caller_id=estate.manager.caller_id,
        occurred_at=now(),
        memo=_REPAIR,
    )
    await accrue_expense(
        conn,
        tenant_id=tenant_id,
        supplier_id=payee,
        expense_account="5102",
        amount=_REPAIR_FEN,
        booking=booking,
    )
    await request_payment(
        conn,
        tenant_id=tenant_id,
        event="TR12",
        amount=_REPAIR_FEN,
        bank_account_id=estate.bank_account_id,
        purpose=_REPAIR,
        key=idempotency_key(f"demo {estate.plan.form.key} {_REPAIR} request"),
        caller_id=estate.manager.caller_id,
        payee_id=payee,
    )


def _supplier(estate: BuiltEstate) -> UUID:
    return next(found for (kind, _), found in estate.holders.items() if kind == "supplier")
