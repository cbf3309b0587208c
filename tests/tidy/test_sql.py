"""Each `.sql` file explains itself, is used, and is written in one way.

This is the project's SQL lint; docs/decisions/0033-sql-lint.md says why it is our own.
"""

import re
from pathlib import Path

import pytest

from tests.tidy.sources import (
    PACKAGES,
    ROOT,
    header,
    is_function_file,
    place,
    python_files,
    sql_files,
    statement_files,
    text_of,
    without_comments,
)

HEADER_WORDS = ("purpose", "parameters", "result", "locks", "errors")
KEYWORDS = (
    "select|from|where|join|left|inner|on|and|or|not|insert|into|values|update|set|delete|returning|"
    "with|order|by|group|having|limit|union|all|distinct|case|when|then|else|end|is|null|in|exists|"
    "as|conflict|do|nothing|for|of|begin|declare|return|returns|language|if|elsif|loop|raise|using"
)
LOWER_KEYWORD = re.compile(rf"(?<![\w.$\"'])({KEYWORDS})(?![\w.(\"'])")
STRING = re.compile(r"'(?:[^']|'')*'")


def plain(path: Path) -> str:
    """The file's SQL without comments and string contents."""
    return STRING.sub("''", without_comments(text_of(path)))


@pytest.mark.parametrize("path", sql_files(), ids=place)
def test_the_header_says_what_a_reader_must_know(path: Path) -> None:
    text = header(path).lower()
    missing = [word for word in HEADER_WORDS if not re.search(rf"\b{word}:", text)]
    assert not missing


@pytest.mark.parametrize("path", sql_files(), ids=place)
def test_sql_is_written_in_one_way(path: Path) -> None:
    text = text_of(path)
    faults = [
        fault
        for fault, found in {
            "tab": "\t" in text,
            "space at a line's end": re.search(r"[ \t]+$", text, re.MULTILINE),
            "no newline at the end": not text.endswith("\n"),
            "every column (*) selected": re.search(r"\bSELECT\s+\*", plain(path)),
            "keyword in lower case": LOWER_KEYWORD.search(plain(path)),
        }.items()
        if found
    ]
    assert not faults


def test_every_statement_is_loaded_by_its_package() -> None:
    unused = [place(path) for path in statement_files() if not is_loaded(path)]
    assert not unused


def is_loaded(path: Path) -> bool:
    """A module names the statement and its package; the name may be a formatted one."""
    owner = path.parent.parent
    package = ".".join(owner.relative_to(ROOT).parts)
    for module in python_files():
        text = text_of(module)
        if owner not in module.parents and f'"{package}"' not in text:
            continue
        if f'"{path.stem}"' in text:
            return True
        for pattern in re.findall(r'load_sql\([^,]+, f"([^"]+)"\)', text):
            if re.fullmatch(re.sub(r"\{[^}]*\}", r"\\w+", pattern), path.stem):
                return True
    return False


@pytest.mark.parametrize("path", [p for p in sql_files() if is_function_file(p)], ids=place)
def test_a_function_file_creates_the_function_it_is_named_after(path: Path) -> None:
    text = plain(path)
    assert re.search(rf"CREATE OR REPLACE (FUNCTION|PROCEDURE) \w+\.{path.stem}\b", text)
    assert re.search(r"SET search_path = pg_catalog, pg_temp", text)


def test_sql_lies_only_where_it_is_looked_for() -> None:
    elsewhere = [
        place(path)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.sql")
        if path not in sql_files() and not {"deploy", "versions"} & set(path.parts)
    ]
    assert not elsewhere
