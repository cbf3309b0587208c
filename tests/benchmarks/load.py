"""Put a load on the service: with wrk where it is installed, else with the bundled client."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

_SCRIPT = Path(__file__).with_name("load.lua")
_ANSWER_SECONDS = 15
_SEED = 20_251_107


def generator() -> str:
    """What makes the load on this machine, as the table names it."""
    return "wrk" if shutil.which("wrk") else "the bundled client"


def run_load(plan: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Requests of the plan until its seconds are over.

    Result: seconds, requests answered, ``posted`` entries acknowledged, ``unanswered`` entries that
    were on their way when the load ended (they may be posted or not), and p50_ms, p99_ms.
    """
    return _wrk(plan, directory) if generator() == "wrk" else _bundled(plan, directory)


def _bundled(plan: dict[str, Any], directory: Path) -> dict[str, Any]:
    path = directory / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    printed = _printed([sys.executable, "-m", "tests.benchmarks.http_load", str(path)], {})
    result: dict[str, Any] = json.loads(printed)
    assert set(result["statuses"]) <= {"200", "201"}, result
    return {**result, "unanswered": 0}


def _wrk(plan: dict[str, Any], directory: Path) -> dict[str, Any]:
    path = directory / "plan.lua"
    path.write_text(_lua_plan(plan), encoding="utf-8")
    printed = _printed(
        [
            "wrk", "-t1", f"-c{plan['connections']}", f"-d{plan['seconds']}s",
            f"--timeout={_ANSWER_SECONDS}s", "--latency", "-s", str(_SCRIPT),
            f"http://127.0.0.1:{plan['port']}",
        ],
        {"GONGZHANG_BENCH_PLAN": str(path)},
    )  # fmt: skip
    found = re.search(r"^RESULT (.*)$", printed, re.MULTILINE)
    assert found is not None, printed
    result: dict[str, Any] = json.loads(found[1])
    assert result["refused"] == result["broken"] == 0, printed
    entries = plan.get("entries", 1)
    return {
        **result,
        "posted": result["requests"] * entries,
        "unanswered": plan["connections"] * entries,
    }


def _lua_plan(plan: dict[str, Any]) -> str:
    entry_start = (
        f'{{"event_code":"TB08","occurred_at":"{plan["occurred_at"]}","transfers":[{{'
        '"debit_account":"'
    )
    fields = {
        "path": plan["path"],
        "api_key": plan["api_key"],
        "hot": plan.get("hot"),
        "entry_start": entry_start,
        "entry_middle": '","credit_account":"',
        "entry_end": '","amount":1}]}',
    }
    lines = [f"  {name} = {_lua_text(text)}," for name, text in fields.items() if text is not None]
    lines += [f"  entries = {plan.get('entries', 1)},", f"  seed = {_SEED},", "  accounts = {"]
    lines += [f"    {_lua_text(account)}," for account in plan["accounts"]]
    return "\n".join(("return {", *lines, "  },", "}", ""))


def _lua_text(text: str) -> str:
    return f"[==[{text}]==]"


def _printed(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
