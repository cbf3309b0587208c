"""Small things that a browser carries for us and can neither read, change nor keep for long."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.clock import now
from ledger.foundation.secrets import SecretRing

_NONCE_BYTES = 12
_LONGEST = 4096
S = TypeVar("S", bound=msgspec.Struct)


class _Dated(msgspec.Struct, frozen=True):
    ends_at: datetime
    content: msgspec.Raw


class Sealer(Generic[S]):
    """Seals one kind of struct for one purpose; ``holder`` binds it to a browser's own secret."""

    def __init__(
        self, secrets: SecretRing, purpose: str, kind: type[S], *, lasts: timedelta
    ) -> None:
        self._secrets = secrets
        self._purpose = purpose
        self._kind = kind
        self._lasts = lasts

    def seal(self, content: S, *, holder: str) -> str:
        """``content`` as a text for a cookie or a hidden field."""
        plain = msgspec.json.encode(
            _Dated(now() + self._lasts, msgspec.Raw(msgspec.json.encode(content)))
        )
        nonce = os.urandom(_NONCE_BYTES)
        key = self._secrets.key(self._purpose).key
        sealed = nonce + AESGCM(key).encrypt(nonce, plain, holder.encode())
        return urlsafe_b64encode(sealed).decode().rstrip("=")

    def open(self, text: str, *, holder: str) -> S | None:
        """What was sealed; None when it is over, damaged, made up, or another browser's."""
        plain = self._unsealed(text, holder)
        if plain is None:
            return None
        dated = msgspec.json.decode(plain, type=_Dated)
        if dated.ends_at <= now():
            return None
        return msgspec.json.decode(dated.content, type=self._kind)

    def _unsealed(self, text: str, holder: str) -> bytes | None:
        """What was sealed under any of the secrets in force."""
        if not text or len(text) > _LONGEST:
            return None
        try:
            sealed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError:
            return None
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        for key in self._secrets.keys(self._purpose):
            with suppress(InvalidTag, ValueError):
                return AESGCM(key.key).decrypt(nonce, rest, holder.encode())
        return None
