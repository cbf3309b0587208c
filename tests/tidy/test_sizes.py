"""Modules, functions and statements stay small enough to be read in one go."""

import ast
import statistics

from tests.tidy.sources import functions, is_function_file, place, python_files, sql_files

MODULE_LINES = 300
FUNCTION_LINES = 60
FUNCTION_LINES_P90 = 35
STATEMENT_LINES = 120
SQL_FUNCTION_LINES = 300
COLUMNS = 100


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, its docstring not counted."""
    assert node.end_lineno is not None
    first = node.body[0]
    documented = ast.get_docstring(node) is not None and first.end_lineno is not None
    docstring = first.end_lineno - first.lineno + 1 if documented and first.end_lineno else 0
    return node.end_lineno - node.lineno + 1 - docstring


def test_modules_have_at_most_300_lines() -> None:
    long = {
        place(path): count
        for path in python_files()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    }
    assert not long


def test_functions_have_at_most_60_lines() -> None:
    long = {
        f"{place(path, node)} {node.name}": length(node)
        for path in python_files()
        for node in functions(path)
        if length(node) > FUNCTION_LINES
    }
    assert not long


def test_nine_of_ten_functions_have_at_most_35_lines() -> None:
    lengths = [length(node) for path in python_files() for node in functions(path)]
    assert statistics.quantiles(lengths, n=10)[-1] <= FUNCTION_LINES_P90


def test_sql_files_are_short() -> None:
    long = {
        place(path): count
        for path in sql_files()
        if (count := len(path.read_text(encoding="utf-8").splitlines()))
        > (SQL_FUNCTION_LINES if is_function_file(path) else STATEMENT_LINES)
    }
    assert not long


def test_sql_lines_have_at_most_100_columns() -> None:
    wide = [
        f"{place(path)}:{number}"
        for path in sql_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > COLUMNS
    ]
    assert not wide
