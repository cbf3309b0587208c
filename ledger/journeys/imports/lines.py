"""A line of a file as it was judged, whatever it is about."""

from typing import Any, Literal
from uuid import UUID

import msgspec

from ledger.journeys.imports.reading import Problem

LineState = Literal["ready", "skipped", "error", "done"]
#: Lines that others need are written first: heads of households, wider units.
FIRST, LATER = 0, 9


class Line(msgspec.Struct, kw_only=True):
    """One line; ``parsed``: what it says, in the form of its kind, None when it is wrong."""

    line: int
    values: dict[str, str]
    parsed: Any = None
    state: LineState = "ready"
    rank: int = LATER
    household: str | None = None
    is_head: bool = False
    problems: list[Problem] = msgspec.field(default_factory=list)
    warnings: list[Problem] = msgspec.field(default_factory=list)
    #: What is there already, or was made of the line.
    object_id: UUID | None = None

    def refuse(self, field: str, reason: str, line: int | None = None) -> None:
        """It is wrong."""
        self.state = "error"
        self.problems.append(Problem(field, reason, line))

    def skip(self, field: str, reason: str, line: int | None = None) -> None:
        """What it says is there already."""
        self.state = "skipped"
        self.problems.append(Problem(field, reason, line))

    def warn(self, field: str, reason: str, line: int | None = None) -> None:
        """Something about it is odd."""
        self.warnings.append(Problem(field, reason, line))
