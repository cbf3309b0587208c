"""Slows the guessing of passwords without letting a guesser lock anybody out.

A browser that signed in to the account before counts for itself: nothing that others try makes it
wait. Of strangers are counted the account, the address, and both together. After a few failures
from one address the same account must wait there. A much-guessed account takes one guess a minute
from all strangers together, a much-guessing address likewise; accounts that succeeded there before
neither wait for it nor add to it. Nobody waits longer than a minute.

An attempt counts as a failure before its password is looked at, so that many at once gain nothing;
a success takes it back.

Guesses of strangers at one account: 20 in an hour and then one a minute, 80 in the hour, at most
2,000 in any day. At an address where it succeeded before: 5, six with growing pauses, then one a
minute: at most 1,800 in any day, and as many in a browser that it knows.

Whoever holds a session of the account has as many again, for its change of password and its proof
together. They count apart from sign-ins: else strangers could keep its owner from both.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

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
ACCOUNT_FAILURES = 20
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


def attempt_at_own_password(person: UUID, address: str) -> Attempt:
    """The counters of who is signed in and gives the password again, to change it or as a proof."""
    return attempt_of(f"own password {person}", address)


def attempt_in_browser(sign_in_name: str, number: str) -> Attempt:
    """The counters of a name tried in a browser that signed in by it before: its own alone."""
    hashed = sha256(f"{sign_in_name}\0browser {number}".encode()).digest()
    return Attempt(hashed, hashed, hashed)


async def begin_attempt(conn: AsyncConnection, attempt: Attempt, *, at: datetime) -> None:
    """Let an attempt pass and count it as a failure until it succeeds. Commit before verifying.

    Raises:
        SignInThrottled: too many failures; it is not counted again.
    """
    leave_out_of_audit_log()
    found = await fetch_all(conn, load_sql(_PACKAGE, "lock_throttles"), *attempt, at)
    rows = {row.kind: row for row in found}
    wait = _seconds_to_wait(rows, at)
    if wait > 0:
        raise SignInThrottled(retry_after_seconds=wait)
    for kind, window in WINDOWS.items():
        if kind == "address" and _succeeded_before(rows["pair"], at):
            continue
        key_hash = getattr(attempt, kind)
        await execute(conn, load_sql(_PACKAGE, "count_failure"), kind, key_hash, at, at - window)


async def end_attempt(conn: AsyncConnection, attempt: Attempt, *, at: datetime) -> None:
    """Take the failure back after a success, from where it was counted."""
    known_since = at - ADDRESS_REMEMBERED
    await execute(conn, load_sql(_PACKAGE, "forget_failures"), *attempt, at, known_since)


def _seconds_to_wait(rows: Mapping[str, Row[Any]], at: datetime) -> int:
    """How long this attempt has to wait; zero when it may go on."""
    pair, address, account = rows["pair"], rows["address"], rows["account"]
    waits = [0.0]
    if (extra := _failures(pair, at) - PAIR_FREE_FAILURES) >= 0:
        pause = min(2**extra, LONGEST_WAIT_SECONDS)
        waits.append((pair.last_failure_at + timedelta(seconds=pause) - at).total_seconds())
    if not _succeeded_before(pair, at):
        for row, free in ((address, ADDRESS_FAILURES), (account, ACCOUNT_FAILURES)):
            if _failures(row, at) >= free:
                over = row.last_failure_at + timedelta(seconds=LONGEST_WAIT_SECONDS)
                waits.append((over - at).total_seconds())
    return ceil(max(waits))


def _failures(row: Row[Any], at: datetime) -> int:
    over = row.window_started_at < at - WINDOWS[row.kind]
    return 0 if over else int(row.failures)


def _succeeded_before(pair: Row[Any], at: datetime) -> bool:
    """Whether the account was signed in to from this address not long ago."""
    return pair.last_success_at is not None and pair.last_success_at > at - ADDRESS_REMEMBERED
