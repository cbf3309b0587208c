"""Units that merge and split: nothing loses its rules, no unit succeeds itself, the past stays."""

from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import SHANGHAI
from ledger.database import execute, write_transaction
from ledger.errors import InvalidInput, LedgerError
from ledger.foundation.chart import PROGRAMME_BOOKS
from ledger.foundation.org_unit_changes import (
    NewUnit,
    UnitChangesLater,
    UnitInUse,
    dissolve_org_unit,
    merge_org_units,
    move_org_unit,
    split_org_unit,
)
from ledger.foundation.org_units import (
    OrgUnit,
    UnitEnded,
    UnitNotBegun,
    create_org_unit,
    get_org_unit,
    get_unit_history,
    list_org_units,
    place_org_unit,
)
from ledger.foundation.organisations import register_tenant
from ledger.foundation.policies import policy_value
from ledger.identifiers import uuid7
from ledger.programmes.star_points.items import example_items, list_items, set_items
from tests.database.test_policies import DECIDED, RATE, decide
from tests.events.books import create_books

BEGIN = date(2025, 1, 1)
MERGED = date(2025, 9, 1)
SPLIT = date(2026, 3, 1)
LATER = date(2026, 6, 1)
SYSTEM = 1
DEFAULT_RATE = 1000


async def lay_out(conn: AsyncConnection) -> tuple[OrgUnit, list[OrgUnit]]:
    """A subdistrict with three communities."""
    street = await create_org_unit(conn, level="subdistrict", name="街道", valid_from=BEGIN)
    return street, [
        await create_org_unit(
            conn, level="community", name=name, valid_from=BEGIN, parent_id=street.org_unit_id
        )
        for name in ("甲社区", "乙社区", "丙社区")
    ]


async def merge(conn: AsyncConnection, units: list[OrgUnit], into: object, on: date) -> OrgUnit:
    """Units become one."""
    return await merge_org_units(
        conn,
        org_unit_ids=[one.org_unit_id for one in units],
        into=into,
        valid_from=on,
        caller_id=SYSTEM,
        at=DECIDED,
    )


async def split(conn: AsyncConnection, unit: OrgUnit, *names: str, on: date) -> list[OrgUnit]:
    """A unit becomes several; the first is the main one."""
    return await split_org_unit(
        conn,
        org_unit_id=unit.org_unit_id,
        into=[NewUnit(name) for name in names],
        valid_from=on,
        caller_id=SYSTEM,
        at=DECIDED,
    )


async def found_programme(conn: AsyncConnection, unit: OrgUnit) -> int:
    """A programme that lies in a unit."""
    tenant_id = await create_books(conn, PROGRAMME_BOOKS)
    await register_tenant(
        conn,
        tenant_id=tenant_id,
        public_id=uuid7(),
        form="programme",
        name="时间银行",
        kind="community",
        org_unit_id=unit.org_unit_id,
    )
    return tenant_id


