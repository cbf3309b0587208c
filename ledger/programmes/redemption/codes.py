"""One-time codes: a token for the QR picture and eight digits to read aloud.

The token has 128 random bits and carries its programme. Eight digits can be guessed, so they are
worth something only together with the programme (they are looked up in one tenant), their short
life and the limit on unknown codes in ``authorise_batch``. Both are stored as keyed hashes.
"""

import hmac
import re
import secrets
import unicodedata
from base64 import b32decode, b32encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import fetch_optional, load_sql, read_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.secrets import SecretRing
from ledger.identifiers import uuid7
from ledger.programmes.redemption.refusals import CodeOfAnotherProgramme

_ISSUE = load_sql("ledger.programmes.redemption", "issue_code")
_FORM = "GZ1"
_TOKEN_BYTES = 16
_DIGITS = 8
_DRAWS = 8
_IGNORED = re.compile(r"[\s\-–—·.,]")
_TOKEN = re.compile(rf"{_FORM}([A-Z2-7]{{52}})\Z")


class PresentedCode(msgspec.Struct, frozen=True):
    """A code as a merchant's operator scanned or typed it."""

    #: The token's bytes or the digits; what is hashed.
    secret: bytes
    #: Programme the code says it is of; None: digits, which carry none.
    programme_id: UUID | None


class IssuedCode(msgspec.Struct, frozen=True):
    """A new code. Neither form can be read again from the database."""

    code_id: UUID
    #: Text of the QR picture, in its alphanumeric mode.
    token: str
    digits: str
    expires_at: datetime


class CodeKeys:
    """Hashes codes under keys of their own; made once from the installation's secrets."""

    def __init__(self, secrets: SecretRing | str) -> None:
        self._secrets = SecretRing.of(secrets)

    def hashes(self, tenant_id: int, secret: bytes) -> list[bytes]:
        """Under what a token or digits may be stored; the first is how new ones are."""
        message = b"%d:%s" % (tenant_id, secret)
        return [
            hmac.digest(key.key, message, "sha256")
            for key in self._secrets.keys("redemption codes")
        ]

    def hash(self, tenant_id: int, secret: bytes) -> bytes:
        """What is stored of a new token or of digits; another programme's is another hash."""
        return self.hashes(tenant_id, secret)[0]


async def issue_code(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    programme_id: UUID,
    member_id: UUID,
    keys: CodeKeys,
    life_seconds: int,
    amount_limit: int | None = None,
    merchant_id: UUID | None = None,
) -> IssuedCode:
    """A new code of a member; it replaces the earlier ones.

    ``amount_limit`` (1/100 point) and ``merchant_id`` narrow what it is good for.

    Raises:
        NotFound: not a member of this programme.
        InvalidInput: a limit below one hundredth of a point.
    """
    if amount_limit is not None and amount_limit < 1:
        raise InvalidInput(
            field="amount_limit", value=amount_limit, remedy="Give more than zero, or no limit."
        )
    secret = secrets.token_bytes(_TOKEN_BYTES)
    row: Any = None
    for _ in range(_DRAWS):
        digits = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}d}"
        digit_hash, *older = keys.hashes(tenant_id, digits.encode())
        if older and await _find_known(conn, tenant_id, older) is not None:
            continue  # given out today under the secret that is being replaced
        row = await fetch_optional(
            conn,
            _ISSUE,
            tenant_id,
            uuid7(),
            member_id,
            keys.hash(tenant_id, secret),
            digit_hash,
            life_seconds,
            amount_limit,
            merchant_id,
        )
        if row is None:
            raise NotFound(kind="member", id=str(member_id))
        if row.code_id is not None:
            token = _FORM + b32encode(programme_id.bytes + secret).decode().rstrip("=")
            return IssuedCode(row.code_id, token, digits, row.expires_at)
    raise AssertionError("eight draws of eight digits in a row were taken today")


def read_code(text: str) -> PresentedCode:
    """A code as it was scanned or typed: full-width digits, blanks and hyphens do no harm.

    Raises:
        InvalidInput: neither eight digits nor the text of one of our QR pictures.
    """
    plain = _IGNORED.sub("", unicodedata.normalize("NFKC", text)).upper()
    if len(plain) == _DIGITS and plain.isascii() and plain.isdecimal():
        return PresentedCode(plain.encode(), None)
    match = _TOKEN.match(plain)
    if match is None:
        raise InvalidInput(
            field="code", value="…", remedy="Scan the picture again or type the eight digits."
        )
    content = b32decode(match[1] + "====")
    return PresentedCode(content[_TOKEN_BYTES:], UUID(bytes=content[:_TOKEN_BYTES]))


async def hash_presented(
    engine: AsyncEngine,
    presented: PresentedCode,
    *,
    tenant_id: int,
    programme_id: UUID,
    keys: CodeKeys,
) -> bytes:
    """The hash by which a presented code is found; looked up only while secrets are changing.

    Raises:
        CodeOfAnotherProgramme: the token says that it is of another programme.
    """
    if presented.programme_id not in (None, programme_id):
        raise CodeOfAnotherProgramme
    hashes = keys.hashes(tenant_id, presented.secret)
    if len(hashes) == 1:
        return hashes[0]
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        return await _find_known(conn, tenant_id, hashes) or hashes[0]


async def _find_known(
    conn: AsyncConnection, tenant_id: int, hashes: Sequence[bytes]
) -> bytes | None:
    """The one of several hashes under which a code of today stands."""
    row = await fetch_optional(
        conn, load_sql("ledger.programmes.redemption", "find_code_hash"), tenant_id, list(hashes)
    )
    return None if row is None else bytes(row.hash)
