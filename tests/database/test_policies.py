"""Rules of units: the nearest decision holds, from its first day, approved by a second person."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ledger
from ledger.clock import SHANGHAI
from ledger.database import fetch_all, fetch_value, load_sql, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.org_unit_changes import dissolve_org_unit, move_org_unit
from ledger.foundation.org_units import create_org_unit, get_org_unit, list_org_units
from ledger.foundation.organisations import register_tenant
from ledger.foundation.policies import (
    ApproverIsProposer,
    PolicyAlreadyApproved,
    PolicyRetroactive,
    approve_policy,
    get_policies,
    list_decisions,
    policy_value,
    propose_policy,
)
from ledger.foundation.policy_rules import policy_rules
from ledger.foundation.policy_steps import list_policy_steps, value_on
from ledger.identifiers import uuid7
from tests.events.books import create_programme

BEGIN = date(2025, 1, 1)
DECIDED = datetime(2025, 6, 1, 12, tzinfo=SHANGHAI)
RATE = "points.rate_per_hour"


async def new_caller(conn):
    """Somebody who sends commands."""
    return await fetch_value(conn, load_sql("ledger.foundation", "create_caller"), "person")


async def decide(conn, unit, key, value, valid_from):
    """Propose and approve, by two people."""
    proposer, approver = await new_caller(conn), await new_caller(conn)
    proposal_id = await propose_policy(
        conn,
        org_unit_id=unit and unit.org_unit_id,
        key=key,
        value=value,
        valid_from=valid_from,
        document_no="隆委发〔2025〕12号",
        caller_id=proposer,
        at=DECIDED,
    )
    return await approve_policy(conn, proposal_id=proposal_id, caller_id=approver, at=DECIDED)


async def create_chain(conn):
    """District, subdistrict, community and compound, one in the other."""
    units, parent = [], None
    for level in ("district", "subdistrict", "community", "compound"):
        unit = await create_org_unit(
            conn,
            level=level,
            name=level,
            valid_from=BEGIN,
            parent_id=parent and parent.org_unit_id,
        )
        units.append(unit)
        parent = unit
    return units


async def rate(conn, unit, on):
    """What an hour brings there on a day."""
    found = await policy_value(conn, key=RATE, on=on, org_unit_id=unit.org_unit_id)
    return found.value


async def test_the_nearest_unit_decides_from_its_first_day(engine):
    """Compound before community before district before platform before the shipped default."""

    async def story(conn):
        district, subdistrict, community, compound = await create_chain(conn)
        assert await rate(conn, compound, date(2025, 7, 1)) == 1000
        await decide(conn, None, RATE, 900, date(2025, 7, 1))
        await decide(conn, district, RATE, 800, date(2025, 8, 1))
        await decide(conn, community, RATE, 700, date(2025, 9, 1))
        await decide(conn, community, RATE, None, date(2025, 10, 1))
        days = [date(2025, month, 1) for month in (6, 7, 8, 9, 10)]
        return [
            [await rate(conn, unit, day) for day in days]
            for unit in (subdistrict, community, compound)
        ] + [[await rate(conn, compound, date(2025, 8, 31))]]

    assert await write_transaction(engine, story) == [
        [1000, 900, 800, 800, 800],
        [1000, 900, 800, 700, 800],
        [1000, 900, 800, 700, 800],
        [800],
    ]


async def test_the_steps_of_a_rule_are_what_it_says_day_by_day(engine):
    """Decisions of any scope, moves and a proposal left out: each day's value, and no other."""
    first = date(2025, 6, 15)

    async def story(conn):
        district, _, community, compound = await create_chain(conn)
        await decide(conn, None, RATE, 900, date(2025, 7, 1))
        await decide(conn, district, RATE, 800, date(2025, 8, 1))
        await decide(conn, community, RATE, 700, date(2025, 9, 1))
        await decide(conn, community, RATE, 600, date(2025, 9, 1))
        await decide(conn, None, RATE, 500, date(2025, 9, 15))
        last = await decide(conn, community, RATE, None, date(2025, 10, 1))
        unit_id = compound.org_unit_id
        _, _, other, _ = await create_chain(conn)
        await move_org_unit(
            conn,
            org_unit_id=unit_id,
            valid_from=date(2025, 11, 1),
            name="compound",
            parent_id=other.org_unit_id,
            caller_id=1,
            at=DECIDED,
        )
        found = await list_policy_steps(conn, keys=(RATE,), first=first, org_unit_id=unit_id)
        steps = found[RATE]
        assert [(one.first_day, one.decided.value) for one in steps] == [
            (first, 1000),
            (date(2025, 7, 1), 900),
            (date(2025, 8, 1), 800),
            (date(2025, 9, 1), 600),
            (date(2025, 10, 1), 800),
            (date(2025, 11, 1), 500),
        ]
        for day in (first + timedelta(days=n) for n in range(0, 170, 9)):
            assert value_on(steps, day).value == await rate(conn, compound, day), day
        (inherits,) = await fetch_all(
            conn, "SELECT proposal_id FROM foundation.policy WHERE version = $1", last
        )
        within = {"first": date(2025, 9, 2), "last": date(2025, 10, 31)}
        found = await list_policy_steps(
            conn, keys=(RATE,), org_unit_id=unit_id, without=inherits.proposal_id, **within
        )
        assert [one.decided.value for one in found[RATE]] == [600]

    await write_transaction(engine, story)


