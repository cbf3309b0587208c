"""Become (or watch over) a PostgreSQL program that dies with the process which started it.

Run as a script by `ops.embedded_postgres`, never imported:

    python -I -S postgres_child.py PARENT_PID UID GID PROGRAM ARGUMENT…

UID and GID are `-` to stay who we are; PARENT_PID is `-` for a short-lived program that needs no
tie (initdb). On Linux the kernel sends SIGINT (fast shutdown) when the
parent is gone, whatever it died of; it forgets that wish when the user changes, so the order below
matters. Elsewhere this process stays, holds the reading end of a pipe as its standard input, and
sends the SIGINT itself when the pipe closes.
"""

import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def main(arguments: list[str]) -> int:
    """Drop privileges, tie our life to the parent's, then run the program."""
    parent, uid, gid, program, *rest = arguments
    tied = parent != "-"
    on_linux = sys.platform == "linux"
    if tied and on_linux:
        import ctypes  # before setuid: the library may lie where the other user cannot read

        libc = ctypes.CDLL(None, use_errno=True)
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
    os.umask(0o077)
    if tied and not on_linux:
        return watch([program, *rest])
    if tied:
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0) != 0:
            sys.exit("prctl(PR_SET_PDEATHSIG) failed")
        if os.getppid() != int(parent):
            return 1  # the parent died before the kernel knew of our wish
    return os.execv(program, [program, *rest])


def watch(command: list[str]) -> int:
    """Run the program as a child; stop it when our standard input closes."""
    import subprocess
    import threading

    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, close_fds=False)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, lambda received, _frame: child.send_signal(received))

    def stop_at_end_of_input() -> None:
        while os.read(0, 1024):
            pass
        child.send_signal(signal.SIGINT)

    threading.Thread(target=stop_at_end_of_input, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
