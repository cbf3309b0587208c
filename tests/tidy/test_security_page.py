"""The security checklist names tests and settings that exist, and covers what was promised."""

import ast
import re
from functools import cache

import msgspec

from ledger.settings import Settings
from tests.tidy.sources import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([0-9]+) \| ([^|]+) \| (\w+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
SETTING = re.compile(r"`GONGZHANG_([A-Z_]+)`")


@cache
def names_in(path: str) -> set[str]:
    """Functions of a test module."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_named_test_exists() -> None:
    found = NAMED.findall(PAGE)
    assert len(found) >= 40
    assert [f"{path}::{name}" for path, name in found if name not in names_in(path)] == []


def test_every_named_setting_exists() -> None:
    known = {field.name.upper() for field in msgspec.structs.fields(Settings)}
    assert set(SETTING.findall(PAGE)) - known == set()


def test_at_least_forty_points_each_with_what_shows_it() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) >= 40
    for number, _, state, shown in ROWS:
        assert state in ("held", "partly", "open"), number
        assert state == "open" or NAMED.search(shown), number
