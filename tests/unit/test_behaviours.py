"""docs/behaviours.md names tests that exist, and every proof it names is run."""

import re

from ledger.books.proofs import ENGINE_PROOFS
from tests.tidy.sources import ROOT, functions

TEXT = (ROOT / "docs" / "behaviours.md").read_text(encoding="utf-8")


def test_every_test_named_exists() -> None:
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT))
    assert len(named) > 40
    missing = [
        f"{path}::{name}"
        for path, name in sorted(named)
        if name not in {function.name for function in functions(ROOT / path)}
    ]
    assert missing == []


def test_every_row_says_what_shows_it() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")][1:]
    assert [row for row in rows if "`" not in row] == []


def test_every_proof_named_is_run() -> None:
    assert {"moments_never_go_back", "versions_are_gap_free"} <= set(ENGINE_PROOFS)
