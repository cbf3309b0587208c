"""Holds placed and resolved by naming accounts: each move is one that the event posts.

Source: docs/decisions/0045-named-accounts.md
"""

from ledger.books.holds import HoldAccounts
from ledger.foundation.named_accounts import Move, check_moves, position_of


def check_capture(
    hold: HoldAccounts,
    *,
    event_code: str,
    part_event_code: str | None,
    captured_to: str,
    amount: int | None,
) -> None:
    """What is captured, and what a capture in part gives back, are moves of the event posted.

    Raises:
        AccountsUnlikeEvent: the event has no such transfer.
    """
    capture = Move(_held(hold), captured_to)
    if amount is None or amount >= hold.amount:
        check_moves(event_code, (capture,))
    else:
        check_moves(part_event_code or event_code, (capture, _release(hold)))


def check_void(hold: HoldAccounts, *, event_code: str) -> None:
    """What goes back is a move of the event.

    Raises:
        AccountsUnlikeEvent: the event has no such transfer.
    """
    check_moves(event_code, (_release(hold),))


def check_refund(hold: HoldAccounts, *, event_code: str) -> None:
    """What comes back is a move of the event. Of a hold that is not captured, nothing does.

    Raises:
        AccountsUnlikeEvent: the event has no such transfer.
    """
    if hold.capture_code is not None:
        captured_to = position_of(hold.book_code, hold.capture_code)
        check_moves(event_code, (Move(captured_to, _account(hold)),))


def _account(hold: HoldAccounts) -> str:
    return position_of(hold.book_code, hold.account_code)


def _held(hold: HoldAccounts) -> str:
    return position_of(hold.book_code, hold.held_code)


def _release(hold: HoldAccounts) -> Move:
    return Move(_held(hold), _account(hold))
