"""Nothing lets an erased person in again; what others count on keeps her from being erased."""

from datetime import timedelta

import pyotp
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.foundation.erasures import Erasure, ask_erasure, get_erasure
from ledger.foundation.linked_accounts import InvitationRefused, accept_invitation, invite
from ledger.foundation.organisations import get_member
from ledger.foundation.people import get_person_by_id
from ledger.foundation.second_factor import (
    SecondFactorRefused,
    enrol_second_factor,
    has_second_factor,
    new_secret,
    take_second_factor,
)
from ledger.foundation.sessions import ORDINARY, find_session, open_session
from ledger.foundation.sign_in_steps import StepOver, get_step, open_step
from ledger.journeys.erasure import DutiesStand, erase_person, list_duties
from ledger.programmes.service_records.records import record_service
from tests.api.world import KEYS, SYSTEM, create_world
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
