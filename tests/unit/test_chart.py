"""The chart of accounts: sound, complete, and every account is of use."""

import msgspec
import pytest

from ledger.foundation.chart import (
    ESTATE_BOOKS,
    HELD_CODE,
    PROGRAMME_BOOKS,
    ChartRow,
    accounts_of_holder,
    accounts_without_holder,
    chart_rows,
    check_chart,
    list_books,
    load_chart,
)
from ledger.foundation.event_catalogue import list_events
from tests.events.books import holder

MEMBER = holder("member")


def test_every_account_is_used_by_an_event_or_says_why_not():
    """No dead position on the chart, and no reason where none is needed."""
    used = {
        (transfer.book_code, code)
        for event in list_events()
        for transfer in event.transfers
        for side in (transfer.debit, transfer.credit)
        for code in event.accounts_of(side)
    }
    assert [
        row.position for row in chart_rows() if (row.position in used) == bool(row.reason)
    ] == []


def test_the_five_books_are_complete():
    """The number of positions in each book is the one decided."""
    sizes = {book: len(load_chart([book])) for book in (*PROGRAMME_BOOKS, *ESTATE_BOOKS)}
    assert sizes == {"TB": 16, "SP": 22, "ST": 11, "PG": 26, "TR": 47}


def test_books_have_their_unit_and_yuan_books_number_vouchers():
    """Units and voucher numbers per book."""
    books = list_books(("TB", "SP", "ST", "PG", "TR"))
    assert [(b.book_code, b.unit_code, b.numbers_vouchers) for b in books] == [
        ("TB", "minute", False),
        ("SP", "point", False),
        ("ST", "star", False),
        ("PG", "fen", True),
        ("TR", "fen", True),
    ]


@pytest.mark.parametrize(
    ("position", "kind", "floor", "tracks_expiry"),
    [
        ("TB-2101", "member", 0, True),
        ("TB-2104", "organisation", 0, True),
        ("TB-2201", "none", 0, False),
        ("TB-2301", "programme", None, False),
        ("SP-2102", "member", 0, True),
        ("SP-2105", "household", 0, True),
        ("SP-2301", "merchant", None, False),
        ("SP-2302", "merchant", 0, False),
        ("SP-1201", "member", 0, False),
        ("ST-2103", "member", 0, True),
        ("ST-5101", "none", None, False),
        ("TR-1002", "bank_account", None, False),
        ("TR-1122", "unit", 0, False),
        ("TR-2204", "advance", 0, False),
        ("PG-1405", "none", 0, False),
        ("PG-8202", "household", 0, False),
    ],
)
def test_holders_floors_and_expiry(position, kind, floor, tracks_expiry):
    """Who holds an account, how low it may go, whether its units expire."""
    book, code = position.split("-")
    (row,) = [row for row in load_chart([book]) if row.account_code == code]
    assert (row.holder_kind, row.floor, row.tracks_expiry) == (kind, floor, tracks_expiry)


def test_accounts_of_a_member_and_of_a_programme_do_not_overlap():
    """Enrolment opens what a member holds; creation opens what nobody holds."""
    member = accounts_of_holder("member", MEMBER, ("TB", "SP"))
    assert [f"{name.book_code}-{name.account_code}" for name in member] == [
        *("TB-1201", "TB-2101", "TB-2102", "TB-2103", "TB-2202"),
        *("SP-1201", "SP-2101", "SP-2102", "SP-2103", "SP-2202"),
    ]
    assert {name.holder_id for name in member} == {MEMBER}
    programme = accounts_without_holder(PROGRAMME_BOOKS)
    assert {name.holder_id for name in programme} == {None}
    assert "2101" not in {name.account_code for name in programme if name.book_code == "TB"}


SOUND = ChartRow(
    book="TB",
    unit="minute",
    code="2101",
    name_zh="可用",
    name_en="Available",
    normal_side="credit",
    journal="subsidiary",
    holder_kind="member",
    floor="zero",
    tracks_expiry="yes",
    reason="",
)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, "TB-2101 stands twice"),
        ({"code": "21"}, "TB-21: a code has four digits"),
        ({"code": "2102", "name_en": ""}, "TB-2102 lacks a name"),
        (
            {"code": "2102", "normal_side": "debit"},
            "TB-2102: units that expire lie in a liability with floor zero",
        ),
        (
            {"code": "2102", "holder_kind": "none"},
            "TB-2102: only general and cash accounts have no holder",
        ),
        ({"code": "2102", "unit": "point"}, "TB is kept in more than one unit"),
    ],
)
def test_a_contradiction_in_the_chart_is_named(changes, problem):
    """Each rule of the chart refuses the row that breaks it."""
    assert check_chart((SOUND, msgspec.structs.replace(SOUND, **changes))) == [problem]


def test_what_holds_reserve_lies_under_one_code():
    """Whoever names a held account is told by its code that only holds move it."""
    held = {row.position for row in chart_rows() if "预占" in row.name_zh}
    assert held == {row.position for row in chart_rows() if row.code == HELD_CODE}
    assert {book for book, _ in held} == {"TB", "SP", "ST"}
