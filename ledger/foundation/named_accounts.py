"""What may be posted by naming accounts: free events, on the accounts that they move.

A programme posts its own events, together with records that proofs compare with the books; and
units that holds reserve are moved by holds alone. Source: docs/decisions/0045-named-accounts.md
"""

from collections.abc import Iterable, Mapping
from functools import cache
from sys import intern
from typing import NamedTuple

from ledger.books.refusals import register_refusals
from ledger.errors import InvalidInput, LedgerError
from ledger.foundation.chart import HELD_CODE
from ledger.foundation.event_catalogue import Event, EventTransfer, event_catalogue
from ledger.foundation.event_lines import UnknownEvent, get_event

#: Position debited → positions credited. A position is a book and a code, as TB-2101.
Moves = Mapping[str, frozenset[str]]
#: The trust's entries are mirrored by hand: it has no corrections of its own yet.
_REVERSED_BY_HAND = "trust"


class EventBelongsToProgramme(LedgerError):
    """The event is posted by a programme together with a record of its own."""

    template = (
        "Event {event} is posted by {posted_by} together with a record of its own; "
        "book it, correct it or cancel it there."
    )


class EventNeedsApproval(LedgerError):
    """It pays out, makes units, writes off or corrects: one person asks and another approves."""

    template = "Event {event} takes two people: ask for it as an adjustment; another approves it."


class EventNeedsHold(LedgerError):
    """It gives back what a hold took, so it is posted with that hold alone."""

    template = "Event {event} gives back what a hold took: refund that hold."


class AccountsUnlikeEvent(LedgerError):
    """The event has no transfer between accounts of these positions, in this direction."""

    template = "Line {line}: event {event} does not debit {debit_code} and credit {credit_code}."


class HeldAccountMisplaced(LedgerError):
    """A held account outside a hold, or a hold on an account of another kind."""

    template = (
        "Line {line}: {debit_code} to {credit_code} is not for this. Held accounts are filled and "
        "emptied by holds alone, and holds use no others."
    )


class EventIncomplete(LedgerError):
    """A transfer that every entry of the event makes is not among the lines."""

    template = "Event {event} also debits {debit_code} and credits {credit_code}; add that line."


class EventAmountsDiffer(LedgerError):
    """Two transfers of the event move the same amount, and would move different ones."""

    template = (
        "Event {event} moves as much from {debit_code} to {credit_code} as by its other lines; "
        "{given} there is not {needed}."
    )


register_refusals(
    UnknownEvent,
    EventBelongsToProgramme,
    EventNeedsApproval,
    EventNeedsHold,
    AccountsUnlikeEvent,
    HeldAccountMisplaced,
    EventIncomplete,
    EventAmountsDiffer,
    InvalidInput,
)


class Move(NamedTuple):
    """From which position to which."""

    debit: str
    credit: str


class _Part(NamedTuple):
    """A transfer that no entry of its event leaves out."""

    moves: frozenset[Move]
    #: What the catalogue calls its amount: transfers of one name move as much.
    amount: str


def position_of(book_code: str, account_code: str) -> str:
    """Where an account stands on the chart; the same string for all accounts of a position."""
    return intern(f"{book_code}-{account_code}")


def free_entry_moves(event_code: str) -> Moves:
    """What an entry of the event may move; what is not in it, ``check_entry_moves`` names.

    Raises:
        UnknownEvent: the catalogue has no such event.
        EventBelongsToProgramme: a programme posts it with a record of its own.
        EventNeedsApproval: two people post it.
        EventNeedsHold: it is posted with a hold.
    """
    moves = _entry_moves().get(event_code)
    if moves is None:
        raise EventNeedsHold(event=check_free_event(event_code))
    return moves


def check_free_event(event_code: str) -> str:
    """The event itself, when it may be posted by naming accounts.

    Raises:
        UnknownEvent: the catalogue has no such event.
        EventBelongsToProgramme: a programme posts it with a record of its own.
        EventNeedsApproval: two people post it.
    """
    event = get_event(event_code)
    _refuse_owned(event)
    if event.two_people:
        raise EventNeedsApproval(event=event_code)
    return event_code


def check_event_of_two(event_code: str) -> None:
    """The event is one that two people post.

    Raises:
        UnknownEvent: the catalogue has no such event.
        InvalidInput: one person posts it, or a programme does.
    """
    if not get_event(event_code).two_people:
        known = ", ".join(code for code, one in event_catalogue().items() if one.two_people)
        raise InvalidInput(field="event_code", value=event_code, remedy=f"Give one of {known}.")


def check_reversible_event(event_code: str | None) -> None:
    """Let an entry of this event be reversed by naming it; None: there is no such entry.

    Raises:
        EventBelongsToProgramme: its programme's record would no longer say what the books do.
    """
    event = event_catalogue().get(event_code or "")
    if event is not None and event.posted_by != _REVERSED_BY_HAND:
        _refuse_owned(event)


