"""Lists in the interface: sent, looked at, confirmed; nobody else's, and nothing said of values."""

import asyncio
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.database import read_transaction, write_transaction
from ledger.foundation.api_keys import NewApiKey, create_api_key
from ledger.foundation.grants import end_grant, grant_role
from ledger.journeys.imports.confirm import confirm_import
from ledger.journeys.imports.store import get_import
from ledger.journeys.imports.waiting import work_on_imports
from tests.api.world import KEYS, SYSTEM, World, client_of, new_key
from tests.imports.files import csv_file, id_number, members_of

ROWS = (
    ("王建国", "13900139000", id_number(1), "", "", "", ""),
    ("赵一", "1380", "", "", "", "", ""),
)
CSV = {"content-type": "text/csv"}


async def test_a_list_is_previewed_and_written_once(app: Edge, world: World) -> None:
    key = await world.key("community_staff")
    async with client_of(app, key) as client:
        sent = await client.post(
            f"{world.base}/imports?kind=people&filename=list.csv",
            content=csv_file(*ROWS).read(),
            headers={**CSV, **new_key()},
        )
        assert sent.status_code == 201, sent.text
        one = f"{world.base}/imports/{sent.json()['import_id']}"
        assert (sent.json()["ready_count"], sent.json()["error_count"]) == (1, 1)
        lines = (await client.get(f"{one}/lines?line_state=error")).json()["items"]
        assert [line["line"] for line in lines] == [3]
        assert lines[0]["problems"][0]["reason"] == "phone"
        assert "1380" not in str(lines), "what was written there is not said"
        assert len(await members_of(world.engine, world.programme.tenant_id)) == 2
        first = new_key()
        for key_of_act in (first, first, new_key()):
            done = await client.post(f"{one}/confirm", headers=key_of_act)
            assert done.status_code == 201, done.text
        state = (await client.get(one)).json()
        assert (state["state"], state["done_count"]) == ("finished", 1)
        late = await client.post(f"{one}/cancel", headers=new_key())
        assert (late.status_code, late.json()["code"]) == (409, "import_closed")
        assert (await client.get(f"{world.base}/imports")).json()["items"] == [state]
    assert len(await members_of(world.engine, world.programme.tenant_id)) == 3


async def test_a_list_that_may_repeat_people_wants_somebody_to_have_looked(
    app: Edge, world: World
) -> None:
    async with client_of(app, await world.key("community_staff")) as client:
        address, sent = f"{world.base}/imports", csv_file(("王小明", "", "", "", "", "", "")).read()
        made = await client.post(
            f"{address}?kind=people", content=sent, headers={**CSV, **new_key()}
        )
        one = f"{address}/{made.json()['import_id']}"
        refused = await client.post(f"{one}/confirm", headers=new_key())
        assert (refused.status_code, refused.json()["code"]) == (409, "import_may_repeat")
        done = await client.post(f"{one}/confirm?checked=true", headers=new_key())
        assert done.status_code == 201, done.text
    assert len(await members_of(world.engine, world.programme.tenant_id)) == 3


async def test_a_list_says_who_sent_and_who_confirmed_it(app: Edge, world: World) -> None:
    async with client_of(app, await world.key("community_staff")) as client:
        sent = await client.post(
            f"{world.base}/imports?kind=people",
            content=csv_file(*ROWS).read(),
            headers={**CSV, **new_key()},
        )
    sender = sent.json()["uploaded_by"]
    assert (sender["name"], UUID(sender["person_id"]).version) == ("赵六", 7)
    assert sent.json()["confirmed_by"] is sent.json()["confirmed_at"] is None
    one = f"{world.base}/imports/{sent.json()['import_id']}"
    async with client_of(app, await world.key("community_staff")) as client:
        done = await client.post(f"{one}/confirm", headers=new_key())
        told = (await client.get(one)).json()
        (listed,) = (await client.get(f"{world.base}/imports")).json()["items"]
    assert told == listed
    assert told["uploaded_by"] == sender
    assert told["confirmed_by"] == done.json()["confirmed_by"]
    assert told["confirmed_by"]["person_id"] not in (None, sender["person_id"])
    assert told["confirmed_at"] is not None


