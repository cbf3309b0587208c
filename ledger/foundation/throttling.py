"""Slows the guessing of passwords without letting a guesser lock anybody out.

Counted are the account, the address, and both together. After a few failures from one address the
same account must wait there, up to a minute. A much-guessed account is closed to addresses that
never succeeded on it; the owner's own address stays open. An attempt counts as a failure before
its password is looked at, so that many at once gain nothing; a success takes it back.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, load_sql
from ledger.errors import LedgerError
from ledger.foundation.audit_log import leave_out_of_audit_log
from ledger.foundation.client_addresses import counted_address

_PACKAGE = "ledger.foundation"
PAIR_FREE_FAILURES = 5
LONGEST_WAIT_SECONDS = 60
ADDRESS_FAILURES = 60
ACCOUNT_FAILURES = 50
WINDOWS = {
    "pair": timedelta(hours=1),
    "address": timedelta(minutes=15),
    "account": timedelta(hours=1),
}
ADDRESS_REMEMBERED = timedelta(days=90)


class SignInThrottled(LedgerError):
    """Too many failures lately; nothing is locked, one has to wait."""

    template = "Too many failed sign-ins. Try again in {retry_after_seconds} seconds."


class Attempt(NamedTuple):
    """What is counted for one sign-in attempt: hashes, never the name or address."""

    account: bytes
    address: bytes
    pair: bytes


def attempt_of(sign_in_name: str, address: str) -> Attempt:
    """The counters of a name tried from an address."""
    place = counted_address(address)
    hashed = (sha256(text.encode()).digest() for text in (
        sign_in_name, place, f"{sign_in_name}\0{place}"
    ))  # fmt: skip
    return Attempt(*hashed)


async def begin_attempt(conn: AsyncConnection, attempt: Attempt, *, at: datetime) -> None:
    """Let an attempt pass and count it as a failure until it succeeds. Commit before verifying.

    Raises:
        SignInThrottled: too many failures; it is not counted again.
    """
    leave_out_of_audit_log()
    rows = await fetch_all(conn, load_sql(_PACKAGE, "lock_throttles"), *attempt, at)
    wait = _seconds_to_wait({row.kind: row for row in rows}, at)
    if wait > 0:
        raise SignInThrottled(retry_after_seconds=wait)
    for kind, window in WINDOWS.items():
        key_hash = getattr(attempt, kind)
        await execute(conn, load_sql(_PACKAGE, "count_failure"), kind, key_hash, at, at - window)


async def end_attempt(conn: AsyncConnection, attempt: Attempt, *, at: datetime) -> None:
    """Take the failure back after a success."""
    await execute(conn, load_sql(_PACKAGE, "forget_failures"), *attempt, at)


def _seconds_to_wait(rows: Mapping[str, Row[Any]], at: datetime) -> int:
    """How long this attempt has to wait; zero when it may go on."""
    pair, address, account = rows["pair"], rows["address"], rows["account"]
    waits = [0.0]
    if (extra := _failures(pair, at) - PAIR_FREE_FAILURES) >= 0:
        pause = min(2**extra, LONGEST_WAIT_SECONDS)
        waits.append((pair.last_failure_at + timedelta(seconds=pause) - at).total_seconds())
    if _failures(address, at) >= ADDRESS_FAILURES:
        waits.append(_rest_of_window(address, at))
    known = pair.last_success_at is not None and pair.last_success_at > at - ADDRESS_REMEMBERED
    if _failures(account, at) >= ACCOUNT_FAILURES and not known:
        waits.append(_rest_of_window(account, at))
    return ceil(max(waits))


def _failures(row: Row[Any], at: datetime) -> int:
    over = row.window_started_at < at - WINDOWS[row.kind]
    return 0 if over else int(row.failures)


def _rest_of_window(row: Row[Any], at: datetime) -> float:
    return float((row.window_started_at + WINDOWS[row.kind] - at).total_seconds())
