"""Proofs: the books recomputed from their transfers and compared with what is stored.

A proof is one SQL statement that takes the tenant and answers with one row: how many rows it
checked, and facts about at most twenty that fail. The engine's own proofs are below; a programme
registers its own, which compare the books with something outside them.

Source: docs/decisions/0007-proofs.md
"""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_optional, fetch_value, load_sql, set_tenant

_COUNT_TENANTS = load_sql("ledger.books", "count_tenants")
_FIND_PUBLIC_ID = load_sql("ledger.books", "find_tenant_public_id")
_SPEND_MEMORY = load_sql("ledger.books", "spend_memory")
#: Memory for one sort or hash; what does not fit goes to disk, so that proofs stay flat.
_WORK_MEMORY = "64MB"

#: One statement over every account's transfers in order proves all of these.
_BY_REPLAY = (
    "versions_are_gap_free",
    "balances_are_replayed",
    "floors_hold",
    "moments_never_go_back",
)
_ONE_BY_ONE = (
    "tenant_is_whole",
    "debits_equal_credits",
    "totals_are_replayed",
    "transfers_stay_in_one_book",
    "entries_are_whole",
    "commands_have_outcomes",
    "buckets_add_up",
    "buckets_are_replayed",
    "open_holds_are_covered",
    "holds_match_their_entries",
    "refunds_match_their_holds",
    "reversals_mirror",
    "vouchers_are_gap_free",
    "closed_months_are_recomputed",
    "closings_keep_their_hash",
    "memos_keep_their_commitment",
    "entries_reach_the_seal",
    "accounts_follow_their_chart",
    "statuses_are_on_record",
)
ENGINE_PROOFS = (*_BY_REPLAY, *_ONE_BY_ONE)

#: Statement by name; one that proves several things names each in its result.
_proofs: dict[str, str] = {"by_replay": load_sql("ledger.books", "proofs_by_replay")}
_proofs |= {name: load_sql("ledger.books", f"proof_{name}") for name in _ONE_BY_ONE}


class ProofResult(msgspec.Struct, frozen=True):
    """What one proof found in one tenant's books."""

    name: str
    holds: bool
    #: Rows compared.
    checked: int
    #: Facts about rows that fail, each naming its row; at most twenty.
    failures: tuple[str, ...]


def register_proof(name: str, sql: str) -> None:
    """Add a programme's proof; ``sql`` takes the tenant as ``$1``.

    Its one row has ``checked`` (bigint) and ``failures`` (text[]).
    """
    assert _proofs.get(name, sql) == sql, f"two proofs are called {name}"
    _proofs[name] = sql


async def run_proofs(conn: AsyncConnection, *, tenant_id: int) -> list[ProofResult]:
    """Run every registered proof over one tenant's books.

    Give it a read transaction: then all proofs look at one moment, and writers go on meanwhile.
    """
    await set_tenant(conn, tenant_id)
    await fetch_value(conn, _SPEND_MEMORY, _WORK_MEMORY)
    results: list[ProofResult] = []
    for name, sql in _proofs.items():
        results += [
            ProofResult(
                getattr(row, "name", name), not row.failures, row.checked, tuple(row.failures)
            )
            for row in await fetch_all(conn, sql, tenant_id)
        ]
    return results


async def list_tenant_ids(conn: AsyncConnection) -> list[int]:
    """Every tenant number given out, whatever a directory says."""
    return list(range(1, await fetch_value(conn, _COUNT_TENANTS) + 1))


async def find_tenant_public_id(conn: AsyncConnection, *, tenant_id: int) -> UUID | None:
    """The id by which a tenant is known outside; None when its row is gone."""
    row = await fetch_optional(conn, _FIND_PUBLIC_ID, tenant_id)
    return None if row is None else row.public_id
