"""Movements as people read them: named by the event, grouped by month, newest first."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from api.web.formatting import Language, unit_of_book
from api.web.texts import catalogue
from ledger.books.statements import StatementLine
from ledger.clock import business_date, month_of
from ledger.foundation.chart import chart_positions
from ledger.foundation.event_catalogue import event_catalogue
from ledger.journeys.account_statement import FoundLine, MonthTotal


class Movement(NamedTuple):
    """One line of a statement; ``href`` opens its voucher."""

    href: str
    name: str
    amount: int
    unit: str
    moment: datetime
    #: Merchant, service or memo.
    about: str | None
    balance_after: int | None
    #: It takes back what another entry did.
    is_reversal: bool = False
    #: The accounting date, where it is not the day that it happened.
    booked_on: date | None = None


class Month(NamedTuple):
    """The movements of one month, by the day they happened."""

    first_day: date
    lines: Sequence[Movement]
    #: Sums of the whole month, where the page has them.
    total: MonthTotal | None = None


def event_name(code: str, language: Language) -> str:
    """What an event is called in the catalogue of events."""
    event = event_catalogue().get(code)
    if event is None:
        return code
    return event.name_en if language == "en" else event.name_zh


def plain_event_name(code: str, language: Language) -> str:
    """What an event is called to somebody who is no bookkeeper."""
    return find_plain_name(code, language) or event_name(code, language)


def find_plain_name(code: str, language: Language) -> str | None:
    """Its plain name; None: there is none, as it hardly ever concerns a member."""
    return catalogue(language).get(f"movement.{code}")


def account_name(book_code: str, account_code: str, language: Language) -> str:
    """What a position of the chart is called."""
    row = chart_positions()[book_code, account_code]
    return row.name_en if language == "en" else row.name_zh


def movements(
    lines: Iterable[StatementLine | FoundLine],
    book_code: str,
    voucher_folder: str,
    language: Language,
    subjects: Mapping[UUID, str],
) -> list[Movement]:
    """Statement lines of one account, in the order given; ``subjects`` says what they were for."""
    return [
        Movement(
            href=f"{voucher_folder}/{line.entry_id}",
            name=plain_event_name(line.event_code, language),
            amount=line.amount,
            unit=unit_of_book(book_code),
            moment=line.occurred_at,
            about=about_of(line, subjects),
            balance_after=line.balance,
            is_reversal=line.is_reversal,
            booked_on=None if line.booked_on == business_date(line.occurred_at) else line.booked_on,
        )
        for line in lines
    ]


def about_of(line: StatementLine | FoundLine, subjects: Mapping[UUID, str]) -> str | None:
    """What a line was for, in the reader's words; else its memo."""
    subject = subjects.get(line.subject_id) if line.subject_id else None
    return subjects.get(line.entry_id) or subject or line.memo


def by_month(found: Iterable[Movement]) -> list[Month]:
    """Group movements that are already in order; a month appears where its run of lines does."""
    runs = groupby(found, key=lambda one: month_of(business_date(one.moment)))
    return [Month(first_day, list(lines)) for first_day, lines in runs]
