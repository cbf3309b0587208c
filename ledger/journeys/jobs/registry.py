"""Every job, in the order of the day: what takes effect first, then what runs out, then the checks.

A part of the product above this layer adds its own with ``register_job`` when it is imported.
"""

from datetime import datetime

from ledger.errors import NotFound
from ledger.journeys.jobs.calendar import business_day
from ledger.journeys.jobs.declaration import Job
from ledger.journeys.jobs.import_jobs import IMPORT_JOBS
from ledger.journeys.jobs.platform_jobs import PLATFORM_JOBS
from ledger.journeys.jobs.programme_jobs import PROGRAMME_JOBS
from ledger.journeys.jobs.tenant_jobs import TENANT_JOBS

_jobs: dict[str, Job] = {
    job.code: job for job in (*PROGRAMME_JOBS, *TENANT_JOBS, *PLATFORM_JOBS, *IMPORT_JOBS)
}


def register_job(job: Job) -> None:
    """Add a job after those that are there; the same one twice is one."""
    known = _jobs.setdefault(job.code, job)
    assert known == job, f"two jobs are called {job.code}"
    assert (job.step is None) != (job.act is None), f"{job.code} needs a step or an act"
    missing = [code for code in job.after if code not in _jobs]
    assert not missing, f"{job.code} comes after {missing}, which are not there"


def list_jobs() -> list[Job]:
    """Every job in the order of the day."""
    return list(_jobs.values())


def get_job(code: str) -> Job:
    """The job with a code.

    Raises:
        NotFound: no such job.
    """
    if code not in _jobs:
        raise NotFound(kind="job", id=code)
    return _jobs[code]


def period_name(code: str, period: datetime) -> str:
    """A period of a job as people name it; of a job that is no longer there, its day."""
    return _jobs[code].schedule.name_of(period) if code in _jobs else f"{business_day(period)}"