def check_moves(event_code: str, moves: Iterable[Move]) -> None:
    """Each move is one that the event posts; names the first line that is not.

    Raises:
        AccountsUnlikeEvent: it has no such transfer.
    """
    posted = _moves_by_event()[event_code]
    for line, move in enumerate(moves, start=1):
        if move.credit not in posted.get(move.debit, ()):
            raise AccountsUnlikeEvent(
                line=line, event=event_code, debit_code=move.debit, credit_code=move.credit
            )


def check_entry_moves(event_code: str, moves: Iterable[Move], amounts: Iterable[int]) -> None:
    """An entry moves what its event moves, the whole of it, and nothing that holds reserve.

    Raises:
        AccountsUnlikeEvent: the event has no such transfer.
        HeldAccountMisplaced: a held account stands on a line.
        EventIncomplete: a transfer that the event always makes is missing.
        EventAmountsDiffer: the event moves one amount twice, and these are two.
    """
    moves = tuple(moves)
    check_moves(event_code, moves)
    for line, move in enumerate(moves, start=1):
        if _is_held(move.debit) or _is_held(move.credit):
            raise HeldAccountMisplaced(line=line, debit_code=move.debit, credit_code=move.credit)
    if has_parts(event_code):
        _check_parts(event_code, tuple(zip(moves, amounts, strict=True)))


def has_parts(event_code: str) -> bool:
    """Whether lines that are each like the event may still be less than the whole of it."""
    return event_code in _parts_by_event()


def _check_parts(event_code: str, lines: Iterable[tuple[Move, int]]) -> None:
    moved: dict[str, int] = {}
    for part in _parts_by_event()[event_code]:
        debit, credit = min(part.moves)
        given = sum(amount for move, amount in lines if move in part.moves)
        if not given:
            raise EventIncomplete(event=event_code, debit_code=debit, credit_code=credit)
        needed = moved.setdefault(part.amount, given)
        if given != needed:
            raise EventAmountsDiffer(
                event=event_code, debit_code=debit, credit_code=credit, given=given, needed=needed
            )


def check_hold_move(event_code: str, move: Move) -> None:
    """A hold moves units from an account that holds nothing to one that does, as its event says.

    Raises:
        AccountsUnlikeEvent: the event has no such transfer.
        HeldAccountMisplaced: it is not from a free account to a held one.
    """
    check_moves(event_code, (move,))
    if _is_held(move.debit) or not _is_held(move.credit):
        raise HeldAccountMisplaced(line=1, debit_code=move.debit, credit_code=move.credit)


def _refuse_owned(event: Event) -> None:
    if event.posted_by is not None:
        raise EventBelongsToProgramme(event=event.event_code, posted_by=event.posted_by)


@cache
def _moves_by_event() -> Mapping[str, Moves]:
    return {code: _moves_of(event) for code, event in event_catalogue().items()}


@cache
def _entry_moves() -> Mapping[str, Moves]:
    """By free event: its moves between accounts that hold nothing."""
    return {
        code: _between_free_accounts(_moves_of(event))
        for code, event in event_catalogue().items()
        if event.posted_by is None and not event.two_people and not event.gives_back
    }


@cache
def _parts_by_event() -> Mapping[str, tuple[_Part, ...]]:
    """By event of several transfers: those of every entry. What a hold took moves with the hold."""
    found = {}
    for code, event in event_catalogue().items():
        whole = [_part_of(event, one) for one in event.transfers if not one.optional]
        parts = tuple(part for part in whole if part.moves)
        if parts and len(event.transfers) > 1:
            found[code] = parts
    return found


def _part_of(event: Event, transfer: EventTransfer) -> _Part:
    """A transfer between accounts that hold nothing; no moves when there is none."""
    moves = (
        Move(position_of(transfer.book_code, debit), position_of(transfer.book_code, credit))
        for debit in event.accounts_of(transfer.debit)
        for credit in event.accounts_of(transfer.credit)
    )
    free = (move for move in moves if not _is_held(move.debit) and not _is_held(move.credit))
    return _Part(frozenset(free), transfer.amount)


def _moves_of(event: Event) -> Moves:
    """Each transfer of an event, with every account that its sides may stand for."""
    moves: dict[str, set[str]] = {}
    for transfer in event.transfers:
        for debit in event.accounts_of(transfer.debit):
            credited = moves.setdefault(position_of(transfer.book_code, debit), set())
            for credit in event.accounts_of(transfer.credit):
                credited.add(position_of(transfer.book_code, credit))
    return {debit: frozenset(credited) for debit, credited in moves.items()}


def _between_free_accounts(moves: Moves) -> Moves:
    return {
        debit: frozenset(credit for credit in credited if not _is_held(credit))
        for debit, credited in moves.items()
        if not _is_held(debit)
    }


def _is_held(position: str) -> bool:
    return position.endswith(HELD_CODE)
