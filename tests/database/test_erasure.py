"""Erasing a person: never alone, never while duties stand; then she is gone and the books stay."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import execute, fetch_one, fetch_value, read_transaction, write_transaction
from ledger.foundation.consents import list_consents, record_consent
from ledger.foundation.corrections import list_corrections, make_correction
from ledger.foundation.disclosures import disclose, read_personal_data
from ledger.foundation.erasures import (
    Erasure,
    ErasureAlreadyDecided,
    ErasureNeedsAnother,
    ErasureWaiting,
    ask_erasure,
    get_erasure,
    withdraw_erasure,
)
from ledger.foundation.events import post_event
from ledger.foundation.grants import grant_role
from ledger.foundation.guardians import add_guardian
from ledger.foundation.kinship import add_kinship
from ledger.foundation.people import Person, PersonalDetails, create_person, find_people_by_phone
from ledger.foundation.personal_data import PersonErased
from ledger.foundation.sessions import ORDINARY, find_session, open_session
from ledger.foundation.sign_in import find_person_by_sign_in_name, set_password
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import enrol_member
from ledger.journeys.erasure import DutiesStand, erase_person, list_duties
from ledger.schema import metadata
from tests.api.world import KEYS, PASSWORD, SYSTEM, World, create_world
from tests.tidy.test_personal_columns import registry

PHONE = "13912345678"
MEMO = "给李大姐的谢礼"


class Story:
    """A member with telephone, sign-in, session, consent, minutes, points and a memo."""

    def __init__(self, engine: AsyncEngine, world: World) -> None:
        self.engine, self.world = engine, world
        self.tenant_id = world.programme.tenant_id
        self.person: Person
        self.member_id = uuid7()
        self.clerk: Person
        self.token = ""

    async def begin(self) -> None:
        async def create(conn: AsyncConnection) -> None:
            details = PersonalDetails(phone=PHONE, id_number="110101195003071234", address="一号楼")
            self.person = await create_person(
                conn, display_name="李大姐", keys=KEYS, details=details
            )
            self.clerk = await create_person(conn, display_name="办事员", keys=KEYS)
            member = await enrol_member(
                conn, tenant_id=self.tenant_id, person=self.person, enrolled_by=SYSTEM
            )
            self.member_id = member.member_id
            await set_password(
                conn, person=self.person, sign_in_name="li", password=PASSWORD, set_by=SYSTEM
            )
            self.token = await open_session(
                conn, person_id=self.person.person_id, lifetime=ORDINARY, at=now()
            )
            await record_consent(
                conn,
                person_id=self.person.person_id,
                purpose="publish_name",
                given=True,
                through="self",
                recorded_by=self.person.caller_id,
                keys=KEYS,
            )
            for event, owner, amount in (("TB07", "granted", 120), ("SP35", "granted", 0)):
                if amount:
                    await post_event(
                        conn,
                        event,
                        tenant_id=self.tenant_id,
                        key=uuid7(),
                        caller_id=SYSTEM,
                        occurred_at=now(),
                        amounts={owner: amount},
                        owners={"member": self.member_id},
                        memo=MEMO,
                    )

        await write_transaction(self.engine, create, tenant_id=self.tenant_id)

    async def ask(self, *, gives_up: bool = True) -> Erasure:
        async def ask(conn: AsyncConnection) -> Erasure:
            erasure_id = await ask_erasure(
                conn,
                person_id=self.person.person_id,
                asked_by=self.person.caller_id,
                through="self",
                gives_up=gives_up,
            )
            return await get_erasure(conn, erasure_id=erasure_id)

        return await write_transaction(self.engine, ask)

    async def erase(self, erasure: Erasure, by: int) -> None:
        await write_transaction(
            self.engine,
            lambda conn: erase_person(conn, erasure=erasure, decided_by=by, keys=KEYS),
            tenant_id=self.tenant_id,
        )


@pytest.fixture
async def story(engine: AsyncEngine) -> Story:
    made = Story(engine, await create_world(engine))
    await made.begin()
    return made


async def test_nobody_erases_alone_and_nothing_happens_twice(
    story: Story, admin_engine: AsyncEngine
) -> None:
    erasure = await story.ask()
    with pytest.raises(ErasureWaiting):
        await story.ask()
    with pytest.raises(ErasureNeedsAnother):
        await story.erase(erasure, story.person.caller_id)
    statement = (
        "UPDATE foundation.erasure SET state = 'done', decided_by = asked_by, decided_at = now()"
    )
    with pytest.raises(DBAPIError, match="erasure_is_checked_by_another_person"):
        async with admin_engine.begin() as conn:
            await execute(conn, statement)
    await story.erase(erasure, story.clerk.caller_id)
    with pytest.raises(ErasureAlreadyDecided):
        await story.erase(erasure, story.clerk.caller_id)
    with pytest.raises(PersonErased):
        await story.ask()


async def test_staff_who_asked_for_somebody_do_not_decide_it(story: Story) -> None:
    async def ask(conn: AsyncConnection) -> Erasure:
        erasure_id = await ask_erasure(
            conn,
            person_id=story.person.person_id,
            asked_by=story.clerk.caller_id,
            through="heir",
            gives_up=True,
            proof_no="死亡证明 2026-118",
        )
        return await get_erasure(conn, erasure_id=erasure_id)

    erasure = await write_transaction(story.engine, ask)
    with pytest.raises(ErasureNeedsAnother):
        await story.erase(erasure, story.clerk.caller_id)


async def test_duties_keep_a_person_and_the_refusal_changes_nothing(story: Story) -> None:
    erasure = await story.ask(gives_up=False)
    async with read_transaction(story.engine) as conn:
        duties = await list_duties(
            conn,
            person_id=story.person.person_id,
            caller_id=story.person.caller_id,
            gives_up=False,
        )
    assert [(one.kind, one.book_code, one.pieces) for one in duties] == [("balance", "TB", 120)]
    with pytest.raises(DutiesStand):
        await story.erase(erasure, story.clerk.caller_id)
    async with read_transaction(story.engine) as conn:
        assert (await get_erasure(conn, erasure_id=erasure.erasure_id)).state == "requested"
        assert await find_people_by_phone(conn, phone=PHONE, keys=KEYS)
    await write_transaction(
        story.engine,
        lambda conn: withdraw_erasure(conn, erasure=erasure, caller_id=story.person.caller_id),
    )
    await write_transaction(
        story.engine,
        lambda conn: grant_role(
            conn,
            caller_id=story.person.caller_id,
            role="trustee",
            tenant_id=story.world.estate.tenant_id,
            granted_by=SYSTEM,
        ),
    )
    again = await story.ask(gives_up=True)
    with pytest.raises(DutiesStand):
        await story.erase(again, story.clerk.caller_id)


async def test_an_erased_person_is_gone_and_the_journal_is_whole(
    story: Story, admin_engine: AsyncEngine
) -> None:
    await story.erase(await story.ask(), story.clerk.caller_id)
    person_id = story.person.person_id
    async with read_transaction(story.engine, tenant_id=story.tenant_id) as conn:
        assert not await find_people_by_phone(conn, phone=PHONE, keys=KEYS)
        assert await find_session(conn, token=story.token, at=now()) is None
        assert await find_person_by_sign_in_name(conn, sign_in_name="li") is None
        values = await read_personal_data(conn, person_id=person_id, keys=KEYS)
        assert values == {
            "name": f"已注销 {story.person.volunteer_no}",
            "phone": None,
            "id_number": None,
            "birthday": None,
            "address": None,
            "bank_account": None,
        }
        assert [one.given for one in await list_consents(conn, person_id=person_id, keys=KEYS)] == [
            False,
            True,
        ]
        left = await fetch_value(
            conn,
            "SELECT sum(credits_posted - debits_posted) FROM books.account"
            " WHERE tenant_id = $1 AND holder_id = $2",
            story.tenant_id,
            story.member_id,
        )
        assert left == 0
    async with admin_engine.connect() as conn:
        row = await fetch_one(
            conn,
            "SELECT (SELECT string_agg(m::text, '') FROM books.entry_memo m) AS memos,"
            " (SELECT string_agg(p::text, '') FROM foundation.person p) AS people,"
            " (SELECT string_agg(s::text, '') FROM foundation.sign_in_method s) AS sign_ins",
        )
    assert MEMO not in row.memos
    assert "李大姐" not in row.people
    assert "(password,li," not in row.sign_ins
    with pytest.raises(PersonErased):
        await write_transaction(
            story.engine,
            lambda conn: disclose(
                conn,
                person_id=person_id,
                tenant_id=story.tenant_id,
                seen_by=story.clerk.caller_id,
                fields=["phone"],
                purpose="identify",
                words="柜台核对身份",
                keys=KEYS,
            ),
        )


@pytest.mark.parametrize(
    "change",
    ["memo = 'x'", "memo = NULL, salt = NULL, commitment = '\\x00'", "tenant_id = 9"],
)
async def test_even_the_owner_may_only_erase_a_memo(
    story: Story, admin_engine: AsyncEngine, change: str
) -> None:
    for statement in (f"UPDATE books.entry_memo SET {change}", "DELETE FROM books.entry_memo"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with admin_engine.begin() as conn:
                await execute(conn, statement)


@pytest.mark.parametrize("erased", ["王母", "王芳"])
async def test_what_was_seen_of_a_tie_goes_with_either_person(
    story: Story, admin_engine: AsyncEngine, erased: str
) -> None:
    """The mother is the story's person; the daughter, her kin and guardian, is another member."""

    async def tie(conn: AsyncConnection) -> Person:
        daughter = await create_person(conn, display_name="王芳", keys=KEYS)
        member = await enrol_member(
            conn, tenant_id=story.tenant_id, person=daughter, enrolled_by=SYSTEM
        )
        facts: dict[str, Any] = {
            "tenant_id": story.tenant_id,
            "evidence": "户口本",
            "caller_id": story.clerk.caller_id,
            "keys": KEYS,
        }
        await add_kinship(
            conn,
            member_id=member.member_id,
            relation="mother",
            relative=story.member_id,
            **facts,
        )
        await add_guardian(
            conn,
            guardian=daughter,
            ward_member_id=story.member_id,
            kind="incapacity",
            **facts,
        )
        return daughter

    daughter = await write_transaction(story.engine, tie, tenant_id=story.tenant_id)
    if erased == "王芳":
        story.person = daughter
    await story.erase(await story.ask(), story.clerk.caller_id)
    async with admin_engine.connect() as conn:
        for table in ("kinship", "guardianship"):
            seen = f"SELECT string_agg(evidence, ',') FROM foundation.{table}"
            assert await fetch_value(conn, seen) == "", table


async def test_every_column_that_is_said_to_be_erased_is_empty(
    story: Story, admin_engine: AsyncEngine
) -> None:
    await write_transaction(
        story.engine,
        lambda conn: make_correction(
            conn,
            person_id=story.person.person_id,
            field="name",
            value="李桂兰",
            reason="登记时写错",
            made_by=story.clerk.caller_id,
            keys=KEYS,
        ),
    )
    await story.erase(await story.ask(), story.clerk.caller_id)
    stands_there = {"display_name", "name_sort_key", "subject"}
    looked_at = []
    async with admin_engine.connect() as conn:
        for place in registry()["erased"]:
            table, column = place.rpartition(".")[0::2]
            if "person_id" not in metadata.tables[table].columns or column in stands_there:
                continue
            looked_at.append(place)
            left = await fetch_value(
                conn,
                f"SELECT count(*) FROM {table} WHERE person_id = $1"
                f" AND coalesce({column}::text, '') <> ''",
                story.person.person_id,
            )
            assert left == 0, place
        history = await list_corrections(conn, person_id=story.person.person_id, keys=KEYS)
    assert len(looked_at) > 10
    assert [(one.old, one.new, one.reason) for one in history] == [(None, None, None)]