async def test_one_list_of_each_caller_is_judged_at_a_time_and_two_in_all(
    app: Edge, world: World
) -> None:
    service = app.app.state.service
    address = f"{world.base}/imports?kind=people"
    good = csv_file(*ROWS).read()
    async with (
        client_of(app, await world.key("community_staff")) as one,
        client_of(app, await world.key("community_staff")) as two,
        client_of(app, await world.key("community_staff")) as three,
    ):

        async def send(client: httpx.AsyncClient, content: bytes = good) -> tuple[int, str]:
            answer = await client.post(address, content=content, headers={**CSV, **new_key()})
            return answer.status_code, answer.headers.get("retry-after", "")

        async with asyncio.timeout(8), world.engine.begin() as conn:
            await conn.execute(text("LOCK TABLE foundation.import_file IN EXCLUSIVE MODE"))
            first = asyncio.create_task(send(one))
            while service.preview_turns.count < 1:  # noqa: ASYNC110  a turn sets no event
                await asyncio.sleep(0)
            assert await send(one) == (503, "10"), "her second list waits for her first"
            second = asyncio.create_task(send(two))
            while service.preview_turns.count < 2:  # noqa: ASYNC110
                await asyncio.sleep(0)
            assert await send(three) == (503, "10"), "and never more than two are judged"
        assert await first == await second == (201, "")
        assert (await send(one, b"a,b\n1,2\n"))[0] == 422
        assert (await send(one))[0] == 201, "a refused list gives its turn back"
        assert len((await one.get(f"{world.base}/imports")).json()["items"]) == 3


async def test_while_another_list_is_written_the_worker_writes_the_next(
    app: Edge, world: World
) -> None:
    service = app.app.state.service
    async with client_of(app, await world.key("community_staff")) as client:
        sent = await client.post(
            f"{world.base}/imports?kind=people",
            content=csv_file(*ROWS).read(),
            headers={**CSV, **new_key()},
        )
        one = f"{world.base}/imports/{sent.json()['import_id']}"
        with service.import_turns.take("another"):
            done = await client.post(f"{one}/confirm", headers=new_key())
            assert done.status_code == 201, done.text
            assert (await client.get(one)).json()["done_count"] == 0
        await work_on_imports(world.engine, keys=KEYS, go_on=lambda: True)
        assert (await client.get(one)).json()["state"] == "finished"


async def test_a_list_is_of_its_programme_and_for_those_who_enrol(app: Edge, world: World) -> None:
    staff = await world.key("community_staff")
    async with client_of(app, staff) as client:
        sent = await client.post(
            f"{world.base}/imports?kind=merchants",
            content="商户名称\n老李面馆\n".encode(),
            headers={**CSV, **new_key()},
        )
    import_id = sent.json()["import_id"]
    other = f"/v1/programmes/{world.other_programme.public_id}/imports/{import_id}"
    narrow = await world.key("community_staff", scopes=["members.enrol", "members.manage"])
    elsewhere = await world.key("community_staff", world.other_programme)
    one = f"{world.base}/imports/{import_id}"
    for key, address, status in (
        (elsewhere, other, 404),
        (elsewhere, one, 404),
        (narrow, one, 403),
        (await world.key("auditor"), one, 403),
    ):
        async with client_of(app, key) as client:
            assert (await client.get(address)).status_code == status
            assert (await client.get(f"{address}/lines")).status_code == status
            done = await client.post(f"{address}/confirm", headers=new_key())
            assert done.status_code == status


async def test_who_loses_the_right_meanwhile_enrols_nobody(app: Edge, world: World) -> None:
    tenant_id = world.programme.tenant_id

    async def make(conn: AsyncConnection) -> tuple[NewApiKey, UUID]:
        made = await create_api_key(conn, name="desk", created_by=SYSTEM)
        grant_id = await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role="community_staff",
            tenant_id=tenant_id,
            granted_by=SYSTEM,
        )
        return made, grant_id

    made, grant_id = await write_transaction(world.engine, make)
    async with client_of(app, made.secret) as client:
        sent = await client.post(
            f"{world.base}/imports?kind=people&filename=list.csv",
            content=csv_file(*ROWS).read(),
            headers={**CSV, **new_key()},
        )
    import_id = UUID(sent.json()["import_id"])

    async def confirm_and_lose(conn: AsyncConnection) -> None:
        await confirm_import(
            conn, tenant_id=tenant_id, import_id=import_id, caller_id=made.key.caller_id
        )
        await end_grant(conn, grant_id=grant_id, ended_by=SYSTEM, reason="moved")

    await write_transaction(world.engine, confirm_and_lose, tenant_id=tenant_id)
    await work_on_imports(world.engine, keys=KEYS, go_on=lambda: True)
    assert len(await members_of(world.engine, tenant_id)) == 2
    async with read_transaction(world.engine, tenant_id=tenant_id) as conn:
        closed = await get_import(conn, tenant_id=tenant_id, import_id=import_id)
    assert (closed.state, closed.done_count) == ("expired", 0)
