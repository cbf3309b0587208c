"""An entry that names its accounts is the whole of its event."""

import pytest

from ledger.errors import LedgerError
from ledger.foundation.event_catalogue import Event, EventTransfer, list_events
from ledger.foundation.named_accounts import (
    EventAmountsDiffer,
    EventIncomplete,
    HeldAccountMisplaced,
    Move,
    check_entry_moves,
    has_parts,
    position_of,
)

NAMED = [event for event in list_events() if event.posted_by is None]


def move_of(event: Event, transfer: EventTransfer) -> Move:
    """A transfer between the first accounts that it may name."""
    debit, credit = (event.accounts_of(side)[0] for side in (transfer.debit, transfer.credit))
    return Move(position_of(transfer.book_code, debit), position_of(transfer.book_code, credit))


def refusal(event: Event, *moves: Move) -> type[LedgerError] | None:
    """Why an entry with one unit on each of these lines is refused."""
    try:
        check_entry_moves(event.event_code, moves, [1] * len(moves))
    except LedgerError as error:
        return type(error)
    return None


def test_no_event_is_booked_without_a_transfer_it_always_makes() -> None:
    halved = set()
    for event in NAMED:
        needed = [move_of(event, one) for one in event.transfers if not one.optional]
        if refusal(event, *needed) is HeldAccountMisplaced or not needed:
            continue  # a hold moves a part of it, or no part stands for the whole
        assert refusal(event, *needed) is None
        for left_out in needed:
            every = [move_of(event, one) for one in event.transfers]
            given = [move for move in every if move != left_out]
            if given:
                assert refusal(event, *given) is EventIncomplete
                halved.add(event.event_code)
    assert {"SP07", "SP08", "SP12", "SP17", "SP40a", "SP40b", "PG03", "PG06", "ST07"} <= halved


def test_openings_and_optional_parts_go_on_alone() -> None:
    for event in NAMED:
        for one in event.transfers:
            alone = refusal(event, move_of(event, one))
            if not has_parts(event.event_code):
                assert alone in {None, HeldAccountMisplaced}
    for code in ("PG29", "SP43", "SP11"):
        assert not has_parts(code)


def test_transfers_of_one_amount_move_as_much() -> None:
    spent, released = Move("PG-5106", "PG-1002"), Move("PG-2401", "PG-4102")
    check_entry_moves("PG03", [spent, released, spent], [2, 4, 2])
    with pytest.raises(EventAmountsDiffer, match="4 there is not 5"):
        check_entry_moves("PG03", [spent, released], [5, 4])
