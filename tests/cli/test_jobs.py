"""`gongzhang jobs`: list, plan, run, runs."""

import json
from typing import Any

import msgspec
import pytest

from ledger.database import create_engine
from ledger.journeys.jobs.registry import get_job
from ops.cli.main import main
from ops.cli.progress import Pieces
from tests.community import create_community
from tests.database_server import Database, run_statement
from tests.waiting import wait_for


@pytest.fixture
def command(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setenv("GONGZHANG_DATABASE_URL", database.service_url)

    def run(*words: str) -> tuple[int, Any]:
        code = main(["jobs", *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    return run


async def _community(url: str) -> None:
    engine = create_engine(url)
    await create_community(engine)
    await engine.dispose()


def test_jobs_are_listed_planned_run_once_and_told(command: Any, database: Database) -> None:
    wait_for(_community(database.service_url))
    code, answer = command("list")
    assert code == 0
    assert {"release_services", "expire_units"} <= {one["job"] for one in answer["jobs"]}
    code, answer = command("plan", "release_services")
    (plan,) = answer["plans"]
    assert (code, plan["entries"], plan["complete"]) == (0, 0, True)
    code, answer = command("run", "expire_units")
    assert (code, answer["error"]) == (1, "predecessor_not_finished")
    code, answer = command("run")
    ran = {one["job"]: one["outcome"] for one in answer["runs"]}
    assert (code, set(ran.values())) == (0, {"finished"}), answer
    again = {one["job"] for one in command("run")[1]["runs"]}
    assert not again & {"release_services", "expire_units"}, "what is due each minute may be anew"
    # until half past midnight that was yesterday; whoever asks for it by name is given today
    command("run", "release_services")
    code, answer = command("run", "release_services")
    assert [one["outcome"] for one in answer["runs"]] == ["finished_before"]
    runs = command("runs", "release_services")[1]["runs"]
    assert {(one["handled"], one["result_hash"]) for one in runs} == {(0, plan["hash"])}
    assert len({one["period"] for one in runs}) == len(runs), "a period once"
    assert command("runs", "--failed")[1]["failures"] == []


def test_what_only_looks_looks_again_and_says_what_it_found(
    command: Any, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    wait_for(_community(database.service_url))
    move = (
        "SET session_replication_role = replica; UPDATE books.account SET credits_posted = 7"
        " WHERE account_id = (SELECT min(account_id) FROM books.account)"
    )
    wait_for(run_statement(database.admin_url, move))
    for _ in range(2):
        code, answer = command("run", "prove_books")
        (run,) = answer["runs"]
        assert (code, run["outcome"], run["refused"] > 0) == (1, "finished", True)
    assert main(["jobs", "run", "prove_books"]) == 1
    assert (
        "debits_equal_credits, totals_are_replayed; see: gongzhang check-ledger"
        in capsys.readouterr().out
    )
    wait_for(run_statement(database.admin_url, move.replace("= 7", "= 0")))
    assert command("run", "prove_books")[0] == 0
    assert len(command("runs", "prove_books")[1]["runs"]) == 4
    assert command("list")[0] == 0


def test_a_wrong_name_is_refused_in_one_line(command: Any) -> None:
    for action in ("run", "plan", "runs"):
        code, answer = command(action, "make_coffee")
        assert (code, answer["value"]) == (1, "make_coffee")
        assert answer["remedy"] == "See: gongzhang jobs list"
    code, answer = command("run", "--as-of", "2026-01-01")
    assert code == 1


@pytest.mark.usefixtures("command")
def test_where_nothing_ran_or_failed_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["jobs", "runs"]) == 0
    assert capsys.readouterr().out == "No run is on record.\n"
    assert main(["jobs", "runs", "--failed"]) == 0
    assert capsys.readouterr().out == "No attempt has failed.\n"


def test_the_list_says_what_came_of_the_last_runs_and_what_is_due(
    command: Any,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wait_for(_community(database.service_url))

    def line(job: str) -> str:
        capsys.readouterr()
        assert main(["jobs", "list"]) == 0
        return next(one for one in capsys.readouterr().out.splitlines() if one.startswith(job))

    assert line("sweep_queue").split()[1:4] == ["-", "-", "now"]
    assert command("run", "sweep_queue")[0] == 0
    assert " good, " in line("sweep_queue")
    assert " now " not in line("sweep_queue")

    async def fail(_conn: Any, _work: Any) -> Any:
        raise RuntimeError("of 陈静")

    job = get_job("release_services")
    broken = msgspec.structs.replace(job, step=fail, act=None)
    monkeypatch.setattr("ops.cli.jobs.get_job", lambda _code: broken)
    code, answer = command("run", "release_services")
    assert (code, [one["outcome"] for one in answer["runs"]]) == (1, ["failed"])
    assert "1 failing (RuntimeError)" in line("release_services")
    assert "陈静" not in line("release_services")


def test_progress_goes_to_standard_error_and_names_what_is_done(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Pieces(45, "run") as shown:
        for number in range(45):
            shown.finish(f"piece {number}")
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.splitlines() == ["20 of 45: piece 19", "40 of 45: piece 39"]
