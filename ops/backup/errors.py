"""Why a backup cannot be taken or used. Each message says what to do."""

import errno
from pathlib import Path

from ops.refusals import AdministratorMust


class BackupFailed(AdministratorMust):
    """A backup was not taken or not restored; the message says why and what to do."""


class LoginCannotReadAll(BackupFailed):
    """The login at hand may not act as the role that reads what is backed up."""

    def __init__(self) -> None:
        super().__init__(
            "A backup reads the rows of every place, which the service's login may not. Give the "
            "login that migrates in GONGZHANG_ADMIN_DATABASE_URL. Where it is that one already and "
            "the database is new, run first: gongzhang migrate"
        )


class WrongBackupKey(BackupFailed):
    """The key at hand does not open the file, or somebody has changed the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} cannot be opened with the key in GONGZHANG_BACKUP_KEY_FILE: it was sealed "
            "with another key, or the file was changed. Use the key of the day it was taken, or "
            "an earlier backup."
        )


class BackupDamaged(BackupFailed):
    """The file is no backup, or ends too early, or was changed."""

    def __init__(self, path: Path, what: str) -> None:
        super().__init__(f"{path} is not a whole backup: {what}. Use another one.")


#: What the operating system refuses → what to do.
REMEDIES = {
    errno.ENOSPC: "the disk is full; make room there, or choose another directory",
    errno.EDQUOT: "the quota of this user is used up; make room, or choose another directory",
    errno.EACCES: "this user may not go there; give it the right, or choose another directory",
    errno.EPERM: "this user may not do that there; choose another directory",
    errno.EROFS: "the file system is read-only; choose another directory",
    errno.ENOENT: "it does not exist; create it, or correct the path",
    errno.ENOTDIR: "a part of the path is a file; correct the path",
    errno.EISDIR: "it is a directory; name a file in it",
    errno.EIO: "the disk has an error; choose another one, and look after this one",
}


def explain(error: OSError, path: Path) -> BackupFailed:
    """What the operating system refused, with the remedy."""
    known = REMEDIES.get(error.errno or 0)
    place = error.filename or path
    return BackupFailed(f"{place}: {known or error.strerror or error}.")
