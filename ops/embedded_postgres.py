"""A PostgreSQL server of our own that lives exactly as long as this process.

    with EmbeddedPostgres(Path(".gongzhang")) as server:
        engine = create_engine(server.service_url)

The data directory is held by a file lock which the server process inherits: it is free again only
when both we and the server are gone. The server listens on a Unix socket in a private directory,
never on the network. Committed work survives any crash (fsync and synchronous_commit stay on).

Source: docs/decisions/embedded-postgresql.md
"""

import json
import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from ops.postgres_binaries import PostgresBinaries, copy_for_other_user, find_binaries
from ops.postgres_home import Home, HomeInUse, find_home, is_reachable
from ops.postgres_probe import accepts_connections

logger = logging.getLogger(__name__)

ADMIN_ROLE = "gongzhang_admin"
SERVICE_ROLE = "gongzhang_service"
SERVICE_LOGIN = "gongzhang_app"
DATABASE = "gongzhang"

START_TIMEOUT_SECONDS = 120.0  # recovery after a crash replays up to max_wal_size
STOP_TIMEOUT_SECONDS = 60.0
LOG_LIMIT_BYTES = 10_000_000

SERVER_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    "max_connections": "100",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be used; the message says why and what to do."""


class EmbeddedPostgres:
    """Start, watch and stop one server on one data directory.

    `settings` are added to SERVER_SETTINGS and win over them. `durable_setup=False` lets initdb
    skip its final sync, which is for throw-away servers of tests.

    After `start()`: `admin_url` (superuser), `service_url` (login role gongzhang_app, a member of
    gongzhang_service), both on the database "gongzhang", which exists and may be empty.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        durable_setup: bool = True,
    ) -> None:
        self._requested_dir = data_dir
        self._settings = {**SERVER_SETTINGS, **(settings or {})}
        self._durable_setup = durable_setup
        self._home: Home | None = None
        self._binaries: PostgresBinaries | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def home(self) -> Home:
        """Where data, socket and passwords are; as root this may differ from what was asked."""
        assert self._home is not None, "the server was never started"
        return self._home

    @property
    def pid(self) -> int:
        """Process id of the running server."""
        assert self._process is not None, "the server is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """False before start, after stop, and when the server died by itself."""
        return self._process is not None and self._process.poll() is None

    @property
    def admin_url(self) -> str:
        """URL of the superuser."""
        return self._url(ADMIN_ROLE)

    @property
    def service_url(self) -> str:
        """URL of the login role the service uses."""
        return self._url(SERVICE_LOGIN)

    def start(self) -> None:
        """Create the data directory if it is new, start the server, wait until it accepts.

        Call it from a thread that lives as long as the server shall (the kernel ties the server
        to the thread that started it).

        Raises:
            EmbeddedPostgresError: directory in use or unusable, other version, server failed.
            PostgresBinariesMissing: no server program on this machine.
        """
        assert not self.is_running, "the server is running already"
        try:
            self._home = find_home(self._requested_dir)
            self._home.lock()
        except HomeInUse as error:
            raise EmbeddedPostgresError(str(error)) from error
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The data directory {self._requested_dir} cannot be used: {error.strerror}."
            ) from error
        try:
            self._binaries = self._choose_binaries()
            if not self.home.data.exists():
                self._initialise()
            self._check_version()
            self._launch()
        except BaseException:
            self.stop()
            raise

    def join_running(self) -> bool:
        """Use the server that another process runs on this directory; False if there is none.

        The addresses work afterwards; stopping the server remains the other process's business.
        """
        home = find_home(self._requested_dir)
        if not accepts_connections(home.socket_dir, role=ADMIN_ROLE, database=DATABASE):
            return False
        self._home = home
        return True

    def stop(self) -> None:
        """Stop the server (open transactions are rolled back) and release the directory."""
        process, self._process = self._process, None
        if process is not None:
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                process.send_signal(number)
                try:
                    process.wait(STOP_TIMEOUT_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    logger.warning("postgres_stop_is_slow", extra={"signal": number})
            if process.stdin is not None:
                process.stdin.close()
        if self._home is not None:
            self._home.release()

    def restart(self) -> None:
        """Start again after the server died by itself; what was committed is recovered."""
        self.stop()
        self.start()

    def remove(self) -> None:
        """Delete the stopped server's data, passwords and log for good."""
        assert not self.is_running, "stop the server first"
        home = find_home(self._requested_dir)
        try:
            home.lock()
        except HomeInUse as error:
            raise EmbeddedPostgresError(str(error)) from error
        home.release()
        shutil.rmtree(home.root)

    def _url(self, role: str) -> str:
        password = json.loads(self.home.credentials.read_text())[role]
        return f"postgresql://{role}:{password}@/{DATABASE}?host={quote(str(self.home.socket_dir))}"

    def _choose_binaries(self) -> PostgresBinaries:
        binaries = find_binaries()
        owner = self.home.owner
        if owner is None or is_reachable(binaries.bin_dir, owner):
            return binaries
        return copy_for_other_user(binaries, self.home.shared_dir / "programs")

    def _initialise(self) -> None:
        """Run initdb beside the final place and rename: a half-made directory is never used."""
        assert self._binaries is not None
        partial = self.home.data.with_name("data.partial")
        shutil.rmtree(partial, ignore_errors=True)
        passwords = {role: secrets.token_urlsafe(32) for role in (ADMIN_ROLE, SERVICE_LOGIN)}
        self.home.write_credentials(json.dumps(passwords))
        with self.home.file_for_server(passwords[ADMIN_ROLE]) as password_file:
            self._run(
                "initdb",
                f"--pgdata={partial}",
                f"--username={ADMIN_ROLE}",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                *(
                    ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")
                    if self._binaries.major >= 17
                    else ()
                ),
                "--data-checksums",
                "--no-instructions",
                *(() if self._durable_setup else ("--no-sync",)),
            )
        # In single-user mode there is no moment at which a server without our roles is reachable.
        statements = (
            f"CREATE ROLE {SERVICE_ROLE} NOLOGIN",
            f"CREATE ROLE {SERVICE_LOGIN} LOGIN PASSWORD '{passwords[SERVICE_LOGIN]}'",
            f"GRANT {SERVICE_ROLE} TO {SERVICE_LOGIN}",
            f"CREATE DATABASE {DATABASE}",
        )
        self._run(
            "postgres", "--single", "-D", str(partial), "postgres", feed="\n".join(statements)
        )
        partial.rename(self.home.data)

    def _check_version(self) -> None:
        assert self._binaries is not None
        made_by = int((self.home.data / "PG_VERSION").read_text())
        if made_by != self._binaries.major:
            raise EmbeddedPostgresError(
                f"The data in {self.home.data} was made by PostgreSQL {made_by}, but the installed "
                f"programs are PostgreSQL {self._binaries.version}. Install programs of version "
                f"{made_by}, dump the database, and restore it into a new directory."
            )

    def _launch(self) -> None:
        settings = {
            **self._settings,
            "listen_addresses": "",
            "unix_socket_directories": str(self.home.open_socket_dir()),
            "unix_socket_permissions": "0700",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._open_log() as log:
            self._process = subprocess.Popen(
                self._command("postgres", "-D", str(self.home.data), *options, tied=True),
                stdin=subprocess.DEVNULL if sys.platform == "linux" else subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=_clean_environment(),
                cwd=self.home.data.parent,
                pass_fds=(self.home.lock_descriptor,),
                start_new_session=True,  # Ctrl-C in the terminal is for us, not for the server
            )
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not accepts_connections(self.home.socket_dir, role=ADMIN_ROLE, database=DATABASE):
            if self._process.poll() is not None:
                raise EmbeddedPostgresError(
                    f"PostgreSQL did not start. The end of {self.home.log}:\n{self._log_tail()}"
                )
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"PostgreSQL was not ready after {START_TIMEOUT_SECONDS:.0f} seconds; "
                    f"see {self.home.log}."
                )
            time.sleep(0.01)

    def _run(self, program: str, *arguments: str, feed: str = "") -> None:
        """Run a program to its end as the server's user."""
        done = subprocess.run(
            self._command(program, *arguments, tied=False),
            input=feed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=_clean_environment(),
            cwd=self.home.data.parent,
            check=False,
        )
        # Single-user mode exits 0 even when a statement failed.
        if done.returncode != 0 or "ERROR:" in done.stdout:
            raise EmbeddedPostgresError(f"{program} failed:\n{done.stdout.strip()}")

    def _command(self, program: str, *arguments: str, tied: bool) -> list[str]:
        assert self._binaries is not None
        owner = self.home.owner
        uid, gid = ("-", "-") if owner is None else (str(owner.pw_uid), str(owner.pw_gid))
        child = str(Path(__file__).with_name("postgres_child.py"))
        parent = str(os.getpid()) if tied else "-"
        path = self._binaries.program(program)
        return [sys.executable, "-I", "-S", child, parent, uid, gid, path, *arguments]

    def _open_log(self) -> IO[bytes]:
        if self.home.log.exists() and self.home.log.stat().st_size > LOG_LIMIT_BYTES:
            self.home.log.replace(self.home.log.with_suffix(".log.1"))
        return self.home.log.open("ab")

    def _log_tail(self) -> str:
        return "\n".join(self.home.log.read_text(errors="replace").splitlines()[-12:])


def _clean_environment() -> dict[str, str]:
    """Our environment without PG* variables, which would change what the programs do."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
