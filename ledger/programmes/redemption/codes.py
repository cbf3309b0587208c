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
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_optional, load_sql
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.secrets import derive_key
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
    """Hashes codes under a key of their own; made once from the installation's secret."""

    def __init__(self, secret: str) -> None:
        self._key = derive_key(secret, "redemption codes")

    def hash(self, tenant_id: int, secret: bytes) -> bytes:
        """What is stored of a token or of digits; another programme's is another hash."""
        return hmac.digest(self._key, b"%d:%s" % (tenant_id, secret), "sha256")


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
        row = await fetch_optional(
            conn,
            _ISSUE,
            tenant_id,
            uuid7(),
            member_id,
            keys.hash(tenant_id, secret),
            keys.hash(tenant_id, digits.encode()),
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


def hash_presented(
    presented: PresentedCode, *, tenant_id: int, programme_id: UUID, keys: CodeKeys
) -> bytes:
    """The hash by which a presented code is found.

    Raises:
        CodeOfAnotherProgramme: the token says that it is of another programme.
    """
    if presented.programme_id not in (None, programme_id):
        raise CodeOfAnotherProgramme
    return keys.hash(tenant_id, presented.secret)
