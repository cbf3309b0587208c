"""Jobs of every owner of books: the nightly proofs, and whether months are closed in time."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.proofs import run_proofs
from ledger.database import fetch_all, load_sql, read_transaction
from ledger.journeys.jobs.calendar import Schedule, month_before
from ledger.journeys.jobs.declaration import Done, Job, Work
from ledger.journeys.proofs import register_programme_proofs

_LIST_UNCLOSED = load_sql("ledger.journeys.jobs", "list_unclosed_books")


async def _prove(engine: AsyncEngine, work: Work) -> Done:
    """Every proof over one tenant's books, at one moment, while others go on posting."""
    register_programme_proofs()
    async with read_transaction(engine, tenant_id=work.tenant_id) as conn:
        results = await run_proofs(conn, tenant_id=work.tenant_id)
    failed = [result.name for result in results if not result.holds]
    facts: dict[str, int | str] = {"rows": sum(result.checked for result in results)}
    if failed:
        facts["failed"] = ", ".join(failed)
    return Done(len(results) - len(failed), len(failed), facts=facts)


async def _look_for_open_months(conn: AsyncConnection, work: Work) -> Done:
    """Books in use whose last month should be closed by now and is not."""
    month = month_before(work.on)
    rows = await fetch_all(conn, _LIST_UNCLOSED, work.tenant_id, month)
    open_books = [row.book_code for row in rows if not row.is_closed]
    facts = {"month": f"{month:%Y-%m}", "open": ", ".join(open_books)} if open_books else {}
    return Done(len(rows) - len(open_books), len(open_books), facts=facts)


TENANT_JOBS = (
    Job(
        code="prove_books",
        name_zh="夜间核验账簿",
        name_en="The books are proven",
        schedule=Schedule("day", timedelta(hours=2)),
        scope="tenant",
        act=_prove,
        only_looks=True,
    ),
    Job(
        code="remind_of_programme_months",
        name_zh="项目上月未结账提醒",
        name_en="A programme's month is not closed by the 5th",
        schedule=Schedule("month", timedelta(days=5, hours=3)),
        scope="programme",
        step=_look_for_open_months,
        only_looks=True,
    ),
    Job(
        code="remind_of_estate_months",
        name_zh="小区上月未结账提醒",
        name_en="An estate's month is not closed by the 10th",
        schedule=Schedule("month", timedelta(days=10, hours=3)),
        scope="estate",
        step=_look_for_open_months,
        only_looks=True,
    ),
)
