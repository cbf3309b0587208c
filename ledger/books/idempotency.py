"""Idempotency keys and fingerprints: what makes a repeated command recognisable.

A fingerprint covers the route and the command as it was sent, without server-filled values: 16
bytes decide, and two bytes a field only serve to name the field that differs.
"""

from collections.abc import Sequence
from hashlib import blake2b, sha256
from typing import Any
from uuid import UUID
from zlib import crc32

import msgspec

_WHOLE_BYTES = 16
_FIELD_BYTES = 2
_VERSION_AND_VARIANT = 0xF << 76 | 0x3 << 62
_VERSION_8 = 0x8 << 76 | 0x2 << 62  # RFC 9562 §5.8: a uuid made in a way of our own
_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def idempotency_key(text: str) -> UUID:
    """The storage key of a caller's key: a uuid stays itself, anything else is hashed into one."""
    try:
        return UUID(text)
    except ValueError:
        number = int.from_bytes(sha256(text.encode()).digest()[:16], "big")
        return UUID(int=number & ~_VERSION_AND_VARIANT | _VERSION_8)


def key_in_batch(key: UUID, place: int) -> UUID:
    """The key of one command of a batch: of the batch's own key and its place.

    It keeps the leading time of a version 7 key, so the keys of a batch lie together in the index.
    """
    digest = blake2b(key.bytes + place.to_bytes(4, "big"), digest_size=10).digest()
    number = int.from_bytes(key.bytes[:6] + digest, "big")
    return UUID(int=number & ~_VERSION_AND_VARIANT | _VERSION_8)


def fingerprint(route: str, values: Sequence[Any]) -> bytes:
    """Digest of a command: its route and its fields in declared order, as sent."""
    parts = [_encode(value) for value in values]
    whole = blake2b(route.encode(), digest_size=_WHOLE_BYTES)
    digests = [crc32(route.encode()) & 0xFFFF]
    for part in parts:
        whole.update(len(part).to_bytes(4, "big"))
        whole.update(part)
        digests.append(crc32(part) & 0xFFFF)
    return whole.digest() + b"".join(d.to_bytes(_FIELD_BYTES, "big") for d in digests)


def differing_field(first: bytes, second: bytes, field_names: Sequence[str]) -> str:
    """Which field of two commands under one key differs; ``body`` when that cannot be told."""
    names = ("route", *field_names)
    for place, name in enumerate(names):
        start = _WHOLE_BYTES + place * _FIELD_BYTES
        if first[start : start + _FIELD_BYTES] != second[start : start + _FIELD_BYTES]:
            return name
    return "body"
