"""Commands an administrator types. Ctrl-C is one line from the first import on."""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from types import FrameType, TracebackType

_told = sys.excepthook
#: What a shell reports for a program ended by Ctrl-C, and by SIGTERM.
INTERRUPTED = 130
STOPPED = 143
_stopped: list[int] = []


def _end_in_one_line(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Modules take a second to load, before any command could catch the interruption."""
    if not issubclass(kind, KeyboardInterrupt):
        _told(kind, error, trace)
        return
    os._exit(tell_interrupted())


def tell_interrupted() -> int:
    """Say it in one line; return what to exit with."""
    is_chinese = speaks_chinese(os.environ)
    if _stopped:
        print("gongzhang:", "被终止" if is_chinese else "stopped", file=sys.stderr, flush=True)
        return STOPPED
    print("gongzhang:", "已中断" if is_chinese else "interrupted", file=sys.stderr, flush=True)
    return INTERRUPTED


def end_as_if_interrupted() -> None:
    """Let SIGTERM end a command as Ctrl-C does: what it began is tidied up on the way out.

    Who serves, or works in the background, sets up an end of its own afterwards.
    """
    in_charge = threading.current_thread() is threading.main_thread()
    if in_charge and signal.getsignal(signal.SIGTERM) == signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    _stopped.append(number)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # started with & by a script
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.raise_signal(signal.SIGINT)


def speaks_chinese(environment: Mapping[str, str]) -> bool:
    """Whether the locale for messages is a Chinese one; the first variable that is set decides."""
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    locale = next((environment[name] for name in names if environment.get(name)), "")
    return locale.lower().startswith("zh")


sys.excepthook = _end_in_one_line
