"""Every code has its words in both languages, and the words fit its attributes."""

import ast
import re
import string
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import get_args

import pytest

import reconciliation
from reconciliation.breaks import BreakKind
from reconciliation.import_statement import UnknownBankAccount
from reconciliation.intake import errors
from reconciliation.intake.ccb_csv import CCB_CSV
from reconciliation.intake.cmb_csv import CMB_CSV
from reconciliation.intake.detection import detect
from reconciliation.intake.errors import ColumnMissing, StatementRefused
from reconciliation.intake.icbc_csv import ICBC_CSV
from reconciliation.intake.statement import Finding
from reconciliation.match_by_hand import RULE as BY_HAND
from reconciliation.match_by_hand import LineNotOpen, MatchSumsDiffer
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
    others = (
        OverlapDisagrees,
        NoStatementYet,
        MatchReleasedBefore,
        UnknownBankAccount,
        LineNotOpen,
        MatchSumsDiffer,
    )
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
    assert set(catalogue(language)["rule"]) == {*rules, BY_HAND}
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
        "第 5 行表头：建设银行企业网银明细的“贷方发生额（收入）”列不见了，或者改了名字。"
    )
    error = errors.ValueNotUnderstood(line=6, column="余额", expected="amount")
    assert explain_refusal("zh-CN", error) == "第 6 行“余额”列：读不出金额。"
    assert explain_refusal("en", error) == "Line 6, column “余额”: no amount can be read there."


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_layout_is_told_in_names_and_headers_of_banks(language: Language) -> None:
    with pytest.raises(errors.LayoutNotRecognised) as refused:
        detect("日期,收入,支出\n2025-03-01,1.00,\n".encode())
    words = explain_refusal(language, refused.value)
    assert words is not None
    assert "_csv" not in words
    banks = ("工商银行", "建设银行", "招商银行") if language == "zh-CN" else ("ICBC", "CCB", "CMB")
    for layout, bank in zip((ICBC_CSV, CCB_CSV, CMB_CSV), banks, strict=True):
        assert bank in words
        assert layout.columns[0].aliases[0] in words
    assert "camt.053" in words


def overlap(kind: str, *, new: int | None, old: int | None) -> OverlapDisagrees:
    return OverlapDisagrees(
        kind=kind,
        booked_on=date(2025, 3, 5),
        amount_fen=new if new is not None else old,
        line=None if new is None else 9,
        known_line=None if old is None else 7,
        known_amount_fen=old,
        known_file="三月.csv",
    )


def test_an_overlap_that_disagrees_tells_both_amounts() -> None:
    changed = explain_refusal("zh-CN", overlap("edited", new=181_00, old=180_00))
    assert changed is not None
    assert "原来是 180.00 元（原文件第 7 行）" in changed
    assert "这份文件里是 181.00 元（第 9 行）" in changed
    same = explain_refusal("en", overlap("edited", new=180_00, old=180_00))
    assert same is not None
    assert "180.00 yuan in both" in same
    gone = explain_refusal("zh-CN", overlap("missing", new=None, old=180_00))
    more = explain_refusal("zh-CN", overlap("additional", new=180_00, old=None))
    assert gone is not None
    assert more is not None
    for words in (gone, more):
        assert "180.00" in words
        assert "—" not in words


def test_the_days_between_in_words() -> None:
    assert explain_evidence("zh-CN", "days:3") == "银行比账上晚 3 天"


@pytest.mark.parametrize(
    ("fen", "text"),
    [(0, "0.00"), (1, "0.01"), (-5, "-0.05"), (123_456_789, "1,234,567.89"), (-100, "-1.00")],
)
def test_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text
