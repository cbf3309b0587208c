"""Personal data at rest: sealed under a key of each person, found by blind index.

Destroying a person's key makes all of it unreadable, while the journal, which knows only ids,
stays whole. A sealed value is: version byte 1, 12 random bytes, AES-256-GCM text. A wrapped key
carries the id of the secret it is under: version byte 2, 4 bytes of id, then the same.

Source: docs/decisions/0049-personal-data.md
"""

import hmac
import os
import re
import unicodedata
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.errors import LedgerError
from ledger.foundation.phones import plain_phone, spellings
from ledger.foundation.secrets import KEY_ID_BYTES, DerivedKey, SecretRing

_VERSION = b"\x01"
_VERSION_WITH_ID = b"\x02"
_NONCE_BYTES = 12
_KEY_BITS = 256
_NOT_A_DIGIT_OR_LETTER = re.compile(r"[^0-9A-Za-z+]")
_WRAPPING = "personal data: wrapping"
_INDEXING = "personal data: blind index"


class PersonalDataUnreadable(Exception):
    """A sealed value does not open: wrong secret, or damaged. An operator has to look."""


class PersonErased(LedgerError):
    """There is nothing left to see or to change."""

    template = "This person's data were erased."


class PersonalDataKeys:
    """Wraps each person's key and computes blind indexes, under the installation's secrets."""

    def __init__(self, secrets: SecretRing | str) -> None:
        self._secrets = SecretRing.of(secrets)

    @property
    def current_id(self) -> bytes:
        """Id of the secret under which everything new is put."""
        return self._secrets.key_ids()[0]

    @property
    def oldest_id(self) -> bytes:
        """Id of the secret that rows without an id are under, while one replaces another."""
        return self._secrets.key_ids()[-1]

    def new_key(self, key_id: bytes | None = None) -> bytes:
        """A fresh key for one person, wrapped for storing under the current or a named secret."""
        return self._wrap(AESGCM.generate_key(_KEY_BITS), "data_key", key_id)

    def seal(self, wrapped_key: bytes, field: str, value: str) -> bytes:
        """``value`` under the person's key; ``field`` binds it to its column."""
        return _seal(self._open_key(wrapped_key), value.encode(), field)

    def open(self, wrapped_key: bytes, field: str, sealed: bytes) -> str:
        """The value that was sealed for this field.

        Raises:
            PersonalDataUnreadable: another secret or column, or damaged bytes.
        """
        return _open(self._open_key(wrapped_key), sealed, field).decode()

    def seal_for_all(self, field: str, value: str) -> bytes:
        """A value that is nobody's in particular, under the current secret itself."""
        return self._wrap(value.encode(), field, None)

    def open_for_all(self, field: str, sealed: bytes) -> str:
        """The value that ``seal_for_all`` sealed for this field.

        Raises:
            PersonalDataUnreadable: another secret or column, or damaged bytes.
        """
        return self._unwrap(sealed, field).decode()

    def rewrap(self, wrapped_key: bytes, key_id: bytes) -> bytes:
        """The same key of a person under another secret of the ring."""
        return self._wrap(self._open_key(wrapped_key), "data_key", key_id)

    def blind_index(self, field: str, value: str, key_id: bytes | None = None) -> bytes:
        """The same bytes for the same value, so that it can be found without being read."""
        kept = plain_phone(value) if field == "phone" else value
        return _index(self._under(_INDEXING, key_id), field, kept)

    def blind_indexes(self, field: str, value: str) -> list[bytes]:
        """Every index under which the value may stand while one secret replaces another.

        Of telephones also those of spellings that were kept before there was one form.
        """
        forms = spellings(value) if field == "phone" else (value,)
        keys = self._secrets.keys(_INDEXING)
        return [_index(key, field, form) for key in keys for form in forms]

    def _wrap(self, plain: bytes, field: str, key_id: bytes | None) -> bytes:
        key = self._under(_WRAPPING, key_id)
        return _VERSION_WITH_ID + key.key_id + _seal(key.key, plain, field)[1:]

    def _open_key(self, wrapped_key: bytes) -> bytes:
        return self._unwrap(wrapped_key, "data_key")

    def _unwrap(self, wrapped: bytes, field: str) -> bytes:
        if wrapped[:1] == _VERSION_WITH_ID:
            key_id, rest = wrapped[1 : 1 + KEY_ID_BYTES], wrapped[1 + KEY_ID_BYTES :]
            return _open(self._under(_WRAPPING, key_id).key, _VERSION + rest, field)
        for key in self._secrets.keys(_WRAPPING)[:-1]:  # from before wrapped keys carried an id
            try:
                return _open(key.key, wrapped, field)
            except PersonalDataUnreadable:
                continue
        return _open(self._secrets.keys(_WRAPPING)[-1].key, wrapped, field)

    def _under(self, purpose: str, key_id: bytes | None) -> DerivedKey:
        """The key of a purpose under one secret; one not known yet may have just been added.

        Raises:
            PersonalDataUnreadable: the ring has no such secret.
        """
        if key_id is None:
            return self._secrets.key(purpose)
        for attempt in (1, 2):
            for key in self._secrets.keys(purpose):
                if key.key_id == key_id:
                    return key
            if attempt == 1:
                self._secrets.look_again()
        raise PersonalDataUnreadable(f"no secret with the id {key_id.hex()} is in force")


def open_words(keys: PersonalDataKeys, data_key: Any, field: str, sealed: Any) -> str | None:
    """Words under a person's key; None when there are none, or the key is gone."""
    if data_key is None or sealed is None:
        return None
    try:
        return keys.open(bytes(data_key), field, bytes(sealed))
    except PersonalDataUnreadable:
        return None


def _index(key: DerivedKey, field: str, value: str) -> bytes:
    plain = _NOT_A_DIGIT_OR_LETTER.sub("", unicodedata.normalize("NFKC", value)).upper()
    return hmac.digest(key.key, f"{field}\0{plain}".encode(), "sha256")


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
