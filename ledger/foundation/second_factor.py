"""The second factor: six digits of an authenticator application (RFC 6238), or a recovery code.

The secret lies sealed under the person's own key. A code counts for its own thirty seconds and
those before and after, and each is taken once. Recovery codes are random, kept as hashes, shown
once, and each works once.

Source: docs/decisions/0048-second-factor-and-providers.md
"""

import hmac
import re
import secrets
import unicodedata
from datetime import datetime
from hashlib import sha256

import msgspec
import pyotp
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import execute, fetch_one, fetch_optional, load_sql
from ledger.errors import LedgerError
from ledger.foundation.audit_log import record_action
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.sessions import revoke_sessions_of_person

_PACKAGE = "ledger.foundation"
_FIELD = "second_factor"
#: Codes of so many neighbouring steps are taken as well. Source: RFC 6238 §5.2.
_WINDOW_STEPS = 1
#: 160 bits in base 32, as RFC 4226 §4 recommends.
_SECRET_CHARACTERS = 32
RECOVERY_CODES = 10
_RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz023456789"
_GROUPS, _GROUP_CHARACTERS = 4, 4
_SIX_DIGITS = re.compile(r"[0-9]{6}\Z")
_NOT_IN_A_CODE = re.compile(r"[\s\-]+")


class SecondFactorRefused(LedgerError):
    """The code is wrong, over, or was used before; which of them is not said."""

    template = "The code is wrong, or was used already. Wait for the next one and try again."


class SecondFactorMissing(LedgerError):
    """There is no second factor that could be changed."""

    template = "This person has no second factor."


class SecondFactorKept(LedgerError):
    """A role of this person needs a second factor."""

    template = "A role of yours needs a second factor: renew it instead of ending it."


class RecoveryCodes(msgspec.Struct, frozen=True):
    """How many recovery codes are left, how many were used, and when the last one was."""

    unused: int
    used: int
    last_used_at: datetime | None


def new_secret() -> str:
    """A secret for an authenticator application, in base 32."""
    return pyotp.random_base32(_SECRET_CHARACTERS)


