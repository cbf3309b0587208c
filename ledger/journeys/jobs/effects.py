"""What a run has posted so far: counts, totals by unit, and a digest that any order gives."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.journeys.jobs.declaration import NO_FACTS, PLATFORM, Done, Facts

_LIST_POSTED = load_sql("ledger.journeys.jobs", "list_posted_here")
_DIGEST_BYTES = 32
_MODULUS = 1 << (8 * _DIGEST_BYTES)
NOTHING = bytes(_DIGEST_BYTES)


class Tally(msgspec.Struct, frozen=True):
    """What a run has done; tallies of its steps add up to it."""

    handled: int = 0
    refused: int = 0
    entries: int = 0
    #: Unit → sum, smallest units.
    totals: Mapping[str, int] = {}
    facts: Facts = NO_FACTS
    #: Sum of the hashes of the transfers, modulo 2^256.
    digest: bytes = NOTHING

    def plus(self, other: "Tally") -> "Tally":
        """Both together; of two facts by one name numbers add up and words replace."""
        total = int.from_bytes(self.digest, "big") + int.from_bytes(other.digest, "big")
        return Tally(
            handled=self.handled + other.handled,
            refused=self.refused + other.refused,
            entries=self.entries + other.entries,
            totals=_added(self.totals, other.totals),
            facts=_added(self.facts, other.facts),
            digest=(total % _MODULUS).to_bytes(_DIGEST_BYTES, "big"),
        )

    def result_hash(self) -> bytes:
        """SHA-256 over everything posted, the same for a plan and its run."""
        return sha256(self.digest + str(self.entries).encode()).digest()


def _added(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    both = dict(one)
    for name, value in other.items():
        known = both.get(name)
        both[name] = known + value if isinstance(known, int) and isinstance(value, int) else value
    return both


async def tally_step(conn: AsyncConnection, *, tenant_id: int, done: Done) -> Tally:
    """What the step that just ran in this transaction did and posted."""
    rows = [] if tenant_id == PLATFORM else await fetch_all(conn, _LIST_POSTED, tenant_id)
    totals: dict[str, int] = {}
    digest = 0
    for row in rows:
        totals[row.unit_code] = totals.get(row.unit_code, 0) + row.amount
        digest += int.from_bytes(_line_hash(row), "big")
    return Tally(
        handled=done.handled,
        refused=done.refused,
        entries=len({row.entry_id for row in rows}),
        totals=totals,
        facts=done.facts,
        digest=(digest % _MODULUS).to_bytes(_DIGEST_BYTES, "big"),
    )


def _line_hash(row: Any) -> bytes:
    """Of what was posted, not of when or under which id: trying and doing give the same."""
    facts = (
        row.event_code,
        row.subject_id,
        row.line_no,
        row.debit_account,
        row.credit_account,
        row.expires_on,
        row.amount,
    )
    return sha256("\0".join(map(str, facts)).encode()).digest()
