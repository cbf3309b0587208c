"""Habits a linter does not know: exact amounts, telling names, no layer that only hands on."""

import ast
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

from tests.tidy.sources import PACKAGES, ROOT, functions, place, python_files, sql_files, tree

# Waiting times are the one thing measured in fractions: constants called …_SECONDS, and here.
MEASURE_TIME = {"ledger/books/lanes.py", "ledger/foundation/throttling.py"}
EXACT_PACKAGES = ("ledger", "reconciliation")
EMPTY_NAMES = re.compile(r"^(utils?|commons?|helpers?|cores?|misc|part_?\d+|.*_(utils?|helpers?))$")
PATH_WORDS = re.compile(r"path|dir|root|folder|file", re.IGNORECASE)


def is_path_division(node: ast.BinOp) -> bool:
    """`directory / "name"` joins paths; it divides nothing."""
    if any(isinstance(side, ast.JoinedStr) for side in (node.left, node.right)):
        return True
    if any(isinstance(side, ast.Constant) and isinstance(side.value, str)
           for side in (node.left, node.right)):  # fmt: skip
        return True
    return PATH_WORDS.search(ast.unparse(node.left)) is not None


def seconds_in(path: Path) -> set[ast.AST]:
    """The values of constants whose name says that they are seconds."""
    return {
        node.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).endswith("_SECONDS")
    }


def is_inexact(node: ast.AST) -> bool:
    """A float literal, the name `float`, or a division that makes one."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.Name):
        return node.id == "float"
    if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
        return isinstance(node, ast.AugAssign) or not is_path_division(node)
    return False


def test_the_books_know_no_floating_point_numbers() -> None:
    found = [
        place(path, node)
        for path in python_files(*EXACT_PACKAGES)
        if place(path) not in MEASURE_TIME
        for node in ast.walk(tree(path))
        if is_inexact(node) and node not in seconds_in(path)
    ]
    assert not found


def test_module_names_say_what_is_inside() -> None:
    found = [
        place(path)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if (path.is_dir() or path.suffix == ".py") and EMPTY_NAMES.match(path.stem)
    ]
    assert not found


def only_hands_on(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """The body is one call that gets exactly the function's own arguments.

    A method that asks a private part of its own object hides that part, and is no such layer.
    """
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if len(body) != 1 or node.decorator_list:
        return False
    value = body[0].value if isinstance(body[0], ast.Return | ast.Expr) else None
    call = value.value if isinstance(value, ast.Await) else value
    if not isinstance(call, ast.Call) or ast.unparse(call.func).startswith("self._"):
        return False
    own = [item.arg for item in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    if own[:1] in (["self"], ["cls"]):
        own = own[1:]
    given = [item.id if isinstance(item, ast.Name) else None for item in call.args]
    named = [
        item.arg if isinstance(item.value, ast.Name) and item.value.id == item.arg else None
        for item in call.keywords
    ]
    return bool(own) and [*given, *named] == own


def test_no_function_only_hands_on() -> None:
    found = [
        f"{place(path, node)} {node.name}"
        for path in python_files()
        for node in functions(path)
        if only_hands_on(node)
    ]
    assert not found


def test_cited_decisions_exist() -> None:
    missing = [
        f"{place(path)} {cited}"
        for path in (*python_files(), *sql_files())
        for cited in re.findall(r"docs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
        if not (ROOT / cited).exists()
    ]
    assert not missing


def test_pins_name_no_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text
        assert not [line for line in text.splitlines() if line.startswith(("-", "--"))]


def test_every_declared_dependency_is_pinned() -> None:
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    pinned = {normal(line.split("==")[0]) for line in pins.splitlines() if "==" in line}
    assert declared_distributions() <= pinned, "run: make lock"


def test_every_import_is_a_declared_dependency() -> None:
    # the load is put on from a development environment; it is no part of the service
    declared = {"load_tests": declared_imports(declared_distributions("dev"))}
    to_run = declared_imports(declared_distributions())
    found = {
        f"{place(path, node)} {name}"
        for path in python_files()
        for node in ast.walk(tree(path))
        for name in imported(node)
        if name not in declared.get(path.relative_to(ROOT).parts[0], to_run)
    }
    assert not found


def imported(node: ast.AST) -> list[str]:
    """Top-level names a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return [node.module.split(".")[0]]
    return []


def declared_imports(distributions: set[str]) -> set[str]:
    """Import names of the standard library, of ourselves and of these dependencies."""
    names = {
        name
        for name, owners in importlib.metadata.packages_distributions().items()
        if distributions & {normal(owner) for owner in owners}
    }
    return names | set(sys.stdlib_module_names) | set(PACKAGES)


def declared_distributions(group: str | None = None) -> set[str]:
    """What pyproject.toml says the program needs to run, or a group of it beside that."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    needed = project["project"]["dependencies"]
    if group is not None:
        needed = project["dependency-groups"][group]
    return {normal(re.split(r"[\[<>=~! ;]", item)[0]) for item in needed}


def normal(distribution: str) -> str:
    """A distribution's name in its one normal form."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_the_checks_find_what_they_look_for(tmp_path: Path) -> None:
    sample = tmp_path / "sample.py"
    sample.write_text("def f(a, *, b):\n    '''Doc.'''\n    return g(a, b=b)\nx = 1.5\ny = a / b\n")
    module = tree(sample)
    assert [only_hands_on(node) for node in module.body if isinstance(node, ast.FunctionDef)] == [
        True
    ]
    assert sum(is_inexact(node) for node in ast.walk(module)) == 2
    assert EMPTY_NAMES.match("string_utils")
