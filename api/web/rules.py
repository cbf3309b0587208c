"""The 会计分录手册: the event catalogue as a bookkeeper reads it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from api.web.formatting import Language
from api.web.movements import account_name, event_name
from api.web.texts import label, text
from ledger.foundation.event_catalogue import Event, EventTransfer, Side, list_events


class Leg(NamedTuple):
    """One transfer of an event in words."""

    debit: Sequence[str]
    credit: Sequence[str]
    amount: str
    marks: str


class Rule(NamedTuple):
    """One event and its legs."""

    code: str
    name: str
    legs: Sequence[Leg]


def rule_groups(language: Language) -> dict[str, list[Rule]]:
    """Every event, under the book its code begins with, in the order of the catalogue."""
    groups: dict[str, list[Rule]] = {}
    for event in list_events():
        rule = Rule(
            event.event_code,
            event_name(event.event_code, language),
            [_leg(event, transfer, language) for transfer in event.transfers],
        )
        groups.setdefault(event.event_code[:2], []).append(rule)
    return groups


def _leg(event: Event, transfer: EventTransfer, language: Language) -> Leg:
    return Leg(
        _side(event, transfer, transfer.debit, language),
        _side(event, transfer, transfer.credit, language),
        label(language, "amount_name", transfer.amount),
        ", ".join(_marks(transfer, language)),
    )


def _side(event: Event, transfer: EventTransfer, side: Side, language: Language) -> list[str]:
    """Each account the side may stand for, with its holder; the book when it is another one."""
    foreign = transfer.book_code != event.event_code[:2]
    book = f"{transfer.book_code}-" if foreign else ""
    holder = f" · {label(language, 'holder', side.role)}" if side.role else ""
    return [
        f"{book}{code} {account_name(transfer.book_code, code, language)}{holder}"
        for code in event.accounts_of(side)
    ]


def _marks(transfer: EventTransfer, language: Language) -> Iterator[str]:
    if transfer.optional:
        yield text(language, "rules.optional")
    if transfer.repeated:
        yield text(language, "rules.repeated")
