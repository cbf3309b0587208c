"""Why posting refuses. Their codes are what the posting functions answer with.

Precedence, first wins: docs/refusals.md.
"""

from typing import Any

from ledger.errors import LedgerError


class BatchTooLarge(LedgerError):
    """More commands than one call takes."""

    template = "The batch has {count} commands; {limit} is the most one call takes."


class EntryWithoutLines(LedgerError):
    """Nothing would move."""

    template = "An entry has at least one line."


class InvalidAmount(LedgerError):
    """Zero, negative, or beyond 2^53−1."""

    template = "Line {line}: {amount} is not an amount; give a whole number from 1 to 2^53−1."


class SameAccount(LedgerError):
    """A transfer must have two different accounts."""

    template = "Line {line}: debit and credit are the same account."


class AccountNotFound(LedgerError):
    """No such account of this tenant."""

    template = "Line {line}: no account {account} is known here."


class UnitMismatch(LedgerError):
    """The two accounts are kept in different units."""

    template = "Line {line}: the two accounts are kept in different units."


class BookMismatch(LedgerError):
    """The two accounts are in different books."""

    template = "Line {line}: the two accounts are in different books."


class IdempotencyConflict(LedgerError):
    """The key was used before, for another command."""

    template = "The idempotency key was used before with another {field}."


class AccountClosed(LedgerError):
    """A closed account takes no entries."""

    template = "Line {line}: account {account} is closed."


class AccountFrozen(LedgerError):
    """A frozen account takes no entries."""

    template = "Line {line}: account {account} is frozen."


class OccurredInFuture(LedgerError):
    """What is booked has happened; the clock may be five minutes off, no more."""

    template = "{occurred_at} has not come yet; an entry is of something that has happened."


class PeriodNotOpen(LedgerError):
    """The accounting date lies in a month that takes no entries."""

    template = "Book {book} takes no entries booked on {booked_on}."


class TotalTooLarge(LedgerError):
    """All debits, or all credits, of an account together would exceed 2^53−1."""

    template = "Line {line}: account {account} cannot count so far; its totals end at 2^53−1."


class InsufficientBalance(LedgerError):
    """The account would fall below its floor."""

    template = "Account {account} has {available} {unit} available; this needs {needed}."


class HoldNotFound(LedgerError):
    """No such hold of this tenant."""

    template = "No hold {hold} is known here."


class HoldAlreadyResolved(LedgerError):
    """The hold was captured, voided or has expired."""

    template = "Hold {hold} is {status} already."


class HoldExpired(LedgerError):
    """The hold can no longer be captured."""

    template = "Hold {hold} has expired; ask for a new one."


class HoldNotExpired(LedgerError):
    """The hold has not reached its expiry moment."""

    template = "Hold {hold} has not expired yet."


class HoldNotCaptured(LedgerError):
    """Only a captured hold can be refunded."""

    template = "Hold {hold} is {status}; only a captured one can be refunded."


class CaptureExceedsHold(LedgerError):
    """More than what is held."""

    template = "Hold {hold} holds {held}; {needed} cannot be captured."


class RefundExceedsCapture(LedgerError):
    """More than what was captured and not yet refunded."""

    template = "Of hold {hold}, {refundable} can be refunded; {needed} cannot."


class EntryNotFound(LedgerError):
    """No such entry of this tenant."""

    template = "No entry {entry} is known here."


class EntryNotReversible(LedgerError):
    """A reversal, or an entry of a hold, which is undone by void or refund."""

    template = "Entry {entry} is not one that can be reversed."


class EntryAlreadyReversed(LedgerError):
    """An entry is reversed once."""

    template = "Entry {entry} was reversed by {reversal}."


class ReversalBeforeEntry(LedgerError):
    """An entry is undone on its accounting date or later, never before it was done."""

    template = "Entry {entry} was booked on {booked_on}; its reversal is booked then or later."


class AccountNotEmpty(LedgerError):
    """Only an account with balance zero can be closed."""

    template = "Account {account} still has a balance; only an empty one can be closed."


REFUSALS: dict[str, type[LedgerError]] = {
    kind.code: kind
    for kind in (
        EntryWithoutLines,
        InvalidAmount,
        SameAccount,
        AccountNotFound,
        UnitMismatch,
        BookMismatch,
        IdempotencyConflict,
        AccountClosed,
        AccountFrozen,
        OccurredInFuture,
        PeriodNotOpen,
        TotalTooLarge,
        InsufficientBalance,
        HoldNotFound,
        HoldAlreadyResolved,
        HoldExpired,
        HoldNotExpired,
        HoldNotCaptured,
        CaptureExceedsHold,
        RefundExceedsCapture,
        EntryNotFound,
        EntryNotReversible,
        EntryAlreadyReversed,
        ReversalBeforeEntry,
        AccountNotEmpty,
    )
}


def register_refusals(*kinds: type[LedgerError]) -> None:
    """Let a programme's own SQL function answer with codes of its own."""
    for kind in kinds:
        REFUSALS[kind.code] = kind


def refusal_error(code: str, attributes: dict[str, Any] | None) -> LedgerError:
    """The error of a refusal code, with its attributes."""
    return REFUSALS[code](**(attributes or {}))
