"""Equal amount, near dates, and a key that agrees, where each line is the other's only best.

Amount and date alone never decide. A strong key (household, payer) decides among lines of the
same amount; a weak one (a masked name, a cut number, a purpose) decides only for an amount that no
other line of either side has within a month.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from datetime import timedelta

import msgspec

from reconciliation.matching.evidence import Evidence, in_window, weigh
from reconciliation.matching.lines import BankLine, BookLine, Match, Workspace

STRONG_RULE = "keyed"
WEAK_RULE = "keyed_rare_amount"
VERSION = 1

#: Around a line whose amount counts as rare, no other line has it for this long.
RARE_WITHIN = timedelta(days=31)
_SMALLEST_WEAK_SCORE = 10


class Edge(msgspec.Struct, frozen=True):
    """A possible pair."""

    bank: BankLine
    book: BookLine
    evidence: Evidence


def match_keyed(space: Workspace) -> None:
    """Take mutually best pairs, strong keys first, until nothing more follows."""
    while _take_best(space, STRONG_RULE, _strong_edges(space)):
        pass
    rare = _rare_amounts(space)
    while _take_best(space, WEAK_RULE, _weak_edges(space, rare)):
        pass


def _take_best(space: Workspace, rule: str, edges: Iterable[Edge]) -> int:
    """One round: every pair that both sides prefer to all others; returns how many."""
    of_bank: dict[Hashable, list[Edge]] = defaultdict(list)
    of_book: dict[Hashable, list[Edge]] = defaultdict(list)
    for found in edges:
        of_bank[found.bank.id].append(found)
        of_book[found.book.id].append(found)
    taken = 0
    edge: Edge | None
    for candidates in of_bank.values():
        edge = _only_best(candidates)
        if edge is None or _only_best(of_book[edge.book.id]) is not edge:
            continue
        rivals = len(candidates) + len(of_book[edge.book.id]) - 2
        space.take(
            Match(
                rule=rule,
                version=VERSION,
                bank=(edge.bank.id,),
                book=(edge.book.id,),
                score=edge.evidence.score,
                rivals=rivals,
                evidence=(*edge.evidence.notes, _lag(edge)),
            )
        )
        taken += 1
    return taken


def _only_best(candidates: list[Edge]) -> Edge | None:
    """The candidate that outweighs all others; None where two weigh the same."""
    top = max(edge.evidence.score for edge in candidates)
    best = [edge for edge in candidates if edge.evidence.score == top]
    return best[0] if len(best) == 1 else None


def _lag(edge: Edge) -> str:
    return f"days:{(edge.bank.booked_on - edge.book.booked_on).days}"


def _strong_edges(space: Workspace) -> list[Edge]:
    """Pairs that share a household or a payer; found by key, never by amount alone."""
    by_key: dict[tuple[Hashable, ...], list[BookLine]] = defaultdict(list)
    for book_line in space.open_book():
        for key in _book_keys(book_line):
            by_key[key].append(book_line)
    edges: dict[tuple[Hashable, Hashable], Edge] = {}
    for line in space.open_bank():
        for key in _bank_keys(line):
            for book_line in by_key.get(key, ()):
                edge = _edge(line, book_line)
                if edge is not None and edge.evidence.strong:
                    edges[line.id, book_line.id] = edge
    return list(edges.values())


def _book_keys(line: BookLine) -> Iterable[tuple[Hashable, ...]]:
    amount = line.amount_fen
    if line.room is not None and line.room.is_whole():
        yield "room", amount, line.room.building, line.room.unit, line.room.number
    if line.payer and "*" not in line.payer:
        yield "payer", amount, line.payer


def _bank_keys(line: BankLine) -> Iterable[tuple[Hashable, ...]]:
    amount = line.amount_fen
    if line.room is not None and line.room.is_whole():
        yield "room", amount, line.room.building, line.room.unit, line.room.number
    if line.payer and "*" not in line.payer:
        yield "payer", amount, line.payer
    # A payer named in the remark: every run of three or four characters may be one.
    text = "".join(line.remark.split()).upper()
    for length in (3, 4):
        for start in range(len(text) - length + 1):
            name = text[start : start + length]
            if name != line.payer:
                yield "payer", amount, name


def _rare_amounts(space: Workspace) -> set[int]:
    """Amounts that appear once on either side, or again only a month and more apart.

    All lines count, matched or not: a common fee stays common when most of it is matched.
    """
    bank = _crowded(space.all_bank)
    book = _crowded(space.all_book)
    return {
        line.amount_fen
        for line in space.open_bank()
        if not line.crowded and line.amount_fen not in bank and line.amount_fen not in book
    }


def _crowded(lines: Iterable[BankLine] | Iterable[BookLine]) -> set[int]:
    last_day: dict[int, object] = {}
    crowded: set[int] = set()
    for line in lines:
        before = last_day.get(line.amount_fen)
        if before is not None and abs(line.booked_on - before) <= RARE_WITHIN:  # type: ignore[operator]
            crowded.add(line.amount_fen)
        last_day[line.amount_fen] = line.booked_on
    return crowded


def _weak_edges(space: Workspace, rare: set[int]) -> list[Edge]:
    by_amount: dict[int, list[BookLine]] = defaultdict(list)
    for book_line in space.open_book():
        if book_line.amount_fen in rare and not book_line.crowded:
            by_amount[book_line.amount_fen].append(book_line)
    edges = [
        _edge(line, book_line)
        for line in space.open_bank()
        for book_line in by_amount.get(line.amount_fen, ())
    ]
    return [
        edge for edge in edges if edge is not None and edge.evidence.score >= _SMALLEST_WEAK_SCORE
    ]


def _edge(line: BankLine, book_line: BookLine) -> Edge | None:
    if line.amount_fen != book_line.amount_fen or not in_window(line, book_line):
        return None
    evidence = weigh(line, book_line)
    return None if evidence is None else Edge(line, book_line, evidence)
