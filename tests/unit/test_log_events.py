"""docs/logs.md lists every event of the log, and no other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tidy.sources import python_files, tree

PAGE = Path(__file__).parents[2] / "docs" / "logs.md"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
#: Written by hand, because every request has one (``api/access_log.py``).
BY_HAND = {"request_served"}


def events() -> Iterator[str]:
    for path in python_files("ledger", "reconciliation", "api", "ops"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            logs = ast.unparse(node.func.value).endswith("logger")
            if logs and node.func.attr in LEVELS:
                name = node.args[0]
                assert isinstance(name, ast.Constant), f"{path}: an event has a fixed name"
                yield str(name.value)


def test_every_event_is_listed() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == set(events()) | BY_HAND, "one line an event in docs/logs.md"
