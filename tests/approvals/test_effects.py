"""What an approval does: each kind, on a real database."""

from datetime import date, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.entries import get_entry
from ledger.books.periods import LaterPeriodClosed, PeriodNotClosed, close_period, list_periods
from ledger.books.refusals import EntryAlreadyReversed, EntryNotFound
from ledger.clock import now, today
from ledger.database import execute, read_transaction, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.approvals import PLATFORM, SecondPersonNeeded
from ledger.foundation.grant_list import list_grants
from ledger.foundation.grants import (
    RolesExcludeEachOther,
    end_grant,
    get_permissions,
    grant_role,
)
from ledger.foundation.named_accounts import AccountsUnlikeEvent
from ledger.foundation.org_unit_changes import move_org_unit
from ledger.foundation.org_units import create_org_unit
from ledger.foundation.policies import PolicyRetroactive, policy_value
from ledger.identifiers import uuid7
from ledger.journeys.approvals.matters import (
    Adjustment,
    Move,
    PeriodReopening,
    PolicyChange,
    Reversal,
    RoleChange,
)
from ledger.journeys.approvals.role_changes import ask_or_change_role
from ledger.journeys.approvals.roles import ApproverGains
from tests.approvals.people import SYSTEM, Office, create_office, person_with

JANUARY = date(2025, 1, 1)
RULE = "service.objection_days"


async def test_a_reversal_posts_the_mirror_once(office: Office) -> None:
    done = await office.approve(await office.ask())
    assert await office.minutes() == 0
    async with read_transaction(office.engine, tenant_id=office.tenant_id) as conn:
        mirror = await get_entry(conn, tenant_id=office.tenant_id, entry_id=done.result_id)
    assert (mirror.reverses, mirror.memo) == (office.entry_id, "记错了人")
    with pytest.raises(EntryAlreadyReversed):
        await office.ask()
    with pytest.raises(EntryNotFound):
        await office.ask(Reversal(entry_id=uuid7(), occurred_at=now()))


async def test_an_adjustment_posts_its_event_when_it_is_approved(office: Office) -> None:
    more = Move(
        debit_account=await office.account_id("5104"),
        credit_account=await office.account_id("2101", office.member_id),
        amount=30,
        expires_on=today() + timedelta(days=90),
    )
    up = {"occurred_at": now(), "transfers": (more,)}
    asked = await office.ask(Adjustment(event_code="TB31", **up))
    assert await office.minutes() == 300
    await office.approve(asked)
    assert await office.minutes() == 330
    with pytest.raises(InvalidInput, match="TB31"):  # names the events that two people post
        await office.ask(Adjustment(event_code="TB09", **up))
    with pytest.raises(AccountsUnlikeEvent):
        await office.ask(Adjustment(event_code="TB32", **up))


async def test_an_opening_balance_is_asked_for_and_approved(office: Office) -> None:
    opening = Move(
        debit_account=await office.account_id("5103"),
        credit_account=await office.account_id("2101", office.member_id),
        amount=45,
    )
    matter = Adjustment(event_code="TB30", occurred_at=now(), transfers=(opening,))
    asked = await office.ask(matter)
    assert await office.minutes() == 300
    await office.approve(asked)
    assert await office.minutes() == 345


async def test_a_month_is_reopened_by_its_approval(office: Office) -> None:
    matter = PeriodReopening(book="TB", month=JANUARY)
    with pytest.raises(PeriodNotClosed):
        await office.ask(matter)
    for month in (JANUARY, date(2025, 2, 1)):
        await close_period(
            office.engine,
            tenant_id=office.tenant_id,
            book_code="TB",
            month=month,
            reason="月结",
            caller_id=office.maker.caller_id,
        )
    with pytest.raises(LaterPeriodClosed):
        await office.ask(matter)
    asked = await office.ask(PeriodReopening(book="TB", month=date(2025, 2, 1)))
    await office.approve(asked)
    async with read_transaction(office.engine, tenant_id=office.tenant_id) as conn:
        months = await list_periods(conn, tenant_id=office.tenant_id, book_code="TB")
    assert [month.status for month in months] == ["closed", "open"]


