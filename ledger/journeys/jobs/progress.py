"""What a run has done so far, kept in the state's row; and what stays of it for good."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_one, fetch_value, load_sql, sqlstate
from ledger.errors import LedgerError
from ledger.identifiers import uuid7
from ledger.journeys.jobs.effects import NOTHING, Tally
from ledger.journeys.jobs.refusals import ClockJumped

_PACKAGE = "ledger.journeys.jobs"
_LOCK = load_sql(_PACKAGE, "lock_state")
_LIMIT_WAITING = load_sql(_PACKAGE, "limit_waiting")
_KEEP = load_sql(_PACKAGE, "keep_progress")
_FINISH = load_sql(_PACKAGE, "finish_run")
_RECORD = load_sql(_PACKAGE, "record_run")
_FAIL = load_sql(_PACKAGE, "fail_run")
_RECORD_FAILURE = load_sql(_PACKAGE, "record_failure")

MOST_ATTEMPTS = 5
#: Before the second attempt; three times as long before each one after it.
FIRST_PAUSE = timedelta(minutes=2)


class Begun(msgspec.Struct, frozen=True):
    """A run under way, read and held in the present transaction."""

    run_id: UUID
    period: datetime
    policy_version: int
    begun_at: datetime
    steps: int
    tally: Tally


async def limit_waiting(
    conn: AsyncConnection, *, lock_seconds: int, statement_seconds: int
) -> None:
    """Let this transaction give up early, so that others do not wait for it."""
    await fetch_one(conn, _LIMIT_WAITING, f"{lock_seconds}s", f"{statement_seconds}s")


def read_progress(state: Any, period: datetime) -> Begun:
    """The run under way of a state's row; it goes on for ``period``."""
    tally = Tally(
        state.handled,
        state.refused,
        state.entries,
        state.totals,
        state.facts,
        bytes(state.digest or NOTHING),
    )
    return Begun(state.run_id, period, state.policy_version, state.begun_at, state.steps, tally)


async def keep_progress(conn: AsyncConnection, job: str, tenant_id: int, begun: Begun) -> None:
    """Keep what was done, in the transaction that did it."""
    tally = begun.tally
    await execute(
        conn,
        _KEEP,
        job,
        tenant_id,
        begun.period,
        begun.run_id,
        begun.policy_version,
        begun.begun_at,
        tally.handled,
        tally.refused,
        tally.entries,
        msgspec.json.encode(dict(tally.totals)).decode(),
        msgspec.json.encode(dict(tally.facts)).decode(),
        tally.digest,
    )


async def finish_run(
    conn: AsyncConnection,
    job: str,
    tenant_id: int,
    begun: Begun,
    *,
    asked_by: int,
    quietly: bool,
) -> None:
    """The period is finished, in the transaction of the last step; ``quietly``: without a row."""
    tally, ended = begun.tally, max(now(), begun.begun_at)
    if not quietly:
        await execute(
            conn,
            _RECORD,
            begun.run_id,
            job,
            tenant_id,
            begun.period,
            begun.policy_version,
            begun.begun_at,
            ended,
            begun.steps,
            tally.handled,
            tally.refused,
            tally.entries,
            msgspec.json.encode(dict(tally.totals)).decode(),
            msgspec.json.encode(dict(tally.facts)).decode(),
            tally.result_hash(),
            asked_by,
        )
    duration = (ended - begun.begun_at) // timedelta(milliseconds=1)
    await execute(conn, _FINISH, job, tenant_id, begun.period, ended, duration, tally.refused)


async def record_failure(
    conn: AsyncConnection,
    job: str,
    tenant_id: int,
    *,
    period: datetime,
    error: Exception,
    asked_by: int,
) -> str:
    """Record that an attempt failed and when the next one is; returns the error's code.

    The run keeps what its earlier steps did. After the fifth attempt it waits for a person.
    """
    code, words = _code_and_words(error)
    state = await fetch_one(conn, _LOCK, job, tenant_id)
    moment, attempt = now(), state.attempts + 1
    parks = attempt >= MOST_ATTEMPTS or isinstance(error, ClockJumped)
    next_attempt_at = None if parks else moment + FIRST_PAUSE * 3**state.attempts
    parked_at = moment if parks else None
    await fetch_value(conn, _FAIL, job, tenant_id, code, next_attempt_at, parked_at)
    await execute(
        conn,
        _RECORD_FAILURE,
        uuid7(),
        job,
        tenant_id,
        period,
        moment,
        attempt,
        code,
        words,
        asked_by,
    )
    return code


def _code_and_words(error: Exception) -> tuple[str, str]:
    """What an error is called, and what may be kept of its words: nothing with data in it."""
    if isinstance(error, LedgerError):
        return error.code, error.template
    if isinstance(error, DBAPIError):
        state = sqlstate(error)
        return (f"sqlstate_{state}" if state else "database_lost"), type(error.orig).__name__
    return type(error).__name__, "An error that was not foreseen; the log says more."
