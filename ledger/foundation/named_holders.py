"""Whose the accounts of an entry are that names its accounts: one holder a role, never one's own.

Source: docs/decisions/0045-named-accounts.md
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import NamedTuple
from uuid import UUID

from ledger.books.refusals import register_refusals
from ledger.errors import LedgerError
from ledger.foundation.event_catalogue import Event, event_catalogue
from ledger.foundation.named_accounts import Move, position_of


class HoldersDiffer(LedgerError):
    """What the event does with one holder would be done with two."""

    template = (
        "Line {line}: event {event} has one {role} on all its lines; name accounts of one holder."
    )


class EntryForOneself(LedgerError):
    """Nobody posts on accounts of their own by naming them, nor on those they answer for."""

    template = "Line {line}: somebody else posts what moves an account of your own."


register_refusals(HoldersDiffer, EntryForOneself)


class NamedLine(NamedTuple):
    """A line as its accounts are named: what it moves, and whose the two accounts are."""

    move: Move
    debit_holder: UUID | None
    credit_holder: UUID | None


def has_shared_roles(event_code: str) -> bool:
    """Whether some role of the event stands at more than one side, so that holders are compared."""
    return event_code in _shared_roles()


def check_holders(event_code: str, lines: Iterable[NamedLine]) -> None:
    """Each role of an event is one holder; one whose transfers repeat may be several.

    Raises:
        HoldersDiffer: names the line and the role.
    """
    roles = _roles_by_move().get(event_code, {})
    held: dict[str, UUID | None] = {}
    for number, line in enumerate(lines, start=1):
        ends = zip(roles.get(line.move, ()), line[1:], strict=False)
        for role, holder in ends:
            if role is not None and held.setdefault(role, holder) != holder:
                raise HoldersDiffer(line=number, event=event_code, role=role)


def check_not_own(own: frozenset[UUID], lines: Iterable[NamedLine]) -> None:
    """No line moves an account of whoever posts, or of whom they answer for.

    Raises:
        EntryForOneself: names the line.
    """
    for number, line in enumerate(lines, start=1):
        if line.debit_holder in own or line.credit_holder in own:
            raise EntryForOneself(line=number)


@cache
def _roles_by_move() -> Mapping[str, Mapping[Move, tuple[str | None, str | None]]]:
    """By event: the roles at both ends of each move that only one transfer makes, unrepeated."""
    found: dict[str, dict[Move, tuple[str | None, str | None]]] = {}
    for code, event in event_catalogue().items():
        made: dict[Move, set[tuple[str | None, str | None]]] = {}
        for transfer in event.transfers:
            for debit in event.accounts_of(transfer.debit):
                for credit in event.accounts_of(transfer.credit):
                    ends = (transfer.debit.role, transfer.credit.role)
                    move = Move(
                        position_of(transfer.book_code, debit),
                        position_of(transfer.book_code, credit),
                    )
                    made.setdefault(move, set()).add((None, None) if transfer.repeated else ends)
        found[code] = {move: ends.pop() for move, ends in made.items() if len(ends) == 1}
    return found


@cache
def _shared_roles() -> frozenset[str]:
    return frozenset(
        code
        for code, event in event_catalogue().items()
        if max(Counter(_roles_of(event)).values(), default=0) > 1
    )


def _roles_of(event: Event) -> Iterator[str]:
    for transfer in event.transfers:
        for side in (transfer.debit, transfer.credit):
            if side.role is not None:
                yield side.role
