"""Programmes, estates, people and keys from the command line."""

import json
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from ledger.clock import month_of, now, today
from ledger.database import create_engine, read_transaction, write_transaction
from ledger.foundation.api_keys import find_api_key, key_hash
from ledger.foundation.grants import Reach, get_permissions
from ledger.foundation.organisations import find_tenant
from ledger.journeys.enrolment import enrol_merchant
from ops.cli.main import main
from tests.database_server import Database
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def settings(database: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))


def facts_of(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_programme_and_an_estate_are_created_and_listed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    programme = facts_of(capsys, "programme", "create", "东湖社区", "--first-month", "2025-01")
    estate = facts_of(capsys, "estate", "create", "幸福里小区")
    listed = facts_of(capsys, "programme", "list")["items"]
    assert [one["id"] for one in listed] == [programme["id"]]
    assert [one["name"] for one in facts_of(capsys, "estate", "list")["items"]] == ["幸福里小区"]
    assert estate["id"] != programme["id"]


def test_a_month_that_is_none_is_refused_by_the_parser() -> None:
    with pytest.raises(SystemExit) as end:
        main(["programme", "create", "东湖社区", "--first-month", "2025-13"])
    assert end.value.code == 2


def test_an_administrator_gets_a_password_once(capsys: pytest.CaptureFixture[str]) -> None:
    made = facts_of(capsys, "admin", "create", "chen", "--display-name", "陈静")
    assert len(made["password"]) >= 16
    assert main(["admin", "create", "chen", "--display-name", "陈某"]) == 1
    assert "taken" in capsys.readouterr().err


def test_a_key_is_created_listed_and_revoked(capsys: pytest.CaptureFixture[str]) -> None:
    programme = facts_of(capsys, "programme", "create", "东湖社区")
    made = facts_of(
        capsys, "api-key", "create", "till", "--tenant", programme["id"], "--scope", "entries.post"
    )
    assert made["secret"].startswith("gz_")
    assert [one["id"] for one in facts_of(capsys, "api-key", "list")["items"]] == [made["id"]]
    facts_of(capsys, "api-key", "revoke", made["id"], "--reason", "lost")
    assert facts_of(capsys, "api-key", "list")["items"] == []
    assert main(["api-key", "revoke", made["id"], "--reason", "lost"]) == 1
    assert "was revoked already, at 20" in capsys.readouterr().err


def test_a_secret_that_keeps_nothing_secret_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_SECRET_KEY", "short")
    assert main(["admin", "create", "chen", "--display-name", "陈静"]) == 1
    assert "at least 32 characters" in capsys.readouterr().err


def test_mistakes_are_one_line_with_the_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["api-key", "create", "till", "--tenant", "nonsense"]) == 1
    assert "gongzhang programme list" in capsys.readouterr().err


def test_the_same_name_again_makes_no_second_one_unless_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for form in ("programme", "estate"):
        first = facts_of(capsys, form, "create", "东湖")
        assert main([form, "create", "东湖"]) == 1
        error = capsys.readouterr().err
        assert first["id"] in error
        assert "--again" in error
        second = facts_of(capsys, form, "create", "东湖", "--again")
        listed = {one["id"] for one in facts_of(capsys, form, "list")["items"]}
        assert listed == {first["id"], second["id"]}
        assert main([form, "list"]) == 0
        assert capsys.readouterr().out.split()[:3] == ["id", "kind", "name"]


def test_a_key_of_a_person_acts_as_the_person(capsys: pytest.CaptureFixture[str]) -> None:
    facts_of(capsys, "admin", "create", "chen", "--display-name", "陈静")
    made = facts_of(capsys, "api-key", "create", "scripts", "--person", "Chen")
    assert made["secret"].startswith("gz_")
    assert main(["api-key", "create", "scripts", "--person", "nobody"]) == 1
    assert main(["api-key", "create", "scripts", "--person", "chen", "--role", "auditor"]) == 1
    assert main(["api-key", "create", "scripts"]) == 1
    assert "--person" in capsys.readouterr().err