async def test_a_tenant_follows_the_unit_it_lies_in(engine):
    """A programme reads the rules of its community; one without a unit reads the platform's."""
    tenants = [await create_programme(engine) for _ in range(2)]

    async def story(conn):
        *_, community, _ = await create_chain(conn)
        for tenant_id, unit in zip(tenants, (community, None), strict=True):
            await register_tenant(
                conn,
                tenant_id=tenant_id,
                public_id=uuid7(),
                form="programme",
                name="一号社区",
                kind="community",
                org_unit_id=unit and unit.org_unit_id,
            )
        version = await decide(conn, community, RATE, 1200, date(2025, 7, 1))
        day = date(2025, 7, 1)
        found = [
            await get_policies(conn, keys=(RATE, "time.rounding"), on=day, tenant_id=tenant_id)
            for tenant_id in tenants
        ]
        return version, [(p[RATE], p["time.rounding"], p.version) for p in found]

    version, found = await write_transaction(engine, story)
    assert found == [(1200, 30, version), (1000, 30, 0)]


async def test_a_decision_holds_only_from_a_day_that_has_not_begun(engine):
    """Retroactive and same-day changes are refused; a unit that begins today may have rules."""

    async def story(conn):
        district, *_ = await create_chain(conn)
        for day in (date(2025, 5, 31), date(2025, 6, 1)):
            with pytest.raises(PolicyRetroactive):
                await decide(conn, district, RATE, 1, day)
        fresh = await create_org_unit(
            conn, level="district", name="新区", valid_from=date(2025, 6, 1)
        )
        await decide(conn, fresh, RATE, 1, date(2025, 6, 1))

    await write_transaction(engine, story)


async def test_one_person_cannot_propose_and_approve(engine):
    """Maker is not checker; a proposal is approved once; an unknown one is not found."""

    async def story(conn):
        maker, checker = await new_caller(conn), await new_caller(conn)
        proposal_id = await propose_policy(
            conn,
            org_unit_id=None,
            key=RATE,
            value=1,
            valid_from=date(2025, 7, 1),
            document_no="1",
            caller_id=maker,
            at=DECIDED,
        )
        with pytest.raises(ApproverIsProposer):
            await approve_policy(conn, proposal_id=proposal_id, caller_id=maker, at=DECIDED)
        await approve_policy(conn, proposal_id=proposal_id, caller_id=checker, at=DECIDED)
        with pytest.raises(PolicyAlreadyApproved):
            await approve_policy(conn, proposal_id=proposal_id, caller_id=checker, at=DECIDED)
        with pytest.raises(NotFound):
            await approve_policy(conn, proposal_id=uuid7(), caller_id=checker, at=DECIDED)
        (decision,) = await list_decisions(conn, limit=10, key=RATE)
        assert (decision.value, decision.proposed_by, decision.approved_by) == (1, maker, checker)

    await write_transaction(engine, story)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("points.rate", 1),
        (RATE, -1),
        (RATE, 100001),
        (RATE, 1.5),
        (RATE, "1"),
        (RATE, True),
        ("points.mode", "both"),
        ("calendar.days_off", ["2025-02-30"]),
        ("service.categories", []),
        ("service.categories", [{"code": "A b", "zh": "甲", "en": "a"}]),
        ("star.redeem_windows", [{"opens": "13-01", "closes": "01-15"}]),
        ("star.redeem_windows", []),
        ("star.redeem_windows", [{"opens": "02-01", "closes": "02-29"}]),
        ("star.redeem_windows", [{"opens": "01-01", "closes": "04-31"}]),
    ],
)
async def test_a_value_outside_its_rule_is_refused(engine, key, value):
    """Unknown keys, wrong kinds and values out of bounds are never written."""
    with pytest.raises(InvalidInput):
        await write_transaction(
            engine,
            lambda conn: propose_policy(
                conn,
                org_unit_id=None,
                key=key,
                value=value,
                valid_from=BEGIN,
                document_no="1",
                caller_id=1,
            ),
        )


