"""Browsers that signed in to an account before: what strangers try makes them wait for nothing.

A browser keeps one token for each of the latest accounts: when, a random number, and a keyed hash
of both with the account. It opens nothing and says nothing about anybody. It is void once the
person's sessions were ended together or her ways in changed.

Source: docs/decisions/0041-sign-in.md
"""

import hmac
import re
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_optional, load_sql
from ledger.foundation.linked_accounts import INVITED_BY_TWO
from ledger.foundation.secrets import SecretRing

_PACKAGE = "ledger.foundation"
REMEMBERED = timedelta(days=180)
#: Several people at one counter.
MOST_ACCOUNTS = 4
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PURPOSE = "known browsers"
_BETWEEN = "~"
_TOKEN = re.compile(r"([0-9a-f]{1,16})\.([0-9a-f]{24})\.([0-9a-f]{64})")
_ENDED_BY = ["password.set", "second_factor.reset", "session.end", "sign_in.close", INVITED_BY_TWO]


class Browser(msgspec.Struct, frozen=True):
    """What a browser brings along; ``kept`` is the value of its cookie."""

    secrets: SecretRing
    kept: str


def remember_browser(browser: Browser, *, person_id: int, at: datetime) -> str:
    """What the browser keeps from now on: this account first, then the latest of the others."""
    others = [
        one for one in browser.kept.split(_BETWEEN) if _read(browser, one, person_id, at) is None
    ]
    begun = f"{(at - _EPOCH) // timedelta(microseconds=1):x}.{token_hex(12)}"
    key = browser.secrets.key(_PURPOSE).key
    known = [one for one in others if _TOKEN.fullmatch(one)][: MOST_ACCOUNTS - 1]
    return _BETWEEN.join([f"{begun}.{_seal(key, begun, person_id)}", *known])


async def find_known_browser(
    conn: AsyncConnection, browser: Browser, *, person_id: int, at: datetime
) -> str | None:
    """The number of a browser that signed in to this account before; None: a stranger."""
    for one in browser.kept.split(_BETWEEN)[:MOST_ACCOUNTS]:
        found = _read(browser, one, person_id, at)
        if found is None:
            continue
        since, number = found
        ended = await fetch_optional(
            conn, load_sql(_PACKAGE, "find_end_of_browsers"), person_id, _ENDED_BY
        )
        return number if ended is None or ended.at < since else None
    return None


def _read(
    browser: Browser, token: str, person_id: int, at: datetime
) -> tuple[datetime, str] | None:
    """Since when, and the number, of a token that is this account's and not too old."""
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    begun = f"{parts[1]}.{parts[2]}"
    sealed = [_seal(key.key, begun, person_id) for key in browser.secrets.keys(_PURPOSE)]
    if not any(hmac.compare_digest(one, parts[3]) for one in sealed):
        return None
    since = _EPOCH + timedelta(microseconds=int(parts[1], 16))
    return (since, parts[2]) if at - REMEMBERED < since <= at else None


def _seal(key: bytes, begun: str, person_id: int) -> str:
    return hmac.digest(key, f"{begun} {person_id}".encode(), "sha256").hex()
