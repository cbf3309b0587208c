"""`gongzhang check-ledger` says what the proofs found, and fails when one does."""

import asyncio
import json

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine
from ops.cli.main import main
from tests.busy_books import create_busy_books
from tests.database_server import Database
from tests.waiting import wait_for


@pytest.fixture
def address(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The test's database as the one the command works on."""
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    return database


async def check(*options: str) -> int:
    """Run the command in a thread, since it has an event loop of its own."""
    return await asyncio.to_thread(main, ["check-ledger", *options])


async def test_whole_books_are_reported_as_such(
    address: Database, engine: AsyncEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    await create_busy_books(engine)
    assert await check() == 0
    assert "1 tenants" in (said := capsys.readouterr().out)
    assert said.strip().endswith("everything holds")


@pytest.mark.no_proofs
async def test_a_failing_proof_is_named_with_its_row(
    address: Database, engine: AsyncEngine, capsys: pytest.CaptureFixture[str]
) -> None:
    await create_busy_books(engine)
    wait_for(tamper(address.admin_url))
    assert await check() == 1
    assert "floors_hold" not in (said := capsys.readouterr().out)
    assert "memos_keep_their_commitment does not hold" in said
    assert await check("--json") == 1
    (tenant,) = json.loads(capsys.readouterr().out)["tenants"]
    (failed,) = [proof for proof in tenant["proofs"] if not proof["holds"]]
    assert (failed["name"], len(failed["failures"])) == ("memos_keep_their_commitment", 2)


async def tamper(admin_url: str) -> None:
    admin = create_engine(admin_url, role=None, pool_size=1)
    async with admin.begin() as conn:
        await conn.exec_driver_sql("SET LOCAL session_replication_role = replica")
        await conn.exec_driver_sql("UPDATE books.entry_memo SET memo = 'another text'")
    await admin.dispose()