@settings(
    max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    decisions=st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(1, 40), st.one_of(st.none(), st.integers(0, 5000))
        ),
        max_size=8,
    )
)
async def test_a_rule_is_a_function_of_the_day(engine, decisions):
    """Any decisions of any units: exactly one answer a day, that of a plain reading of them."""

    async def story(conn):
        units = (await create_chain(conn))[1:]
        for place, days, value in decisions:
            await decide(conn, units[place], RATE, value, DECIDED.date() + timedelta(days))
        for days in range(0, 42, 3):
            day = DECIDED.date() + timedelta(days)
            assert await rate(conn, units[2], day) == plain_reading(decisions, days)

    await write_transaction(engine, story)


def plain_reading(decisions, day):
    """From the narrowest unit outwards, the latest decision whose first day has come."""
    for unit in (2, 1, 0):
        held = [
            (d, order, v) for order, (u, d, v) in enumerate(decisions) if u == unit and d <= day
        ]
        if held and max(held, key=lambda row: row[:2])[2] is not None:
            return max(held, key=lambda row: row[:2])[2]
    return 1000


async def test_a_unit_moves_and_ends_without_changing_its_past(engine):
    """A community goes to another subdistrict; earlier days keep the earlier rules."""

    async def story(conn):
        district, old, community, _ = await create_chain(conn)
        new = await create_org_unit(
            conn,
            level="subdistrict",
            name="新街道",
            valid_from=BEGIN,
            parent_id=district.org_unit_id,
        )
        await decide(conn, new, RATE, 500, date(2025, 6, 2))
        moved_on = date(2025, 9, 1)
        await move_org_unit(
            conn,
            org_unit_id=community.org_unit_id,
            valid_from=moved_on,
            name="新名社区",
            parent_id=new.org_unit_id,
            caller_id=1,
            at=DECIDED,
        )
        assert await rate(conn, community, date(2025, 8, 31)) == 1000
        assert await rate(conn, community, moved_on) == 500
        assert (await get_org_unit(conn, org_unit_id=community.org_unit_id, on=BEGIN)).name == (
            "community"
        )
        await dissolve_org_unit(
            conn,
            org_unit_id=old.org_unit_id,
            valid_from=date(2026, 1, 1),
            caller_id=1,
            at=DECIDED,
        )
        left = await list_org_units(conn, on=date(2026, 1, 1), parent_id=district.org_unit_id)
        assert [unit.name for unit in left] == ["新街道"]
        with pytest.raises(InvalidInput):
            await move_org_unit(
                conn,
                org_unit_id=community.org_unit_id,
                valid_from=date(2025, 6, 1),
                name="x",
                parent_id=None,
                caller_id=1,
                at=DECIDED,
            )
        with pytest.raises(InvalidInput):
            await create_org_unit(
                conn,
                level="community",
                name="x",
                valid_from=BEGIN,
                parent_id=community.org_unit_id,
            )

    await write_transaction(engine, story)


def test_shipped_defaults_obey_their_own_bounds():
    """The file loads, and every rule says what it is for in both languages."""
    for key, rule in policy_rules().items():
        assert rule.zh, key
        assert rule.en.isascii(), key
        assert rule.basis, key


def test_every_rule_is_read_by_the_program():
    """No setting that changes nothing."""
    sources = [path.read_text(encoding="utf-8") for path in Path(ledger.__path__[0]).rglob("*.py")]
    unread = [key for key in policy_rules() if not any(f'"{key}"' in text for text in sources)]
    assert unread == []
