"""Limits: so many full views a day, no consent by a child, what the old key of a till may do."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import today
from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.api_key_rotation import rotate_api_key
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.consents import GuardianNeeded, list_consents, record_consent
from ledger.foundation.disclosures import disclose
from ledger.foundation.grants import grant_role
from ledger.foundation.people import Person, PersonalDetails, create_person, get_person
from ledger.foundation.policy_rules import get_rule
from ledger.foundation.terminals import bind_key, create_terminal
from tests.api.world import KEYS, SYSTEM, World, client_of, new_key
from tests.web.people import admit, signed_in
from tests.web.visitors import send

PURPOSE, WORDS = "identify", "柜台核对身份"


async def test_after_the_daily_number_of_full_views_the_next_is_refused_in_words(
    app: Edge, world: World
) -> None:
    limit = int(get_rule("privacy.full_views_per_day").default)
    name = await admit(world, "community_staff")
    page = f"/programmes/{world.programme.public_id}/staff/personal-data/{world.member.member_id}"
    reason = {"see_phone": "yes", "purpose": PURPOSE, "words": WORDS}
    async with signed_in(app, name) as staff:
        viewer = (await staff.get("/v1/me")).json()["person"]["person_id"]

        async def look(conn: AsyncConnection) -> None:
            person = await get_person(conn, public_id=UUID(viewer))
            for _ in range(limit - 1):
                await disclose(
                    conn,
                    person_id=world.person.person_id,
                    tenant_id=world.programme.tenant_id,
                    seen_by=person.caller_id,
                    fields=["phone"],
                    purpose=PURPOSE,
                    words=WORDS,
                    keys=KEYS,
                )

        await write_transaction(world.engine, look, tenant_id=world.programme.tenant_id)
        assert (await send(staff, page, f"{page}/looks", **reason)).status_code == 303
        refused = await send(staff, page, f"{page}/looks", **reason)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 24 * 60 * 60
    assert f"今天已查看 {limit} 人的完整信息" in refused.text
    async with read_transaction(world.engine) as conn:
        seen = await fetch_all(conn, "SELECT 1 FROM foundation.disclosure")
    assert len(seen) == limit, "the refused look is not on record as one"


async def test_below_fourteen_a_guardian_agrees_and_withdrawing_needs_nobody(
    world: World,
) -> None:
    born = today().replace(year=today().year - 14, day=1)
    numbers = {
        "child": f"110101{born.replace(year=born.year + 1):%Y%m%d}0015",
        "of age": f"110101{born:%Y%m%d}0015",
    }

    async def agree(conn: AsyncConnection, person: Person, through: str, given: bool) -> None:
        await record_consent(
            conn,
            person_id=person.person_id,
            purpose="pictures",
            given=given,
            through=through,  # type: ignore[arg-type]
            recorded_by=person.caller_id,
            keys=KEYS,
        )

    async def story(conn: AsyncConnection) -> None:
        people = {
            name: await create_person(
                conn, display_name="小李", keys=KEYS, details=PersonalDetails(id_number=number)
            )
            for name, number in numbers.items()
        }
        await agree(conn, people["of age"], "self", True)
        with pytest.raises(GuardianNeeded):
            await agree(conn, people["child"], "self", True)
        assert await list_consents(conn, person_id=people["child"].person_id, keys=KEYS) == []
        await agree(conn, people["child"], "guardian", True)
        await agree(conn, people["child"], "self", False)
        history = await list_consents(conn, person_id=people["child"].person_id, keys=KEYS)
        assert [(one.given, one.through) for one in history] == [
            (False, "self"),
            (True, "guardian"),
        ]

    await write_transaction(world.engine, story)


async def test_while_a_tills_key_is_replaced_both_speak_for_the_till_and_no_other(
    app: Edge, world: World
) -> None:
    tenant_id, merchant_id = world.programme.tenant_id, world.merchant.merchant_id

    async def make(conn: AsyncConnection) -> list[str]:
        first = await create_api_key(conn, name="till", created_by=SYSTEM)
        await grant_role(
            conn,
            caller_id=first.key.caller_id,
            role="merchant_operator",
            tenant_id=tenant_id,
            object_id=merchant_id,
            granted_by=SYSTEM,
        )
        till = await create_terminal(
            conn,
            tenant_id=tenant_id,
            merchant_id=merchant_id,
            number="T1",
            name="前台",
            caller_id=SYSTEM,
        )
        await bind_key(
            conn,
            tenant_id=tenant_id,
            terminal_id=till.terminal_id,
            api_key_id=first.key.api_key_id,
            caller_id=SYSTEM,
        )
        second = await rotate_api_key(conn, api_key_id=first.key.api_key_id, rotated_by=SYSTEM)
        third = await rotate_api_key(conn, api_key_id=second.key.api_key_id, rotated_by=SYSTEM)
        return [first.secret, second.secret, third.secret]

    body = {"merchant_id": str(merchant_id), "code": "12345678", "amount": 100}
    for secret in await write_transaction(world.engine, make, tenant_id=tenant_id):
        async with client_of(app, secret) as client:
            for terminal, code in (("T2", "other_terminal"), ("T1", "merchant_without_contract")):
                answer = await client.post(
                    f"{world.base}/redemptions",
                    json={**body, "terminal": terminal},
                    headers=new_key(),
                )
                assert answer.json()["code"] == code
