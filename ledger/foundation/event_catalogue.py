"""The event catalogue: every business event as data, checked against the chart when loaded.

A transfer names the account debited and the account credited; an account may be left to the
poster's choice within a list. Source: docs/decisions/0010-event-catalogue.md
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec

from ledger.foundation.chart import CHARTS, ChartInvalid, ChartRow, chart_positions

EVENT_FILES = (
    "events_time",
    "events_points",
    "events_stars",
    "events_programme_fund",
    "events_trust",
)
#: A role whose holder may be of any kind: the account chosen decides.
ANY_HOLDER = "any"

_EVENT_CODE = re.compile(r"(TB|SP|ST|PG|TR)\d\d[ab]?\Z")
_SIDE = re.compile(r"(?:(?P<account>\d{4})|\{(?P<choice>[a-z_]+)\})(?: (?P<role>[a-z_]+))?\Z")
_NAME = re.compile(r"[a-z][a-z_]*\Z")

Chart = Mapping[tuple[str, str], ChartRow]


class Side(msgspec.Struct, frozen=True):
    """Debit or credit of a transfer: a fixed account or a choice, and who holds it."""

    account: str | None
    choice: str | None
    role: str | None


class EventTransfer(msgspec.Struct, frozen=True):
    """One debit, one credit and the name of the amount."""

    book_code: str
    debit: Side
    credit: Side
    amount: str
    #: Dropped when its amount is zero or not given.
    optional: bool
    #: Takes a list of amounts; owners, choices and dates may then be lists beside it.
    repeated: bool
    #: Takes the expiry date given with the event.
    dated: bool


class Event(msgspec.Struct, frozen=True):
    """A business event and the transfers it posts, in order."""

    event_code: str
    name_zh: str
    name_en: str
    #: Role → kind of holder.
    roles: Mapping[str, str]
    #: Choice → account codes it may name.
    choices: Mapping[str, tuple[str, ...]]
    transfers: tuple[EventTransfer, ...]
    #: Programme that posts it together with a record of its own; None: it needs no record.
    posted_by: str | None = None
    #: Asked for by one person, approved by another: money out, units made, a correction.
    two_people: bool = False
    #: It corrects what an account says.
    corrects: bool = False
    #: Posted with the hold that took the units, and not beyond what it took.
    gives_back: bool = False

    def accounts_of(self, side: Side) -> tuple[str, ...]:
        """Every account code a side may stand for."""
        return self.choices.get(side.choice, ()) if side.choice else (side.account or "",)


class _WrittenTransfer(msgspec.Struct, forbid_unknown_fields=True):
    book: str
    debit: str
    credit: str
    amount: str
    optional: bool = False
    repeated: bool = False
    dated: bool = False


class _WrittenEvent(msgspec.Struct, forbid_unknown_fields=True):
    zh: str
    en: str
    transfers: list[_WrittenTransfer]
    roles: dict[str, str] = {}
    choices: dict[str, tuple[str, ...]] = {}
    posted_by: str | None = None
    two_people: bool = False
    corrects: bool = False
    gives_back: bool = False


@cache
def event_catalogue() -> Mapping[str, Event]:
    """Every event by its code, in the order of the files.

    Raises:
        ChartInvalid: the shipped catalogue contradicts the chart or itself.
    """
    chart = chart_positions()
    events: dict[str, Event] = {}
    problems = []
    for name in EVENT_FILES:
        written = tomllib.loads((CHARTS / f"{name}.toml").read_text(encoding="utf-8"))
        for event in read_events(written):
            if event.event_code in events:
                problems.append(f"{event.event_code} stands twice")
            events[event.event_code] = event
            problems.extend(check_event(event, chart))
    if problems:
        raise ChartInvalid(problems)
    return MappingProxyType(events)


def list_events() -> tuple[Event, ...]:
    """Every accounting rule, as the 会计分录手册 shows them."""
    return tuple(event_catalogue().values())


def read_events(written: Mapping[str, Any]) -> Iterator[Event]:
    """Events as one file writes them.

    Raises:
        ChartInvalid: a side is not "account role" or "{choice} role".
    """
    for code, table in written.items():
        event = msgspec.convert(table, _WrittenEvent)
        yield Event(
            event_code=code,
            name_zh=event.zh,
            name_en=event.en,
            roles=MappingProxyType(event.roles),
            choices=MappingProxyType(event.choices),
            transfers=tuple(
                EventTransfer(
                    book_code=transfer.book,
                    debit=_read_side(code, transfer.debit),
                    credit=_read_side(code, transfer.credit),
                    amount=transfer.amount,
                    optional=transfer.optional,
                    repeated=transfer.repeated,
                    dated=transfer.dated,
                )
                for transfer in event.transfers
            ),
            posted_by=event.posted_by,
            two_people=event.two_people,
            corrects=event.corrects,
            gives_back=event.gives_back,
        )


def _read_side(event_code: str, text: str) -> Side:
    match = _SIDE.match(text)
    if match is None:
        raise ChartInvalid([f"{event_code}: {text!r} is not a side"])
    return Side(match["account"], match["choice"], match["role"])


def check_event(event: Event, chart: Chart) -> list[str]:
    """What is wrong with an event; an empty list for a sound one."""
    problems = [
        *_check_names(event),
        *_check_sides(event, chart),
        *_check_dates(event, chart),
        *_check_amounts(event, chart),
    ]
    return [f"{event.event_code}: {problem}" for problem in problems]


def _check_names(event: Event) -> Iterator[str]:
    if not _EVENT_CODE.match(event.event_code):
        yield "the code is not a book, two digits and perhaps a letter"
    if not event.name_zh or not event.name_en:
        yield "a name is missing"
    if not event.transfers:
        yield "it moves nothing"
    sides = [side for transfer in event.transfers for side in (transfer.debit, transfer.credit)]
    for kind, declared, used in (
        ("role", set(event.roles), {side.role for side in sides if side.role}),
        ("choice", set(event.choices), {side.choice for side in sides if side.choice}),
    ):
        for name in declared ^ used:
            yield f"{kind} {name} is {'never used' if name in declared else 'not declared'}"
    posted_by = () if event.posted_by is None else (event.posted_by,)
    amounts = (transfer.amount for transfer in event.transfers)
    for name in (*event.roles, *event.choices, *amounts, *posted_by):
        if not _NAME.match(name):
            yield f"{name!r} is not a name"
    for choice, codes in event.choices.items():
        if len(codes) < 2 or len(set(codes)) < len(codes):
            yield f"choice {choice} needs two or more different accounts"


def _check_sides(event: Event, chart: Chart) -> Iterator[str]:
    for transfer in event.transfers:
        for side in (transfer.debit, transfer.credit):
            for code in event.accounts_of(side):
                row = chart.get((transfer.book_code, code))
                if row is None:
                    yield f"{transfer.book_code}-{code} is not on the chart"
                else:
                    yield from _check_holder(event, side, row)
        if transfer.debit == transfer.credit:
            yield "a transfer has the same account on both sides"


def _check_holder(event: Event, side: Side, row: ChartRow) -> Iterator[str]:
    kind = event.roles.get(side.role) if side.role else "none"
    if kind in {row.holder_kind, ANY_HOLDER, None}:
        return
    if side.choice and row.holder_kind == "none":
        return
    yield f"{row.book}-{row.code} is held by {row.holder_kind}, not by {kind}"


def _check_dates(event: Event, chart: Chart) -> Iterator[str]:
    for transfer in event.transfers:
        tracked = [
            any(
                row.tracks_expiry == "yes"
                for code in event.accounts_of(side)
                if (row := chart.get((transfer.book_code, code)))
            )
            for side in (transfer.debit, transfer.credit)
        ]
        if transfer.dated and not any(tracked):
            yield f"{transfer.amount} is dated, but nothing there expires"
        if tracked == [False, True] and not transfer.dated:
            yield f"{transfer.amount} issues units that may expire, and must be dated"


def _check_amounts(event: Event, chart: Chart) -> Iterator[str]:
    forms: dict[str, set[tuple[object, ...]]] = {}
    for transfer in event.transfers:
        row = next((row for (book, _), row in chart.items() if book == transfer.book_code), None)
        form = (row and row.unit, transfer.optional, transfer.repeated)
        forms.setdefault(transfer.amount, set()).add(form)
    for name, kinds in forms.items():
        if len(kinds) > 1:
            yield f"amount {name} stands for different things"
