"""Jobs that this layer adds to those of the programmes."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.journeys.jobs.calendar import Schedule
from ledger.journeys.jobs.declaration import Done, Job, Work
from ledger.journeys.jobs.registry import register_job
from reconciliation.retention import STEP_LINES, forget_counterparties


async def _forget(conn: AsyncConnection, work: Work) -> Done:
    emptied = await forget_counterparties(conn, tenant_id=work.tenant_id, on=work.on)
    return Done(emptied, more=emptied == STEP_LINES)


FORGET_COUNTERPARTIES = Job(
    code="forget_counterparties",
    name_zh="清除过期银行流水中的个人信息",
    name_en="Old bank lines forget who paid",
    schedule=Schedule("month", timedelta(days=1, hours=4)),
    scope="estate",
    step=_forget,
    policy="privacy.counterparty_months",
)


def register_jobs() -> None:
    """Let the worker know them; twice is once."""
    register_job(FORGET_COUNTERPARTIES)
