"""What was typed into a form whose session had ended: kept until its person has signed in again.

It lies sealed under a key that follows from a cookie of the browser it was typed in; the database
alone cannot read it. Only who had a session can have something kept, and one form a session.

Source: docs/decisions/0048-second-factor-and-providers.md
"""

import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_optional, load_sql
from ledger.foundation.secrets import derive_key

_PACKAGE = "ledger.foundation"
#: Long enough to fetch a telephone for the second factor and to look at everything again.
KEPT_FOR = timedelta(minutes=30)
_LARGEST_BYTES = 32 * 1024
_TOKEN_BYTES = 32
_NONCE_BYTES = 12


class KeptForm(msgspec.Struct, frozen=True):
    """A form as it was sent: where to, with which key, and what was in it."""

    action: str
    key: str | None
    fields: Sequence[tuple[str, str]]


async def keep_form(
    conn: AsyncConnection, *, session_hash: bytes, form: KeptForm, at: datetime
) -> str | None:
    """Keep a form of a session; returns the token for the cookie, None for an unknown session.

    A form of more than 32 KiB is not kept.
    """
    content = msgspec.json.encode(form)
    if len(content) > _LARGEST_BYTES:
        return None
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    nonce = os.urandom(_NONCE_BYTES)
    sealed = nonce + AESGCM(_key(token)).encrypt(nonce, content, None)
    kept = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "keep_form"),
        session_hash,
        _hash(token),
        sealed,
        at + KEPT_FOR,
    )
    return None if kept is None else token


async def find_kept_form(
    conn: AsyncConnection, *, token: str, person_id: int, at: datetime
) -> KeptForm | None:
    """The form of a cookie; None when it is over, somebody else's, or was never kept."""
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "find_kept_form"), _hash(token), person_id, at
    )
    if row is None:
        return None
    nonce, text = row.content_sealed[:_NONCE_BYTES], row.content_sealed[_NONCE_BYTES:]
    try:
        content = AESGCM(_key(token)).decrypt(nonce, text, None)
    except InvalidTag:
        return None
    return msgspec.json.decode(content, type=KeptForm)


async def drop_kept_form(conn: AsyncConnection, *, token: str) -> None:
    """Forget a form: its person has gone on with it, or with something else."""
    await execute(conn, load_sql(_PACKAGE, "drop_kept_form"), _hash(token))


def _hash(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _key(token: str) -> bytes:
    return derive_key(token, "kept form")
