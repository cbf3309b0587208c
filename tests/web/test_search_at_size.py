"""What a search reads where a programme has 20,000 members and 200,000 entries."""

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.web.search_entries import DAYS
from ledger.clock import month_of, today
from ledger.database import fetch_all, load_sql, set_tenant
from tests.api.world import World

pytestmark = pytest.mark.no_proofs

MEMBERS, ENTRIES = 20_000, 200_000
#: Pages of 8 KB that a look-up by a number may touch.
FEW_BLOCKS = 20
TABLES = (
    "foundation.person",
    "foundation.member",
    "books.entry",
    "books.transfer",
    "books.voucher",
)
#: A year of them, evenly.
YEAR = 365
SIZE = f"""
SET LOCAL session_replication_role = replica;
INSERT INTO foundation.caller (caller_id, kind)
    SELECT 100000 + n, 'person' FROM generate_series(1, {MEMBERS}) n;
INSERT INTO foundation.person (person_id, public_id, caller_id, display_name, name_sort_key,
        volunteer_no, phone_index)
    SELECT 100000 + n, gen_random_uuid(), 100000 + n, '李' || n, 'li ' || n,
        'V' || 3000000000 + n, decode(md5(n::text), 'hex')
    FROM generate_series(1, {MEMBERS}) n;
INSERT INTO foundation.member (tenant_id, member_id, person_id, volunteer_no, status, joined_on)
    SELECT $TENANT, gen_random_uuid(), 100000 + n, 'V' || 3000000000 + n, 'active', current_date
    FROM generate_series(1, {MEMBERS}) n;
INSERT INTO books.entry (tenant_id, booked_on, occurred_at, posted_at, entry_id, caller_id, kind,
        event_code)
    SELECT $TENANT, current_date - n % {YEAR}, now(), now(), md5('e' || n)::uuid, 1, 0, 'TB07'
    FROM generate_series(1, {ENTRIES}) n;
INSERT INTO books.transfer (tenant_id, debit_account_id, credit_account_id, expires_on, entry_id,
        amount, debit_version, credit_version, debit_balance, credit_balance, line_no)
    SELECT $TENANT, $DEBIT, $CREDIT, 'infinity', md5('e' || n)::uuid, 1 + n % 500,
        1000 + n, 1000 + n, 0, 0, 1
    FROM generate_series(1, {ENTRIES}) n;
INSERT INTO books.voucher (tenant_id, book_code, period, number, entry_id)
    SELECT $TENANT, 'TB', date_trunc('month', current_date - n % {YEAR})::date, 1000 + n,
        md5('e' || n)::uuid
    FROM generate_series(1, {ENTRIES}) n;
"""


Node = Mapping[str, Any]


async def make_large(conn: AsyncConnection, tenant_id: int) -> None:
    """Members and entries as they are after years; written at once, past the functions."""
    await set_tenant(conn, tenant_id)
    position = "WHERE tenant_id = $1 AND book_code = 'TB' AND account_code IN ('5102', '2101')"
    (row,) = await fetch_all(
        conn,
        f"SELECT max(account_id) AS debit, min(account_id) AS credit FROM books.account {position}",
        tenant_id,
    )
    written = SIZE.replace("$TENANT", str(tenant_id))
    written = written.replace("$DEBIT", str(row.debit)).replace("$CREDIT", str(row.credit))
    for statement in filter(str.strip, written.split(";")):
        await conn.exec_driver_sql(statement)
    await conn.exec_driver_sql("SET LOCAL session_replication_role = origin")
    await conn.exec_driver_sql(f"ANALYZE {', '.join(TABLES)}")


async def plan_of(conn: AsyncConnection, statement: str, *arguments: object) -> Node:
    """What the database did for a statement."""
    told = await conn.exec_driver_sql(
        f"EXPLAIN (ANALYZE, TIMING OFF, BUFFERS, FORMAT JSON) {statement}", arguments
    )
    value = told.scalar_one()
    plan: Node = (json.loads(value) if isinstance(value, str) else value)[0]["Plan"]
    return plan


def nodes_of(plan: Node) -> Iterator[Node]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes_of(part)


def read_from(plan: Node, table: str) -> int:
    """Rows that were looked at in a table, those that did not fit as well."""
    return sum(
        int((one["Actual Rows"] + one.get("Rows Removed by Filter", 0)) * one["Actual Loops"])
        for one in nodes_of(plan)
        if one.get("Relation Name") == table
    )


@pytest.mark.slow
async def test_a_search_reads_what_its_dates_and_numbers_name(
    admin_engine: AsyncEngine, world: World
) -> None:
    tenant, last = world.programme.tenant_id, today()
    async with admin_engine.begin() as conn:
        await make_large(conn, tenant)
    by_amount = load_sql("ledger.journeys", "find_entries_by_amount")
    members = load_sql("ledger.foundation", "search_members")
    first = last - timedelta(days=DAYS["programme"])
    in_period = (ENTRIES // YEAR + 1) * (DAYS["programme"] + 1)
    numbers: tuple[tuple[str, tuple[object, ...]], ...] = (
        (
            load_sql("ledger.journeys", "find_entries_by_voucher"),
            (1500, ["TB", "SP", "ST", "PG"], [month_of(last)]),
        ),
        (load_sql("ledger.journeys", "find_entries_by_id"), (UUID(int=5), UUID(int=9))),
        (members, (None, None, "V3000001234", None, None, 20)),
        (
            load_sql("ledger.foundation", "find_members_by_phone"),
            ([b"no such telephone"], None, 20),
        ),
    )
    async with admin_engine.begin() as conn:
        await set_tenant(conn, tenant)
        rare = await plan_of(conn, by_amount, tenant, ["TB"], 777_777, first, last, 20)
        often = await plan_of(conn, by_amount, tenant, ["TB"], 300, first, last, 20)
        for plan in (rare, often):
            assert not [one for one in nodes_of(plan) if one["Node Type"] == "Seq Scan"]
        assert read_from(rare, "transfer") <= in_period, "of the period, not of all times"
        assert read_from(often, "transfer") < in_period / 2, "until there is enough"
        for statement, arguments in numbers:
            plan = await plan_of(conn, statement, tenant, *arguments)
            assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= FEW_BLOCKS, plan
        plan = await plan_of(conn, members, tenant, "李1234", *([None] * 4), 20)
        assert plan["Actual Rows"] == 11  # names lie in no index: all members are looked at
        assert read_from(plan, "member") <= MEMBERS + 2
