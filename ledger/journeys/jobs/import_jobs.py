"""The job that writes confirmed files of people and organisations and forgets old ones."""

from time import monotonic

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.imports.waiting import work_on_imports
from ledger.journeys.jobs.calendar import Schedule
from ledger.journeys.jobs.declaration import Done, Job, Work

#: The next minute goes on.
_AT_MOST_SECONDS = 45


class _Imports:
    """What opens the cells of files in this process; None: it leaves them to others."""

    keys: PersonalDataKeys | None = None


def import_with(keys: PersonalDataKeys) -> None:
    """Let this process write files, since it has the installation's secret."""
    _Imports.keys = keys


async def _write_imports(engine: AsyncEngine, _work: Work) -> Done:
    if _Imports.keys is None:
        return Done(0)
    until = monotonic() + _AT_MOST_SECONDS
    batches = await work_on_imports(engine, keys=_Imports.keys, go_on=lambda: monotonic() < until)
    return Done(batches)


IMPORT_JOBS = (
    Job(
        code="write_imports",
        name_zh="登记已确认的导入名单",
        name_en="Confirmed imports are written",
        schedule=Schedule("minute"),
        scope="platform",
        act=_write_imports,
        leaves_rows=False,
    ),
)
