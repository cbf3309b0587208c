"""Runs of jobs in words and figures, for the command line."""

from datetime import datetime
from typing import Any

from api.web.job_words import reasons
from ledger.journeys.jobs.calendar import business_day
from ledger.journeys.jobs.declaration import Job
from ledger.journeys.jobs.effects import Tally
from ledger.journeys.jobs.overview import JobOverview

#: What shows more of what a job that only looks has found.
_MORE = {"prove_books": "gongzhang check-ledger", "check_audit_log": "gongzhang audit-log check"}


def has_found(job: Job, tally: Tally) -> bool:
    """Whether a job that only looks found something wrong."""
    return job.only_looks and tally.refused > 0


def found_words(job: Job, tally: Tally) -> str:
    """What was done, in one line; of what was found wrong also the command that shows more."""
    more = _MORE.get(job.code, f"gongzhang jobs runs {job.code}")
    return tally_words(tally) + (f"; see: {more}" if has_found(job, tally) else "")


def job_facts(job: Job, period: datetime, tally: Tally) -> dict[str, Any]:
    """A run or a plan as ``--json`` gives it; totals in smallest units."""
    return {
        "job": job.code,
        "period": job.schedule.name_of(period),
        "on": business_day(period),
        "handled": tally.handled,
        "refused": tally.refused,
        "entries": tally.entries,
        "totals": dict(tally.totals),
        "facts": dict(tally.facts),
        "hash": tally.result_hash().hex(),
    }


def tally_words(tally: Tally) -> str:
    """What was done, in one line."""
    totals = ", ".join(f"{amount} {unit}" for unit, amount in sorted(tally.totals.items()))
    words = f"{tally.handled} done, {tally.refused} refused, {tally.entries} entries"
    if totals:
        words = f"{words} ({totals})"
    return "; ".join([words, *reasons(tally.facts, "en")])


def error_codes(one: JobOverview) -> list[str]:
    """Codes of what the latest attempts failed with, where they failed."""
    states = one.states.values()
    return sorted({state.last_error for state in states if state.attempts and state.last_error})


def result_words(one: JobOverview) -> str:
    """What came of the latest runs: what needs somebody first, else how long they took."""
    words = [
        f"{count} {word}"
        for count, word in (
            (one.parked, "parked"),
            (one.failing, "failing"),
            (one.left_undone, "left undone"),
        )
        if count
    ]
    if words:
        codes = error_codes(one)
        return ", ".join(words) + (f" ({', '.join(codes)})" if codes else "")
    if one.last_finished_at is None:
        return "-"
    longest = max(state.last_milliseconds for state in one.states.values())
    return f"good, {longest} ms"
