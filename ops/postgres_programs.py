"""Run the PostgreSQL programs as the user who owns the server, and make a new data directory."""

import json
import os
import secrets
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from ops.postgres_binaries import copy_for_other_user, find_binaries
from ops.postgres_errors import DataOfOtherUser, DataOfOtherVersion, ProgramFailed
from ops.postgres_home import Home, is_reachable

ADMIN_ROLE = "gongzhang_admin"
SERVICE_ROLE = "gongzhang_service"
SERVICE_LOGIN = "gongzhang_app"
DATABASE = "gongzhang"

OPEN_TO_OTHERS = stat.S_IWGRP | stat.S_IRWXO

FIRST_MAJOR_WITH_BUILTIN_LOCALES = 17


class PostgresPrograms:
    """The programs that serve one home, reachable for its owner.

    Raises:
        PostgresBinariesMissing: no PostgreSQL on this machine.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._binaries = find_binaries()
        if home.owner is not None and not is_reachable(self._binaries.bin_dir, home.owner):
            self._binaries = copy_for_other_user(self._binaries, home.shared_dir / "programs")

    def check_data(self) -> None:
        """Compare the data with the programs and the user that is to run them.

        Raises:
            DataOfOtherUser: PostgreSQL would not start on it.
            DataOfOtherVersion: another major version made the data.
        """
        found, owner = self._home.data.stat(), self._home.owner
        expected = os.geteuid() if owner is None else owner.pw_uid
        if found.st_uid != expected or found.st_mode & OPEN_TO_OTHERS:
            # a container's user may have no name
            raise DataOfOtherUser(
                self._home.data, owner=str(expected) if owner is None else owner.pw_name
            )
        made_by = int((self._home.data / "PG_VERSION").read_text())
        if made_by != self._binaries.major:
            programs = self._binaries.version
            raise DataOfOtherVersion(self._home.data, made_by=made_by, programs=programs)

    def initialise(self, *, durable: bool) -> None:
        """Run initdb beside the final place and rename: a half-made directory is never used."""
        partial = self._home.data.with_name("data.partial")
        shutil.rmtree(partial, ignore_errors=True)
        passwords = {role: secrets.token_urlsafe(32) for role in (ADMIN_ROLE, SERVICE_LOGIN)}
        self._home.write_credentials(json.dumps(passwords))
        with self._home.file_for_server(passwords[ADMIN_ROLE]) as password_file:
            self._initdb(partial, password_file, durable=durable)
        # In single-user mode there is no moment at which a server without our roles is reachable.
        statements = (
            f"CREATE ROLE {SERVICE_ROLE} NOLOGIN",
            f"CREATE ROLE {SERVICE_LOGIN} LOGIN PASSWORD '{passwords[SERVICE_LOGIN]}'",
            f"GRANT {SERVICE_ROLE} TO {SERVICE_LOGIN}",
            f"CREATE DATABASE {DATABASE}",
        )
        self._run("postgres", "--single", "-D", str(partial), "postgres", feed=statements)
        partial.rename(self._home.data)

    def command(self, program: str, *arguments: str, tied: bool) -> list[str]:
        """The command line of a program; `tied` ends it when our process ends."""
        owner = self._home.owner
        uid, gid = ("-", "-") if owner is None else (str(owner.pw_uid), str(owner.pw_gid))
        child = str(Path(__file__).with_name("postgres_child.py"))
        parent = str(os.getpid()) if tied else "-"
        path = self._binaries.program(program)
        return [sys.executable, "-I", "-S", child, parent, uid, gid, path, *arguments]

    def environment(self) -> dict[str, str]:
        """Our environment without PG* variables, which would change what the programs do."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {**kept, "LC_ALL": "C", "TZ": "UTC"}

    def _initdb(self, target: Path, password_file: Path, *, durable: bool) -> None:
        options = [
            f"--pgdata={target}",
            f"--username={ADMIN_ROLE}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
            "--no-instructions",
        ]
        if self._binaries.major >= FIRST_MAJOR_WITH_BUILTIN_LOCALES:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if not durable:
            options.append("--no-sync")
        self._run("initdb", *options)

    def _run(self, program: str, *arguments: str, feed: tuple[str, ...] = ()) -> None:
        """Run a program to its end as the server's user."""
        done = subprocess.run(
            self.command(program, *arguments, tied=False),
            input="\n".join(feed),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.environment(),
            cwd=self._home.data.parent,
            check=False,
        )
        # Single-user mode exits 0 even when a statement failed.
        if done.returncode != 0 or "ERROR:" in done.stdout:
            raise ProgramFailed(program, done.stdout.strip())
