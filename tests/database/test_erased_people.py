"""Nothing lets an erased person in again; what others count on keeps her from being erased."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pyotp
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountStatus, list_accounts_of_holder
from ledger.books.refusals import AccountClosed
from ledger.clock import now, today
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.approvals import Approval, get_approval
from ledger.foundation.erasures import Erasure, ask_erasure, get_erasure
from ledger.foundation.grants import grant_role
from ledger.foundation.linked_accounts import (
    InvitationRefused,
    accept_invitation,
    invite,
    link_account,
)
from ledger.foundation.organisations import get_member
from ledger.foundation.participation import set_standing
from ledger.foundation.people import Person, get_person_by_id
from ledger.foundation.personal_data import PersonErased
from ledger.foundation.second_factor import (
    SecondFactorRefused,
    enrol_second_factor,
    has_second_factor,
    new_secret,
    take_second_factor,
)
from ledger.foundation.sessions import ORDINARY, find_session, open_session
from ledger.foundation.sign_in import set_password
from ledger.foundation.sign_in_steps import StepOver, get_step, open_step
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import Adjustment, Matter, Move, RoleChange
from ledger.journeys.enrolment import enrol_member
from ledger.journeys.erasure import DutiesStand, erase_person, list_duties
from ledger.programmes.service_records.records import record_service
from tests.api.world import KEYS, PASSWORD, SYSTEM, create_world
from tests.approvals.people import person_with
from tests.database.test_erasure import Story
from tests.redemption.market import create_market, points

CATEGORY = "assistance"


@pytest.fixture
async def story(engine: AsyncEngine) -> Story:
    made = Story(engine, await create_world(engine))
    await made.begin()
    return made


async def test_neither_second_factor_nor_code_nor_invitation_nor_begun_sign_in_outlives_her(
    story: Story,
) -> None:
    person, secret = story.person, new_secret()

    async def prepare(conn: AsyncConnection) -> tuple[list[str], str, str]:
        codes = await enrol_second_factor(
            conn,
            person=person,
            secret=secret,
            code=pyotp.TOTP(secret).now(),
            keys=KEYS,
            at=now(),
        )
        step = await open_step(
            conn, person_id=person.person_id, awaits="code", method="password", at=now()
        )
        return codes, await invite(conn, person=person, invited_by=SYSTEM), step.token

    codes, invitation, step = await write_transaction(story.engine, prepare)
    await story.erase(await story.ask(), story.clerk.caller_id)

    async def try_everything(conn: AsyncConnection) -> None:
        assert not await has_second_factor(conn, person_id=person.person_id)
        for code in (codes[0], pyotp.TOTP(secret).now()):
            with pytest.raises(SecondFactorRefused):
                await take_second_factor(conn, person=person, code=code, keys=KEYS, at=now())
        with pytest.raises(InvitationRefused):
            await accept_invitation(conn, code=invitation, at=now())
        with pytest.raises(StepOver):
            await get_step(conn, token=step, awaits="code")
        for table in ("recovery_code", "sign_in_invitation", "sign_in_step"):
            statement = f"SELECT count(*) FROM foundation.{table} WHERE person_id = $1"
            assert await fetch_value(conn, statement, person.person_id) == 0, table
        # a sign-in that was on its way while she was erased opens nothing
        late = await open_session(conn, person_id=person.person_id, lifetime=ORDINARY, at=now())
        assert await find_session(conn, token=late, at=now()) is None

    await write_transaction(story.engine, try_everything)


async def test_open_purchases_and_running_services_keep_a_person(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    member_id = market.ids["V1"]

    async def ask(conn: AsyncConnection) -> Erasure:
        member = await get_member(conn, tenant_id=market.tenant_id, member_id=member_id)
        person = await get_person_by_id(conn, person_id=member.person_id)
        erasure_id = await ask_erasure(
            conn,
            person_id=person.person_id,
            asked_by=person.caller_id,
            through="self",
            gives_up=True,
        )
        return await get_erasure(conn, erasure_id=erasure_id)

    erasure = await market.write(ask)

    async def duties() -> set[tuple[str, int]]:
        async with read_transaction(engine) as conn:
            found = await list_duties(
                conn,
                person_id=erasure.person_id,
                caller_id=erasure.subject_caller_id,
                gives_up=True,
            )
        return {(one.kind, one.pieces) for one in found}

    async def erase(conn: AsyncConnection) -> None:
        await erase_person(conn, erasure=erasure, decided_by=SYSTEM, keys=KEYS)

    assert await duties() == set()
    await market.authorise("P1", "V1", "M1", points("4.00"))
    moment = now()
    await market.write(
        lambda conn: record_service(
            conn,
            tenant_id=market.tenant_id,
            provider_id=member_id,
            started_at=moment - timedelta(hours=2),
            ended_at=moment - timedelta(hours=1),
            category=CATEGORY,
            activity="陪老人买菜",
            place="东湖路",
            caller_id=SYSTEM,
        )
    )
    # what a purchase holds is no gift, even from somebody who gives everything up
    assert await duties() == {("hold", 1), ("service", 1), ("left_over", points("4.00"))}
    with pytest.raises(DutiesStand):
        await market.write(erase)
    await market.void("P1")
    assert await duties() == {("service", 1)}
    with pytest.raises(DutiesStand):
        await market.write(erase)


async def test_nothing_gives_an_erased_person_a_role_a_way_in_or_units_again(story: Story) -> None:
    """What waits for her ends with her, and each step on its own is refused."""
    engine, tenant_id, person = story.engine, story.tenant_id, story.person
    admin = await person_with(engine, "platform_admin")
    accountant = await person_with(engine, "programme_accountant", tenant_id)

    async def account(book: str, code: str, holder: UUID | None = None) -> UUID:
        return await story.world.account(book, code, holder)

    role = RoleChange(action="give", role="programme_accountant", person_id=person.public_id)
    award = Adjustment(
        event_code="SP22",
        occurred_at=now(),
        transfers=(
            Move(
                debit_account=await account("SP", "5102"),
                credit_account=await account("SP", "2103", story.member_id),
                amount=5000,
                expires_on=today() + timedelta(days=90),
            ),
        ),
    )
    wanted: list[tuple[Matter, Person]] = [(role, admin), (award, accountant)]

    async def ask_for(matter: Matter, by: Person) -> Approval:
        return await write_transaction(
            engine,
            lambda conn: ask(
                conn, tenant_id=tenant_id, matter=matter, reason="换届", caller_id=by.caller_id
            ),
            tenant_id=tenant_id,
        )

    asked = [await ask_for(*one) for one in wanted]
    await story.erase(await story.ask(), story.clerk.caller_id)
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        for one in asked:
            ended = await get_approval(conn, tenant_id=tenant_id, approval_id=one.approval_id)
            said = f"已注销 {person.volunteer_no}"
            assert (ended.state, ended.decision_reason) == ("declined", said)
        accounts = await list_accounts_of_holder(
            conn, tenant_id=tenant_id, holder_id=story.member_id
        )
    assert {one.status for one in accounts} == {AccountStatus.CLOSED}
    with pytest.raises(PersonErased):
        await ask_for(role, admin)
    with pytest.raises(AccountClosed):
        await ask_for(award, accountant)

    given = {"caller_id": person.caller_id, "granted_by": SYSTEM}
    steps: list[Callable[[AsyncConnection], Awaitable[object]]] = [
        lambda conn: grant_role(conn, role="auditor", tenant_id=tenant_id, **given),
        lambda conn: invite(conn, person=person, invited_by=SYSTEM),
        lambda conn: set_password(
            conn, person=person, sign_in_name="ghost", password=PASSWORD, set_by=SYSTEM
        ),
        lambda conn: link_account(conn, person=person, kind="oidc", issuer="i", subject="s"),
        lambda conn: create_api_key(
            conn, name="ghost", created_by=SYSTEM, caller_id=person.caller_id
        ),
        lambda conn: enrol_member(
            conn,
            tenant_id=story.world.other_programme.tenant_id,
            person=person,
            enrolled_by=SYSTEM,
        ),
        lambda conn: set_standing(
            conn,
            tenant_id=tenant_id,
            kind="member",
            subject_id=story.member_id,
            status="active",
            reason="她又回来了",
            caller_id=story.clerk.caller_id,
        ),
    ]
    for step in steps:
        with pytest.raises(PersonErased):
            await write_transaction(engine, step, tenant_id=tenant_id)