async def test_a_rule_holds_from_its_day_after_two_people_agreed(engine: AsyncEngine) -> None:
    first, second = [await person_with(engine, "platform_admin") for _ in range(2)]
    office = await create_office(engine)
    tomorrow = today() + timedelta(days=1)
    rule = {"org_unit_id": None, "key": RULE, "document_no": "民〔2026〕7号"}
    asked = await office.ask(
        PolicyChange(**rule, value=9, valid_from=tomorrow),
        tenant_id=PLATFORM,
        caller_id=first.caller_id,
    )
    await office.approve(asked, second, tenant_id=PLATFORM)
    async with engine.connect() as conn:
        assert (await policy_value(conn, key=RULE, on=tomorrow)).value == 9
        assert (await policy_value(conn, key=RULE, on=today())).value != 9
    for value, day, error in ((9, today(), PolicyRetroactive), (-1, tomorrow, InvalidInput)):
        with pytest.raises(error):
            await office.ask(
                PolicyChange(**rule, value=value, valid_from=day),
                tenant_id=PLATFORM,
                caller_id=first.caller_id,
            )


async def test_a_powerful_role_is_given_and_ended_by_two(engine: AsyncEngine) -> None:
    office = await create_office(engine)
    first, second = [await person_with(engine, "platform_admin") for _ in range(2)]
    clerk = await person_with(engine, None)
    give = RoleChange(action="give", role="programme_accountant", person_id=clerk.public_id)
    with pytest.raises(SecondPersonNeeded):  # the database looks for the approval
        await write_transaction(
            engine,
            lambda conn: grant_role(
                conn,
                caller_id=clerk.caller_id,
                role="programme_accountant",
                tenant_id=office.tenant_id,
                granted_by=first.caller_id,
            ),
        )
    changed = await office.run(
        ask_or_change_role, matter=give, reason="接替岗位", caller_id=first.caller_id
    )
    assert changed.approval is not None
    done = await office.approve(changed.approval, second)
    async with engine.connect() as conn:
        held = (await get_permissions(conn, caller_id=clerk.caller_id)).roles
        assert [(one.role, one.tenant_id) for one in held] == [
            ("programme_accountant", office.tenant_id)
        ]
        listed = await list_grants(conn, limit=50, tenant_id=office.tenant_id)
    assert {one.grant_id: one.approval_id for one in listed}[done.result_id] == done.approval_id
    with pytest.raises(SecondPersonNeeded):
        await write_transaction(
            engine,
            lambda conn: end_grant(
                conn, grant_id=done.result_id, ended_by=first.caller_id, reason="离任"
            ),
        )
    end = RoleChange(action="end", role="programme_accountant", grant_id=done.result_id)
    ending = await office.run(
        ask_or_change_role, matter=end, reason="离任交接", caller_id=first.caller_id
    )
    await office.approve(ending.approval, second)
    async with engine.connect() as conn:
        assert not (await get_permissions(conn, caller_id=clerk.caller_id)).roles


