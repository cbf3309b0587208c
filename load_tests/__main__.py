"""`make load`: three kinds of users at once, for a short while, against a budget.

Without settings a small demo is started, loaded and thrown away. `LOAD_URL` points to a service
that runs already, on this machine; then `LOAD_VOLUNTEER`, `LOAD_MERCHANT`, `LOAD_AUDITOR` (each
name:password) and `LOAD_API_KEY` say as whom, as `gongzhang demo` prints them. `LOAD_USERS` and
`LOAD_SECONDS` change how many and how long. The report is build/load.html. Exit code 1: a budget
is broken; 2: the run could not begin.
"""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

from load_tests.demo_service import is_ready, small_demo
from load_tests.settings import LoadRefused, LoadSettings, read_load_settings

REPORT = Path("build/load.html")
_HERE = Path(__file__).parent
_USERS_A_SECOND = 4


def main() -> int:
    """Run the load; 0 within the budgets, 1 not, 2 no run."""
    try:
        settings = read_load_settings()
        _warn_of_other_work()
        place = contextlib.nullcontext(settings) if settings.url else small_demo(settings)
        with place as found:
            for role in ("volunteer", "merchant", "auditor"):
                found.login(role)
            if not is_ready(found.url):
                raise LoadRefused(f"No service is ready at {found.url}.")
            return _run_locust(found)
    except LoadRefused as refusal:
        print(f"load: {refusal}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _warn_of_other_work() -> None:
    """Say that the figures will suffer where others work on the machine already."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    if load > processors:
        words = f"load: busy already ({load:.1f} running on {processors} processors)"
        print(f"{words}; the figures will suffer", file=sys.stderr, flush=True)


def _run_locust(settings: LoadSettings) -> int:
    REPORT.parent.mkdir(exist_ok=True)
    command = [
        *(sys.executable, "-m", "locust", "--locustfile", str(_HERE / "locustfile.py")),
        *("--headless", "--only-summary", "--host", settings.url),
        *("--users", str(settings.users), "--spawn-rate", str(_USERS_A_SECOND)),
        *("--run-time", f"{settings.seconds}s", "--stop-timeout", "10"),
        *("--html", str(REPORT), "--loglevel", "WARNING"),
    ]
    done = subprocess.run(command, env={**os.environ, **settings.variables()}, check=False)
    print(f"report: {REPORT}", flush=True)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
