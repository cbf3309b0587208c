"""Refusals as problems: every code has a status and words in both languages."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Container, Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

import api
import ledger
import reconciliation
from api.problems import language_of, problem_of, problem_texts, refusal_of, words_of
from api.refusals import InternalError
from api.statuses import STATUSES
from ledger.books.refusals import HoldAlreadyResolved, InsufficientBalance, refusal_error
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.files import OBJECT_KINDS
from ledger.foundation.participation import Subject
from ledger.programmes.trust.payment_forms import PAYMENTS


def every_refusal() -> dict[str, type[LedgerError]]:
    for package in (ledger, reconciliation, api):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name:
                importlib.import_module(module.name)
    return {kind.code: kind for kind in subclasses(LedgerError)}


def subclasses(kind: type[LedgerError]) -> Iterator[type[LedgerError]]:
    for child in kind.__subclasses__():
        if not child.__module__.startswith("tests."):
            yield child
            yield from subclasses(child)


def inherits(kind: type[LedgerError], known: Container[str]) -> bool:
    """Whether the kind, or one it is made from below the root, is known."""
    kinds = kind.__mro__[: kind.__mro__.index(LedgerError)]
    return any(one.code in known for one in kinds)


def test_every_refusal_has_a_status() -> None:
    refusals = every_refusal()
    assert [code for code, kind in refusals.items() if not inherits(kind, STATUSES)] == []


def test_no_status_is_left_of_a_refusal_that_is_gone() -> None:
    assert sorted(set(STATUSES) - set(every_refusal()) - {"ledger_error"}) == []


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_refusal_has_words(language: str) -> None:
    texts = problem_texts(language)
    refusals = every_refusal()
    assert [code for code, kind in refusals.items() if not inherits(kind, texts)] == []
    for kind in refusals.values():
        title, detail = words_of(kind(), language)
        assert title
        assert detail
    assert sorted(set(texts) - set(every_refusal()) - {"ledger_error"}) == []
    assert all(set(text) - {"bare", "empty"} == {"title", "detail"} for text in texts.values())
    shorter = [(text["bare"], text["detail"]) for text in texts.values() if "bare" in text]
    assert all(facts_in(bare) < facts_in(detail) for bare, detail in shorter)


def test_both_languages_tell_the_same_facts() -> None:
    for code, text in problem_texts("en").items():
        chinese = problem_texts("zh-CN")[code]
        assert facts_in(text["detail"]) == facts_in(chinese["detail"]), code


def facts_in(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_words_use_only_facts_that_the_refusal_knows() -> None:
    """What the English words show also stands in the refusal's own template, or is derived."""
    derived = {"unit", "shortest", "longest"}
    texts = problem_texts("en")
    for code, kind in every_refusal().items():
        if code not in texts:
            continue
        shown = facts_in(texts[code]["detail"])
        assert shown - facts_in(kind.template) - derived == set(), code


def kinds_of_missing_things() -> set[str]:
    """What the program says is missing: words given to NotFound, and the choices behind names."""
    kinds = {*get_args(Subject), *OBJECT_KINDS, "programme", "estate"}
    kinds |= {form.payee for form in PAYMENTS.values() if form.payee}
    folder = Path(__file__).parents[2]
    for package in ("ledger", "reconciliation", "api", "ops"):
        for path in (folder / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", "")
                given = [one.value for one in node.keywords if one.arg == "kind"]
                if name == "require_whole_tenant":
                    given = node.args[1:]
                elif name != "NotFound" and not name.startswith("EventInput"):
                    continue
                kinds |= {str(one.value) for one in given if isinstance(one, ast.Constant)}
    return kinds


def test_what_is_missing_is_named_in_both_languages_and_by_no_id() -> None:
    """No code of the program, and no id, stands where a reader looks for the name of a thing."""
    kinds = kinds_of_missing_things()
    assert {"api_key", "household", "tenant", "webhook", "programme", "unit", "owner"} <= kinds
    gone = "0199b1c2-0000-7000-8000-000000000001"
    for kind in sorted(kinds):
        error = NotFound(kind=kind, id=gone)
        chinese, english = (words_of(error, language)[1] for language in ("zh-CN", "en"))
        assert not re.search("[A-Za-z_]", chinese.replace("API", "")), chinese
        assert not re.search("_|tenant", english), english
        assert gone not in chinese + english
        assert problem_of(error, language="en", request_id="k3v9d-1")["id"] == gone


def test_a_problem_has_the_standard_fields_and_the_facts() -> None:
    error = InsufficientBalance(account="A", available=35, needed=60, unit="minute")
    problem = problem_of(error, language="en", request_id="k3v9d-1")
    standard = ["type", "title", "status", "detail", "instance"]
    assert list(problem)[: len(standard)] == standard
    assert problem == {
        "type": "/docs#problem-insufficient_balance",
        "title": "Not enough",
        "status": 409,
        "detail": "Account A has 35 min available; this needs 1 h. Nothing was taken.",
        "instance": "urn:gongzhang:request:k3v9d-1",
        "code": "insufficient_balance",
        "request_id": "k3v9d-1",
        "account": "A",
        "available": 35,
        "needed": 60,
        "unit": "minute",
    }


def test_a_fact_called_status_does_not_hide_the_http_status() -> None:
    error = HoldAlreadyResolved(hold="H", status="captured")
    problem = problem_of(error, language="zh-CN", request_id="k3v9d-1")
    assert (problem["status"], problem["state"]) == (409, "captured")
    assert problem["detail"] == "预占 H 的状态已是“已核销”。"


def test_a_moment_is_told_by_the_clock_on_the_wall() -> None:
    refusal = refusal_error("occurred_in_future", {"occurred_at": "2030-01-01T00:30:00+00:00"})
    _, detail = words_of(refusal, "zh-CN")
    assert "2030-01-01 08:30:00" in detail


@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", "ground：没有填写。"), ("en", "ground: nothing was given. ")]
)
def test_a_value_that_is_empty_is_called_missing(language: str, words: str) -> None:
    empty = InvalidInput(field="ground", value="", remedy="Write 1 to 200 characters.")
    assert problem_of(empty, language=language, request_id="r1")["detail"].startswith(words)


def test_a_fact_that_is_missing_does_not_break_the_message() -> None:
    problem = problem_of(InsufficientBalance(), language="zh-CN", request_id="")
    assert "…" in problem["detail"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("en;q=0.3, zh;q=0.7", "zh-CN"),
        ("fr, en;q=0.1", "en"),
        ("fr", "zh-CN"),
        ("en;q=0", "zh-CN"),
        (";;;,,,q=", "zh-CN"),
        ("en;q=9999999999999999999999", "zh-CN"),
        ("x" * 10_000, "zh-CN"),
    ],
)
def test_language_follows_the_header(header: str | None, language: str) -> None:
    assert language_of(header) == language


def test_what_we_did_not_foresee_is_told_without_its_inside() -> None:
    refusal = refusal_of(ZeroDivisionError("secret detail"), request_id="k3v9d-2")
    assert isinstance(refusal, InternalError)
    assert "secret" not in str(problem_of(refusal, language="en", request_id="k3v9d-2"))