async def test_nobody_approves_a_role_for_themselves(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """Roles may stand beside each other from before they excluded each other."""
    async with admin_engine.begin() as conn:
        await execute(conn, "DELETE FROM foundation.role_exclusion")
    office = await create_office(engine)
    first, second = [await person_with(engine, "platform_admin") for _ in range(2)]
    give = RoleChange(action="give", role="programme_accountant", person_id=second.public_id)
    changed = await office.run(
        ask_or_change_role, matter=give, reason="代管岗位", caller_id=first.caller_id
    )
    with pytest.raises(ApproverGains):
        await office.approve(changed.approval, second)
    assert (await office.see(changed.approval)).state == "waiting"


async def test_an_ordinary_role_is_given_at_once(engine: AsyncEngine) -> None:
    office = await create_office(engine)
    admin, clerk = await person_with(engine, "platform_admin"), await person_with(engine, None)
    give = RoleChange(action="give", role="branch_secretary", person_id=clerk.public_id)
    changed = await office.run(
        ask_or_change_role, matter=give, reason="新人到岗", caller_id=admin.caller_id
    )
    assert changed.approval is None
    elsewhere = RoleChange(action="give", role="trustee", person_id=clerk.public_id)
    with pytest.raises(InvalidInput):
        await office.run(
            ask_or_change_role, matter=elsewhere, reason="新人到岗", caller_id=admin.caller_id
        )
    wrong_place = RoleChange(action="end", role="branch_secretary", grant_id=changed.grant_id)
    with pytest.raises(NotFound):
        await office.run(
            ask_or_change_role,
            tenant_id=PLATFORM,
            matter=wrong_place,
            reason="离任交接",
            caller_id=admin.caller_id,
        )


@pytest.mark.parametrize(
    ("one", "other"),
    [("trustee", "committee_member"), ("committee_member", "trustee"), ("auditor", "trustee")],
)
async def test_roles_that_exclude_each_other_are_refused_in_any_order(
    engine: AsyncEngine, one: str, other: str
) -> None:
    here, there = 7, 8

    async def give(conn: AsyncConnection, caller_id: int, tenant_id: int | None) -> None:
        await grant_role(
            conn, caller_id=caller_id, role=other, tenant_id=tenant_id, granted_by=SYSTEM
        )

    person = await person_with(engine, one, here)
    await write_transaction(engine, lambda conn: give(conn, person.caller_id, there))
    for scope in (here, None):
        with pytest.raises(RolesExcludeEachOther):
            await write_transaction(
                engine, lambda conn, scope=scope: give(conn, person.caller_id, scope)
            )
    over = await person_with(
        engine, one, here, valid_from=now() - timedelta(days=2), valid_to=now() - timedelta(days=1)
    )
    await write_transaction(engine, lambda conn: give(conn, over.caller_id, here))


async def test_a_role_in_a_unit_reaches_what_lies_there_on_the_day(engine: AsyncEngine) -> None:
    begin = date(2020, 1, 1)

    async def found(conn: AsyncConnection) -> list:
        streets = [
            await create_org_unit(conn, level="subdistrict", name=name, valid_from=begin)
            for name in ("湖滨街道", "城东街道")
        ]
        community = await create_org_unit(
            conn,
            level="community",
            name="东湖社区",
            valid_from=begin,
            parent_id=streets[0].org_unit_id,
        )
        return [*streets, community]

    street, other, community = await write_transaction(engine, found)
    clerk = await person_with(engine, "subdistrict_staff", org_unit_id=street.org_unit_id)
    office = await create_office(engine, org_unit_id=community.org_unit_id)  # founded later
    async with engine.connect() as conn:
        may = await get_permissions(conn, caller_id=clerk.caller_id)
    assert [one.tenant_id for one in may.roles] == [office.tenant_id]
    assert may.reach("entries.read", office.tenant_id).everything
    assert not may.permits_on_platform("entries.read")
    tomorrow = today() + timedelta(days=1)
    await write_transaction(
        engine,
        lambda conn: move_org_unit(
            conn,
            org_unit_id=community.org_unit_id,
            valid_from=tomorrow,
            name="东湖社区",
            parent_id=other.org_unit_id,
            caller_id=SYSTEM,
        ),
    )
    async with engine.connect() as conn:
        later = now() + timedelta(days=2)
        assert not (await get_permissions(conn, caller_id=clerk.caller_id, at=later)).roles
        assert (await get_permissions(conn, caller_id=clerk.caller_id)).roles
        listed = await list_grants(conn, limit=50, tenant_id=office.tenant_id)
    assert "湖滨街道" in {one.unit_name for one in listed}
    with pytest.raises(RolesExcludeEachOther):  # the scopes meet in the community
        await write_transaction(
            engine,
            lambda conn: grant_role(
                conn,
                caller_id=clerk.caller_id,
                role="branch_secretary",
                tenant_id=office.tenant_id,
                granted_by=SYSTEM,
            ),
        )


async def test_a_payment_of_the_version_before_can_still_be_decided(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """What the migration does for payments that wait: the request is made from the payment."""
    from importlib.resources import files

    office = await create_office(engine)
    payment_id = uuid7()
    text = files("ledger").joinpath("migrations/versions/0004_approvals.sql").read_text("utf-8")
    (statement,) = [
        one for one in text.split("\n\n") if "INSERT INTO foundation.approval_request" in one
    ]
    async with admin_engine.begin() as conn:
        await execute(
            conn,
            "INSERT INTO programmes.trust_payment_request VALUES "
            "($1, $2, 'TR12', $2, $2, 500, '保洁', $2, $3, now())",
            office.tenant_id,
            payment_id,
            office.maker.caller_id,
        )
        await execute(conn, statement)
    async with read_transaction(engine, tenant_id=office.tenant_id) as conn:
        row = await conn.exec_driver_sql(
            "SELECT kind, asked::json ->> 'amount_fen', requested_person "
            "FROM foundation.approval_request WHERE tenant_id = $1 AND approval_id = $2",
            (office.tenant_id, payment_id),
        )
        assert tuple(row.one()) == ("payout", "500", office.maker.person_id)
