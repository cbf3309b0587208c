"""The demo: built once through the public functions, told again, thrown away only by its own."""

import json
import stat
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import now
from ledger.database import create_engine, fetch_value, read_transaction
from ledger.foundation.guardians import list_guardianships
from ledger.foundation.organisations import list_tenants
from ledger.foundation.sign_in import sign_in
from ledger.programmes.service_records.records import list_services
from ops.cli.main import main
from ops.cli.running import announced
from ops.demo_data import build
from ops.demo_data.days import span_until
from ops.demo_data.district import SMALL
from ops.demo_data.record import read_record, write_record
from reconciliation.adjustment_statement import AdjustmentStatement, adjustment_statement
from reconciliation.bank_accounts import list_bank_accounts
from tests.database_server import Database
from tests.waiting import wait_for

WORDS = ("demo", "--no-serve", "--size", "small", "--json")
COUNT_ENTRIES = "SELECT count(*) FROM books.entry"


@pytest.fixture(autouse=True)
def settings(database: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_ADMIN_DATABASE_URL", database.admin_url)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))
    monkeypatch.setenv("GONGZHANG_SECRET_KEY", "a secret of this test, long enough to be one")


def build_small(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert main([*WORDS, *words]) == code
    return json.loads(capsys.readouterr().out)


def count_entries(database: Database) -> int:
    async def count() -> int:
        engine = create_engine(database.admin_url, role=None)
        async with read_transaction(engine) as conn:
            found = await fetch_value(conn, COUNT_ENTRIES)
        await engine.dispose()
        return int(found)

    return wait_for(count())


def test_a_second_run_adds_nothing_and_tells_the_same(
    capsys: pytest.CaptureFixture[str], database: Database, data_dir: Path
) -> None:
    first = build_small(capsys)
    entries = count_entries(database)
    assert entries > 200
    assert {who["role"] for who in first["sign_ins"]} >= {
        *("volunteer", "party_member", "branch_secretary", "merchant_operator", "community_staff"),
        *("trustee", "committee_member", "auditor", "platform_admin"),
    }
    assert build_small(capsys) == first
    assert count_entries(database) == entries
    assert stat.S_IMODE((data_dir / "demo.json").stat().st_mode) == 0o600


def test_everybody_can_sign_in_and_find_something_to_do(
    capsys: pytest.CaptureFixture[str], database: Database
) -> None:
    facts = build_small(capsys)

    async def look() -> None:
        engine = create_engine(database.service_url)
        people = {}
        for who in facts["sign_ins"]:
            signed_in = await sign_in(
                engine,
                sign_in_name=who["sign_in_name"],
                password=who["password"],
                address="127.0.0.1",
            )
            assert signed_in.person.display_name == who["name"]
            people[who["role"]] = signed_in.person
        async with read_transaction(engine) as conn:
            tenants = {tenant.form: tenant for tenant in await list_tenants(conn)}
        programme, estate = tenants["programme"], tenants["estate"]
        async with read_transaction(engine, tenant_id=programme.tenant_id) as conn:
            waiting = await list_services(
                conn, tenant_id=programme.tenant_id, limit=50, status="recorded"
            )
            guardian = {"guardian_person_id": people["guardian"].person_id}
            ties = await list_guardianships(conn, tenant_id=programme.tenant_id, **guardian)
        assert waiting, "the staff have something to verify"
        assert [one.is_confirmed for one in ties] == [True], "her role comes of a guardianship"
        statement = await reconcile(engine, estate.tenant_id)
        assert statement.adds_up()
        for group in (
            statement.bank_in_not_booked,
            statement.bank_out_not_booked,
            statement.booked_in_not_at_bank,
            statement.booked_out_not_at_bank,
        ):
            assert group.items, f"{group.kind} shows what it looks like"
        await engine.dispose()

    wait_for(look())


async def reconcile(engine: AsyncEngine, tenant_id: int) -> AdjustmentStatement:
    """The 余额调节表 of the last day that the imported files cover."""
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        (account,) = await list_bank_accounts(conn, tenant_id=tenant_id)
        return await adjustment_statement(
            conn,
            tenant_id=tenant_id,
            bank_account_id=account.bank_account_id,
            as_of=account.covered_to,
        )


def test_the_file_that_waits_is_imported_without_a_finding(
    capsys: pytest.CaptureFixture[str],
) -> None:
    facts = build_small(capsys)
    (path,) = facts["files"]

    words = ("import-statement", "--estate", facts["tenants"][-1], path, "--match", "--json")
    assert main(list(words)) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["new_lines"] > 5
    assert not [finding for statement in done["statements"] for finding in statement["findings"]]


def test_an_interrupted_building_is_begun_anew(
    capsys: pytest.CaptureFixture[str],
    database: Database,
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(build, "close_months", interrupted)
        assert main(list(WORDS)) == 130
    assert count_entries(database) > 200
    record = read_record(data_dir)
    assert record is not None
    assert not record.finished
    capsys.readouterr()
    facts = build_small(capsys)
    assert facts["finished"]
    assert len(facts["tenants"]) == 2


@pytest.mark.slow
def test_reset_begins_anew_but_spares_what_others_have_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    first = build_small(capsys)
    second = build_small(capsys, "--reset")
    assert not {*first["tenants"]} & {*second["tenants"]}
    assert main(["programme", "create", "另一个社区"]) == 0
    capsys.readouterr()
    assert build_small(capsys) == second
    assert build_small(capsys, "--reset", code=1)["error"] == "CommandFailed"


def test_a_record_of_another_database_counts_for_nothing(
    capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    build_small(capsys)
    record = read_record(data_dir)
    assert record is not None
    write_record(data_dir, msgspec.structs.replace(record, database="1/2", finished=False))
    refused = build_small(capsys, code=1)
    assert "left as it is" in refused["message"]


@pytest.mark.parametrize("days", [0, 1, 8, 12, 29, 45, 100, 250, 300])
def test_a_plan_can_be_made_on_any_day(days: int) -> None:
    span = span_until(now() - timedelta(days=days), months=2)
    history = build.plan_history(SMALL, span)
    for trust, periods in zip(history.trusts, history.periods, strict=True):
        assert [event.day for event in trust.events] == sorted(e.day for e in trust.events)
        assert periods[-1].movements
        for earlier, later in pairwise(periods):
            assert earlier.closing_fen == later.opening_fen
            assert (later.first - earlier.last).days == 1


def test_a_second_demo_names_the_address_of_the_first(
    capsys: pytest.CaptureFixture[str], data_dir: Path
) -> None:
    with announced(data_dir, "http://127.0.0.1:8123"):
        assert main(["demo", "--port", "8124"]) == 1
        assert "running already at http://127.0.0.1:8123\n" in capsys.readouterr().err
    with announced(data_dir, "http://127.0.0.1:8124"):
        pass
