"""Cells of bank exports: what is read, and what is no value."""

from datetime import date, time

import pytest

from ledger.sheets.cells import is_lossy_number, read_date, read_text
from reconciliation.intake.cells import (
    is_yuan,
    read_account_number,
    read_amount_fen,
    read_moment,
    read_time,
)


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("180.00", 180_00),
        ("180", 180_00),
        ("180.5", 180_50),
        ("0.01", 1),
        ("1,234,567.89", 1_234_567_89),
        ("  3,327.60          ", 3_327_60),
        ("１，２８０．５０", 1_280_50),
        ("¥12.00", 12_00),
        ("￥12.00", 12_00),
        ("12.00元", 12_00),
        ("-5.00", -5_00),
        ("−5.00", -5_00),
        ("－5.00", -5_00),
        ("+10000.00", 10_000_00),
        ("(1,234.50)", -1_234_50),
        ("（1,234.50）", -1_234_50),
        ("(红字)100.00", -100_00),
        ("红字 100.00", -100_00),
        ("0.00", 0),
        ("180.1000", 180_10),
        ("", None),
        ("   \t", None),
        ("-", None),
        ("--", None),
        ("—", None),
    ],
)
def test_amounts(cell: str, fen: int | None) -> None:
    assert read_amount_fen(cell) == fen


@pytest.mark.parametrize(
    "cell",
    ["180.001", "1.8E+2", "1,80.00", "12,34", "1.2.3", "NaN", "inf", "0x10", "一百", "1 8 x",
     "(-5.00)", "(红字)-5.00", "9" * 30, "--5", "5-", ".50"],
)  # fmt: skip
def test_no_amounts(cell: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_amount_fen(cell)


@pytest.mark.parametrize(
    "cell",
    ["20250301", "2025-03-01", "2025/3/1", "2025.03.01", "2025年3月1日", " 2025-03-01 ",
     "２０２５－０３－０１"],
)  # fmt: skip
def test_dates(cell: str) -> None:
    assert read_date(cell) == date(2025, 3, 1)


@pytest.mark.parametrize("cell", ["20250230", "2025-13-01", "01/03/2025", "昨天", "250301"])
def test_no_dates(cell: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_date(cell)


@pytest.mark.parametrize(
    ("cell", "clock"),
    [
        ("10:36:22", time(10, 36, 22)),
        ("103622", time(10, 36, 22)),
        ("9:05", time(9, 5)),
        ("", None),
    ],
)
def test_times(cell: str, clock: time | None) -> None:
    assert read_time(cell) == clock


def test_moments() -> None:
    assert read_moment("2025-02-14 17:50:35     ") == (date(2025, 2, 14), time(17, 50, 35))
    assert read_moment("20250101 103622") == (date(2025, 1, 1), time(10, 36, 22))
    assert read_moment("20250101") == (date(2025, 1, 1), None)
    assert read_moment("-") is None


def test_texts_lose_their_padding_only() -> None:
    assert read_text("  １栋 2单元\t ") == "１栋 2单元"
    assert read_text("-") == ""


def test_account_numbers() -> None:
    assert read_account_number("6217 0000 0000 1112 345\t") == "6217000000001112345"
    assert read_account_number('="6217000000001112345"') == "6217000000001112345"
    assert read_account_number("-") == ""
    assert is_lossy_number("6.2E+18")
    assert is_lossy_number("6.217E18")
    assert not is_lossy_number("6217000000001112345")


def test_currencies() -> None:
    assert all(is_yuan(cell) for cell in ("人民币", "人民币元", "CNY", "rmb", "", "156"))
    assert not any(is_yuan(cell) for cell in ("USD", "美元", "港币"))
