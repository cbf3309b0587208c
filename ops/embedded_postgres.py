"""A PostgreSQL server of our own that lives exactly as long as this process.

    with EmbeddedPostgres(Path(".gongzhang")) as server:
        engine = create_engine(server.service_url)

The data directory is held by a file lock which the server process inherits: it is free again only
when both we and the server are gone. The server listens on a Unix socket in a private directory,
never on the network. Committed work survives any crash (fsync and synchronous_commit stay on).

Source: docs/decisions/0030-embedded-postgresql.md
"""

import contextlib
import errno
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

from ops.postgres_errors import DataDirUnusable, DiskFull, EmbeddedPostgresError, ProgramFailed
from ops.postgres_home import Home, find_home
from ops.postgres_probe import accepts_connections
from ops.postgres_programs import ADMIN_ROLE, DATABASE, SERVICE_LOGIN, PostgresPrograms

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]

logger = logging.getLogger(__name__)

START_TIMEOUT_SECONDS = 120.0  # recovery after a crash replays up to max_wal_size
STOP_TIMEOUT_SECONDS = 60.0
#: One segment of its log; with less it does not come up, and does not say so.
LEAST_FREE_BYTES = 17_000_000
LOG_LIMIT_BYTES = 10_000_000

#: The kernel ties the server to the thread that started it: this one lives as long as we do.
_STARTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="postgres-starter")

SERVER_SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
    # a log that nobody fetches any more must not fill the disk
    "max_slot_wal_keep_size": "4GB",
    "max_connections": "100",
    "jit": "off",
    # a fresh database grows fast: plans need statistics within seconds, not after a minute
    "autovacuum_naptime": "10s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # details quote the row that was refused, with what it says of a person
    "log_error_verbosity": "terse",
}


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
        self._process: subprocess.Popen[bytes] | None = None
        self._log_begin = 0

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

        Raises:
            EmbeddedPostgresError: directory in use or unusable, other version, server failed.
        """
        assert not self.is_running, "the server is running already"
        self._home = find_home(self._requested_dir)
        try:
            self._home.lock()
            programs = PostgresPrograms(self._home)
            if not self._home.data.exists():
                programs.initialise(durable=self._durable_setup)
            programs.check_data()
            if shutil.disk_usage(self._home.root).free < LEAST_FREE_BYTES:
                raise DiskFull(self._home.root, needed_bytes=LEAST_FREE_BYTES)
            # The lock says that no server and no backend of it lives. A killed one that nobody has
            # reaped yet still has a process id, and PostgreSQL would take it for running.
            (self._home.data / "postmaster.pid").unlink(missing_ok=True)
            self._launch(programs)
        except OSError as error:
            self.stop()
            if error.errno == errno.ENOSPC:
                raise DiskFull(self._home.root, needed_bytes=LEAST_FREE_BYTES) from error
            raise DataDirUnusable(self._home.root, error.strerror or str(error)) from error
        except BaseException:
            self.stop()
            raise

    def is_there(self) -> bool:
        """Whether the data directory holds a database already."""
        return find_home(self._requested_dir).data.exists()

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
        home.lock()
        home.release()
        shutil.rmtree(home.root)

    def _url(self, role: str) -> str:
        password = json.loads(self.home.credentials.read_text())[role]
        return f"postgresql://{role}:{password}@/{DATABASE}?host={quote(str(self.home.socket_dir))}"

    def _launch(self, programs: PostgresPrograms) -> None:
        settings = {
            **self._settings,
            "listen_addresses": "",
            "unix_socket_directories": str(self.home.open_socket_dir()),
            "unix_socket_permissions": "0700",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._open_log() as log:
            self._log_begin = log.tell()
            command = programs.command("postgres", "-D", str(self.home.data), *options, tied=True)
            environment = programs.environment()
            self._process = _STARTER.submit(self._start_process, command, environment, log).result()
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while not accepts_connections(self.home.socket_dir, role=ADMIN_ROLE, database=DATABASE):
            if self._process.poll() is not None:
                raise ProgramFailed("PostgreSQL", self.log_tail())
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"PostgreSQL was not ready after {START_TIMEOUT_SECONDS:.0f} seconds; "
                    f"see {self.home.log}."
                )
            time.sleep(0.01)

    def _start_process(
        self, command: list[str], environment: dict[str, str], log: IO[bytes]
    ) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if sys.platform == "linux" else subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=environment,
            cwd=self.home.data.parent,
            pass_fds=(self.home.lock_descriptor,),
            start_new_session=True,  # Ctrl-C in the terminal is for us, not for the server
        )

    def _open_log(self) -> IO[bytes]:
        self.limit_log()
        self.home.log.touch(mode=0o600)
        self.home.log.chmod(0o600)
        return self.home.log.open("ab")

    def limit_log(self) -> None:
        """Set a long log aside as postgres.log.1 and go on with an empty one.

        It is copied and emptied, not renamed: the server has it open, and always writes at its end.
        """
        log = self.home.log
        if not log.exists() or log.stat().st_size <= LOG_LIMIT_BYTES:
            return
        with contextlib.suppress(OSError):  # a full disk wants the room more than the old lines
            shutil.copy(log, log.with_suffix(".log.1"))
        os.truncate(log, 0)

    def log_tail(self) -> str:
        """The end of what the server said since it was started."""
        with self.home.log.open("rb") as log:
            log.seek(self._log_begin)
            said = log.read().decode(errors="replace")
        return "\n".join(said.splitlines()[-12:])
