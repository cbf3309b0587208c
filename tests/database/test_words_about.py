"""Words that outlast an erasure hold neither a person's name nor her numbers."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import write_transaction
from ledger.errors import InvalidInput
from ledger.foundation.acting_for import begin_acts_for
from ledger.foundation.consents import record_consent
from ledger.foundation.erasures import ask_erasure, close_erasure, get_erasure
from ledger.foundation.member_search import correct_name
from ledger.foundation.participation import set_standing
from ledger.foundation.people import Person, create_person
from ledger.foundation.sign_in_care import close_sign_in
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import enrol_member
from tests.api.world import KEYS, SYSTEM, World, create_world

T = TypeVar("T")
NAME = "云雀鸣"
NUMBER = "13955501234"


class Desk:
    """A member, and a clerk who writes about her."""

    def __init__(self, engine: AsyncEngine, world: World) -> None:
        self.engine, self.tenant_id = engine, world.programme.tenant_id
        self.her: Person
        self.clerk: Person
        self.member_id = uuid7()

    async def do(self, act: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """In a transaction of its own."""
        return await write_transaction(self.engine, act, tenant_id=self.tenant_id)

    async def refuses(
        self, field: str, act: Callable[[AsyncConnection, str], Awaitable[Any]]
    ) -> None:
        """Name and number are refused at this field."""
        for words in (f"{NAME}住院已久", f"家属 {NUMBER} 来电"):
            with pytest.raises(InvalidInput) as caught:
                await self.do(lambda conn, said=words: act(conn, said))  # type: ignore[misc]
            assert caught.value.attributes()["field"] == field, words
            assert caught.value.attributes()["value"] == "…", words


@pytest.fixture
async def desk(engine: AsyncEngine) -> Desk:
    made = Desk(engine, await create_world(engine))

    async def create(conn: AsyncConnection) -> None:
        made.her = await create_person(conn, display_name=NAME, keys=KEYS)
        made.clerk = await create_person(conn, display_name="办事员", keys=KEYS)
        member = await enrol_member(
            conn, tenant_id=made.tenant_id, person=made.her, enrolled_by=SYSTEM
        )
        made.member_id = member.member_id

    await made.do(create)
    return made


async def test_papers_and_proofs_are_named_by_their_numbers_alone(desk: Desk) -> None:
    about: dict[str, Any] = {"person_id": desk.her.person_id, "tenant_id": desk.tenant_id}
    clerk = desk.clerk.caller_id

    def asked(conn: AsyncConnection, said: str) -> Awaitable[Any]:
        return ask_erasure(
            conn, asked_by=clerk, through="heir", gives_up=True, proof_no=said, **about
        )

    def agreed(conn: AsyncConnection, said: str) -> Awaitable[Any]:
        how: dict[str, Any] = {"purpose": "publish_name", "given": True, "through": "staff"}
        return record_consent(conn, recorded_by=clerk, keys=KEYS, paper_no=said, **how, **about)

    await desk.refuses("proof_no", asked)
    await desk.refuses("paper_no", agreed)
    await desk.do(lambda conn: agreed(conn, "同意书 2026-014 号"))
    erasure_id = await desk.do(lambda conn: asked(conn, "死亡证明 2026-118"))

    async def declined(conn: AsyncConnection, said: str) -> None:
        erasure = await get_erasure(conn, erasure_id=erasure_id)
        await close_erasure(conn, erasure=erasure, state="declined", decided_by=SYSTEM, reason=said)

    await desk.refuses("reason", declined)


async def test_reasons_do_not_name_whom_they_are_about(desk: Desk) -> None:
    place: dict[str, Any] = {"tenant_id": desk.tenant_id, "caller_id": desk.clerk.caller_id}
    member, her, clerk = desk.member_id, desk.her, desk.clerk.caller_id
    await desk.refuses(
        "reason",
        lambda conn, said: set_standing(
            conn, kind="member", subject_id=member, status="suspended", reason=said, **place
        ),
    )
    await desk.refuses(
        "ground",
        lambda conn, said: begin_acts_for(conn, member_ids=[member], ground=said, **place),
    )
    await desk.refuses(
        "reason",
        lambda conn, said: close_sign_in(conn, person=her, closed_by=clerk, reason=said),
    )
    await desk.refuses(
        "reason",
        lambda conn, said: correct_name(
            conn,
            person_id=her.person_id,
            display_name="云雀明",
            reason=said,
            caller_id=clerk,
            keys=KEYS,
        ),
    )
    changed = await desk.do(
        lambda conn: set_standing(
            conn, kind="member", subject_id=member, status="suspended", reason="住院已久", **place
        )
    )
    assert changed.reason == "住院已久"