async def test_nothing_loses_its_rules_on_the_day_of_a_merger(engine: AsyncEngine) -> None:
    async def story(conn: AsyncConnection) -> None:
        _, (first, second, _) = await lay_out(conn)
        tenants = [await found_programme(conn, unit) for unit in (first, second)]
        compound = await create_org_unit(
            conn,
            level="compound",
            name="小区",
            valid_from=BEGIN,
            parent_id=second.org_unit_id,
        )
        await decide(conn, first, RATE, 1100, date(2025, 6, 2))
        await decide(conn, second, RATE, 1200, date(2025, 6, 2))
        await set_items(
            conn, org_unit_id=second.org_unit_id, items=example_items(), valid_from=BEGIN
        )
        new = await merge(conn, [first, second], NewUnit("丁社区"), MERGED)

        async def rates(day: date) -> list[int]:
            found = [await policy_value(conn, key=RATE, on=day, tenant_id=one) for one in tenants]
            within = await policy_value(conn, key=RATE, on=day, org_unit_id=compound.org_unit_id)
            return [one.value for one in (*found, within)]

        assert await rates(date(2025, 8, 31)) == [1100, 1200, 1200]
        assert await rates(MERGED) == [1100, 1200, 1200]
        assert await list_items(conn, tenant_id=tenants[1], on=MERGED)
        await decide(conn, new, RATE, 1300, date(2025, 10, 1))
        assert await rates(date(2025, 9, 30)) == [1100, 1200, 1200]
        assert await rates(date(2025, 10, 1)) == [1300, 1300, 1300]
        assert await rates(MERGED) == [1100, 1200, 1200]
        there = await list_org_units(conn, on=MERGED, parent_id=new.org_unit_id)
        assert [one.org_unit_id for one in there] == [compound.org_unit_id]

        # the way up leads through the successor, also after it moved
        other = await create_org_unit(
            conn, level="subdistrict", name="新街道", valid_from=BEGIN, parent_id=None
        )
        await decide(conn, other, "points.expiry_months", 7, date(2025, 6, 2))
        await move_org_unit(
            conn,
            org_unit_id=new.org_unit_id,
            valid_from=LATER,
            name="丁社区",
            parent_id=other.org_unit_id,
            caller_id=SYSTEM,
            at=DECIDED,
        )
        value = await policy_value(conn, key="points.expiry_months", on=LATER, tenant_id=tenants[0])
        assert (value.value, value.org_unit_id) == (7, other.org_unit_id)

    await write_transaction(engine, story)


async def test_a_split_unit_hands_on_to_its_main_part_and_stays_readable(
    engine: AsyncEngine,
) -> None:
    async def story(conn: AsyncConnection) -> None:
        _, (first, second, _) = await lay_out(conn)
        tenant_id = await found_programme(conn, first)
        await decide(conn, first, RATE, 1100, date(2025, 6, 2))
        merged = await merge(conn, [first], second.org_unit_id, MERGED)
        assert merged.org_unit_id == second.org_unit_id
        west, east = await split(conn, second, "西社区", "东社区", on=SPLIT)
        await decide(conn, east, RATE, 1500, SPLIT)
        assert (await policy_value(conn, key=RATE, on=SPLIT, tenant_id=tenant_id)).value == 1100
        await decide(conn, west, RATE, 1400, SPLIT)
        assert (await policy_value(conn, key=RATE, on=SPLIT, tenant_id=tenant_id)).value == 1400
        history = await get_unit_history(conn, org_unit_id=first.org_unit_id)
        assert history.name == "甲社区"
        assert [(one.name, one.dissolved) for one in history.placements] == [
            ("甲社区", False),
            ("甲社区", True),
        ]
        assert [one.org_unit_id for one in history.successors] == [second.org_unit_id]
        of_second = await get_unit_history(conn, org_unit_id=second.org_unit_id)
        assert [one.org_unit_id for one in of_second.predecessors] == [first.org_unit_id]
        assert [(one.name, one.is_main) for one in of_second.successors] == [
            ("西社区", True),
            ("东社区", False),
        ]
        with pytest.raises(UnitEnded):
            await get_org_unit(conn, org_unit_id=first.org_unit_id, on=MERGED)
        with pytest.raises(UnitEnded):  # it is split already, and not unknown
            await split(conn, second, "南社区", "北社区", on=LATER)
        names = {one.name for one in await list_org_units(conn, on=SPLIT)}
        assert names == {"街道", "丙社区", "西社区", "东社区"}

    await write_transaction(engine, story)


