"""What was written about somebody is nowhere in the database after she was erased."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.edge import Edge
from ledger.clock import now
from ledger.database import fetch_all, write_transaction
from ledger.foundation.corrections import ask_correction
from ledger.foundation.erasures import ask_erasure, get_erasure
from ledger.foundation.member_search import correct_name
from ledger.foundation.organisations import get_member
from ledger.foundation.people import get_person_by_id
from ledger.journeys.erasure import erase_person
from ledger.schema import metadata
from tests.api.world import KEYS, SYSTEM, World, client_of, new_key

#: Each in a field of its own, so that what is found tells where it came from.
NAME, NEW_NAME, PHONE, ADDRESS = "鲍秋菊", "鲍秋兰", "13977770001", "三幢二〇一室"
WORDS = {
    "evidence of a kinship": "户口本上看到收养一事",
    "end of a kinship": "断绝往来已经十年",
    "evidence of a guardianship": "病历写阿尔茨海默症晚期",
    "end of a guardianship": "赌博欠债被法院撤销",
    "why a name was changed": "家暴后改名躲避前夫",
    "place of a service": "她家在小桥头那一间",
    "why somebody looked": "核对她的低保材料",
    "why a consent was withdrawn": "她来电说很生气",
    "why a correction was asked": "离婚以后搬出来住",
}


async def done(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post(path, json=body, headers=new_key())
    assert answer.status_code in (200, 201), answer.text
    return dict(answer.json())


async def live(app: Edge, world: World) -> str:
    """Have everything written about a new member that is written; returns her member id."""
    key, other_key = await world.key("community_staff"), await world.key("community_staff")
    friend = str(world.second_member.member_id)
    async with client_of(app, key) as staff, client_of(app, other_key) as colleague:
        made = await done(
            staff,
            f"{world.base}/members",
            {"display_name": NAME, "phone": PHONE, "address": ADDRESS},
        )
        her = f"{world.base}/members/{made['member_id']}"
        kin = {"relation": "mother", "relative_member_id": friend}
        tie = await done(staff, f"{her}/kin", {**kin, "evidence": WORDS["evidence of a kinship"]})
        ended = {"reason": WORDS["end of a kinship"]}
        await done(staff, f"{her}/kin/{tie['tie_id']}/end", ended)
        guardian = {"guardian_member_id": friend, "kind": "incapacity"}
        seen = {"evidence": WORDS["evidence of a guardianship"]}
        tie = await done(staff, f"{her}/guardians", {**guardian, **seen})
        await done(colleague, f"{her}/guardians/{tie['tie_id']}/confirm", {})
        ended = {"reason": WORDS["end of a guardianship"]}
        await done(staff, f"{her}/guardians/{tie['tie_id']}/end", ended)
        look = {"fields": ["phone"], "purpose": "identify", "words": WORDS["why somebody looked"]}
        await done(staff, f"{her}/looks", look)
        consent = {"purpose": "pictures", "given": True, "paper_no": "同意书 7"}
        await done(staff, f"{her}/consents", consent)
        withdrawn = {"given": False, "reason": WORDS["why a consent was withdrawn"]}
        await done(staff, f"{her}/consents", {"purpose": "pictures", **withdrawn})
        await serve(staff, colleague, world, made["member_id"])
    return str(made["member_id"])


async def serve(
    staff: httpx.AsyncClient, colleague: httpx.AsyncClient, world: World, member_id: str
) -> None:
    """A service for her, in her home; neither what was done nor where names her."""
    begun = now() - timedelta(hours=3)
    service = {
        "provider_id": str(world.second_member.member_id),
        "recipient_id": member_id,
        "started_at": begun.isoformat(),
        "ended_at": (begun + timedelta(hours=1)).isoformat(),
        "category": "assistance",
        "activity": "换药",
        "place": WORDS["place of a service"],
    }
    path = f"{world.base}/service-records"
    for field, words in (("activity", f"给{NAME}老人换药"), ("place", f"{NAME}家")):
        refused = await staff.post(path, json={**service, field: words}, headers=new_key())
        assert (refused.status_code, refused.json()["field"]) == (422, field)
    made = await done(staff, path, service)
    decision = {"decision": "declined", "reason": "当天没有去"}
    await done(colleague, f"{path}/{made['record_id']}/decision", decision)


async def erase(world: World, member_id: str) -> None:
    async def go(conn: AsyncConnection) -> None:
        member = await get_member(
            conn, tenant_id=world.programme.tenant_id, member_id=UUID(member_id)
        )
        person_id = member.person_id
        person = await get_person_by_id(conn, person_id=person_id)
        await ask_correction(
            conn,
            person_id=person_id,
            field="address",
            value=ADDRESS,
            reason=WORDS["why a correction was asked"],
            asked_by=SYSTEM,
            keys=KEYS,
        )
        await correct_name(
            conn,
            person_id=person_id,
            display_name=NEW_NAME,
            reason=WORDS["why a name was changed"],
            caller_id=SYSTEM,
            keys=KEYS,
        )
        erasure_id = await ask_erasure(
            conn,
            person_id=person_id,
            asked_by=person.caller_id,
            through="self",
            gives_up=True,
        )
        await erase_person(
            conn,
            erasure=await get_erasure(conn, erasure_id=erasure_id),
            decided_by=SYSTEM,
            keys=KEYS,
        )

    await write_transaction(world.engine, go, tenant_id=world.programme.tenant_id)


async def found(admin_engine: AsyncEngine) -> set[tuple[str, str]]:
    """Which words stand in which table, as text or as bytes."""
    wanted = {**WORDS, "name": NAME, "new name": NEW_NAME, "phone": PHONE, "address": ADDRESS}
    places = set()
    async with admin_engine.connect() as conn:
        for table in metadata.tables.values():
            rows = await fetch_all(conn, f"SELECT t::text AS row FROM {table.fullname} AS t")
            text = "\n".join(row.row for row in rows)
            places |= {
                (what, table.fullname)
                for what, words in wanted.items()
                if words in text or words.encode().hex() in text
            }
    return places


async def test_no_word_about_an_erased_person_is_left_in_any_table(
    app: Edge, world: World, admin_engine: AsyncEngine
) -> None:
    member_id = await live(app, world)
    before = {what for what, _ in await found(admin_engine)}
    assert before >= {"name", "evidence of a guardianship", "place of a service"}, "it finds them"
    await erase(world, member_id)
    assert await found(admin_engine) == set()
