"""The file with the installation's secrets: made once, replaced as a whole, followed by services.

One secret a line, the current one first. Replacing takes two steps, so that no process meets
something under a secret that it does not know: a new secret is added behind the current one; when
every process has looked again, it is put in front. The old one leaves when nothing is under it.
"""

import contextlib
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ledger.foundation.secrets import LOOK_AGAIN_SECONDS, SecretRing, read_secrets
from ledger.settings import Settings, UnknownSetting
from ops.key_marks import BACKUP_KEY_MARK, SECRET_MARK

SHORTEST_SECRET = 32
_FILE = "secret-key"
_SECRET_BYTES = 48
#: Until every process has seen a change of the file, with a margin for a busy machine.
SPREAD_SECONDS = 3 * LOOK_AGAIN_SECONDS


def secret_file(settings: Settings) -> Path:
    """The file that the settings name, else the data directory's, which is made when missing.

    Raises:
        UnknownSetting: the named file cannot be read, or holds a secret that is too short, or the
            backup key.
    """
    if settings.secret_key_file:
        path = Path(settings.secret_key_file).expanduser().resolve()
    else:
        path = settings.data_path() / _FILE
        _make_once(path)
    try:
        found = read_secrets(path)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise UnknownSetting(
            f"The secrets in {path} cannot be read ({reason}); GONGZHANG_SECRET_KEY_FILE names a "
            "file with one secret a line that this user may read."
        ) from error
    if not found or min(map(len, found)) < SHORTEST_SECRET:
        raise UnknownSetting(
            f"{path} needs a secret of at least {SHORTEST_SECRET} characters in its first line."
        )
    refuse_backup_key(found, settings, place=str(path))
    return path


def with_secret_key(settings: Settings) -> Settings:
    """Fill in an empty secret key from its file; in the data directory it is made once."""
    if settings.secret_key and not settings.secret_key_file:
        if len(settings.secret_key) < SHORTEST_SECRET:
            raise UnknownSetting(
                f"GONGZHANG_SECRET_KEY needs at least {SHORTEST_SECRET} characters; leave it empty "
                "to have one made in the data directory."
            )
        refuse_backup_key([settings.secret_key], settings, place="GONGZHANG_SECRET_KEY")
        return settings
    path = secret_file(settings)
    return msgspec.structs.replace(
        settings, secret_key=read_secrets(path)[0], secret_key_file=str(path)
    )


def is_to_be_made(settings: Settings) -> bool:
    """Whether no secret is given and none lies in the data directory."""
    named = settings.secret_key or settings.secret_key_file
    return not named and not (settings.data_path() / _FILE).exists()


def refuse_backup_key(found: Sequence[str], settings: Settings, *, place: str) -> None:
    """Refuse the backup key where the installation's secret belongs.

    A rotation would write over it, and no backup would open any more.

    Raises:
        UnknownSetting: says which of the two settings to correct, and to write over neither.
    """
    if any(one.startswith(BACKUP_KEY_MARK) for one in found):
        raise UnknownSetting(
            f"{place} holds a backup key, not the installation's secret. Write over no file: "
            "without that key no backup opens. Let GONGZHANG_SECRET_KEY_FILE name the file with "
            "the secret; where none is named, put it into the data directory as secret-key."
        )
    if set(found) & set(_lines_of_backup_key(settings)):
        raise UnknownSetting(
            f"{place} holds the same as the backup key {settings.backup_key_file}. Write over "
            "neither. If that is the backup key, let GONGZHANG_SECRET_KEY_FILE name the file with "
            "the secret. If it is the secret, let GONGZHANG_BACKUP_KEY_FILE name the backup key, "
            "or make one: gongzhang backup new-key FILE"
        )


def _lines_of_backup_key(settings: Settings) -> list[str]:
    """Its text where a readable one is named; whoever needs it says what is wrong with it."""
    if not settings.backup_key_file:
        return []
    try:
        return read_secrets(Path(settings.backup_key_file).expanduser())
    except (OSError, UnicodeDecodeError):
        return []


def secret_ids(settings: Settings) -> tuple[str, ...]:
    """Ids of the secrets in force, hexadecimal; none when none was set or made yet."""
    if settings.secret_key and not settings.secret_key_file:
        found: Sequence[str] = [settings.secret_key]
        refuse_backup_key(found, settings, place="GONGZHANG_SECRET_KEY")
    elif is_to_be_made(settings):
        return ()
    else:
        found = read_secrets(secret_file(settings))
    return tuple(key_id.hex() for key_id in SecretRing(found).key_ids())


def new_secret() -> str:
    """A fresh secret of 384 bits."""
    return SECRET_MARK + secrets.token_urlsafe(_SECRET_BYTES)


def begin_rotation(path: Path) -> None:
    """Add a new secret, let every process learn it, then put it in front.

    A second secret in the file is one that an interrupted rotation added and nothing used yet.
    """
    current, *added = read_secrets(path)
    fresh = added[-1] if added else new_secret()
    write_secrets(path, [current, fresh])
    time.sleep(SPREAD_SECONDS)
    write_secrets(path, [fresh, current])
    time.sleep(SPREAD_SECONDS)


def write_secrets(path: Path, lines: Sequence[str]) -> None:
    """Replace the file as a whole: a reader sees the old lines or the new ones."""
    fresh = _beside(path, "".join(f"{line}\n" for line in lines))
    fresh.replace(path)
    _sync_directory(path.parent)


def _make_once(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = _beside(path, f"{new_secret()}\n")
    with contextlib.suppress(FileExistsError):
        os.link(fresh, path)  # never replaces a key that another process has made meanwhile
    fresh.unlink()


def _beside(path: Path, text: str) -> Path:
    """A file of the same directory with this text, readable by its owner alone, on disk."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def _sync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