def test_a_system_gets_no_key_with_which_persons_sign(capsys: pytest.CaptureFixture[str]) -> None:
    estate = facts_of(capsys, "estate", "create", "幸福里小区")["id"]
    words = ("api-key", "create", "erp", "--tenant", estate, "--role", "trustee")
    assert main(list(words)) == 1
    assert "payments.request: a person signs this" in capsys.readouterr().err
    facts_of(capsys, *words, "--scope", "trust_events.post")


def test_a_key_of_a_till_is_bound_to_its_merchant(
    capsys: pytest.CaptureFixture[str], database: Database
) -> None:
    programme = facts_of(capsys, "programme", "create", "东湖社区")["id"]
    merchant_id, tenant_id = wait_for(enrol(database, programme))
    words = ("api-key", "create", "till", "--tenant", programme, "--merchant")
    for wrong in ("nonsense", programme):
        assert main([*words, wrong]) == 1
    secret = facts_of(capsys, *words, str(merchant_id))["secret"]
    reach = wait_for(reach_of(database, secret, tenant_id))
    assert reach == Reach(False, frozenset([merchant_id]))


def test_keys_of_one_name_are_told_apart(
    capsys: pytest.CaptureFixture[str], database: Database
) -> None:
    facts_of(capsys, "admin", "create", "chen", "--display-name", "陈静")
    programme = facts_of(capsys, "programme", "create", "东湖社区")["id"]
    estate = facts_of(capsys, "estate", "create", "幸福里小区")["id"]
    merchant_id, _ = wait_for(enrol(database, programme))
    made = [
        facts_of(capsys, "api-key", "create", "one", *whose)
        for whose in (
            ("--person", "chen"),
            ("--tenant", programme),
            ("--tenant", programme, "--merchant", str(merchant_id)),
            ("--tenant", estate, "--scope", "trust_events.post", "--role", "trustee"),
        )
    ]
    listed = {one["id"]: one for one in facts_of(capsys, "api-key", "list")["items"]}
    assert [(listed[one["id"]]["person"], listed[one["id"]]["places"]) for one in made] == [
        ("陈静", []),
        (None, ["东湖社区: integration"]),
        (None, ["东湖社区: till of 老张豆浆"]),
        (None, ["幸福里小区: trustee"]),
    ]
    assert all(one["secret"].startswith(listed[one["id"]]["begins"]) for one in made)
    assert main(["api-key", "list"]) == 0
    shown = capsys.readouterr().out
    assert "person: 陈静" in shown
    assert "东湖社区: till of 老张豆浆" in shown


@pytest.mark.parametrize("days", ["0", "731", "365000", "9" * 30, "1.5", "-1", "٣"])
def test_no_key_lives_longer_than_two_years(days: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        ["api-key", "create", "erp", "--tenant", "x", f"--days={days}"],
        ["api-key", "rotate", "x", f"--days={days}"],
    )
    for command in words:
        with pytest.raises(SystemExit) as end:
            main(command)
        assert end.value.code == 2
        assert "give a number from 1 to 730" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["api-key", "rotate", "x", "--overlap-days", "9" * 30])
    assert "give a number from 0 to 30" in capsys.readouterr().err


async def enrol(database: Database, programme: str) -> tuple[UUID, int]:
    engine = create_engine(database.service_url)
    async with read_transaction(engine) as conn:
        tenant = await find_tenant(conn, public_id=UUID(programme))
    assert tenant is not None
    tenant_id = tenant.tenant_id
    merchant = await write_transaction(
        engine,
        lambda conn: enrol_merchant(conn, tenant_id=tenant_id, name="老张豆浆", enrolled_by=1),
        tenant_id=tenant_id,
    )
    await engine.dispose()
    return merchant.merchant_id, tenant_id


