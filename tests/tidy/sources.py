"""The product's files, and what the tidy tests read out of them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("ledger", "api", "reconciliation", "ops", "load_tests")

COMMENT_LINES = re.compile(r"\A(?:--[^\n]*\n)+")


@cache
def python_files(*packages: str) -> tuple[Path, ...]:
    """Every module of the packages (default: of the product), frozen migrations left out."""
    found: list[Path] = []
    for package in packages or PACKAGES:
        found += (ROOT / package).rglob("*.py")
    return tuple(sorted(path for path in found if "versions" not in path.parts))


@cache
def sql_files() -> tuple[Path, ...]:
    """Every `.sql` file of the product."""
    found = [path for package in PACKAGES for path in (ROOT / package).rglob("sql/**/*.sql")]
    return tuple(sorted(found))


def is_function_file(path: Path) -> bool:
    """True for a file that creates a function; the others hold one statement each."""
    return path.parent.name == "functions"


def statement_files() -> list[Path]:
    """Every file with one fixed statement."""
    return [path for path in sql_files() if not is_function_file(path)]


@cache
def text_of(path: Path) -> str:
    """What the file says, read once."""
    return path.read_text(encoding="utf-8")


def header(path: Path) -> str:
    """The comment lines an `.sql` file begins with."""
    match = COMMENT_LINES.match(text_of(path))
    return "" if match is None else match[0]


def without_comments(sql: str) -> str:
    """SQL with comments blanked out, line numbers kept."""
    return re.sub(r"--[^\n]*", "", sql)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(text_of(path), filename=str(path))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a module."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def place(path: Path, node: ast.AST | None = None) -> str:
    """`ledger/books/posting.py:12`, as an editor understands it."""
    line = getattr(node, "lineno", None)
    name = str(path.relative_to(ROOT))
    return name if line is None else f"{name}:{line}"
