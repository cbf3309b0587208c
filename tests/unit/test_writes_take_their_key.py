"""Every write that asks for an Idempotency-Key does something with it."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import api
from api.app import create_app
from api.gate import API_PATH
from api.policies import POLICY, iterate_routes
from ledger.settings import Settings

SOURCES = Path(api.__file__).parent
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


Function = tuple[str, str]


def used_names() -> dict[Function, set[str]]:
    """By module and name of a function of the interface: what it mentions; ``.key`` is one."""
    found: dict[Function, set[str]] = {}
    for path in [*SOURCES.glob("*.py"), *SOURCES.glob("v1/*.py")]:
        module = ".".join(path.relative_to(SOURCES.parent).with_suffix("").parts)
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                found[module, node.name] = set(names_in(node))
    return found


def names_in(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute) and node.attr == "key":
            yield ".key"


def takes_its_key(handler: Function, names: dict[Function, set[str]]) -> bool:
    elsewhere = defaultdict(set)
    for module, name in names:
        elsewhere[name].add((module, name))
    seen: set[Function] = set()
    waiting = [handler]
    while waiting:
        function = waiting.pop()
        if function in seen:
            continue
        seen.add(function)
        for name in names[function]:
            if name == ".key":
                return True
            beside = (function[0], name)
            waiting += [beside] if beside in names else elsewhere[name]
    return False


def test_no_write_asks_for_a_key_in_vain() -> None:
    app = create_app(Settings(secret_key="a secret of the tests, long enough to be one")).app
    names = used_names()
    asking = {
        (handler.fn.__module__, handler.fn.__name__)
        for path, handler in iterate_routes(app)
        if path.startswith(API_PATH)
        and WRITES & set(getattr(handler, "http_methods", ()))
        and handler.opt[POLICY].needs_key is not False
    }
    assert len(asking) > 80
    assert [one for one in sorted(asking) if not takes_its_key(one, names)] == []
