"""The chain over the audit log from the command line: it holds, or it says which line does not."""

import json
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import create_engine, fetch_value, read_transaction, write_transaction
from ledger.foundation.audit_log import record_action
from ops.cli.main import main
from tests.database.test_audit_seals import tamper
from tests.database_server import Database
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def settings(database: Database, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)
    monkeypatch.setenv("GONGZHANG_DATA_DIR", str(data_dir))


async def write_two_lines(url: str) -> None:
    async def record(conn: AsyncConnection) -> None:
        for name in ("a.one", "a.two"):
            await record_action(conn, caller_id=1, action=name)

    engine = create_engine(url)
    try:
        await write_transaction(engine, record)
    finally:
        await engine.dispose()


async def edit_the_first(url: str) -> int:
    """What the database's owner can do; returns the number of the line."""
    admin = create_engine(url, role=None)
    try:
        edit = "UPDATE foundation.audit_log SET reason = 'x' WHERE action = 'a.one'"
        await tamper(admin, "audit_log", edit)
        async with read_transaction(admin) as conn:
            query = "SELECT audit_id FROM foundation.audit_log WHERE action = 'a.one'"
            return int(await fetch_value(conn, query))
    finally:
        await admin.dispose()


def test_an_edited_line_is_named_and_a_kept_head_is_found(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    wait_for(write_two_lines(database.service_url))
    assert main(["audit-log", "seal"]) == 0
    assert main(["audit-log", "check", "--json"]) == 0
    whole = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (whole["holds"], whole["unsealed"]) == (True, 0)
    assert main(["audit-log", "check", "--head", whole["head"]]) == 0
    assert main(["audit-log", "check", "--head", "0" * 64]) == 1
    assert "head is not in the chain" in capsys.readouterr().out
    line = wait_for(edit_the_first(database.admin_url))
    assert main(["audit-log", "check"]) == 1
    assert f"line {line} was changed after it was sealed" in capsys.readouterr().out
