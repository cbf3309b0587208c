"""Commands an administrator types. Ctrl-C is one line from the first import on."""

import os
import sys
from types import TracebackType

_told = sys.excepthook
INTERRUPTED = 130  # what a shell reports for a program ended by Ctrl-C


def _end_in_one_line(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Modules take a second to load, before any command could catch the interruption."""
    if not issubclass(kind, KeyboardInterrupt):
        _told(kind, error, trace)
        return
    tell_interrupted()
    os._exit(INTERRUPTED)


def tell_interrupted() -> None:
    """The one line."""
    print("gongzhang: interrupted", file=sys.stderr, flush=True)


sys.excepthook = _end_in_one_line