async def test_what_would_leave_others_without_a_place_is_refused(engine: AsyncEngine) -> None:
    async def story(conn: AsyncConnection) -> None:
        street, (first, second, third) = await lay_out(conn)
        await found_programme(conn, first)

        async def refused(kind: type[LedgerError], attempt: object) -> None:
            with pytest.raises(kind):
                await attempt

        async def dissolve(unit: OrgUnit, on: date = MERGED) -> None:
            await dissolve_org_unit(
                conn, org_unit_id=unit.org_unit_id, valid_from=on, caller_id=SYSTEM, at=DECIDED
            )

        await refused(UnitInUse, dissolve(first))
        await refused(UnitInUse, dissolve(street))
        await dissolve(third)
        await refused(UnitEnded, dissolve(third, LATER))
        await refused(UnitChangesLater, dissolve(third, date(2025, 8, 1)))
        await refused(InvalidInput, merge(conn, [first], NewUnit("新"), MERGED))
        await refused(InvalidInput, merge(conn, [first, first], NewUnit("新"), MERGED))
        await refused(InvalidInput, merge(conn, [first, second], first.org_unit_id, MERGED))
        await refused(InvalidInput, merge(conn, [first], street.org_unit_id, MERGED))
        await refused(InvalidInput, merge(conn, [first, second], NewUnit("新"), BEGIN))
        await refused(InvalidInput, split(conn, first, "一", on=MERGED))
        await refused(InvalidInput, split(conn, first, "一", "一", on=MERGED))
        await refused(UnitEnded, merge(conn, [first], third.org_unit_id, MERGED))
        await merge(conn, [first], second.org_unit_id, LATER)
        await refused(UnitChangesLater, merge(conn, [second], first.org_unit_id, MERGED))

    await write_transaction(engine, story)


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["merge", "absorb", "split", "move"]),
        st.integers(0, 5),
        st.integers(0, 5),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=8,
)


@given(changes=CHANGES)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_no_order_of_changes_makes_a_loop_or_loses_a_programme(
    engine: AsyncEngine, changes: list[tuple[str, int, int, int]]
) -> None:
    """On every day each unit has exactly one chain, and its top has decided."""
    days = [date(2026, month, 1) for month in (1, 4, 7, 10)]

    async def story(conn: AsyncConnection) -> None:
        street, units = await lay_out(conn)
        tenants = [await found_programme(conn, unit) for unit in units]
        await decide(conn, street, RATE, 777, date(2025, 6, 2))
        for kind, one, other, day in changes:
            first, second = units[one % len(units)], units[other % len(units)]
            try:
                async with conn.begin_nested():
                    if kind == "merge":
                        units.append(await merge(conn, [first, second], NewUnit("新"), days[day]))
                    elif kind == "absorb":
                        await merge(conn, [first], second.org_unit_id, days[day])
                    elif kind == "split":
                        units += await split(conn, first, "左", "右", on=days[day])
                    else:
                        await move_org_unit(
                            conn,
                            org_unit_id=first.org_unit_id,
                            valid_from=days[day],
                            name="改名",
                            parent_id=street.org_unit_id,
                            caller_id=SYSTEM,
                            at=DECIDED,
                        )
            except LedgerError:
                continue
        for day in (BEGIN, *days, date(2030, 1, 1)):
            there = {one.org_unit_id: one for one in await list_org_units(conn, on=day)}
            for unit in there.values():
                assert unit.parent_id is None or unit.parent_id in there
            for tenant_id in tenants:
                value = await policy_value(conn, key=RATE, on=day, tenant_id=tenant_id)
                assert value.value == (777 if day > BEGIN else DEFAULT_RATE)
        raise Undone

    with pytest.raises(Undone):
        await write_transaction(engine, story)


class Undone(Exception):
    """Ends a story whose rows shall not stay."""


