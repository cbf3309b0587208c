"""Cells of bank exports as values: amounts with thousands and red letters, moments, accounts.

Every reader takes the text of a cell and returns a value or raises ``ValueError``; the caller
knows line and column and refuses the file with them.
"""

import re
from datetime import date, time

from ledger.sheets.cells import plain, read_date

#: A hundred billion yuan; all lines of the longest file together still stay within 64 bits.
LARGEST_FEN = 10**13

_AMOUNT = re.compile(r"(?P<sign>[+-]?)(?P<whole>\d+|\d{1,3}(?:,\d{3})+)(?:\.(?P<part>\d+))?")
_RED_LETTER = re.compile(r"[(\[]?红字?[)\]]?")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?|(\d{2})(\d{2})(\d{2})")
_MOMENT = re.compile(r"([\d\-/.年月]+日?)(?:[T ]+([\d:.]+))?")
_YUAN_WORDS = frozenset({"", "人民币", "人民币元", "CNY", "RMB", "156", "01", "001", "元", "¥"})


def read_amount_fen(cell: str) -> int | None:
    """Yuan with at most two significant decimals as fen; None where the cell says none."""
    text = plain(cell).replace(" ", "")
    for mark in ("¥", "CNY", "RMB", "元"):
        text = text.replace(mark, "")
    if text.strip("-") == "":
        return None
    negative = False
    if _RED_LETTER.match(text):
        negative, text = True, _RED_LETTER.sub("", text, count=1)
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1]
    return -_unsigned(text) if negative else _signed(text)


def _signed(text: str) -> int:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise ValueError("not an amount")
    part = (match["part"] or "").rstrip("0")
    if len(part) > 2:
        raise ValueError("more than two decimals")
    fen = int(match["whole"].replace(",", "") + part.ljust(2, "0"))
    if fen > LARGEST_FEN:
        raise ValueError("beyond any bank balance")
    return -fen if match["sign"] == "-" else fen


def _unsigned(text: str) -> int:
    fen = _signed(text)
    if fen < 0:
        raise ValueError("negative twice")
    return fen


def read_time(cell: str) -> time | None:
    """A time of day; None for an empty cell."""
    text = plain(cell)
    if text.strip("-") == "":
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("not a time of day")
    hour, minute, second, *compact = match.groups()
    if hour is None:
        hour, minute, second = compact
    return time(int(hour), int(minute), int(second or 0))


def read_moment(cell: str) -> tuple[date, time | None] | None:
    """A day with, perhaps, a time of day behind it; None for an empty cell."""
    text = plain(cell)
    if text.strip("-") == "":
        return None
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise ValueError("not a date and time")
    day = read_date(match[1])
    if day is None:
        raise ValueError("not a date and time")
    return day, read_time(match[2]) if match[2] else None


def read_account_number(cell: str) -> str:
    """Digits, letters and masks of an account number; a lossy one must be refused before."""
    text = plain(cell).removeprefix("=").strip("\"' ")
    text = text.replace(" ", "")
    return "" if text.strip("-") == "" else text


def is_yuan(cell: str) -> bool:
    """Whether a currency cell means renminbi."""
    return plain(cell).upper() in _YUAN_WORDS
