"""A sign-in between its steps: the password was right, the second factor is still to come.

What a step's token opens is the next page of the sign-in and nothing else: it is no session.
"""

import secrets
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import execute, fetch_optional, load_sql, read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.admission import Arrival, SignedIn, open_session_for
from ledger.foundation.people import Person, get_person_by_id
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.second_factor import (
    enrol_second_factor,
    has_second_factor,
    take_second_factor,
)
from ledger.foundation.sessions import (
    revoke_sessions_of_person,
    token_hash,
    wait_for_sign_ins,
)
from ledger.foundation.throttling import attempt_of, begin_attempt, end_attempt

_PACKAGE = "ledger.foundation"
_TOKEN_BYTES = 32
#: Long enough to fetch a telephone and scan a picture with it.
STEP_LASTS = timedelta(minutes=15)

Awaited = Literal["code", "enrolment"]


class StepOver(LedgerError):
    """The sign-in took too long, or was finished already; it begins anew."""

    template = "This sign-in has ended; begin again with your name and password."


class StepNeeded(msgspec.Struct, frozen=True):
    """The password was right and a second factor is needed: the token of the next page."""

    token: str
    awaits: Awaited


class SignInStep(msgspec.Struct, frozen=True):
    """A sign-in that waits for its second factor."""

    person: Person
    awaits: Awaited
    method: str


async def open_step(
    conn: AsyncConnection, *, person_id: int, awaits: Awaited, method: str, at: datetime
) -> StepNeeded:
    """A new step; those of the person that are over are forgotten."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    await execute(conn, load_sql(_PACKAGE, "drop_ended_steps"), person_id, at)
    await execute(
        conn,
        load_sql(_PACKAGE, "open_sign_in_step"),
        token_hash(token),
        person_id,
        awaits,
        method,
        at + STEP_LASTS,
    )
    return StepNeeded(token, awaits)


async def get_step(conn: AsyncConnection, *, token: str, awaits: Awaited) -> SignInStep:
    """The step of a token.

    Raises:
        StepOver: unknown, ended, used, or it waits for something else.
    """
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "find_sign_in_step"), token_hash(token), awaits, now()
    )
    if row is None:
        raise StepOver
    person = await get_person_by_id(conn, person_id=row.person_id)
    return SignInStep(person, awaits, row.method)


async def give_second_factor(
    engine: AsyncEngine,
    *,
    token: str,
    code: str,
    keys: PersonalDataKeys,
    address: str,
    device: str | None = None,
    old_token: str | None = None,
) -> SignedIn:
    """A session for the right code; the step is used up.

    Raises:
        StepOver: the sign-in has to begin anew.
        SecondFactorRefused: the code is wrong or was used.
        SignInThrottled: too many wrong codes lately.
    """
    async with read_transaction(engine) as conn:
        step = await get_step(conn, token=token, awaits="code")
    attempt = attempt_of(f"second factor {step.person.public_id}", address)
    await write_transaction(engine, lambda conn: begin_attempt(conn, attempt, at=now()))

    async def admit(conn: AsyncConnection) -> SignedIn:
        moment = now()
        await _use_up(conn, token, step.person)
        await take_second_factor(conn, person=step.person, code=code, keys=keys, at=moment)
        await end_attempt(conn, attempt, at=moment)
        arrival = Arrival(step.person, step.method, address, device, old_token)
        return await open_session_for(conn, arrival, at=moment)

    return await write_transaction(engine, admit)


async def enrol_at_sign_in(
    engine: AsyncEngine,
    *,
    token: str,
    secret: str,
    code: str,
    keys: PersonalDataKeys,
    address: str,
    device: str | None = None,
    old_token: str | None = None,
) -> tuple[SignedIn, list[str]]:
    """The same for a person who has to enrol first; with the recovery codes, to be shown once.

    Sessions that were opened without a second factor end.

    Raises:
        StepOver, SecondFactorRefused, SignInThrottled: as ``give_second_factor``.
    """
    async with read_transaction(engine) as conn:
        step = await get_step(conn, token=token, awaits="enrolment")
    attempt = attempt_of(f"second factor {step.person.public_id}", address)
    await write_transaction(engine, lambda conn: begin_attempt(conn, attempt, at=now()))

    async def admit(conn: AsyncConnection) -> tuple[SignedIn, list[str]]:
        moment = now()
        await _use_up(conn, token, step.person)
        if await has_second_factor(conn, person_id=step.person.person_id):
            raise StepOver
        codes = await enrol_second_factor(
            conn, person=step.person, secret=secret, code=code, keys=keys, at=moment
        )
        await end_attempt(conn, attempt, at=moment)
        await revoke_sessions_of_person(conn, person_id=step.person.person_id, at=moment)
        arrival = Arrival(step.person, step.method, address, device, old_token)
        return await open_session_for(conn, arrival, at=moment), codes

    return await write_transaction(engine, admit)


async def _use_up(conn: AsyncConnection, token: str, person: Person) -> None:
    """Let a step lead to one session at most, also when its form is sent twice at once."""
    await wait_for_sign_ins(conn, person_id=person.person_id)
    if await execute(conn, load_sql(_PACKAGE, "use_sign_in_step"), token_hash(token)) != 1:
        raise StepOver
