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

from ledger.foundation.secrets import LOOK_AGAIN_SECONDS, SecretRing, read_secrets
from ledger.settings import Settings, UnknownSetting

SHORTEST_SECRET = 32
_SECRET_BYTES = 48
#: Until every process has seen a change of the file, with a margin for a busy machine.
SPREAD_SECONDS = 3 * LOOK_AGAIN_SECONDS


def secret_file(settings: Settings) -> Path:
    """The file that the settings name, else the data directory's, which is made when missing.

    Raises:
        UnknownSetting: the named file cannot be read, or holds a secret that is too short.
    """
    if settings.secret_key_file:
        path = Path(settings.secret_key_file).expanduser().resolve()
    else:
        path = settings.data_path() / "secret-key"
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
    return path


def secret_ids(settings: Settings) -> tuple[str, ...]:
    """Ids of the secrets in force, hexadecimal; none when none was set or made yet."""
    if settings.secret_key and not settings.secret_key_file:
        found: Sequence[str] = [settings.secret_key]
    elif settings.secret_key_file or (settings.data_path() / "secret-key").exists():
        found = read_secrets(secret_file(settings))
    else:
        return ()
    return tuple(key_id.hex() for key_id in SecretRing(found).key_ids())


def new_secret() -> str:
    """A fresh secret of 384 bits."""
    return secrets.token_urlsafe(_SECRET_BYTES)


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
