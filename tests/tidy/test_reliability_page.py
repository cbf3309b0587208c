"""The page of faults names tests that exist, and leaves out no experiment."""

import re

from tests.tidy.sources import ROOT, functions

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| E([0-9]+) \|[^|]+\| ([^|]+) \|[^|]+\|[^|]+\|[^|]+\|$", PAGE, re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_named_test_exists() -> None:
    found = NAMED.findall(PAGE)
    assert len(found) >= 25
    known = {
        (path, node.name) for path in {path for path, _ in found} for node in functions(ROOT / path)
    }
    assert set(found) - known == set()


def test_each_experiment_has_a_test_or_says_when_it_comes() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, 18))
    for number, shown in ROWS:
        assert NAMED.search(shown) or "later" in shown, number
