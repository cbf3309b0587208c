"""Where the embedded server keeps its things, and who owns them.

    <root>/lock             held while the server or the process that started it lives
    <root>/data/            PostgreSQL's data directory
    <root>/credentials.json passwords of the roles, readable by us alone
    <root>/postgres.log
    <root>/socket/          0700; elsewhere when the path would be too long for a Unix socket

PostgreSQL refuses to run as root, so root hands the server to an unprivileged user, and everything
must lie where that user can enter every directory above it. If the requested directory does not,
a place below /var/lib/gongzhang named after it is used.
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ops.postgres_errors import DataDirInUse, DataDirUnusable

SHARED_DIR = Path("/var/lib/gongzhang")
UNPRIVILEGED_USERS = ("postgres", "nobody")
LONGEST_SOCKET_PATH_BYTES = 100  # 107 on Linux and 103 on macOS, less room for a suffix
RELEASE_TIMEOUT_SECONDS = 60.0


class Home:
    """One server's directory; `owner` is the user the server runs as, None for ourselves."""

    def __init__(self, root: Path, owner: pwd.struct_passwd | None) -> None:
        self.root = root
        self.owner = owner
        self.shared_dir = SHARED_DIR
        self.credentials = root / "credentials.json"
        self.log = root / "postgres.log"
        # The server's user needs a directory of its own to make and rename its data directory in.
        self.data = root / "cluster" / "data"
        self.socket_dir = self._choose_socket_dir()
        self._lock_file = root / "lock"
        self._lock: int | None = None

    @property
    def lock_descriptor(self) -> int:
        """The open lock file, to be inherited by the server."""
        assert self._lock is not None, "the directory is not locked"
        return self._lock

    def lock(self) -> None:
        """Create the directory if needed and take it for this process.

        Waits for a server whose starter is gone and which is on its way down.

        Raises:
            DataDirInUse: a living process has it.
            OSError: it cannot be created or written.
        """
        self._create()
        descriptor = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + RELEASE_TIMEOUT_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = int(os.pread(descriptor, 20, 0) or b"0")
                if _is_alive(holder) or time.monotonic() > deadline:
                    os.close(descriptor)
                    raise DataDirInUse(self.root, holder) from None
                time.sleep(0.05)
        try:
            os.truncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        except OSError:  # a full disk; what stays open here would hold the lock for ever
            os.close(descriptor)
            raise
        self._lock = descriptor

    def release(self) -> None:
        """Give the directory free and remove the socket directory."""
        if self._lock is None:
            return
        shutil.rmtree(self.socket_dir, ignore_errors=True)
        os.truncate(self._lock, 0)  # whoever still has it open is on the way down
        os.close(self._lock)
        self._lock = None

    def open_socket_dir(self) -> Path:
        """Make the socket directory anew, private to the server's user."""
        shutil.rmtree(self.socket_dir, ignore_errors=True)
        self.socket_dir.mkdir(mode=0o700)
        self._give_to_owner(self.socket_dir)
        return self.socket_dir

    def write_credentials(self, text: str) -> None:
        """Store the passwords, readable by ourselves only."""
        descriptor = os.open(self.credentials, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w") as file:
            file.write(text)

    @contextlib.contextmanager
    def file_for_server(self, text: str) -> Iterator[Path]:
        """A short-lived private file which the server's user can read."""
        with tempfile.NamedTemporaryFile("w", dir=self.data.parent) as file:
            file.write(text)
            file.flush()
            self._give_to_owner(Path(file.name))
            yield Path(file.name)

    def give_tree_to_owner(self, directory: Path) -> None:
        """Close a directory to everybody but the server's user, to whom all of it belongs."""
        for path in (directory, *directory.rglob("*")):
            if path.is_dir():
                path.chmod(0o700)
            self._give_to_owner(path)

    def _create(self) -> None:
        if self.owner is None:
            self.data.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
        self.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.root.chmod(0o755)
        if not self.data.parent.exists():
            self.data.parent.mkdir(mode=0o700)
            self._give_to_owner(self.data.parent)

    def _choose_socket_dir(self) -> Path:
        beside = self.root / "socket"
        if len(os.fsencode(beside / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH_BYTES:
            return beside
        name = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"gongzhang-{os.getuid()}-{name}"

    def _give_to_owner(self, path: Path) -> None:
        if self.owner is not None:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)


def find_home(data_dir: Path) -> Home:
    """Return the server's home for a requested data directory.

    Raises:
        DataDirUnusable: there is a file of that name.
    """
    if data_dir.exists() and not data_dir.is_dir():
        raise DataDirUnusable(data_dir, "it is a file")
    root = data_dir.absolute() / "postgres"
    owner = _server_user()
    if owner is None or is_reachable(root, owner):
        return Home(root, owner)
    name = hashlib.sha256(os.fsencode(data_dir.absolute())).hexdigest()[:12]
    return Home(SHARED_DIR / name, owner)


def is_reachable(path: Path, user: pwd.struct_passwd) -> bool:
    """True if `user` may enter every existing directory above `path`, and `path` itself."""
    groups = set(os.getgrouplist(user.pw_name, user.pw_gid))
    for directory in (path, *path.parents):
        if not directory.exists():
            continue
        entry = directory.stat()
        if entry.st_uid == user.pw_uid:
            needed = stat.S_IXUSR
        elif entry.st_gid in groups:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not entry.st_mode & needed:
            return False
    return True


def _server_user() -> pwd.struct_passwd | None:
    """None when we may run the server ourselves, else an unprivileged user of this machine."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return pid > 0
