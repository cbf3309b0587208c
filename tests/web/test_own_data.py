"""One's own data as one archive: ties, roles, notices, stars and the files that prove one's own."""

import io
import json
import zipfile
from typing import Any
from uuid import UUID

import httpx
import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api import own_data_ties
from ledger.clock import now, today
from ledger.database import execute, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.events import post_event
from ledger.foundation.file_kinds import ReadFile
from ledger.foundation.files import ObjectKind, attach_file
from ledger.foundation.groups import create_group
from ledger.foundation.guardians import add_guardian
from ledger.foundation.households import create_household
from ledger.foundation.kinship import add_kinship
from ledger.foundation.member_search import correct_name
from ledger.foundation.notices import Facts, notify
from ledger.foundation.people import get_person_by_id
from ledger.identifiers import uuid7
from ledger.programmes.star_points.claims import propose_item
from tests.api.world import KEYS, SYSTEM, World
from tests.web.visitors import send

HOME = "/account/data"


async def attach(
    conn: AsyncConnection, world: World, kind: ObjectKind, object_id: UUID, content: bytes
) -> str:
    """A paper with some content that proves something; returns the id of its file."""
    made = await attach_file(
        conn,
        tenant_id=world.programme.tenant_id,
        object_kind=kind,
        object_id=object_id,
        file=ReadFile("pdf", content),
        sent=content,
        caller_id=SYSTEM,
        quota_mib=10,
    )
    return str(made.file_id)


async def grant_minutes(conn: AsyncConnection, world: World, *members: UUID) -> list[UUID]:
    """An entry for each member."""
    return [
        (
            await post_event(
                conn,
                "TB07",
                tenant_id=world.programme.tenant_id,
                key=uuid7(),
                caller_id=SYSTEM,
                occurred_at=now(),
                amounts={"granted": 60},
                owners={"member": one},
            )
        ).entry_id
        for one in members
    ]


async def tie(conn: AsyncConnection, world: World) -> None:
    """A household, a team, a relative, a guardian, a name before, a notice, a star item."""
    tenant_id, me = world.programme.tenant_id, world.member.member_id
    facts: dict[str, Any] = {"tenant_id": tenant_id, "caller_id": SYSTEM}
    await create_household(conn, number="3-501", head_member_id=me, **facts)
    await create_group(conn, name="护河队", leader_member_id=me, keys=KEYS, **facts)
    relative, seen = world.second_member, "户口簿"
    await add_kinship(
        conn,
        member_id=me,
        relation="spouse",
        relative=relative.member_id,
        evidence=seen,
        keys=KEYS,
        **facts,
    )
    guardian = await get_person_by_id(conn, person_id=relative.person_id)
    await add_guardian(
        conn,
        guardian=guardian,
        ward_member_id=me,
        kind="incapacity",
        evidence="判决书",
        keys=KEYS,
        **facts,
    )
    await correct_name(
        conn,
        person_id=world.person.person_id,
        display_name="王晓明",
        reason="登记有误",
        caller_id=SYSTEM,
        keys=KEYS,
    )
    await notify(
        conn,
        kind="service_verified",
        member_id=me,
        tenant_id=tenant_id,
        facts=Facts(about="扫雪", amount=120, unit="minute"),
    )
    await propose_item(
        conn, member_id=me, item_code="J01", happened_on=today(), evidence="签到表", **facts
    )


async def archive_of(client: httpx.AsyncClient) -> tuple[dict[str, Any], zipfile.ZipFile]:
    taken = await send(client, HOME, HOME)
    assert taken.status_code == 200, taken.text
    archive = zipfile.ZipFile(io.BytesIO(taken.content))
    return json.loads(archive.read("data.json")), archive


async def test_the_archive_tells_what_binds_her_and_what_she_was_told(
    wang: httpx.AsyncClient, scored: World
) -> None:
    await write_transaction(
        scored.engine, lambda conn: tie(conn, scored), tenant_id=scored.programme.tenant_id
    )
    data, archive = await archive_of(wang)
    assert {(one["kind"], one["name"], one["heads"]) for one in data["belongings"]} == {
        ("household", "3-501", True), ("team", "护河队", True),
    }  # fmt: skip
    assert {(one["relation"], one["name"], one["evidence"]) for one in data["ties"]} == {
        ("spouse", "李*", "户口簿"), ("guardian", "李*", "判决书"),
    }  # fmt: skip
    assert [one["old"] for one in data["names"]] == ["王小明"]
    assert "volunteer" in {one["role"] for one in data["roles"]}
    (told,) = [one for one in data["notices"] if one["kind"] == "service_verified"]
    assert (told["about"], told["amount"], told["unit"]) == ("扫雪", 120, "minute")
    assert [(one["item"], one["evidence"]) for one in data["star_items"]] == [("J01", "签到表")]
    assert (data["api_keys"], data["files"]) == ([], [])
    workbook = CalamineWorkbook.from_object(io.BytesIO(archive.read("data.xlsx")))
    assert {"家庭和小组", "亲属和监护", "角色", "通知", "星级积分事项", "附件"} <= {
        *workbook.sheet_names
    }


