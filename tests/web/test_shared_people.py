"""A person of two programmes: the staff of one do not change or erase what the other knows."""

import re
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.consents import record_consent
from ledger.foundation.corrections import ask_correction
from ledger.foundation.disclosures import read_personal_data
from ledger.foundation.guardians import add_guardian, confirm_guardian, end_guardianship
from ledger.foundation.organisations import Tenant, get_member
from ledger.foundation.people import create_person, get_person_by_id
from tests.api.world import KEYS, SYSTEM, World, client_of, new_key
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden, send

NAME, PHONE = "李大姐", "13912345678"
INVENTED = {"id_number": "11010519491231002X", "address": "别处一号"}


class Shared(msgspec.Struct):
    """Her membership in two programmes; the second enrolled her by name and telephone."""

    world: World
    member_id: UUID
    second_id: UUID

    def page(self, kind: str, *, second: bool = True) -> str:
        """Her page for the staff of one of the two."""
        place = self.world.other_programme if second else self.world.programme
        member_id = self.second_id if second else self.member_id
        return f"/programmes/{place.public_id}/staff/{kind}/{member_id}"

    async def known(self) -> dict[str, str | None]:
        """What is on record of her."""
        tenant_id = self.world.programme.tenant_id
        async with read_transaction(self.world.engine, tenant_id=tenant_id) as conn:
            member = await get_member(conn, tenant_id=tenant_id, member_id=self.member_id)
            return await read_personal_data(conn, person_id=member.person_id, keys=KEYS)

    async def agree(self) -> None:
        """She lets each of her communities see everything."""
        tenant_id = self.world.programme.tenant_id

        async def agree(conn: AsyncConnection) -> None:
            member = await get_member(conn, tenant_id=tenant_id, member_id=self.member_id)
            person = await get_person_by_id(conn, person_id=member.person_id)
            await record_consent(
                conn,
                person_id=person.person_id,
                purpose="seen_by_all",
                given=True,
                through="self",
                recorded_by=person.caller_id,
                keys=KEYS,
            )

        await write_transaction(self.world.engine, agree, tenant_id=tenant_id)


@pytest.fixture
async def shared(app: Edge, world: World) -> Shared:
    async def enrol(place: Tenant, **told: str) -> dict[str, str]:
        async with client_of(app, await world.key("community_staff", place)) as client:
            answer = await client.post(
                f"/v1/programmes/{place.public_id}/members",
                json={"display_name": NAME, "phone": PHONE, **told},
                headers=new_key(),
            )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    first = await enrol(world.programme)
    second = await enrol(world.other_programme, **INVENTED)
    assert first["volunteer_no"] == second["volunteer_no"]
    return Shared(world, UUID(first["member_id"]), UUID(second["member_id"]))


async def ask_erasure(client: httpx.AsyncClient, page: str) -> None:
    asked = await send(
        client, page, f"{page}/erasures", through="heir", proof_no="证明 7", gives_up="yes"
    )
    assert asked.status_code == 303, asked.text


async def test_staff_of_one_programme_neither_complete_nor_correct_what_the_other_knows(
    app: Edge, shared: Shared
) -> None:
    before = await shared.known()
    assert (before["id_number"], before["birthday"], before["address"]) == (None, None, None)
    staff = await admit(shared.world, "community_staff", shared.world.other_programme)
    async with signed_in(app, staff) as client:
        page = shared.page("people")
        renamed = await send(
            client, f"{page}/name", f"{page}/name", display_name="李桂兰", reason="登记有误"
        )
        data = shared.page("personal-data")
        corrected = await send(
            client,
            data,
            f"{data}/corrections",
            field="phone",
            value="13900000000",
            reason="换了号码",
        )
    assert (renamed.status_code, corrected.status_code) == (422, 409)
    for refused in (renamed, corrected):
        assert "还属于别的社区" in refused.text
        assert shared.world.programme.name not in refused.text
    assert await shared.known() == before


async def test_two_of_one_programme_do_not_erase_her_and_the_other_side_may_agree(
    app: Edge, shared: Shared
) -> None:
    world = shared.world
    ours, page = world.other_programme, shared.page("personal-data")
    asker = await admit(world, "community_staff", ours)
    async with signed_in(app, asker) as client:
        await ask_erasure(client, page)
    checker = await admit(world, "subdistrict_staff", ours)
    async with signed_in(app, checker) as client:
        refused = await send(client, page, f"{page}/erasures/decision", act="erase")
    assert refused.status_code == 409
    assert "还属于别的社区" in refused.text
    assert (await shared.known())["name"] == NAME
    there = shared.page("personal-data", second=False)
    async with signed_in(app, await admit(world, "community_staff")) as client:
        agreed = await send(client, there, f"{there}/erasures/decision", act="erase")
    assert agreed.status_code == 303, agreed.text
    assert (await shared.known())["phone"] is None


async def test_what_other_places_know_is_shown_after_she_agreed_or_the_other_side_has_her_paper(
    app: Edge, shared: Shared
) -> None:
    world, page = shared.world, shared.page("personal-data")
    there = shared.page("personal-data", second=False)
    reason = {"see_phone": "yes", "purpose": "identify", "words": "柜台核对身份"}
    paper = {"consent": "seen_by_all", "given": "yes", "paper_no": "同意书 3"}
    ours = await admit(world, "community_staff", world.other_programme)
    async with (
        signed_in(app, ours) as client,
        signed_in(app, await admit(world, "community_staff")) as other,
    ):

        async def look() -> int:
            return (await send(client, page, f"{page}/looks", **reason)).status_code

        assert await look() == 409
        assert PHONE not in (await client.get(page)).text
        assert (await send(client, page, f"{page}/consents", **paper)).status_code == 303
        assert await look() == 409, "a paper that this side alone knows of"
        assert (await send(other, there, f"{there}/consents", **paper)).status_code == 303
        assert await look() == 303
        withdrawn = {**paper, "given": "no"}
        assert (await send(client, page, f"{page}/consents", **withdrawn)).status_code == 303
        assert await look() == 409
        await shared.agree()
        assert await look() == 303


