"""What makes two statement lines the same movement, in one file and across files."""

import hashlib
from collections.abc import Iterable

import msgspec

from reconciliation.intake.statement import StatementLine

_SEPARATOR = "\x1f"


def line_key(line: StatementLine) -> bytes:
    """16 bytes over all that an export states again each time it is downloaded.

    The bank's reference is left out: some banks number the lines of each download anew.
    """
    parts = (
        line.booked_on.isoformat(),
        line.booked_time.isoformat() if line.booked_time else "",
        str(line.amount_fen),
        "" if line.balance_after_fen is None else str(line.balance_after_fen),
        line.counterparty_name,
        line.counterparty_account,
        line.summary,
        line.remark,
    )
    return hashlib.sha256(_SEPARATOR.join(parts).encode()).digest()[:16]


def number_twins(lines: Iterable[StatementLine]) -> tuple[StatementLine, ...]:
    """The lines in their order, equal ones counted 0, 1, 2 so that each keeps its identity.

    What an export merely wrote twice is counted last: without it the others are numbered the same.
    """
    ordered = tuple(lines)
    seen: dict[bytes, int] = {}
    ordinals: dict[int, int] = {}
    for line in sorted(ordered, key=lambda line: line.repeats is not None):
        key = line_key(line)
        ordinals[line.position] = seen.get(key, 0)
        seen[key] = ordinals[line.position] + 1
    return tuple(
        msgspec.structs.replace(line, ordinal=ordinals[line.position])
        if ordinals[line.position]
        else line
        for line in ordered
    )
