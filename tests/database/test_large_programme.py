"""A programme of 20,000 members among others: what is looked for by a key is found by its index,
and a search by name reads no more than the programme."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import execute, fetch_value, load_sql, set_tenant
from ledger.foundation.member_search import read_search, search_members
from ledger.foundation.people import sort_key
from tests.community import KEYS, Community, create_community

MEMBERS = 20_000
ELSEWHERE = 20_000
PAGE = 50
FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
GIVEN_NAMES = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰春梅"
FILL = """
WITH callers AS (
    INSERT INTO foundation.caller (kind)
    SELECT 'person' FROM generate_series(1, $4::int) RETURNING caller_id
),
numbered AS (SELECT caller_id, row_number() OVER () AS place FROM callers),
people AS (
    INSERT INTO foundation.person
    (public_id, caller_id, display_name, name_sort_key, volunteer_no, phone_index)
    SELECT gen_random_uuid(), n.caller_id, u.name, u.pinyin,
        'V' || lpad(($5::int + u.place)::text, 10, '0'), decode(md5(u.place::text), 'hex')
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (name, pinyin, place)
    JOIN numbered AS n ON n.place = u.place
    RETURNING person_id, volunteer_no
)
INSERT INTO foundation.member (tenant_id, member_id, person_id, volunteer_no, status, joined_on)
SELECT $3::int, gen_random_uuid(), person_id, volunteer_no, 'active', current_date FROM people
"""


async def fill(conn: AsyncConnection, tenant_id: int, members: int, first_number: int) -> None:
    """Members with every combination of names in turn."""
    letters = {sign: sort_key(sign) for sign in FAMILY_NAMES + GIVEN_NAMES}
    names = [
        FAMILY_NAMES[n % 20] + GIVEN_NAMES[n // 20 % 28] + GIVEN_NAMES[n // 560 % 28]
        for n in range(members)
    ]
    pinyin = [" ".join(letters[sign] for sign in name) for name in names]
    await set_tenant(conn, tenant_id)
    await execute(conn, FILL, names, pinyin, tenant_id, members, first_number)


@pytest.fixture
async def community(engine: AsyncEngine, admin_engine: AsyncEngine) -> Community:
    made, other = await create_community(engine), await create_community(engine)
    async with admin_engine.begin() as conn:
        await fill(conn, made.tenant_id, MEMBERS, 0)
        await fill(conn, other.tenant_id, ELSEWHERE, MEMBERS)
    async with admin_engine.begin() as conn:
        for table in ("person", "member"):
            await execute(conn, f"ANALYZE foundation.{table}")
    return made


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def rows_read(conn: AsyncConnection, name: str, *arguments: object) -> int:
    """How many rows the statement takes from its tables and indexes."""
    statement = f"EXPLAIN (ANALYZE, FORMAT JSON) {load_sql('ledger.foundation', name)}"
    written = await fetch_value(conn, statement, *arguments)
    plan = (json.loads(written) if isinstance(written, str) else written)[0]["Plan"]
    return sum(
        int((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])
        for node in nodes(plan)
        if "Relation Name" in node
    )


async def test_lists_and_searches_read_no_more_than_they_must(community: Community) -> None:
    tenant_id = community.tenant_id
    phone = bytes.fromhex("c4ca4238a0b923820dcc509a6f75849b")  # md5 of 1
    async with community.engine.connect() as conn:
        await set_tenant(conn, tenant_id)
        page = (tenant_id, "V0000010000", None, 50, None)
        assert await rows_read(conn, "list_members", *page) <= 2 * 50
        assert await rows_read(conn, "find_members_by_phone", tenant_id, [phone], None, 30) <= 10
        by_number = (tenant_id, None, None, "V0000000007", None, None, 30)
        assert await rows_read(conn, "search_members", *by_number) <= 10
        nobody = (tenant_id, "龙", None, None, None, None, 30)
        members_and_persons = 2 * MEMBERS + ELSEWHERE
        assert await rows_read(conn, "search_members", *nobody) <= members_and_persons


@pytest.mark.slow
async def test_pages_of_names_hold_everybody_once_in_their_order(community: Community) -> None:
    async with community.engine.connect() as conn:
        await set_tenant(conn, community.tenant_id)
        found: list[UUID] = []
        keys: list[str] = []
        after = None
        for _ in range(6):
            page = await search_members(
                conn,
                tenant_id=community.tenant_id,
                wanted=read_search("zw", by_name=True),
                keys=KEYS,
                limit=PAGE,
                after=after,
            )
            found += [one.member_id for one in page]
            keys += [sort_key(one.display_name) for one in page]
            if len(page) < PAGE:
                break
            after = page[-1].member_id
        by_hand = await fetch_value(
            conn,
            "SELECT count(*) FROM foundation.member AS m"
            " JOIN foundation.person AS p ON m.person_id = p.person_id"
            " WHERE m.tenant_id = $1 AND p.name_sort_key ~ '^z[a-z]* w'",
            community.tenant_id,
        )
    assert len(found) == len(set(found)) == by_hand > 2 * PAGE
    assert keys == sorted(keys)
