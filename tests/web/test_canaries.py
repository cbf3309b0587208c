"""Canaries: unmistakable values in every personal field reach no log, metric or stranger."""

import logging
import sys
from collections.abc import Iterator
from io import StringIO

import pyotp
import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.edge import Edge
from api.web.account import SECOND_STEPS
from ledger.clock import now
from ledger.database import execute, fetch_all, write_transaction
from ledger.foundation.people import PersonalDetails, create_person
from ledger.foundation.second_factor import enrol_second_factor
from ledger.foundation.sign_in import set_password
from ledger.journeys.enrolment import enrol_member
from ops.cli.main import main
from ops.logging import configure_logging
from tests.api.world import KEYS, SYSTEM, World, client_of, entry, new_key
from tests.reconciliation.bank_files import ccb_csv, movement
from tests.web.bank_desk import open_desk
from tests.web.visitors import send, sign_in, visitor

NAME, NEW_NAME = "金丝雀欧阳", "金丝雀诸葛"
PHONE, NEW_PHONE, ID_NUMBER = "13977770001", "13977770002", "110101196001017777"
ADDRESS, BANK_ACCOUNT = "金丝雀路 77 号", "6222777700007777001"
COUNTERPARTY, REMARK = "金丝雀司徒", "金丝雀附言"
MEMO, PASSWORD = "金丝雀摘要", "金丝雀 password 7777"
TOTP = pyotp.random_base32()
PLANTED = [
    NAME, NEW_NAME, PHONE, NEW_PHONE, ID_NUMBER, ADDRESS, BANK_ACCOUNT, COUNTERPARTY, REMARK,
    MEMO, PASSWORD,
    TOTP,
]  # fmt: skip


@pytest.fixture
def logs() -> Iterator[StringIO]:
    """What the product's own logging writes at its lowest level."""
    written, stderr = StringIO(), sys.stderr
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    structlog.reset_defaults()
    sys.stderr = written
    try:
        configure_logging("debug")
        yield written
    finally:
        sys.stderr = stderr
        root.handlers, root.level = before, level
        structlog.reset_defaults()


class Canaries:
    """The values, and every text in which none of them may be."""

    def __init__(self) -> None:
        self.values = list(PLANTED)
        self.texts: dict[str, str] = {}

    def look_at(self, name: str, text: str) -> None:
        self.texts[f"{name} {len(self.texts)}"] = text

    def found(self) -> list[tuple[str, str]]:
        return [
            (name, value)
            for name, text in self.texts.items()
            for value in self.values
            if value in text or value.encode().hex() in text
        ]


@pytest.fixture
async def planted(world: World) -> World:
    """A member with something in every sealed field, a password and a second factor."""

    async def plant(conn: AsyncConnection) -> None:
        details = PersonalDetails(phone=PHONE, id_number=ID_NUMBER, address=ADDRESS)
        person = await create_person(conn, display_name=NAME, keys=KEYS, details=details)
        await set_password(
            conn, person=person, sign_in_name="canary", password=PASSWORD, set_by=SYSTEM
        )
        await enrol_second_factor(
            conn,
            person=person,
            secret=TOTP,
            code=pyotp.TOTP(TOTP).now(),
            keys=KEYS,
            at=now(),
        )
        await enrol_member(
            conn, tenant_id=world.programme.tenant_id, person=person, enrolled_by=SYSTEM
        )

    await write_transaction(world.engine, plant)
    return world


def test_a_canary_that_sings_is_heard() -> None:
    for text in (f"… {NAME} …", PHONE.encode().hex()):
        canaries = Canaries()
        canaries.look_at("a line", text)
        assert canaries.found()


async def test_no_canary_is_heard(
    app: Edge, planted: World, admin_engine: AsyncEngine, logs: StringIO
) -> None:
    canaries = Canaries()
    await sign_in_rightly_and_wrongly(app, canaries)
    await enrol_redeem_and_fail(app, planted, canaries)
    await import_statement(app, planted)
    await let_the_database_refuse_a_whole_row(app, planted, admin_engine, canaries)
    async with visitor(app) as stranger:
        for path in ("/docs", "/docs/openapi.json", "/metrics", "/health/ready", "/nowhere"):
            canaries.look_at(path, (await stranger.get(path)).text)
    async with admin_engine.connect() as conn:
        for table in ("foundation.audit_log", "jobs.job_run", "foundation.api_command"):
            rows = await fetch_all(conn, f"SELECT t::text AS row FROM {table} AS t")
            canaries.look_at(table, "\n".join(row.row for row in rows))
    canaries.look_at("logs", logs.getvalue())
    assert "request_failed" in logs.getvalue() or "Traceback" in logs.getvalue()
    assert canaries.found() == []
    assert len(canaries.values) > len(PLANTED), "codes, keys and cookies were looked for as well"


