"""Every code has its words in both languages, and the words fit its attributes."""

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

import reconciliation
from reconciliation.breaks import BreakKind
from reconciliation.import_statement import UnknownBankAccount
from reconciliation.intake import errors
from reconciliation.intake.errors import ColumnMissing, StatementRefused
from reconciliation.intake.statement import Finding
from reconciliation.matches import MatchReleasedBefore
from reconciliation.matching import contra, keyed, reference
from reconciliation.overlap import OverlapDisagrees
from reconciliation.runs import NoStatementYet
from reconciliation.wording import (
    Language,
    catalogue,
    explain_evidence,
    explain_finding,
    explain_refusal,
    yuan,
)

LANGUAGES: tuple[Language, ...] = get_args(Language)
PACKAGE = Path(reconciliation.__file__).parent


def calls(name: str) -> Iterator[ast.Call]:
    """Every call of a name in the package."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name:
                yield node


def refusals() -> dict[str, set[str]]:
    """The code of every refusal, with the attributes given wherever it is raised."""
    given: dict[str, set[str]] = {}
    others = (OverlapDisagrees, NoStatementYet, MatchReleasedBefore, UnknownBankAccount)
    for refusal in (*StatementRefused.__subclasses__(), *others):
        for call in calls(refusal.__name__):
            given[refusal.code] = {keyword.arg or "" for keyword in call.keywords}
        given.setdefault(refusal.code, set())
    return given


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_hold_the_same_keys_and_placeholders() -> None:
    chinese, english = (catalogue(language) for language in LANGUAGES)
    assert {s: set(texts) for s, texts in chinese.items()} == {
        s: set(texts) for s, texts in english.items()
    }
    for section, texts in chinese.items():
        for key, text in texts.items():
            assert placeholders(text) == placeholders(english[section][key]), key


def test_every_refusal_has_words_that_fit() -> None:
    words = catalogue("zh-CN")["refusal"]
    for code, attributes in refusals().items():
        shown = attributes | {f"{a[:-4]}_yuan" for a in attributes if a.endswith("_fen")}
        assert placeholders(words[code]) <= shown, code
    known = {*refusals(), "statement_refused", "other_bank_account"}
    assert set(words) == known


def test_every_finding_has_words() -> None:
    sources = [path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")]
    codes = set(catalogue("zh-CN")["finding"])
    named = {code for code in codes if any(f'"{code}"' in text for text in sources)}
    assert named == codes
    raised = {
        keyword.value.value
        for call in calls("Finding")
        for keyword in call.keywords
        if keyword.arg == "code" and isinstance(keyword.value, ast.Constant)
    }
    assert raised <= codes


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_kinds_and_evidence_have_words(language: Language) -> None:
    rules = {contra.BOOK_RULE, contra.BANK_RULE, reference.RULE, keyed.STRONG_RULE, keyed.WEAK_RULE}
    assert set(catalogue(language)["rule"]) == rules
    assert set(catalogue(language)["break"]) == set(BreakKind)
    source = (PACKAGE / "matching" / "evidence.py").read_text(encoding="utf-8")
    for note in re.findall(r'^ {8}\("([a-z_]+)", ', source, re.MULTILINE):
        assert explain_evidence(language, note)


def test_a_finding_in_words() -> None:
    finding = Finding(
        code="running_balance_breaks", line=8, expected_fen=994_175_00, found_fen=994_175_10
    )
    assert explain_finding("zh-CN", finding) == (
        "第 8 行余额不连续：应为 994,175.00，文件写 994,175.10，差 0.10。"
    )
    assert "difference 0.10" in explain_finding("en", finding)


def test_a_refusal_in_words() -> None:
    error = ColumnMissing(line=5, column="贷方发生额（收入）", layout="ccb_csv")
    assert explain_refusal("zh-CN", error) == (
        "第 5 行表头：ccb_csv 格式的“贷方发生额（收入）”列不见了，或者改了名字。"
    )
    error = errors.ValueNotUnderstood(line=6, column="余额", expected="amount")
    assert explain_refusal("zh-CN", error) == "第 6 行“余额”列：读不出金额。"
    assert explain_refusal("en", error) == "Line 6, column “余额”: no amount can be read there."


def test_the_days_between_in_words() -> None:
    assert explain_evidence("zh-CN", "days:3") == "银行比账上晚 3 天"


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (1, "0.01"), (-5, "-0.05"), (123_456_789, "1,234,567.89"), (-100, "-1.00")],
)
def test_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text
