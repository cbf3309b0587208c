"""Pairs inside one side: an entry and its reversal, a payment and its return by the bank.

They come before everything else, so that of X, -X, X one X is left to be matched.
"""

import re
from collections import defaultdict
from collections.abc import Hashable
from datetime import timedelta

from reconciliation.matching.evidence import weigh
from reconciliation.matching.lines import BankLine, BookLine, Match, Workspace
from reconciliation.matching.payers import Likeness, compare_payers

BOOK_RULE = "contra_in_books"
BANK_RULE = "contra_at_bank"
VERSION = 1

_RETURNED = re.compile(r"冲正|冲账|冲帐|冲销|抹账|抹帐|退汇|退票|退回|红冲|红字|撤销")
#: A transfer that cannot be delivered comes back within days; a month is beyond any clearing.
_RETURN_WITHIN = timedelta(days=31)


def pair_reversals(space: Workspace) -> None:
    """Book lines of an entry with the mirrored lines of the entry that reverses it.

    Of an entry, its reversal and the reversal of that, the first two cancel out.
    """
    by_entry: dict[Hashable, list[BookLine]] = defaultdict(list)
    for line in space.open_book():
        by_entry[line.entry_id].append(line)
    for mirror in space.open_book():
        if mirror.reverses is None or mirror not in by_entry[mirror.entry_id]:
            continue
        originals = by_entry[mirror.reverses]
        original = next((o for o in originals if o.amount_fen == -mirror.amount_fen), None)
        if original is None:
            continue
        originals.remove(original)
        by_entry[mirror.entry_id].remove(mirror)
        space.take(
            Match(
                rule=BOOK_RULE,
                version=VERSION,
                book=(original.id, mirror.id),
                score=100,
                evidence=("reverses",),
            )
        )


def pair_returns(space: Workspace) -> None:
    """A bank line that calls itself a return with the latest earlier line that it undoes.

    Where the books have a line of their own for the return, they treat it as a movement; then
    both stay to be matched one by one.
    """
    open_before: dict[int, list[BankLine]] = defaultdict(list)
    book_by_amount: dict[int, list[BookLine]] = defaultdict(list)
    for book_line in space.open_book():
        book_by_amount[book_line.amount_fen].append(book_line)
    for line in space.open_bank():
        original = None
        if _RETURNED.search(line.summary) or _RETURNED.search(line.remark):
            original = _find_original(line, open_before[-line.amount_fen])
        if original is None or _is_booked(line, book_by_amount[line.amount_fen]):
            open_before[line.amount_fen].append(line)
            continue
        open_before[original.amount_fen].remove(original)
        space.take(
            Match(
                rule=BANK_RULE,
                version=VERSION,
                bank=(original.id, line.id),
                score=100,
                evidence=("returned", "counterparty_equal"),
            )
        )


def _find_original(line: BankLine, earlier: list[BankLine]) -> BankLine | None:
    alike = [
        other
        for other in reversed(earlier)
        if line.booked_on - other.booked_on <= _RETURN_WITHIN
        and compare_payers(line.payer, other.payer) > Likeness.UNKNOWN
    ]
    same_text = [other for other in alike if other.remark == line.remark]
    if same_text:
        return same_text[0]
    return alike[0] if len(alike) == 1 else None


def _is_booked(line: BankLine, candidates: list[BookLine]) -> bool:
    evidence = (weigh(line, candidate) for candidate in candidates)
    return any(found is not None and found.strong for found in evidence)
