"""A parent that kills itself; its child ties itself to it afterwards, and locks up at SIGTERM.

python -m tests.faults.late_child ORPHAN_SECONDS
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import time

import ops.child_process


def lock_up(*_: object) -> None:
    """Never come back, and keep the interpreter: no other thread goes on."""
    print("asked", flush=True)
    ctypes.PyDLL(None).pause()


def live_on(parent: int, orphan_seconds: float) -> None:
    """Wait until the parent is gone, then do what every child does first."""
    while os.getppid() == parent:
        time.sleep(0.01)
    signal.signal(signal.SIGTERM, lock_up)
    ops.child_process.ORPHAN_SECONDS = orphan_seconds
    ops.child_process.die_with_parent()
    while True:
        signal.pause()


if __name__ == "__main__":
    child = multiprocessing.get_context("spawn").Process(
        target=live_on, args=(os.getpid(), float(sys.argv[1]))
    )
    child.start()
    print(child.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
