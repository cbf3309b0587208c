"""What every child of the service does first: tie itself to its parent, set up logs, read settings.

It imports little, because the parent imports it too.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable

from ledger.settings import Settings, read_settings
from ops.logging import configure_logging

#: How long a child has to finish its step.
DRAIN_SECONDS = 25
#: How long a child without its parent may take to end in an orderly way; nobody else would end it.
ORPHAN_SECONDS = 35.0


def prepare_child() -> Settings:
    """Tie the process to its parent, set up its logs, and read its settings."""
    die_with_parent()
    os.setpgid(0, 0)  # Ctrl-C is for the parent, which then stops us in an orderly way
    settings = read_settings()
    configure_logging(settings.log_level)
    return settings


def die_with_parent() -> None:
    """Send this process SIGTERM when the one that spawned it is gone, whatever it died of.

    The parent holds one end of a pipe, which closes with it. That is so as well when it died before
    we got here, and whichever of its threads started us; the kernel's own wish for a signal
    (PR_SET_PDEATHSIG) fails in the first case and fires too early in the second.
    """
    parent = multiprocessing.parent_process()
    assert parent is not None, "only what multiprocessing has spawned has such a parent"
    threading.Thread(target=_follow, args=(parent.join,), name="parent", daemon=True).start()


def _follow(wait_for_end: Callable[[], None]) -> None:
    """End this process after its parent: orderly, then in any case.

    The second end is the kernel's alarm. A web process that is told to stop while it is busy can
    lock up inside its server, which then holds the interpreter, so that no thread of ours could
    send itself a signal: https://github.com/emmett-framework/granian/issues/875
    """
    wait_for_end()
    signal.setitimer(signal.ITIMER_REAL, ORPHAN_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
