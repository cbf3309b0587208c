"""pg_dump, pg_restore and their kin, run on whichever server an address names."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from typing import IO
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from ops.backup.errors import BackupFailed
from ops.postgres_binaries import PostgresBinaries, all_binaries

PIECE_BYTES = 1024 * 1024


def programs_for(server_major: int) -> PostgresBinaries:
    """Programs that can work with a server of this version: none older than it.

    Raises:
        BackupFailed: none on this machine.
    """
    for found in all_binaries():
        if found.major >= server_major:
            return found
    raise BackupFailed(
        f"The server is PostgreSQL {server_major}, and no pg_dump of that version or newer is "
        f"here. Install postgresql-client-{server_major} and postgresql-{server_major}."
    )


def read_from(binaries: PostgresBinaries, program: str, url: str, *words: str) -> Iterator[bytes]:
    """What a program writes to its standard output.

    Raises:
        BackupFailed: it could not do its work; with the last line of what it said.
    """
    with _complaints() as said, _start(binaries, program, url, words, said) as process:
        assert process.stdout is not None
        try:
            while piece := process.stdout.read(PIECE_BYTES):
                yield piece
            _expect_success(process, program, said)
        finally:
            process.kill()


def feed(
    binaries: PostgresBinaries, program: str, url: str, words: Iterable[str], data: Iterable[bytes]
) -> None:
    """Give a program its standard input; when that fails half-way, the program is killed.

    Raises:
        BackupFailed: the program could not do its work, or the data could not be read.
    """
    with _complaints() as said, _start(binaries, program, url, words, said) as process:
        assert process.stdin is not None
        try:
            for piece in data:
                process.stdin.write(piece)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended early, and says why
        except BaseException:
            process.kill()
            raise
        _expect_success(process, program, said)


def through(
    binaries: PostgresBinaries, program: str, words: Iterable[str], data: Iterable[bytes]
) -> Iterator[bytes]:
    """What a program that needs no server makes of the data.

    Raises:
        BackupFailed: the program could not do its work, or the data could not be read.
    """
    with _complaints() as said, _start(binaries, program, None, words, said) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        feeder = _Feeder(process, data)
        feeder.start()
        try:
            while piece := process.stdout.read(PIECE_BYTES):
                yield piece
            feeder.join()
            if feeder.failure is not None:
                raise feeder.failure
            _expect_success(process, program, said)
        finally:
            process.kill()
            feeder.join()


class _Feeder(threading.Thread):
    """Writes to a program while somebody else reads from it."""

    def __init__(self, process: "subprocess.Popen[bytes]", data: Iterable[bytes]) -> None:
        super().__init__(name="feeder", daemon=True)
        self.failure: BaseException | None = None
        self._process = process
        self._data = data

    def run(self) -> None:
        """Write everything; what goes wrong is kept for the reader, and the program is killed."""
        assert self._process.stdin is not None
        try:
            for piece in self._data:
                self._process.stdin.write(piece)
            self._process.stdin.close()
        except BrokenPipeError:
            pass  # it ended early, and says why
        except Exception as error:  # noqa: BLE001  # raised again by the reader
            self.failure = error
            self._process.kill()


def _start(
    binaries: PostgresBinaries, program: str, url: str | None, words: Iterable[str], said: IO[bytes]
) -> "subprocess.Popen[bytes]":
    address, environment = program_environment(url)
    return subprocess.Popen(
        [binaries.program(program), *address, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=said,
        env=environment,
    )


def program_environment(url: str | None) -> tuple[list[str], dict[str, str]]:
    """The words that name a server, and the environment with the password that they leave out."""
    environment = {**os.environ, "PGAPPNAME": "gongzhang backup", "LC_ALL": "C"}
    if url is None:
        return [], environment
    shown, password = without_password(url)
    if password:
        environment["PGPASSWORD"] = password  # command lines can be read by everybody
    return [f"--dbname={shown}", "--no-password"], environment


def without_password(url: str) -> tuple[str, str]:
    """The address without its password, and the password."""
    parts = urlsplit(url)
    login, _, host = parts.netloc.rpartition("@")
    name, _, password = login.partition(":")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    password = query.pop("password", "") or unquote(password)
    netloc = f"{name}@{host}" if login else host
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(query))), password


def _complaints() -> IO[bytes]:
    """Where a program's standard error goes: a file never blocks the program."""
    return tempfile.TemporaryFile()


def _expect_success(process: "subprocess.Popen[bytes]", program: str, said: IO[bytes]) -> None:
    if process.wait() == 0:
        return
    said.seek(0)
    lines = [line for line in said.read().decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line or "FATAL" in line] or lines[-1:]
    told = " ".join(errors[:1]) or f"exit code {process.returncode}"
    raise BackupFailed(f"{program} failed: {told.removeprefix(f'{program}: ')}")
