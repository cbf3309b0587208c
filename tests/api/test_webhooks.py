"""Webhooks: events are written with the act, delivered signed, tried again, and never go inside."""

import json
import re
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import now, today
from ledger.database import execute, fetch_all, read_transaction, write_transaction
from ledger.foundation import webhook_delivery
from ledger.foundation.people import create_person
from ledger.foundation.sweeping import sweep_webhooks
from ledger.foundation.webhook_delivery import WebhookBody, deliver_due_webhooks
from ledger.journeys.enrolment import enrol_member
from ledger.journeys.jobs.declaration import Work
from ledger.journeys.jobs.platform_jobs import keep_webhooks_for
from ledger.journeys.jobs.registry import get_job
from ledger.settings import Settings
from tests.api.world import KEYS, SYSTEM, World, client_of, new_key

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "webhooks.md"
PUBLIC = "93.184.216.34"
URL = "https://erp.example.com/hooks"


def reply(status: int, **headers: str) -> httpx.Response:
    """An answer that is still to be read."""
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b"thanks"))


class Receiver(httpx.AsyncBaseTransport):
    """The network: keeps what is sent, answers as told."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        answer = self._answers.pop(0) if self._answers else reply(204)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def to_public(_host: str, _port: int) -> Sequence[str]:
    return [PUBLIC]


async def to_inside(_host: str, _port: int) -> Sequence[str]:
    return ["169.254.169.254"]


@pytest.fixture
async def owner(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, await world.key("programme_accountant")) as client:
        yield client


async def set_up(owner: httpx.AsyncClient, world: World, *events: str) -> dict[str, Any]:
    body = {"url": URL, "events": events or ("member.enrolled",)}
    answer = await owner.post(f"{world.base}/webhooks", json=body, headers=new_key())
    assert answer.status_code == 201, answer.text
    return answer.json()


async def enrol(world: World, name: str = "新人") -> UUID:
    async def act(conn: AsyncConnection) -> UUID:
        person = await create_person(conn, display_name=name, keys=KEYS)
        tenant_id = world.programme.tenant_id
        made = await enrol_member(conn, tenant_id=tenant_id, person=person, enrolled_by=SYSTEM)
        return made.member_id

    return await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)


async def deliver(world: World, receiver: Receiver, resolve: Any = to_public) -> int:
    return await deliver_due_webhooks(world.engine, keys=KEYS, resolve=resolve, transport=receiver)


async def let_time_pass(world: World, **time: int) -> None:
    async def act(conn: AsyncConnection) -> None:
        await execute(
            conn,
            "UPDATE foundation.webhook_delivery "
            "SET next_attempt_at = next_attempt_at - $2::interval, first_due_at = first_due_at "
            "- $2::interval WHERE tenant_id = $1",
            world.programme.tenant_id,
            timedelta(**time),
        )

    await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)


async def deliveries(owner: httpx.AsyncClient, world: World, made: dict[str, Any]) -> Any:
    path = f"{world.base}/webhooks/{made['webhook_id']}/deliveries"
    return (await owner.get(path)).json()["items"]


async def test_an_event_arrives_signed_as_the_guide_verifies_it(
    owner: httpx.AsyncClient, world: World
) -> None:
    made = await set_up(owner, world)
    member_id = await enrol(world, "机密姓名")
    receiver = Receiver()
    assert await deliver(world, receiver) == 1
    assert await deliver(world, receiver) == 0
    (request,) = receiver.requests
    body = json.loads(request.content)
    assert (body["kind"], body["subject_id"]) == ("member.enrolled", str(member_id))
    assert "机密姓名" not in request.content.decode()
    # to the very address that was judged, under the name that its certificate must carry
    assert request.url.host == PUBLIC
    assert request.headers["host"] == "erp.example.com"
    assert request.extensions["sni_hostname"] == "erp.example.com"
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(example, str(GUIDE), "exec"), names)
    is_genuine, secrets = names["is_genuine"], {made["key_id"]: made["secret"]}
    assert is_genuine(request.headers, request.content, secrets)
    assert not is_genuine(request.headers, request.content + b" ", secrets)
    assert not is_genuine(request.headers, request.content, {made["key_id"]: "another"})
    later = now().timestamp() + 301
    assert not is_genuine(request.headers, request.content, secrets, now=later)


def test_the_worked_example_of_the_guide_is_what_we_send() -> None:
    """A receiver who follows the guide computes what we sign."""
    guide = GUIDE.read_text("utf-8")
    (example,) = re.findall(r"```text\nPOST [^\n]+\n(.*?)\n\n(.*?)\n```", guide, re.DOTALL)
    headers = {
        name.lower(): value
        for name, value in (line.split(": ", 1) for line in example[0].splitlines())
    }
    (secret,) = re.findall(r"^secret (\S+)$", guide, re.MULTILINE)
    body = example[1].encode()
    moment, key_id = re.findall(r"t=(\d+),([0-9a-f-]+)=", headers["gongzhang-signature"])[0]
    at = datetime.fromtimestamp(int(moment), UTC)
    event_id = UUID(headers["gongzhang-event-id"])
    signed = webhook_delivery.sign(event_id, body, [(UUID(key_id), secret)], at=at)
    assert signed == headers["gongzhang-signature"]
    assert msgspec.json.encode(msgspec.json.decode(body, type=WebhookBody)) == body
    names: dict[str, Any] = {}
    (code,) = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    exec(compile(code, str(GUIDE), "exec"), names)
    assert names["is_genuine"](headers, body, {key_id: secret}, now=int(moment) + 299)
    assert not names["is_genuine"](headers, body, {key_id: "another"}, now=int(moment))


async def test_nothing_is_written_where_nobody_listens(
    owner: httpx.AsyncClient, world: World
) -> None:
    await set_up(owner, world, "payment.approved")
    await enrol(world)
    async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
        assert await fetch_all(conn, "SELECT event_id FROM foundation.webhook_event") == []


async def test_an_act_that_is_rolled_back_is_not_told(
    owner: httpx.AsyncClient, world: World
) -> None:
    await set_up(owner, world)

    async def act(conn: AsyncConnection) -> None:
        person = await create_person(conn, display_name="某人", keys=KEYS)
        tenant_id = world.programme.tenant_id
        await enrol_member(conn, tenant_id=tenant_id, person=person, enrolled_by=SYSTEM)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)
    assert await deliver(world, Receiver()) == 0


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (reply(500), (500, None)),
        (reply(302, location="http://169.254.169.254/"), (302, None)),
        (httpx.ConnectTimeout("slow"), (None, "timeout")),
        (httpx.ConnectError("closed"), (None, "no_connection")),
    ],
)
async def test_what_is_not_taken_is_tried_again_later_and_given_up_after_three_days(
    owner: httpx.AsyncClient, world: World, answer: Any, shown: Any
) -> None:
    made = await set_up(owner, world)
    await enrol(world)
    receiver = Receiver(answer)
    assert await deliver(world, receiver) == 0
    assert await deliver(world, receiver) == 0, "its pause is not over"
    (one,) = await deliveries(owner, world, made)
    assert (one["state"], one["attempts"]) == ("due", 1)
    assert (one["status"], one["fault"]) == shown
    assert len(receiver.requests) == 1, "a redirect is never followed"
    await let_time_pass(world, days=4)
    assert await deliver(world, Receiver(reply(503))) == 0
    (one,) = await deliveries(owner, world, made)
    assert one["state"] == "dead"
    again = f"{world.base}/webhooks/{made['webhook_id']}/deliveries/{one['delivery_id']}/replay"
    assert (await owner.post(again, json={}, headers=new_key())).status_code == 201
    assert await deliver(world, Receiver()) == 1


async def test_one_address_that_cannot_be_used_holds_up_no_other(
    owner: httpx.AsyncClient, world: World
) -> None:
    """Kept before such addresses were refused, or broken in a way that nobody thought of."""
    broken = await set_up(owner, world)
    good = await set_up(owner, world)
    for url in ("https://example..com/", f"https://{'a' * 64}.com/"):

        async def spoil(conn: AsyncConnection, url: str = url) -> None:
            await execute(
                conn,
                "UPDATE foundation.webhook_endpoint SET url = $3 "
                "WHERE tenant_id = $1 AND endpoint_id = $2",
                world.programme.tenant_id,
                UUID(broken["webhook_id"]),
                url,
            )

        await write_transaction(world.engine, spoil, tenant_id=world.programme.tenant_id)
        await enrol(world)
        assert await deliver(world, Receiver()) == 1
    assert {one["fault"] for one in await deliveries(owner, world, broken)} == {"target_refused"}

    answers = [RuntimeError("a bug of ours"), PUBLIC]

    async def failing_once(_host: str, _port: int) -> Sequence[str]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return [answer]

    for _ in range(2):
        path = f"{world.base}/webhooks/{good['webhook_id']}/ping"
        await owner.post(path, json={}, headers=new_key())
    receiver = Receiver()
    with pytest.raises(RuntimeError):
        await deliver(world, receiver, resolve=failing_once)
    assert len(receiver.requests) == 1


async def test_all_that_waits_is_delivered_in_one_turn(
    owner: httpx.AsyncClient, world: World
) -> None:
    made = await set_up(owner, world)
    for _ in range(25):
        path = f"{world.base}/webhooks/{made['webhook_id']}/ping"
        await owner.post(path, json={}, headers=new_key())
    assert await deliver(world, Receiver()) == 25


async def test_an_endpoint_that_takes_nothing_for_three_days_pauses_and_says_so(
    owner: httpx.AsyncClient, world: World
) -> None:
    made = await set_up(owner, world)

    async def endpoint() -> Any:
        (one,) = (await owner.get(f"{world.base}/webhooks")).json()["items"]
        return one["state"], one["paused_by_itself"]

    async def fail_for_days(days: int) -> None:
        await enrol(world)
        await let_time_pass(world, days=days)
        assert await deliver(world, Receiver(reply(500))) == 0

    # something arrived lately: one event is given up, the endpoint goes on
    await enrol(world)
    assert await deliver(world, Receiver()) == 1
    await age_endpoint(world)
    await fail_for_days(4)
    assert await endpoint() == ("active", False)
    async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
        rows = await fetch_all(conn, "SELECT state FROM foundation.webhook_delivery")
    assert sorted(row.state for row in rows) == ["dead", "delivered"]
    await forget_deliveries(world)
    await fail_for_days(4)
    assert await endpoint() == ("paused", True)
    async with read_transaction(world.engine) as conn:
        (line,) = await fetch_all(
            conn, "SELECT caller_id FROM foundation.audit_log WHERE action = 'webhook.pause'"
        )
        (notice,) = await fetch_all(
            conn, "SELECT about FROM foundation.notice WHERE kind = 'webhook_paused'"
        )
    assert (line.caller_id, notice.about) == (SYSTEM, "erp.example.com")
    # resumed, it has its three days again
    one = f"{world.base}/webhooks/{made['webhook_id']}/state"
    await owner.post(one, json={"act": "resume"}, headers=new_key())
    await fail_for_days(4)
    assert await endpoint() == ("active", False)


async def age_endpoint(world: World) -> None:
    """The endpoints were set up a week ago."""

    async def act(conn: AsyncConnection) -> None:
        await execute(
            conn,
            "UPDATE foundation.webhook_endpoint SET changed_at = changed_at - interval '7 days' "
            "WHERE tenant_id = $1",
            world.programme.tenant_id,
        )

    await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)


async def forget_deliveries(world: World) -> None:
    """What was delivered lies a week back."""

    async def act(conn: AsyncConnection) -> None:
        await execute(
            conn,
            "UPDATE foundation.webhook_delivery "
            "SET attempted_at = attempted_at - interval '7 days' "
            "WHERE tenant_id = $1",
            world.programme.tenant_id,
        )

    await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)


async def test_a_name_that_leads_inside_is_never_connected_to(
    owner: httpx.AsyncClient, world: World
) -> None:
    made = await set_up(owner, world)
    await enrol(world)
    receiver = Receiver()
    assert await deliver(world, receiver, resolve=to_inside) == 0
    assert receiver.requests == []
    (one,) = await deliveries(owner, world, made)
    assert one["fault"] == "target_refused"


async def test_after_a_rotation_both_secrets_sign_for_a_day(
    owner: httpx.AsyncClient, world: World
) -> None:
    made = await set_up(owner, world)
    path = f"{world.base}/webhooks/{made['webhook_id']}/secret"
    key = new_key()
    fresh, again = [(await owner.post(path, json={}, headers=key)).json() for _ in range(2)]
    assert fresh["secret"] != made["secret"]
    assert again["secret"] is None, "it is shown once, and kept nowhere in clear"
    await enrol(world)
    receiver = Receiver()
    await deliver(world, receiver)
    signature = receiver.requests[0].headers[webhook_delivery.SIGNATURE_HEADER]
    assert made["key_id"] in signature
    assert fresh["key_id"] in signature
    async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
        rows = await fetch_all(conn, "SELECT response FROM foundation.api_command")
    assert all(b"whsec_" not in bytes(row.response) for row in rows)


async def test_a_paused_endpoint_hears_nothing_and_a_removed_one_is_gone(
    owner: httpx.AsyncClient, world: World
) -> None:
    made = await set_up(owner, world)
    one = f"{world.base}/webhooks/{made['webhook_id']}"
    await owner.post(f"{one}/state", json={"act": "pause"}, headers=new_key())
    await enrol(world)
    assert await deliver(world, Receiver()) == 0
    await owner.post(f"{one}/state", json={"act": "resume"}, headers=new_key())
    await owner.post(f"{one}/ping", json={}, headers=new_key())
    receiver = Receiver()
    assert await deliver(world, receiver) == 1
    assert json.loads(receiver.requests[0].content)["kind"] == "ping"
    await owner.post(f"{one}/state", json={"act": "remove"}, headers=new_key())
    assert (await owner.get(f"{one}/deliveries")).status_code == 404
    sent = json.loads(receiver.requests[0].content)["event_id"]
    delivery = await delivery_of(world, sent)
    again = await owner.post(f"{one}/deliveries/{delivery}/replay", json={}, headers=new_key())
    assert again.status_code == 404
    assert (await owner.get(f"{world.base}/webhooks")).json() == {"items": []}


async def delivery_of(world: World, event_id: str) -> UUID:
    async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
        (row,) = await fetch_all(
            conn,
            "SELECT delivery_id FROM foundation.webhook_delivery WHERE event_id = $1",
            UUID(event_id),
        )
    return UUID(bytes=row.delivery_id.bytes)


async def test_other_tenants_and_addresses_inside_are_refused(
    app: Edge, owner: httpx.AsyncClient, world: World
) -> None:
    made = await set_up(owner, world)
    body = {"url": "https://10.0.0.1/", "events": ["member.enrolled"]}
    refused = await owner.post(f"{world.base}/webhooks", json=body, headers=new_key())
    assert (refused.status_code, refused.json()["code"]) == (422, "webhook_target_refused")
    secret = await world.key("programme_accountant", world.other_programme)
    async with client_of(app, secret) as stranger:
        base = f"/v1/programmes/{world.other_programme.public_id}/webhooks"
        for path in ("deliveries",):
            assert (await stranger.get(f"{base}/{made['webhook_id']}/{path}")).status_code == 404


async def test_what_is_over_is_swept_after_its_days_and_what_waits_stays(
    owner: httpx.AsyncClient, world: World
) -> None:
    """Each event goes with its last delivery; what a removed endpoint was due waits no more."""
    made, paused, removed = [await set_up(owner, world) for _ in range(3)]
    await enrol(world)
    for one, act in ((paused, "pause"), (removed, "remove")):
        path = f"{world.base}/webhooks/{one['webhook_id']}/state"
        await owner.post(path, json={"act": act}, headers=new_key())
    ping = f"{world.base}/webhooks/{made['webhook_id']}/ping"
    assert (await owner.post(ping, json={}, headers=new_key())).status_code == 201
    assert await deliver(world, Receiver()) == 2
    job = get_job("sweep_webhooks")
    assert job.act is not None

    async def left(days: int) -> dict[str, int]:
        """What is left when the job runs so much later."""
        await age(world, days)
        await job.act(world.engine, Work(0, today(), now()))
        async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
            (row,) = await fetch_all(
                conn,
                "SELECT (SELECT count(*) FROM foundation.webhook_event) AS events, "
                "count(*) FILTER (WHERE state = 'delivered') AS delivered, "
                "count(*) FILTER (WHERE state = 'due') AS due FROM foundation.webhook_delivery",
            )
        return row._asdict()

    keep_webhooks_for(20)
    try:
        assert await left(19) == {"events": 2, "delivered": 2, "due": 2}
        # the event of the ping has no delivery left; the other one still waits for the paused
        assert await left(2) == {"events": 1, "delivered": 0, "due": 1}
    finally:
        keep_webhooks_for(Settings().webhook_kept_days)
    (waiting,) = await deliveries(owner, world, paused)
    assert (waiting["state"], waiting["kind"]) == ("due", "member.enrolled")
    path = f"{world.base}/webhooks/{paused['webhook_id']}/state"
    await owner.post(path, json={"act": "resume"}, headers=new_key())
    assert await deliver(world, Receiver()) == 1


async def test_deliveries_are_swept_in_pieces(owner: httpx.AsyncClient, world: World) -> None:
    await set_up(owner, world)
    for number in range(3):
        await enrol(world, f"新人{number}")
    await deliver(world, Receiver())
    tenant_id, before = world.programme.tenant_id, now() + timedelta(minutes=1)

    async def sweep(conn: AsyncConnection) -> list[int]:
        return [
            await sweep_webhooks(conn, tenant_id=tenant_id, before=before, limit=2)
            for _ in range(3)
        ]

    assert await write_transaction(world.engine, sweep, tenant_id=tenant_id) == [2, 1, 0]


async def age(world: World, days: int) -> None:
    """Let whatever was begun and tried lie back so much longer."""

    async def act(conn: AsyncConnection) -> None:
        await execute(
            conn,
            "UPDATE foundation.webhook_delivery SET first_due_at = first_due_at - $2::interval, "
            "attempted_at = attempted_at - $2::interval WHERE tenant_id = $1",
            world.programme.tenant_id,
            timedelta(days=days),
        )

    await write_transaction(world.engine, act, tenant_id=world.programme.tenant_id)