async def sign_in_rightly_and_wrongly(app: Edge, canaries: Canaries) -> None:
    async with visitor(app) as browser:
        first = await send(browser, "/sign-in", "/sign-in", name="canary", password=PASSWORD)
        assert first.status_code == 303
        for code in (pyotp.TOTP(TOTP).now(), "000000"):
            canaries.look_at(
                "second step",
                (await send(browser, SECOND_STEPS["code"], SECOND_STEPS["code"], code=code)).text,
            )
        canaries.values += [value for value in browser.cookies.values() if len(value) > 20]
    async with visitor(app) as stranger:
        for name, password in (("canary", PASSWORD + "x"), (PHONE, "x" * 9), (NAME, PASSWORD)):
            page = await send(stranger, "/sign-in", "/sign-in", name=name, password=password)
            assert page.status_code in (401, 429)
            assert PASSWORD not in page.text


async def enrol_redeem_and_fail(app: Edge, world: World, canaries: Canaries) -> None:
    staff_key, till_key = (
        await world.key("community_staff"),
        await world.key("merchant_operator", object_id=world.merchant.merchant_id),
    )
    canaries.values += [staff_key, till_key]
    async with client_of(app, staff_key) as staff, client_of(app, till_key) as till:
        path = f"{world.base}/members"
        person = {"display_name": NEW_NAME, "phone": PHONE}
        known = await staff.post(path, json=person, headers=new_key())
        assert known.status_code == 409
        canaries.look_at("known", known.text)
        made = await staff.post(path, json={**person, "another": True}, headers=new_key())
        assert made.status_code == 201
        for number in (PHONE, ID_NUMBER, BANK_ACCOUNT):
            kin = {"relation": "mother", "relative_name": "王芳", "evidence": f"证件 {number}"}
            kin_path = f"{path}/{world.member.member_id}/kin"
            told = await staff.post(kin_path, json=kin, headers=new_key())
            assert told.status_code == 422
            canaries.look_at("evidence", told.text)
        code = await staff.post(
            f"{world.base}/redemption-codes",
            json={"member_id": str(world.member.member_id), "ground": "来电请代办"},
            headers=new_key(),
        )
        canaries.values += [code.json()["token"], code.json()["digits"]]
        order = {"merchant_id": str(world.merchant.merchant_id), "amount": 100}
        for shown in (code.json()["digits"], code.json()["token"], "12345678"):
            answer = await till.post(
                f"{world.base}/redemptions", json={**order, "code": shown}, headers=new_key()
            )
            canaries.look_at("redemption", answer.text)
        for body in (
            {**person, "display_name": NEW_NAME * 20},
            {**person, "phone": f"{PHONE}x"},
            {**person, "id_number": ID_NUMBER, "nowhere": ADDRESS},
            {**person, "branch_id": str(world.member.member_id)},
            {**person, "display_name": [NEW_NAME]},
        ):
            answer = await staff.post(path, json=body, headers=new_key())
            assert 400 <= answer.status_code < 500
            canaries.look_at("refusal", answer.text)
        poster_key = await world.key("integration")
        canaries.values.append(poster_key)
        issued = await world.account("TB", "2201")
        available = await world.account("TB", "2101", world.member.member_id)
        async with client_of(app, poster_key) as poster:
            for accounts in ((issued, available), (available, issued), (issued, issued)):
                answer = await poster.post(
                    f"{world.base}/entries",
                    json=entry(*accounts, event_code="TB06", memo=MEMO),
                    headers=new_key(),
                )
                if answer.status_code != 201:
                    canaries.look_at("entry", answer.text)
        answer = await staff.get(f"{path}/{PHONE}", params={"phone": PHONE})
        canaries.look_at("missing", answer.json()["title"])


async def import_statement(app: Edge, world: World) -> None:
    lines = [movement(3, 77_00, COUNTERPARTY, REMARK, account=BANK_ACCOUNT)]
    async with visitor(app) as browser:
        desk = await open_desk(browser, world)
        assert (await sign_in(browser)).status_code == 303
        data = ccb_csv(lines)
        taken = await desk.upload(data)
        assert taken.status_code == 200, taken.text
        for broken in (data[:-40], data.replace(b"77.00", b"7x7.00"), data + data):
            await desk.upload(broken)


async def let_the_database_refuse_a_whole_row(
    app: Edge, world: World, admin_engine: AsyncEngine, canaries: Canaries
) -> None:
    """PostgreSQL tells the failing row in its detail: nobody may hear it."""
    async with admin_engine.begin() as conn:
        await execute(
            conn,
            "ALTER TABLE foundation.person ADD CONSTRAINT nobody CHECK (display_name <> $$"
            + NEW_NAME
            + "$$) NOT VALID",
        )
    async with client_of(app, await world.key("community_staff")) as staff:
        failed = await staff.post(
            f"{world.base}/members",
            json={"display_name": NEW_NAME, "phone": NEW_PHONE},
            headers=new_key(),
        )
    assert failed.status_code == 500, failed.text
    canaries.look_at("internal error", failed.text)


def test_the_command_line_repeats_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "postgresql://canary:7777secret7777@nowhere.invalid/gongzhang"
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", secret)
    monkeypatch.setenv("GONGZHANG_SECRET_KEY", "7777" * 16)
    for words in (["programme", "list"], ["keys", "list"], ["check-ledger"]):
        assert main(words) == 1
    said = capsys.readouterr()
    for value in ("7777secret7777", "7777" * 16):
        assert value not in said.out + said.err
