"""Personal data at rest: sealed under a key of each person, found by blind index.

Destroying a person's key makes all of it unreadable, backups included, while the journal, which
knows only ids, stays whole. Sealed values are: version byte, 12 random bytes, AES-256-GCM text.
"""

import hmac
import os
import re
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.foundation.secrets import derive_key

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BITS = 256
_NOT_A_DIGIT_OR_LETTER = re.compile(r"[^0-9A-Za-z+]")


class PersonalDataUnreadable(Exception):
    """A sealed value does not open: wrong secret, or damaged. An operator has to look."""


class PersonalDataKeys:
    """Wraps each person's key and computes blind indexes; made once from the secret."""

    def __init__(self, secret: str) -> None:
        self._wrapping = derive_key(secret, "personal data: wrapping")
        self._indexing = derive_key(secret, "personal data: blind index")

    def new_key(self) -> bytes:
        """A fresh key for one person, wrapped for storing."""
        return _seal(self._wrapping, AESGCM.generate_key(_KEY_BITS), "data_key")

    def seal(self, wrapped_key: bytes, field: str, value: str) -> bytes:
        """``value`` under the person's key; ``field`` binds it to its column."""
        return _seal(self._open_key(wrapped_key), value.encode(), field)

    def open(self, wrapped_key: bytes, field: str, sealed: bytes) -> str:
        """The value that was sealed for this field.

        Raises:
            PersonalDataUnreadable: another secret or column, or damaged bytes.
        """
        return _open(self._open_key(wrapped_key), sealed, field).decode()

    def blind_index(self, field: str, value: str) -> bytes:
        """The same bytes for the same value, so that it can be found without being read."""
        plain = _NOT_A_DIGIT_OR_LETTER.sub("", unicodedata.normalize("NFKC", value)).upper()
        return hmac.digest(self._indexing, f"{field}\0{plain}".encode(), "sha256")

    def _open_key(self, wrapped_key: bytes) -> bytes:
        return _open(self._wrapping, wrapped_key, "data_key")


def _seal(key: bytes, plain: bytes, field: str) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, field.encode())


def _open(key: bytes, sealed: bytes, field: str) -> bytes:
    nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if sealed[:1] != _VERSION:
        raise PersonalDataUnreadable(f"{field}: sealed in an unknown form")
    try:
        return AESGCM(key).decrypt(nonce, text, field.encode())
    except InvalidTag as error:
        raise PersonalDataUnreadable(f"{field}: does not open with this secret") from error
