"""Order and sign of the lines from the running balance, never from what a header calls them.

Public pages contradict each other on whether 借方 in a bank's export is money in or out, and some
banks list the newest line first. Four readings are possible; the one in which each balance follows
from the one before is the right one.
Source: 会计 practice notes in docs/guides; the banks' own samples often break a step or two.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from reconciliation.intake.statement import Finding


class Step(msgspec.Struct, frozen=True, gc=False):
    """What the chain needs of a line: credit less debit, and the balance printed beside it."""

    line: int
    moment: tuple[object, ...]
    net_credit_fen: int
    balance_fen: int | None


class Reading(msgspec.Struct, frozen=True):
    """One way to read the lines, and how far the balances agree with it."""

    newest_first: bool
    credit_is_in: bool
    steps: int
    fits: int

    def agrees(self) -> bool:
        """Most of the steps that can be checked come out."""
        return self.steps > 0 and self.fits * 2 > self.steps


def best_reading(
    steps: Sequence[Step], *, opening_fen: int | None, closing_fen: int | None
) -> Reading:
    """The reading with most agreeing steps; a tie goes to credit in, oldest first."""
    candidates = [
        _try(steps, newest_first, credit_is_in, opening_fen, closing_fen)
        for newest_first in _possible_orders(steps)
        for credit_is_in in (True, False)
    ]
    return max(candidates, key=lambda reading: reading.fits)


def find_breaks(
    steps: Sequence[Step], reading: Reading, *, opening_fen: int | None, closing_fen: int | None
) -> list[Finding]:
    """A finding for each balance that does not follow, and for a closing that does not."""
    findings = [
        Finding(code="running_balance_breaks", line=line, expected_fen=expected, found_fen=balance)
        for line, expected, balance in _chain(steps, reading, opening_fen)
        if expected != balance
    ]
    if closing_fen is not None and opening_fen is not None:
        sign = 1 if reading.credit_is_in else -1
        total = opening_fen + sum(sign * step.net_credit_fen for step in steps)
        if total != closing_fen:
            findings.append(
                Finding(code="closing_balance_differs", expected_fen=total, found_fen=closing_fen)
            )
    return findings


def _possible_orders(steps: Sequence[Step]) -> tuple[bool, ...]:
    """Newest first or not, as far as the dates alone decide it."""
    moments = [step.moment for step in steps]
    rises = all(a <= b for a, b in pairwise(moments))
    falls = all(a >= b for a, b in pairwise(moments))
    if rises != falls:
        return (falls,)
    return (False, True)


def _try(
    steps: Sequence[Step],
    newest_first: bool,
    credit_is_in: bool,
    opening_fen: int | None,
    closing_fen: int | None,
) -> Reading:
    reading = Reading(newest_first, credit_is_in, 0, 0)
    checks = [expected == balance for _, expected, balance in _chain(steps, reading, opening_fen)]
    if opening_fen is not None and closing_fen is not None:
        sign = 1 if credit_is_in else -1
        total = opening_fen + sum(sign * step.net_credit_fen for step in steps)
        checks.append(total == closing_fen)
    return Reading(newest_first, credit_is_in, len(checks), sum(checks))


def _chain(
    steps: Sequence[Step], reading: Reading, opening_fen: int | None
) -> Iterator[tuple[int, int, int]]:
    """(line, expected balance, printed balance) of each step that can be checked."""
    sign = 1 if reading.credit_is_in else -1
    expected = opening_fen
    for step in reversed(steps) if reading.newest_first else steps:
        if expected is not None:
            expected += sign * step.net_credit_fen
        if step.balance_fen is not None:
            if expected is not None:
                yield step.line, expected, step.balance_fen
            expected = step.balance_fen
