"""What every child of the service does first: tie itself to its parent, set up logs, read settings.

It imports little, because the parent imports it too.
"""

import ctypes
import os
import signal
import sys
import threading
import time

from ledger.settings import Settings, read_settings
from ops.logging import configure_logging

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
PARENT_CHECK_SECONDS = 1.0


def prepare_child() -> Settings:
    """Tie the process to its parent, set up its logs, and read its settings."""
    die_with_parent()
    os.setpgid(0, 0)  # Ctrl-C is for the parent, which then stops us in an orderly way
    settings = read_settings()
    configure_logging(settings.log_level)
    return settings


def die_with_parent() -> None:
    """Let SIGTERM reach this process when the one that started it is gone, even by SIGKILL."""
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
