"""Kinds of commands that lanes carry; programmes add their own."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import msgspec

from ledger.books.holds import (
    PLACE_HOLDS,
    REFUND_HOLDS,
    RESOLVE_HOLDS,
    place_arguments,
    refund_arguments,
    resolve_arguments,
)
from ledger.books.posting import POST_BATCH, batch_arguments


class CommandKind(msgspec.Struct, frozen=True):
    """A kind of command that lanes carry: its statement, its arguments, what it excludes."""

    name: str
    sql: str
    arguments: Callable[[int, Sequence[Any]], tuple[Any, ...]]
    #: Two commands of one batch may not share this value; None: no limit.
    exclusive: Callable[[Any], Hashable] | None = None


ENTRY = CommandKind("entry", POST_BATCH, batch_arguments)
PLACE_HOLD = CommandKind("place_hold", PLACE_HOLDS, place_arguments)
RESOLVE_HOLD = CommandKind(
    "resolve_hold", RESOLVE_HOLDS, resolve_arguments, lambda command: command.hold_id
)
REFUND_HOLD = CommandKind(
    "refund_hold", REFUND_HOLDS, refund_arguments, lambda command: command.hold_id
)