async def test_what_she_wishes_corrected_is_masked_too_and_decided_without_being_seen(
    app: Edge, shared: Shared
) -> None:
    world, page = shared.world, shared.page("personal-data")
    wishes = {
        "phone": ("13911112222", "139****2222"),
        "id_number": ("110101196001010011", "****0011"),
        "birthday": ("1960-01-01", "1960-**-**"),
        "address": ("东湖路 8 号", "****"),
    }

    async def ask(conn: AsyncConnection) -> None:
        member = await get_member(
            conn, tenant_id=world.programme.tenant_id, member_id=shared.member_id
        )
        person = await get_person_by_id(conn, person_id=member.person_id)
        for field, (value, _) in wishes.items():
            await ask_correction(
                conn,
                person_id=person.person_id,
                field=field,
                value=value,
                reason="登记时写错了",
                asked_by=person.caller_id,
                keys=KEYS,
            )

    await write_transaction(world.engine, ask, tenant_id=world.programme.tenant_id)
    ours = await admit(world, "community_staff", world.other_programme)
    async with signed_in(app, ours) as client:
        shown = (await client.get(page)).text
        for value, masked in wishes.values():
            assert (value in shown, f"<strong>{masked}</strong>" in shown) == (False, True)
        look = {"see_phone": "yes", "purpose": "identify", "words": "核对更正的材料"}
        assert (await send(client, page, f"{page}/looks", **look)).status_code == 409
        for number in set(re.findall(rf"{page}/corrections/([0-9a-f-]{{36}})", shown)):
            made = await send(client, page, f"{page}/corrections/{number}", act="make")
            assert made.status_code == 303, made.text
    assert {field: (await shared.known())[field] for field in wishes} == {
        field: value for field, (value, _) in wishes.items()
    }


async def test_in_need_any_place_of_hers_sees_name_and_telephone_and_she_reads_of_it(
    app: Edge, shared: Shared
) -> None:
    page = shared.page("personal-data")
    reason = {"purpose": "emergency", "words": "摔倒在活动室，联系家人"}
    ours = await admit(shared.world, "community_staff", shared.world.other_programme)
    async with signed_in(app, ours) as client:
        for more in ("address", "id_number", "birthday", "bank_account"):
            both = {"see_phone": "yes", f"see_{more}": "yes"}
            assert (await send(client, page, f"{page}/looks", **reason, **both)).status_code == 409
        both = {"see_phone": "yes", "see_name": "yes"}
        seen = await send(client, page, f"{page}/looks", **reason, **both)
        assert PHONE in (await client.get(seen.headers["location"])).text
    async with read_transaction(shared.world.engine) as conn:
        looks = await fetch_all(conn, "SELECT purpose FROM foundation.disclosure")
        told = await fetch_all(conn, "SELECT 1 FROM foundation.notice WHERE kind = 'data_seen'")
    assert ([one.purpose for one in looks], len(told)) == (["emergency"], 1)


async def test_a_guardian_agrees_for_every_place_of_her_ward_while_she_is_guardian(
    app: Edge, shared: Shared
) -> None:
    world, page = shared.world, shared.page("personal-data")
    tenant_id = world.programme.tenant_id
    reason = {"see_address": "yes", "purpose": "identify", "words": "柜台核对身份"}

    async def guard(conn: AsyncConnection) -> UUID:
        made = await add_guardian(
            conn,
            tenant_id=tenant_id,
            guardian=world.person,
            ward_member_id=shared.member_id,
            kind="incapacity",
            evidence="判决书",
            caller_id=SYSTEM,
            keys=KEYS,
        )
        second = await create_person(conn, display_name="钱七", keys=KEYS)
        await confirm_guardian(
            conn,
            tenant_id=tenant_id,
            ward_member_id=shared.member_id,
            guardianship_id=made,
            caller_id=second.caller_id,
            keys=KEYS,
        )
        return made

    tie = await write_transaction(world.engine, guard, tenant_id=tenant_id)
    ours = await admit(world, "community_staff", world.other_programme)
    async with signed_in(app, ours) as client, signed_in(app, "wang") as guardian:

        async def look() -> int:
            return (await send(client, page, f"{page}/looks", **reason)).status_code

        assert await look() == 409
        ward = f"/programmes/{world.programme.public_id}/wards/{shared.member_id}/privacy"
        fields = {**hidden(await guardian.get(ward)), "purpose": "seen_by_all", "given": "yes"}
        for _ in range(2):  # the same form twice
            assert (await guardian.post(ward, data=fields)).status_code == 303
        assert await look() == 303
        assert "已失效" not in (await client.get(page)).text
        await write_transaction(
            world.engine,
            lambda conn: end_guardianship(
                conn,
                tenant_id=tenant_id,
                ward_member_id=shared.member_id,
                guardianship_id=tie,
                reason="恢复能力",
                caller_id=SYSTEM,
            ),
            tenant_id=tenant_id,
        )
        assert await look() == 409, "no guardian any more"
        said = (await client.get(page)).text
        assert "已失效" in said
        assert "监护已经结束" in said
    async with read_transaction(world.engine) as conn:
        assert len(await fetch_all(conn, "SELECT 1 FROM foundation.consent")) == 1
