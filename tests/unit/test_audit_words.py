"""Every act that the code puts on record has words in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import api
import ledger
import ops
import reconciliation
from api.app import create_app
from api.policies import POLICY, iterate_routes
from api.web.texts import LANGUAGES, catalogue
from ledger.settings import Settings

_WRITES = {"POST", "PUT", "PATCH", "DELETE"}


def recorded_actions() -> Iterator[str]:
    """Patterns of the actions given to ``record_action``; a 7-part of an f-string is any word."""
    for package in (api, ledger, ops, reconciliation):
        assert package.__file__ is not None
        for path in Path(package.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "record_action":
                    yield from _action_of(node)


def _action_of(call: ast.Call) -> Iterator[str]:
    for keyword in call.keywords:
        if keyword.arg != "action":
            continue
        if isinstance(keyword.value, ast.Constant):
            yield re.escape(str(keyword.value.value))
        elif isinstance(keyword.value, ast.JoinedStr):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[a-z_]+"
                for part in keyword.value.values
            )


def routes_that_write() -> Iterator[tuple[str, str]]:
    """Every write route that needs a caller, and what the audit log calls it."""
    app = create_app(Settings(database_url="postgresql://nowhere", secret_key="x" * 32))
    for path, handler in iterate_routes(app.app):
        for method in _WRITES & {str(one) for one in getattr(handler, "http_methods", ())}:
            if handler.opt[POLICY].who != "anyone":
                yield f"{method} {path}", handler.opt[POLICY].audited_as


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_recorded_act_has_words(language: str) -> None:
    known = [key.removeprefix("audit_action.") for key in catalogue(language)]
    missing = [
        action
        for action in set(recorded_actions())
        if not any(re.fullmatch(action, k) for k in known)
    ]
    assert missing == [], "add them to [audit_action] of your texts in both languages"


def test_every_write_is_on_record_under_a_name_with_words() -> None:
    found = dict(routes_that_write())
    assert len(found) > 50
    known = catalogue("zh-CN")
    assert {
        route: action for route, action in found.items() if f"audit_action.{action}" not in known
    } == {}
