"""A directory with backups: their names, how one appears, how old ones go.

A file appears under its name only when it is whole and on the disk. A half-written one has another
name and a lock that ends with its writer, so that the next backup can tell it from one in the
making and remove it.
"""

import contextlib
import fcntl
import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import msgspec

from ops.backup.errors import BackupDamaged, BackupFailed, WrongBackupKey, explain
from ops.backup.manifest import FORMAT, Manifest
from ops.backup.sealed_files import Sealer, unsealed

SUFFIX = {"dump": ".backup", "base": ".base"}
_NAME = re.compile(r"gongzhang-\d{8}T\d{6}Z\.(backup|base)\Z")
_PARTIAL = ".partial"
#: At the very end: length of the sealed manifest, then the magic.
_TRAILER = struct.Struct("!Q11s")
_END = b"gongzhang-1"


@dataclass(frozen=True)
class ShelvedBackup:
    """A whole backup: its file, and what it says about itself."""

    path: Path
    manifest: Manifest


def name_of(kind: str, taken_at: datetime) -> str:
    """`gongzhang-20261122T210000Z.backup`: sorts by time."""
    return f"gongzhang-{taken_at:%Y%m%dT%H%M%SZ}{SUFFIX[kind]}"


def taken_at(path: Path) -> datetime:
    """When a backup was taken, from its name."""
    moment = path.name.removeprefix("gongzhang-").partition(".")[0]
    return datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def list_files(directory: Path, kind: str = "dump") -> list[Path]:
    """Whole backups of a kind, oldest first.

    Raises:
        BackupFailed: no such directory, or not to be read.
    """
    try:
        return sorted(
            path
            for path in directory.iterdir()
            if _NAME.match(path.name) and path.suffix == SUFFIX[kind]
        )
    except OSError as error:
        raise explain(error, directory) from error


def read_all(
    files: list[Path], key: bytes
) -> tuple[list[ShelvedBackup], list[tuple[Path, BackupFailed]]]:
    """What can be opened of these files, and what cannot, each with the reason.

    Raises:
        WrongBackupKey: the key opens none of them.
    """
    whole: list[ShelvedBackup] = []
    broken: list[tuple[Path, BackupFailed]] = []
    for path in files:
        try:
            whole.append(ShelvedBackup(path, read_manifest(path, key)))
        except BackupFailed as error:
            broken.append((path, error))
    reasons = [error for _, error in broken]
    if reasons and not whole and all(isinstance(error, WrongBackupKey) for error in reasons):
        raise reasons[0]
    return whole, broken


def misnamed(directory: Path) -> list[Path]:
    """Files that end like a backup and have another name than one is given."""
    found = sorted(directory.glob(f"*{SUFFIX['dump']}"))
    return [path for path in found if not _NAME.match(path.name)]


def list_backups(directory: Path) -> list[Path]:
    """The backups of a directory, oldest first, at least one.

    Raises:
        BackupFailed: there is none.
    """
    files = list_files(directory)
    if not files:
        raise BackupFailed(
            f"There is no backup in {directory}. Take one with: gongzhang backup {directory}"
        )
    return files


@contextlib.contextmanager
def new_file(directory: Path, name: str) -> Iterator[IO[bytes]]:
    """A file that appears under its name when the block ends well, and not at all otherwise.

    Raises:
        BackupFailed: the directory cannot be used, or the name is taken.
    """
    path = directory / name
    partial = directory / f"{name}.{os.getpid()}{_PARTIAL}"
    try:
        if not directory.is_dir():
            _make(directory)
        _remove_abandoned(directory)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield file
            file.flush()
            os.fsync(descriptor)
            if path.exists():
                raise FileExistsError
            partial.rename(path)
        _sync(directory)
    except FileExistsError as error:
        taken = directory if not directory.is_dir() else path
        raise BackupFailed(
            f"{taken} is there already; choose another directory, or try again in a second."
        ) from error
    except OSError as error:
        raise explain(error, partial) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _make(directory: Path) -> None:
    """Make a directory that nobody else may look into.

    Raises:
        BackupFailed: this user may not make it there.
    """
    try:
        directory.mkdir(mode=0o700, parents=True)
    except PermissionError as error:
        raise BackupFailed(
            f"{directory} does not exist, and this user may not make it: make it and give it to "
            "this user, or correct the path."
        ) from error


def write_manifest(file: IO[bytes], manifest: Manifest, key: bytes) -> None:
    """Close a backup: the sealed manifest, its length, the end mark."""
    sealer = Sealer(file, key)
    sealer.write(msgspec.json.encode(manifest))
    sealer.finish()
    file.write(_TRAILER.pack(sealer.written, _END))


def read_manifest(path: Path, key: bytes) -> Manifest:
    """What a backup says about itself.

    Raises:
        BackupFailed: it cannot be read, is cut off, or was sealed with another key.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TRAILER.size))
            length, end = _TRAILER.unpack(file.read().rjust(_TRAILER.size, b"\0"))
            if end != _END or not 0 < length <= size:
                raise BackupDamaged(path, "its end is missing")
            file.seek(size - _TRAILER.size - length)
            text = b"".join(unsealed(file, key, length=length, path=path))
    except OSError as error:
        raise explain(error, path) from error
    manifest = msgspec.json.decode(text, type=Manifest)
    if manifest.format > FORMAT:
        raise BackupFailed(
            f"{path} was taken by a newer version of this program ({manifest.product_version}). "
            "Restore it with that version: git pull && make install"
        )
    return manifest


def content(path: Path, manifest: Manifest, key: bytes) -> Iterator[bytes]:
    """The unsealed content of a backup, piece by piece.

    Raises:
        BackupFailed: it was changed or cut off.
    """
    try:
        with path.open("rb") as file:
            yield from unsealed(file, key, length=manifest.sealed_bytes, path=path)
    except OSError as error:
        raise explain(error, path) from error


def keep_newest(directory: Path, kind: str, count: int, key: bytes) -> list[Path]:
    """Remove what is older than the newest `count` backups that open; returns what was removed.

    A damaged file takes no whole one's place, nor does one under another key.
    """
    assert count >= 1, "the backup that was just taken is kept"
    files = list_files(directory, kind)
    whole, _ = read_all(files, key)
    if len(whole) <= count:
        return []
    old = files[: files.index(whole[-count].path)]
    for path in old:
        path.unlink(missing_ok=True)
    return old


def _remove_abandoned(directory: Path) -> None:
    """Remove what writers left behind that are gone."""
    for path in directory.glob(f"gongzhang-*{_PARTIAL}"):
        with contextlib.suppress(OSError), path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
