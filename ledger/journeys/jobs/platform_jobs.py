"""Jobs of the whole platform."""

from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import fetch_value, load_sql, read_transaction, write_transaction
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.audit_seals import check_audit_log, seal_audit_log
from ledger.foundation.organisations import list_tenants
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.sweeping import MOST_OF_EACH, sweep_sign_ins, sweep_webhooks
from ledger.foundation.webhook_delivery import deliver_due_webhooks
from ledger.journeys.approvals.notices import tell_of_expired
from ledger.journeys.jobs.calendar import Schedule
from ledger.journeys.jobs.declaration import Done, Job, Work
from ledger.settings import Settings

logger = structlog.get_logger(__name__)

_SWEEP_QUEUE = load_sql("ledger.journeys.jobs", "sweep_queue_log")
_LINES = 10_000
_KEPT = timedelta(days=7)


async def _sweep_queue(conn: AsyncConnection, _work: Work) -> Done:
    """Old lines of the queue's own log; what jobs did is kept elsewhere, for good."""
    swept = await fetch_value(conn, _SWEEP_QUEUE, _KEPT, _LINES)
    return Done(swept, more=swept == _LINES)


async def _seal_audit_log(engine: AsyncEngine, _work: Work) -> Done:
    return Done(await seal_audit_log(engine))


async def _check_audit_log(engine: AsyncEngine, _work: Work) -> Done:
    """The whole chain computed anew; what was edited or removed is left undone, for a person."""
    found = await check_audit_log(engine)
    facts: dict[str, int | str] = {"seals": found.seals, "head": found.head or "—"}
    if found.faults:
        first = found.faults[0]
        logger.error(
            "audit_log_differs", kind=first.kind, seal_no=first.seal_no, audit_id=first.audit_id
        )
        facts["fault"] = f"{first.kind} {first.audit_id or first.seal_no}"
    return Done(found.lines, len(found.faults), facts=facts)


async def _sweep_sign_ins(conn: AsyncConnection, _work: Work) -> Done:
    """Ended sessions, used invitations, old counters: what no sign-in needs any more."""
    swept = await sweep_sign_ins(conn, at=now())
    more = MOST_OF_EACH in swept.values()
    return Done(sum(swept.values()), more=more, facts=swept)


class _Kept:
    """How long what is over can be looked at, as this process was told."""

    webhooks = timedelta(days=Settings().webhook_kept_days)


def keep_webhooks_for(days: int) -> None:
    """Let deliveries of webhooks be looked at and sent again for so many days after their end."""
    _Kept.webhooks = timedelta(days=days)


async def _sweep_webhooks(engine: AsyncEngine, _work: Work) -> Done:
    """Every programme and estate, a piece of its deliveries at a time."""
    before = now() - _Kept.webhooks
    async with engine.connect() as conn:
        tenants = [one.tenant_id for one in await list_tenants(conn)]
    swept = 0
    for tenant_id in tenants:
        sweep = partial(sweep_webhooks, tenant_id=tenant_id, before=before)
        piece = MOST_OF_EACH
        while piece == MOST_OF_EACH:
            piece = await write_transaction(engine, sweep, tenant_id=tenant_id)
            swept += piece
    return Done(swept)


class _Delivery:
    """What opens the secrets of webhooks in this process; None: it leaves them to others."""

    keys: PersonalDataKeys | None = None
    loopback = False


def deliver_webhooks_with(keys: PersonalDataKeys, *, loopback: bool) -> None:
    """Let this process deliver webhooks, since it has the installation's secret."""
    _Delivery.keys, _Delivery.loopback = keys, loopback


async def _deliver_webhooks(engine: AsyncEngine, _work: Work) -> Done:
    if _Delivery.keys is None:
        return Done(0)
    taken = await deliver_due_webhooks(engine, keys=_Delivery.keys, loopback=_Delivery.loopback)
    return Done(taken)


async def _tell_of_expired_approvals(engine: AsyncEngine, _work: Work) -> Done:
    """Every programme and estate, then the platform; one that fails holds up no other."""
    async with read_transaction(engine) as conn:
        tenants = [one.tenant_id for one in await list_tenants(conn)]
    told, failed = 0, []
    for tenant_id in (*tenants, PLATFORM):
        try:
            told += await write_transaction(
                engine,
                partial(tell_of_expired, tenant_id=tenant_id),
                tenant_id=tenant_id,
            )
        except Exception as error:  # noqa: BLE001
            failed.append(error)
    if failed:
        raise failed[0]
    return Done(told)


PLATFORM_JOBS = (
    Job(
        code="tell_of_expired_approvals",
        name_zh="审批过期通知",
        name_en="Whoever asked is told that nobody decided in time",
        schedule=Schedule("hour"),
        scope="platform",
        act=_tell_of_expired_approvals,
        leaves_rows=False,
    ),
    Job(
        code="deliver_webhooks",
        name_zh="投递网络回调",
        name_en="Webhooks are delivered",
        schedule=Schedule("minute"),
        scope="platform",
        act=_deliver_webhooks,
        leaves_rows=False,
    ),
    Job(
        code="seal_audit_log",
        name_zh="封存操作日志",
        name_en="The audit log is sealed",
        schedule=Schedule("minute"),
        scope="platform",
        act=_seal_audit_log,
        leaves_rows=False,
    ),
    Job(
        code="check_audit_log",
        name_zh="夜间核对操作日志",
        name_en="The chain over the audit log is checked",
        schedule=Schedule("day", timedelta(hours=2, minutes=30)),
        scope="platform",
        act=_check_audit_log,
        only_looks=True,
    ),
    Job(
        code="sweep_queue",
        name_zh="清理任务队列的旧记录",
        name_en="Old lines of the queue are swept",
        schedule=Schedule("day", timedelta(hours=3)),
        scope="platform",
        step=_sweep_queue,
    ),
    Job(
        code="sweep_sign_ins",
        name_zh="清理过期的登录记录",
        name_en="Ended sign-ins are swept",
        schedule=Schedule("day", timedelta(hours=3, minutes=10)),
        scope="platform",
        step=_sweep_sign_ins,
    ),
    Job(
        code="sweep_webhooks",
        name_zh="清理过期的网络回调记录",
        name_en="Old deliveries of webhooks are swept",
        schedule=Schedule("day", timedelta(hours=3, minutes=20)),
        scope="platform",
        act=_sweep_webhooks,
    ),
)