async def reach_of(database: Database, secret: str, tenant_id: int) -> Reach | None:
    engine = create_engine(database.service_url)
    async with read_transaction(engine) as conn:
        key = await find_api_key(conn, hashed=key_hash(secret), at=now())
        assert key is not None
        permissions = await get_permissions(conn, caller_id=key.caller_id)
    await engine.dispose()
    return permissions.reach("redemptions.capture", tenant_id)


@pytest.mark.parametrize("port", ["99999", "abc", "0", "-1", "8000.5", "", "٨"])
@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_port_that_is_none_is_refused_with_the_reason(
    command: str, port: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([command, f"--port={port}"])
    assert end.value.code == 2
    assert "is not a port; give a number from 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["99999", "abc"])
def test_a_setting_that_is_no_port_is_refused_with_the_reason(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GONGZHANG_PORT", port)
    assert main(["demo"]) == 1
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "  ", "东湖\u200b社区", "东湖\x07", "\u202e东湖", "字" * 61])
@pytest.mark.parametrize(
    "command",
    [
        ("programme", "create"),
        ("estate", "create"),
        ("admin", "create", "chen", "--display-name"),
        ("api-key", "create", "--person", "chen"),
    ],
)
def test_a_name_that_nobody_can_read_is_refused_by_the_parser(
    command: tuple[str, ...], name: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main([*command, name])
    assert end.value.code == 2


@pytest.mark.parametrize("name", ["", "chen jing", "chen\u200b"])
def test_a_sign_in_name_is_one_word(name: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(["admin", "create", name, "--display-name", "陈静"])
    assert end.value.code == 2


def test_a_bad_password_from_standard_input_makes_nobody(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("admin", "create", "chen", "--display-name", "陈静", "--password-stdin")
    for given in ("", "\n", "short\n"):
        monkeypatch.setattr("sys.stdin", StringIO(given))
        assert main(list(words)) == 1
        assert "8 to 128 characters" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", StringIO("korrekt pferd batterie\n"))
    assert "password" not in facts_of(capsys, *words)


def test_a_role_of_estates_is_not_given_in_a_programme(capsys: pytest.CaptureFixture[str]) -> None:
    programme = facts_of(capsys, "programme", "create", "东湖社区")["id"]
    estate = facts_of(capsys, "estate", "create", "幸福里小区")["id"]
    words = ("admin", "create", "li", "--display-name", "李明", "--role", "trustee", "--tenant")
    assert main([*words, programme]) == 1
    assert "gongzhang estate list" in capsys.readouterr().err
    assert facts_of(capsys, *words, estate)["role"] == "trustee"


def test_a_role_of_a_place_is_given_everywhere_only_when_that_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = facts_of(capsys, "programme", "create", "东湖社区")["id"]
    for role in ("community_staff", "trustee", "auditor", "subdistrict_staff"):
        words = ("admin", "create", role, "--display-name", "李明", "--role", role)
        assert main(list(words)) == 1
        assert "--everywhere" in capsys.readouterr().err
        assert facts_of(capsys, *words, "--everywhere")["scope"] == "everywhere"
    words = ("admin", "create", "li", "--display-name", "李明", "--role", "community_staff")
    made = facts_of(capsys, *words, "--tenant", place)
    assert (made["scope"], made["volunteer_no"][0]) == ("in 东湖社区", "V")
    assert main(["admin", "create", "zhou", "--display-name", "周敏"]) == 0
    assert "platform_admin, on the whole platform" in capsys.readouterr().out


@pytest.mark.parametrize("month", ["0001-01", "1999-12", "9999-12", "2099-01"])
def test_a_month_far_away_is_refused_by_the_parser(
    month: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["programme", "create", "东湖社区", "--first-month", month])
    assert end.value.code == 2
    last = month_of(today()).replace(year=today().year + 1)
    assert f"from 2000-01 to {last:%Y-%m}" in capsys.readouterr().err
