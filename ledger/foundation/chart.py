"""The chart of accounts: five books, read from the table that ships with the programmes."""

import csv
from collections.abc import Collection, Mapping
from functools import cache
from importlib.resources import files
from itertools import groupby
from types import MappingProxyType
from typing import Literal
from uuid import UUID

import msgspec

from ledger.books.accounts import AccountName
from ledger.books.tenants import CREDIT_NORMAL, DEBIT_NORMAL, Book, ChartAccount

CHARTS = files("ledger") / "programmes" / "charts"

Unit = Literal["minute", "point", "star", "fen"]
Journal = Literal["cash", "bank", "subsidiary", "general", "memo"]
HolderKind = Literal[
    "none",
    "member",
    "household",
    "partner",
    "organisation",
    "merchant",
    "consignor",
    "project",
    "programme",
    "bank_account",
    "psp",
    "unit",
    "contract",
    "supplier",
    "trustee",
    "advance",
    "deposit",
    "counterparty",
]

#: Books of the two kinds of tenant.
PROGRAMME_BOOKS = ("TB", "SP", "ST", "PG")
ESTATE_BOOKS = ("TR",)

#: In each book that has one: what holds reserve. Holds alone fill and empty it.
HELD_CODE = "2102"

_NUMBERED_BOOKS = frozenset({"TR", "PG"})
_SIDES = {"debit": DEBIT_NORMAL, "credit": CREDIT_NORMAL}
_FLOORS = {"zero": 0, "none": None}


class ChartRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of ``accounts.csv`` as it is written there."""

    book: Literal["TB", "SP", "ST", "TR", "PG"]
    unit: Unit
    code: str
    name_zh: str
    name_en: str
    normal_side: Literal["debit", "credit"]
    #: 现金日记账, 银行存款日记账, 明细账, 总账 or 备查簿.
    journal: Journal
    holder_kind: HolderKind
    #: zero: refused below zero. none: a balance on the other side is a fact to be shown.
    floor: Literal["zero", "none"]
    tracks_expiry: Literal["yes", "no"]
    #: Why no event uses the account; empty for the others.
    reason: str

    @property
    def position(self) -> tuple[str, str]:
        """Book and code, as events name it."""
        return self.book, self.code


class ChartInvalid(ValueError):
    """The shipped tables contradict themselves; every problem is listed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@cache
def chart_rows() -> tuple[ChartRow, ...]:
    """Every account of every book, in the order of the table.

    Raises:
        ChartInvalid: a value is unknown, or two rows contradict each other.
    """
    table = (CHARTS / "accounts.csv").read_text(encoding="utf-8").splitlines()
    rows = tuple(msgspec.convert(row, ChartRow) for row in csv.DictReader(table))
    problems = check_chart(rows)
    if problems:
        raise ChartInvalid(problems)
    return rows


@cache
def chart_positions() -> Mapping[tuple[str, str], ChartRow]:
    """Every account by book and code."""
    return MappingProxyType({row.position: row for row in chart_rows()})


def check_chart(rows: tuple[ChartRow, ...]) -> list[str]:
    """What is wrong with a chart; an empty list for a sound one."""
    problems = []
    seen: set[tuple[str, str]] = set()
    for row in rows:
        name = f"{row.book}-{row.code}"
        if row.position in seen:
            problems.append(f"{name} stands twice")
        seen.add(row.position)
        if len(row.code) != 4 or not row.code.isdecimal():
            problems.append(f"{name}: a code has four digits")
        if not row.name_zh or not row.name_en:
            problems.append(f"{name} lacks a name")
        if row.tracks_expiry == "yes" and (row.normal_side, row.floor) != ("credit", "zero"):
            problems.append(f"{name}: units that expire lie in a liability with floor zero")
        if (row.holder_kind == "none") != (row.journal in ("general", "cash")):
            problems.append(f"{name}: only general and cash accounts have no holder")
    for book, group in groupby(sorted(rows, key=lambda row: row.position), lambda row: row.book):
        if len({row.unit for row in group}) > 1:
            problems.append(f"{book} is kept in more than one unit")
    return problems


def load_chart(book_codes: Collection[str]) -> list[ChartAccount]:
    """The positions of these books, as ``create_tenant`` takes them."""
    return [
        ChartAccount(
            book_code=row.book,
            account_code=row.code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            normal_side=_SIDES[row.normal_side],
            holder_kind=row.holder_kind,
            floor=_FLOORS[row.floor],
            tracks_expiry=row.tracks_expiry == "yes",
        )
        for row in chart_rows()
        if row.book in book_codes
    ]


def list_books(book_codes: Collection[str]) -> list[Book]:
    """These books with their units, as ``create_tenant`` takes them; yuan books number vouchers."""
    units: dict[str, str] = {row.book: row.unit for row in chart_rows()}
    return [Book(code, units[code], code in _NUMBERED_BOOKS) for code in book_codes]


def accounts_without_holder(book_codes: Collection[str]) -> list[AccountName]:
    """The accounts every tenant has once; opened when the tenant is created."""
    return [
        AccountName(row.book, row.code)
        for row in chart_rows()
        if row.book in book_codes and row.holder_kind == "none"
    ]


def accounts_of_holder(
    holder_kind: HolderKind, holder_id: UUID, book_codes: Collection[str]
) -> list[AccountName]:
    """Every account a holder of this kind may have; opened when the holder is enrolled."""
    return [
        AccountName(row.book, row.code, holder_id)
        for row in chart_rows()
        if row.book in book_codes and row.holder_kind == holder_kind
    ]
