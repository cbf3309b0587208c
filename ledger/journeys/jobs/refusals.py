"""Why a job does not run."""

from ledger.errors import LedgerError


class PredecessorNotFinished(LedgerError):
    """Jobs go in the order of the day."""

    template = "{job} comes after {predecessor}, which has not finished what was due before it."


class EarlierRunOpen(LedgerError):
    """A job whose periods go one after the other has not finished an earlier one."""

    template = "{job} has not finished the period {open_period} yet; {period} comes after it."


class PeriodNotBegun(LedgerError):
    """Nothing is done for a time that has not come."""

    template = "The period {period} of {job} has not begun."


class ClockJumped(LedgerError):
    """The clock is far ahead of the latest run: it may be wrong, and what expires is gone."""

    template = (
        "{job} last ran for {last}; now it would run for {period}. Check the clock, then run the "
        "job by hand."
    )


class ClocksDiffer(LedgerError):
    """The service's clock and the database's disagree; nothing is due until they agree."""

    template = "The clocks of the service and of the database differ by {seconds} s."


class JobNotPlannable(LedgerError):
    """The job reaches outside the books, so that it cannot be tried without being done."""

    template = "{job} cannot be tried without being done."


class WrongScope(LedgerError):
    """The job is not for this programme or estate."""

    template = "{job} is a job for {scope}."
