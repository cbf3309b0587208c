"""The yuan of a programme: a grant of the district, a pledge of an ally, what was spent."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import open_accounts
from ledger.books.idempotency import idempotency_key
from ledger.books.posting import Outcome
from ledger.database import write_transaction
from ledger.foundation.chart import HolderKind, accounts_of_holder
from ledger.foundation.events import EventCommand, post_events
from ledger.identifiers import uuid7
from ops.demo_data.built import BuiltProgramme
from ops.demo_data.days import Span, working_day
from ops.demo_data.posting import PlanRefused, moment_on

_KINDS: tuple[HolderKind, ...] = ("bank_account", "organisation", "project")
#: Days after the first, event, name of the amount, fen, roles, and what it is about.
_YEAR = (
    (4, "PG04", "received", 600_000, ("bank",), "小区党建经费拨款"),
    (12, "PG01", "pledged", 300_000, ("organisation", "project"), "认领楼道照明改造项目"),
    (33, "PG02", "received", 300_000, ("organisation", "bank"), "认领款到账"),
    (47, "PG03", "spent", 120_000, ("project", "bank"), "楼道照明改造首期款"),
    (96, "PG03", "spent", 150_000, ("project", "bank"), "楼道照明改造尾款"),
    (120, "PG13", "cost", 86_000, ("bank",), "爱心超市采购米油"),
    (181, "PG12", "value", 32_500, (), "居民捐赠图书与旧家电入库"),
    (230, "PG24", "interest", 1_130, ("bank",), "银行利息"),
    (231, "PG23", "fee", 1_200, ("bank",), "银行手续费"),
)


async def run_money(engine: AsyncEngine, built: BuiltProgramme, span: Span) -> None:
    """Post what has happened of a programme's year.

    Raises:
        PlanRefused: the books refused something planned.
    """
    tenant_id = built.tenant.tenant_id
    holders = {kind: uuid7() for kind in _KINDS}
    roles = {
        "bank": holders["bank_account"],
        "organisation": holders["organisation"],
        "project": holders["project"],
    }

    async def post(conn: AsyncConnection) -> list[Outcome]:
        names = [
            name
            for kind, holder_id in holders.items()
            for name in accounts_of_holder(kind, holder_id, ("PG",))
        ]
        await open_accounts(conn, tenant_id=tenant_id, names=names)
        return await post_events(conn, tenant_id=tenant_id, commands=commands)

    commands = _commands(built, roles, span)
    outcomes = await write_transaction(engine, post, tenant_id=tenant_id)
    for command, outcome in zip(commands, outcomes, strict=True):
        if outcome.refusal is not None:
            raise PlanRefused(command.event, outcome)


def _commands(built: BuiltProgramme, roles: dict[str, UUID], span: Span) -> list[EventCommand]:
    commands = []
    for number, (days, event, amount_name, fen, needed, memo) in enumerate(_YEAR):
        day = working_day(span.first + timedelta(days=days))
        if day > span.today:
            break
        commands.append(
            EventCommand(
                event=event,
                key=idempotency_key(f"demo {built.plan.key} money {number}"),
                caller_id=built.recorder.caller_id,
                occurred_at=moment_on(day, span),
                booked_on=day,
                amounts={amount_name: fen},
                owners={role: roles[role] for role in needed},
                memo=memo,
            )
        )
    return commands
