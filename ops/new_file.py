"""A file that a command writes for somebody: whole or not there, and never over another one."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from ops.refusals import AdministratorMust


class FileNotWritten(AdministratorMust):
    """Nothing was written under the name that was asked for."""


def check_free(path: Path) -> None:
    """Refuse a name that something has already, before any work is done for it.

    Raises:
        FileNotWritten: something is there.
    """
    if os.path.lexists(path):
        raise _taken(path)


def write_new_file(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Write beside and give it the name at the end; ``mode`` holds from the first byte on.

    Raises:
        FileNotWritten: the name is taken, or the disk refuses; what was there stays.
    """
    partial = path.with_name(f".{path.name}.{token_hex(4)}.partial")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(descriptor)
            _name(partial, path)
        finally:
            with suppress(OSError):
                partial.unlink()
    except FileExistsError as error:
        raise _taken(path) from error
    except OSError as error:
        where = path.resolve().parent
        raise FileNotWritten(
            f"{path} cannot be written in {where}: {error.strerror}. Name another place."
        ) from error


def _name(partial: Path, path: Path) -> None:
    """Give the name, never another file's: a link, and where the disk knows none a renaming."""
    try:
        os.link(partial, path)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        check_free(path)
        partial.rename(path)


def _taken(path: Path) -> FileNotWritten:
    return FileNotWritten(
        f"{path} is there already, and nothing is written over it: name another file."
    )