#: So many ended ties, names and keys as no page shows at once.
MANY = 501
COPIES = (
    """INSERT INTO foundation.kinship (tenant_id, kinship_id, member_id, relative_member_id,
        relation, evidence, begins_on, verified_by, verified_at, ends_on, end_reason, ended_by)
    SELECT tenant_id, gen_random_uuid(), member_id, relative_member_id, relation, evidence,
        begins_on, verified_by, verified_at, begins_on, '写错', verified_by
    FROM foundation.kinship, generate_series(1, $2::int) WHERE tenant_id = $1::int""",
    """INSERT INTO foundation.guardianship (tenant_id, guardianship_id, person_id, ward_member_id,
        kind, evidence, grant_id, begins_on, verified_by, verified_at, ends_on, end_reason,
        ended_by)
    SELECT tenant_id, gen_random_uuid(), person_id, ward_member_id, kind, evidence, grant_id,
        begins_on, verified_by, verified_at, begins_on, '写错', verified_by
    FROM foundation.guardianship, generate_series(1, $2::int) WHERE tenant_id = $1::int""",
    """INSERT INTO foundation.name_change
    SELECT gen_random_uuid(), person_id, previous_sealed, reason, changed_by, changed_at
    FROM foundation.name_change, generate_series(1, $2::int) WHERE $1::int > 0""",
    """INSERT INTO foundation.api_key
        (key_hash, api_key_id, caller_id, name, hint, created_by, expires_at)
    SELECT decode(md5(n::text), 'hex'), gen_random_uuid(), caller_id, name, hint, created_by,
        expires_at
    FROM foundation.api_key, generate_series(1, $2::int) n WHERE $1::int > 0 AND name = '对账'""",
)


async def test_the_archive_is_whole_where_pages_show_a_part(
    wang: httpx.AsyncClient, scored: World, admin_engine: AsyncEngine
) -> None:
    await write_transaction(
        scored.engine, lambda conn: tie(conn, scored), tenant_id=scored.programme.tenant_id
    )
    await write_transaction(
        scored.engine,
        lambda conn: create_api_key(
            conn,
            caller_id=scored.person.caller_id,
            name="对账",
            created_by=SYSTEM,
        ),
    )
    async with admin_engine.begin() as conn:
        for statement in COPIES:
            await execute(conn, statement, scored.programme.tenant_id, MANY)
    data, _ = await archive_of(wang)
    relations = [one["relation"] for one in data["ties"]]
    assert [relations.count(one) for one in ("spouse", "guardian")] == [MANY + 1] * 2
    assert [len(data[one]) for one in ("names", "api_keys")] == [MANY + 1] * 2


async def test_files_that_prove_her_own_go_along_and_those_that_show_others_do_not(
    wang: httpx.AsyncClient, world: World
) -> None:
    async def prove(conn: AsyncConnection) -> dict[str, str]:
        me, other = world.member.member_id, world.second_member.member_id
        mine, theirs = await grant_minutes(conn, world, me, other)
        shared = (
            await post_event(
                conn,
                "TB08",
                tenant_id=world.programme.tenant_id,
                key=uuid7(),
                caller_id=SYSTEM,
                occurred_at=now(),
                amounts={"given": 30},
                owners={"giver": me, "receiver": other},
            )
        ).entry_id
        found = {"mine": await attach(conn, world, "entry", mine, b"mine")}
        found["theirs"] = await attach(conn, world, "entry", theirs, b"theirs")
        found["shared"] = await attach(conn, world, "entry", shared, b"shared")
        return found

    made = await write_transaction(world.engine, prove, tenant_id=world.programme.tenant_id)
    data, archive = await archive_of(wang)
    assert [one["path"] for one in data["files"]] == [f"files/{made['mine']}.pdf"]
    assert archive.read(f"files/{made['mine']}.pdf") == b"mine"
    assert not [one for one in archive.namelist() if made["shared"] in one or made["theirs"] in one]


async def test_more_files_than_there_is_room_for_are_named_without_going_along(
    wang: httpx.AsyncClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def prove(conn: AsyncConnection) -> list[str]:
        first, second = await grant_minutes(conn, world, *[world.member.member_id] * 2)
        return [
            await attach(conn, world, "entry", entry_id, content)
            for entry_id, content in ((first, b"older"), (second, b"newer"), (first, b"newer"))
        ]

    older, newer, _ = await write_transaction(
        world.engine, prove, tenant_id=world.programme.tenant_id
    )
    monkeypatch.setattr(own_data_ties, "MOST_FILE_BYTES", 8)
    data, archive = await archive_of(wang)
    paths = [one["path"] for one in data["files"]]
    assert sorted(paths, key=str) == [None, *[f"files/{newer}.pdf"] * 2]
    assert older not in " ".join(archive.namelist())
    assert len([one for one in archive.namelist() if one.startswith("files/")]) == 1
