"""The balance beside a line of a statement is the sum of the lines below it, dated back or not."""

import re
from datetime import date, timedelta
from random import Random
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from api.web.formatting import format_amount
from ledger.books.accounts import Account, get_account_by_public_id
from ledger.books.balances import list_balances
from ledger.clock import month_of, now, today
from ledger.database import read_transaction, write_transaction
from ledger.foundation.events import post_event
from ledger.foundation.people import create_person
from ledger.identifiers import uuid7
from ledger.journeys.account_statement import (
    FoundLine,
    Place,
    StatementSearch,
    iter_statement,
    search_statement,
)
from ledger.journeys.enrolment import create_programme, enrol_member
from tests.api.world import KEYS, SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.test_statements import rows_of
from tests.web.visitors import home_of

DAYS = 300
ALL = StatementSearch(booked_from=today() - timedelta(days=DAYS + 1), booked_to=today())


@pytest.fixture
async def older(world: World) -> World:
    """The same people in a programme whose books take entries of the last months."""

    async def create(conn: AsyncConnection) -> World:
        programme = await create_programme(
            conn, name="北坡社区", created_by=SYSTEM, first_period=month_of(ALL.booked_from)
        )
        friend = await create_person(conn, display_name="李四", keys=KEYS)
        first, second = [
            await enrol_member(
                conn, tenant_id=programme.tenant_id, person=person, enrolled_by=SYSTEM
            )
            for person in (world.person, friend)
        ]
        return msgspec.structs.replace(
            world, programme=programme, member=first, second_member=second
        )

    return await write_transaction(world.engine, create)


async def post(world: World, event: str, minutes: int, booked_on: date) -> None:
    """Minutes that the first member is granted, or that she gives to the second."""
    kind = {"TB07": "granted", "TB08": "given"}[event]
    owners = {"member": world.member.member_id}
    if event == "TB08":
        owners = {"giver": world.member.member_id, "receiver": world.second_member.member_id}

    async def act(conn: AsyncConnection) -> None:
        await post_event(
            conn,
            event,
            tenant_id=world.programme.tenant_id,
            key=uuid7(),
            caller_id=SYSTEM,
            occurred_at=now(),
            amounts={kind: minutes},
            owners=owners,
            booked_on=booked_on,
        )

    await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)


async def post_at_random(world: World, draw: Random, count: int) -> None:
    """Entries dated back at random, so that the order of posting is not that of their dates."""
    await post(world, "TB07", 5_000, today())
    for _ in range(count):
        day = today() - timedelta(days=draw.choice((0, 0, 1, draw.randrange(DAYS))))
        await post(world, draw.choice(("TB07", "TB08")), draw.randrange(1, 90), day)


async def members_account(world: World) -> UUID:
    return await world.account("TB", "2101", world.member.member_id)


def add_up(lines: list[FoundLine]) -> None:
    """Each balance is that of the line below and its own amount; the last line begins at none."""
    below = [*(one.balance for one in lines[1:]), 0]
    assert [one.balance for one in lines] == [
        line.amount + before for line, before in zip(lines, below, strict=True)
    ]


async def read_by_pages(
    conn: AsyncConnection, tenant_id: int, account: Account, wanted: StatementSearch, limit: int
) -> list[FoundLine]:
    found: list[FoundLine] = []
    after: Place | None = None
    while part := await search_statement(
        conn,
        tenant_id=tenant_id,
        account=account,
        wanted=wanted,
        after=after,
        limit=limit,
    ):
        found += part
        after = Place(part[-1].booked_on, part[-1].version)
    return found


