"""Proving again who one is, before a sensitive act: the second factor, else the password.

The session remembers when its holder last did; the gate asks again when that is too long ago.
"""

from typing import Literal

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import fetch_optional, load_sql, read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.passwords import password_is_right
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.second_factor import (
    SecondFactorRefused,
    has_second_factor,
    take_second_factor,
)
from ledger.foundation.sessions import prove_session
from ledger.foundation.throttling import (
    attempt_at_own_password,
    attempt_of,
    begin_attempt,
    end_attempt,
)

_PACKAGE = "ledger.foundation"

#: What somebody is asked for: a code, the password, or, having neither, to sign in again.
Proof = Literal["second_factor", "password", "sign_in"]


class ProofRefused(LedgerError):
    """The code or password given as a proof is wrong."""

    template = "The code or password is wrong; nothing was done."


async def proof_of(conn: AsyncConnection, *, person_id: int) -> Proof:
    """What a person can prove herself with."""
    if await has_second_factor(conn, person_id=person_id):
        return "second_factor"
    known = await fetch_optional(conn, load_sql(_PACKAGE, "find_own_password"), person_id)
    return "sign_in" if known is None else "password"


async def prove_again(
    engine: AsyncEngine,
    *,
    person: Person,
    token: str,
    given: str,
    keys: PersonalDataKeys,
    address: str,
) -> None:
    """Take a code, or the password of who has no second factor, and let the session remember it.

    Raises:
        ProofRefused: it is wrong, or there is nothing that it could be.
        SignInThrottled: too many failures lately.
    """
    async with read_transaction(engine) as conn:
        wanted = await proof_of(conn, person_id=person.person_id)
        known = await fetch_optional(
            conn, load_sql(_PACKAGE, "find_own_password"), person.person_id
        )
    attempt = attempt_at_own_password(person.public_id, address)
    if wanted == "second_factor":
        attempt = attempt_of(f"proof {person.public_id}", address)
    await write_transaction(engine, lambda conn: begin_attempt(conn, attempt, at=now()))
    if wanted != "second_factor":
        stored = known.secret_hash if known is not None and wanted == "password" else None
        if not await password_is_right(stored, given):
            raise ProofRefused

    async def remember(conn: AsyncConnection) -> None:
        moment = now()
        if wanted == "second_factor":
            await take_second_factor(conn, person=person, code=given, keys=keys, at=moment)
        await end_attempt(conn, attempt, at=moment)
        await prove_session(conn, token=token, at=moment)

    try:
        await write_transaction(engine, remember)
    except SecondFactorRefused as refusal:
        raise ProofRefused from refusal