async def test_changes_of_units_wait_for_each_other(engine: AsyncEngine) -> None:
    """Two mergers that would succeed each other: the second sees the first, and is refused."""

    async def begin(conn: AsyncConnection) -> list[OrgUnit]:
        return (await lay_out(conn))[1]

    first, second, _ = await write_transaction(engine, begin)
    async with engine.connect() as slow, engine.connect() as quick:
        await merge(slow, [first], second.org_unit_id, LATER)
        await execute(quick, "SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(Exception, match="lock timeout"):
            await merge(quick, [second], first.org_unit_id, MERGED)
        await quick.rollback()
        await slow.commit()
        with pytest.raises(UnitChangesLater):
            await merge(quick, [second], first.org_unit_id, MERGED)


async def test_a_day_that_has_begun_is_not_changed(engine: AsyncEngine) -> None:
    async def story(conn: AsyncConnection) -> None:
        _, (first, second, _) = await lay_out(conn)
        at = datetime(2025, 9, 1, 0, 30, tzinfo=SHANGHAI)
        with pytest.raises(InvalidInput):
            await merge_org_units(
                conn,
                org_unit_ids=[first.org_unit_id],
                into=second.org_unit_id,
                valid_from=MERGED,
                caller_id=SYSTEM,
                at=at,
            )

    await write_transaction(engine, story)


async def test_a_unit_lies_in_its_kind_of_parent_or_stays_where_it_lies(
    engine: AsyncEngine,
) -> None:
    async def story(conn: AsyncConnection) -> None:
        made: dict[str, OrgUnit] = {}
        for level, parent in (
            ("district", None),
            ("subdistrict", "district"),
            ("community", "subdistrict"),
            ("quarter", "community"),
            ("compound", "quarter"),
        ):
            made[level] = await create_org_unit(
                conn,
                level=level,
                name=level,
                valid_from=BEGIN,
                parent_id=made[parent].org_unit_id if parent else None,
            )
        for level in ("community", "quarter", "compound"):
            with pytest.raises(InvalidInput) as refused:
                await create_org_unit(conn, level=level, name="x", valid_from=BEGIN)
            assert refused.value.field == "parent_id"
        with pytest.raises(UnitNotBegun) as early:
            await create_org_unit(
                conn,
                level="quarter",
                name="x",
                valid_from=BEGIN.replace(year=2024),
                parent_id=made["community"].org_unit_id,
            )
        assert early.value.begins == BEGIN
        for level, parent in (
            ("compound", "district"),
            ("compound", "subdistrict"),
            ("compound", "compound"),
            ("quarter", "district"),
            ("subdistrict", "community"),
            ("district", "district"),
        ):
            with pytest.raises(InvalidInput) as refused:
                await create_org_unit(
                    conn,
                    level=level,
                    name="x",
                    valid_from=BEGIN,
                    parent_id=made[parent].org_unit_id,
                )
            assert refused.value.field == "parent_id"
        compound, district = made["compound"], made["district"]
        moved = {"org_unit_id": compound.org_unit_id, "caller_id": SYSTEM, "at": DECIDED}
        with pytest.raises(InvalidInput):
            await move_org_unit(
                conn, valid_from=MERGED, name="y", parent_id=district.org_unit_id, **moved
            )
        with pytest.raises(InvalidInput):
            await move_org_unit(conn, valid_from=MERGED, name="y", parent_id=None, **moved)
        # a place from before there was a rule: it may be kept, also by its parts
        await place_org_unit(
            conn,
            org_unit_id=compound.org_unit_id,
            valid_from=BEGIN.replace(month=2),
            name="compound",
            parent_id=district.org_unit_id,
        )
        await move_org_unit(
            conn, valid_from=MERGED, name="y", parent_id=district.org_unit_id, **moved
        )
        parts = await split(conn, compound, "一期", "二期", on=SPLIT)
        assert {one.parent_id for one in parts} == {district.org_unit_id}

    await write_transaction(engine, story)


async def test_a_unit_is_renamed_and_moved_before_the_day_on_which_it_is_to_end(
    engine: AsyncEngine,
) -> None:
    async def story(conn: AsyncConnection) -> None:
        street, (first, second, _) = await lay_out(conn)
        await merge(conn, [first], second.org_unit_id, LATER)
        unit = {"org_unit_id": first.org_unit_id, "parent_id": street.org_unit_id}
        facts = {"caller_id": SYSTEM, "at": DECIDED}
        await move_org_unit(conn, **unit, valid_from=SPLIT, name="新甲社区", **facts)
        with pytest.raises(UnitChangesLater):
            await move_org_unit(conn, **unit, valid_from=MERGED, name="再改", **facts)
        with pytest.raises(UnitEnded):
            await move_org_unit(conn, **unit, valid_from=LATER, name="再改", **facts)
        assert (await get_org_unit(conn, org_unit_id=first.org_unit_id, on=SPLIT)).name == (
            "新甲社区"
        )
        history = await get_unit_history(conn, org_unit_id=first.org_unit_id)
        assert (history.name, history.ends_on) == ("新甲社区", LATER)

    await write_transaction(engine, story)
