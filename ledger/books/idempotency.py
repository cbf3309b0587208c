"""Idempotency keys and fingerprints: what makes a repeated command recognisable.

A fingerprint covers the route and the command as it was sent, without server-filled values: 16
bytes decide, and two bytes a field only serve to name the field that differs.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b, sha256
from struct import pack
from typing import Any
from uuid import UUID
from zlib import crc32

import msgspec

from ledger.identifiers import uuid_of

_WHOLE_BYTES = 16
_FIELD_BYTES = 2
_LENGTH_BYTES = 4
_VERSION_AND_VARIANT = 0xF << 76 | 0x3 << 62
_VERSION_8 = 0x8 << 76 | 0x2 << 62  # RFC 9562 §5.8: a uuid made in a way of our own
_PLACES = 0xFFFF
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def idempotency_key(text: str) -> UUID:
    """The storage key of a caller's key: a uuid stays itself, anything else is hashed into one."""
    try:
        return UUID(text)
    except ValueError:
        number = int.from_bytes(sha256(text.encode()).digest()[:16], "big")
        return uuid_of(number & ~_VERSION_AND_VARIANT | _VERSION_8)


def keys_in_batch(key: UUID, count: int) -> list[UUID]:
    """The keys of the commands of a batch: of the batch's own key and their places.

    They keep the leading time of a version 7 key and differ in their last 16 bits only, so the
    keys of a batch are neighbours in the index.
    """
    assert count <= _PLACES
    digest = blake2b(key.bytes, digest_size=10).digest()
    number = int.from_bytes(key.bytes[:6] + digest, "big")
    base = number & ~_VERSION_AND_VARIANT & ~_PLACES | _VERSION_8
    return [uuid_of(base | place) for place in range(count)]


def fingerprint(route: str, values: Sequence[Any]) -> bytes:
    """Digest of a command: its route and its fields in declared order, as sent."""
    begun, route_check = _begin(route)
    whole, checks, pieces = begun.copy(), [route_check], []
    for value in values:
        piece, check = _ABSENT if value is None else _piece(value)
        pieces.append(piece)
        checks.append(check)
    whole.update(b"".join(pieces))
    return whole.digest() + pack(f">{len(checks)}H", *checks)


@lru_cache(maxsize=1024)
def _begin(route: str) -> tuple[blake2b, int]:
    """The digest with the route in it already; most commands of a process share a few routes."""
    sent = route.encode()
    return blake2b(sent, digest_size=_WHOLE_BYTES), crc32(sent) & 0xFFFF


def _piece(value: Any) -> tuple[bytes, int]:
    """A field as it goes into the digest, with its length, and its own two bytes."""
    encoded = _encode(value)
    return len(encoded).to_bytes(_LENGTH_BYTES, "big") + encoded, crc32(encoded) & 0xFFFF


_ABSENT = _piece(None)


def differing_field(first: bytes, second: bytes, field_names: Sequence[str]) -> str:
    """Which field of two commands under one key differs; ``body`` when that cannot be told."""
    names = ("route", *field_names)
    for place, name in enumerate(names):
        start = _WHOLE_BYTES + place * _FIELD_BYTES
        if first[start : start + _FIELD_BYTES] != second[start : start + _FIELD_BYTES]:
            return name
    return "body"
