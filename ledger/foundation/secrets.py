"""The secrets of the installation, and keys derived from them, each for one purpose.

A ring holds several secrets while one replaces another: the first is for everything new, each is
accepted. Secrets are told apart by an id that follows from them and tells nothing about them.

Source: docs/decisions/0049-personal-data.md
"""

import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ledger.settings import Settings

KEY_ID_BYTES = 4
#: A file of secrets is looked at again after so many seconds; changes need no restart.
LOOK_AGAIN_SECONDS = 1
_SECOND_NS = 1_000_000_000


def derive_key(secret: str, purpose: str, *, length: int = 32) -> bytes:
    """A key of 32 bytes for one purpose; keys of other purposes tell nothing about it."""
    derivation = HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose.encode())
    return derivation.derive(secret.encode())


class DerivedKey(msgspec.Struct, frozen=True):
    """A key for one purpose, and the id of the secret it comes from."""

    key_id: bytes
    key: bytes


class SecretRing:
    """The secrets in force, the current one first; a ring over a file follows the file."""

    def __init__(self, secrets: Sequence[str], *, file: Path | None = None) -> None:
        assert secrets, "an installation has a secret"
        self._file = file
        self._seen: tuple[int, int] | None = None
        self._look_at_ns = 0
        self._adopt(secrets)

    @classmethod
    def of(cls, secrets: "SecretRing | str") -> "SecretRing":
        """A ring as it is, or one of a single secret."""
        return secrets if isinstance(secrets, SecretRing) else cls([secrets])

    def keys(self, purpose: str) -> tuple[DerivedKey, ...]:
        """The keys for a purpose, the one for new things first."""
        self._follow_file()
        found = self._derived.get(purpose)
        if found is None:
            found = tuple(
                DerivedKey(key_id, derive_key(secret, purpose)) for key_id, secret in self._secrets
            )
            self._derived[purpose] = found
        return found

    def key(self, purpose: str) -> DerivedKey:
        """The key for new things."""
        return self.keys(purpose)[0]

    def key_ids(self) -> tuple[bytes, ...]:
        """Ids of the secrets, the current one first."""
        self._follow_file()
        return tuple(key_id for key_id, _ in self._secrets)

    def look_again(self) -> None:
        """Read the file now: something came under a secret that is not known here yet."""
        self._look_at_ns = 0
        self._follow_file()

    def _adopt(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(
            (derive_key(secret, "id", length=KEY_ID_BYTES), secret) for secret in secrets
        )
        self._derived: dict[str, tuple[DerivedKey, ...]] = {}

    def _follow_file(self) -> None:
        if self._file is None or time.monotonic_ns() < self._look_at_ns:
            return
        self._look_at_ns = time.monotonic_ns() + LOOK_AGAIN_SECONDS * _SECOND_NS
        try:
            state = self._file.stat()
            seen = (state.st_ino, state.st_mtime_ns)
            if seen == self._seen:
                return
            secrets = read_secrets(self._file)
        except OSError:
            return  # what was read before stays in force; a missing disk must not end the service
        self._seen = seen
        if secrets:
            self._adopt(secrets)


def read_secrets(file: Path) -> list[str]:
    """The secrets of a file, one a line, the current one first."""
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def open_secrets(settings: Settings) -> SecretRing:
    """The ring that the settings name: a file that is followed, or one or two fixed secrets."""
    if settings.secret_key_file:
        file = Path(settings.secret_key_file)
        return SecretRing(read_secrets(file) or [settings.secret_key], file=file)
    accepted = [settings.accepted_secret_key] if settings.accepted_secret_key else []
    return SecretRing([settings.secret_key, *accepted])