async def test_balances_add_up_in_the_order_of_the_list_on_pages_of_any_length(
    older: World,
) -> None:
    seed = Random().randrange(10**6)
    print("seed", seed)
    await post_at_random(older, Random(seed), 40)
    tenant_id = older.programme.tenant_id
    public_id = await members_account(older)
    async with read_transaction(older.engine, tenant_id=tenant_id) as conn:
        account = await get_account_by_public_id(conn, tenant_id=tenant_id, public_id=public_id)
        (stands,) = await list_balances(conn, tenant_id=tenant_id, account_ids=[account.account_id])
        whole = await read_by_pages(conn, tenant_id, account, ALL, 1_000)
        assert whole[0].balance == stands.balance
        add_up(whole)
        assert [one.version for one in whole] != sorted(
            (one.version for one in whole), reverse=True
        ), "nothing was dated back"
        for limit in (1, 7, 20):
            assert await read_by_pages(conn, tenant_id, account, ALL, limit) == whole
        chunks = [
            line
            async for part in iter_statement(
                conn, tenant_id=tenant_id, account=account, wanted=ALL, most=30
            )
            for line in part
        ]
        assert chunks == whole[:30]
        # a filter leaves lines out, and their share in the balances where it was
        half = today() - timedelta(days=DAYS // 2)
        for wanted in (
            StatementSearch(booked_from=half, booked_to=today(), event_codes=("TB07",)),
            StatementSearch(booked_from=ALL.booked_from, booked_to=half, side=-1),
        ):
            kept = [
                one
                for one in whole
                if wanted.booked_from <= one.booked_on <= wanted.booked_to
                and one.event_code in (wanted.event_codes or ("TB07", "TB08", "TB30"))
                and one.amount * (wanted.side or one.amount) > 0
            ]
            assert await read_by_pages(conn, tenant_id, account, wanted, 6) == kept


async def test_page_and_file_of_member_and_accountant_show_balances_that_add_up(
    app: Edge, wang: httpx.AsyncClient, older: World
) -> None:
    await post(older, "TB07", 600, today())
    await post(older, "TB08", 100, today() - timedelta(days=40))
    page = (await wang.get(f"{home_of(older)}/statement/TB")).text
    left = [re.sub(r"<[^>]*>|\s", "", one) for one in re.findall(r">余 (.*?)</span></a>", page)]
    path = f"/programmes/{older.programme.public_id}/books/accounts/{await members_account(older)}"
    async with signed_in(app, await admit(older, "programme_accountant")) as accountant:
        files = [
            [row for row in rows_of(await one.get(f"{path}/statement.csv")) if row[5:6]]
            for one in (wang, accountant)
        ]
    for rows in files:
        lines = [row for row in rows if row[0][:2] == "20"]
        balances = [int(row[6]) for row in lines]
        amounts = [int(row[4] or 0) - int(row[5] or 0) for row in lines]
        assert balances == [
            amount + below for amount, below in zip(amounts, [*balances[1:], 0], strict=True)
        ]
        assert [
            str(format_amount(one, "minute", "zh-CN")).replace(" ", "") for one in balances
        ] == left


async def test_a_period_says_what_it_began_and_ended_with_unless_more_is_filtered_away(
    app: Edge, older: World
) -> None:
    await post(older, "TB07", 600, today())
    await post(older, "TB07", 300, today() - timedelta(days=60))
    await post(older, "TB08", 100, today() - timedelta(days=40))
    path = f"/programmes/{older.programme.public_id}/books/accounts/{await members_account(older)}"
    first, last = today() - timedelta(days=50), today() - timedelta(days=30)
    async with signed_in(app, await admit(older, "programme_accountant")) as accountant:
        for query, opening, closing in (
            (f"from={first}&to={last}", 300, 200),
            (f"to={first}", 0, 300),
            (f"from={last}", 200, 800),
            (f"from={last}&to={last}", 200, 200),
        ):
            facts = facts_of(await accountant.get(f"{path}?{query}"))
            assert facts["期初余额"] == plain(opening), query
            assert facts["期末余额"] == plain(closing), query
        for query in ("", f"?from={first}&to={last}&side=in", f"?to={last}&event=TB08"):
            facts = facts_of(await accountant.get(f"{path}{query}"))
            assert "收入" in facts
            assert "期初余额" not in facts, query


def plain(minutes: int) -> str:
    """Minutes as a page says them, without its blanks."""
    return str(format_amount(minutes, "minute", "zh-CN")).replace(" ", "")


def facts_of(page: httpx.Response) -> dict[str, str]:
    """The facts of a page, as they read, without blanks."""
    found = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page.text, re.DOTALL)
    return {name: re.sub(r"<[^>]*>|\s", "", words) for name, words in found}