def enrolment_address(secret: str, *, name: str, issuer: str) -> str:
    """What the picture to be scanned says: ``otpauth://…``."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer))


def new_random_code() -> str:
    """80 random bits in four groups, without letters that are taken for one another."""
    return "-".join(
        "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_GROUP_CHARACTERS))
        for _ in range(_GROUPS)
    )


def random_code_hash(typed: str) -> bytes:
    """What is stored instead of such a code, however it was typed: it is random, one round does."""
    return sha256(_plain(typed).lower().encode()).digest()


async def has_second_factor(conn: AsyncConnection, *, person_id: int) -> bool:
    """Whether a person has an authenticator application enrolled."""
    return (
        await fetch_optional(conn, load_sql(_PACKAGE, "find_second_factor"), person_id) is not None
    )


async def read_recovery_codes(conn: AsyncConnection, *, person_id: int) -> RecoveryCodes:
    """What a person has left to come in with when her second factor is lost."""
    row = await fetch_one(conn, load_sql(_PACKAGE, "read_recovery_codes"), person_id)
    return RecoveryCodes(row.unused, row.used, row.last_used_at)


async def enrol_second_factor(
    conn: AsyncConnection,
    *,
    person: Person,
    secret: str,
    code: str,
    keys: PersonalDataKeys,
    at: datetime,
) -> list[str]:
    """Take a secret into use whose first code is right; returns new recovery codes.

    An earlier secret and earlier recovery codes are of no use any more.

    Raises:
        SecondFactorRefused: the code is not one of this secret.
    """
    step = _step_of(secret, code, at)
    if step is None:
        raise SecondFactorRefused
    key = await fetch_optional(conn, load_sql(_PACKAGE, "lock_data_key"), person.person_id)
    if key is None or key.data_key is None:
        raise SecondFactorRefused
    sealed = keys.seal(bytes(key.data_key), _FIELD, secret)
    await execute(
        conn,
        load_sql(_PACKAGE, "store_second_factor"),
        str(person.public_id),
        person.person_id,
        sealed,
        step,
    )
    await _record(conn, person, "second_factor.enrol", person.caller_id, None)
    return await renew_recovery_codes(conn, person=person)


async def renew_recovery_codes(conn: AsyncConnection, *, person: Person) -> list[str]:
    """New recovery codes, to be shown once; the old ones are of no use any more."""
    codes = [new_random_code() for _ in range(RECOVERY_CODES)]
    await execute(conn, load_sql(_PACKAGE, "drop_recovery_codes"), person.person_id)
    hashes = [random_code_hash(code) for code in codes]
    await execute(conn, load_sql(_PACKAGE, "add_recovery_codes"), person.person_id, hashes)
    return codes


async def take_second_factor(
    conn: AsyncConnection, *, person: Person, code: str, keys: PersonalDataKeys, at: datetime
) -> None:
    """Use up a code of the application, or a recovery code.

    Raises:
        SecondFactorRefused: wrong, over, used before, or nothing is enrolled.
    """
    plain = _plain(code)
    if not _SIX_DIGITS.match(plain):
        await _take_recovery_code(conn, person, code, at)
        return
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_second_factor"), person.person_id)
    if row is None or row.data_key is None:
        raise SecondFactorRefused
    secret = keys.open(bytes(row.data_key), _FIELD, bytes(row.secret_sealed))
    step = _step_of(secret, plain, at)
    if step is None or not await fetch_optional(
        conn, load_sql(_PACKAGE, "use_time_step"), person.person_id, step
    ):
        raise SecondFactorRefused


async def _take_recovery_code(
    conn: AsyncConnection, person: Person, code: str, at: datetime
) -> None:
    used = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "use_recovery_code"),
        random_code_hash(code),
        person.person_id,
        at,
    )
    if used is None:
        raise SecondFactorRefused
    await _record(conn, person, "second_factor.recover", person.caller_id, None)


async def end_second_factor(
    conn: AsyncConnection, *, person: Person, ended_by: int, reason: str | None = None
) -> None:
    """Take the second factor and its recovery codes out of use.

    Raises:
        SecondFactorMissing: there is none.
    """
    ended = await fetch_optional(conn, load_sql(_PACKAGE, "end_second_factor"), person.person_id)
    if ended is None:
        raise SecondFactorMissing
    await execute(conn, load_sql(_PACKAGE, "drop_recovery_codes"), person.person_id)
    action = "second_factor.end" if ended_by == person.caller_id else "second_factor.reset"
    await _record(conn, person, action, ended_by, reason)


async def reset_second_factor(
    conn: AsyncConnection, *, person: Person, reset_by: int, reason: str
) -> None:
    """Help who has lost the second factor: it is out of use and every session ends, on record.

    Raises:
        SecondFactorMissing: there is none.
    """
    await end_second_factor(conn, person=person, ended_by=reset_by, reason=reason)
    await revoke_sessions_of_person(conn, person_id=person.person_id, at=now())


async def _record(
    conn: AsyncConnection, person: Person, action: str, caller_id: int, reason: str | None
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=action,
        object_kind="person",
        object_id=str(person.public_id),
        behalf_person_id=None if caller_id == person.caller_id else person.person_id,
        reason=reason,
    )


def _plain(typed: str) -> str:
    """A code without the spaces and strokes that people type, in one form."""
    return _NOT_IN_A_CODE.sub("", unicodedata.normalize("NFKC", typed))


def _step_of(secret: str, code: str, at: datetime) -> int | None:
    """The time step whose code it is; the same work whether the first or none fits."""
    totp, found = pyotp.TOTP(secret), None
    present, given = int(totp.timecode(at)), _plain(code).encode()
    for step in range(present - _WINDOW_STEPS, present + _WINDOW_STEPS + 1):
        if hmac.compare_digest(str(totp.generate_otp(step)).encode(), given):
            found = step
    return found
