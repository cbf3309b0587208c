"""Second factor: codes once, sealed secrets, steps that open nothing else, proofs that get old."""

import asyncio
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

import ledger.foundation.sign_in as sign_in_module
from ledger.clock import now
from ledger.database import execute, fetch_all, fetch_value, write_transaction
from ledger.foundation.admission import SignedIn
from ledger.foundation.grants import grant_role
from ledger.foundation.own_sign_in import PasswordWrong, change_password, end_other_sessions
from ledger.foundation.people import Person, create_person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.proving import ProofRefused, prove_again
from ledger.foundation.second_factor import (
    RECOVERY_CODES,
    RecoveryCodes,
    SecondFactorMissing,
    SecondFactorRefused,
    end_second_factor,
    enrol_second_factor,
    has_second_factor,
    new_secret,
    read_recovery_codes,
    renew_recovery_codes,
    take_second_factor,
)
from ledger.foundation.sessions import find_session
from ledger.foundation.sign_in import SignInRefused, set_password, sign_in
from ledger.foundation.sign_in_care import end_sessions_of
from ledger.foundation.sign_in_steps import (
    StepNeeded,
    StepOver,
    enrol_at_sign_in,
    give_second_factor,
)
from ledger.foundation.throttling import PAIR_FREE_FAILURES, SignInThrottled

KEYS = PersonalDataKeys("a secret of the tests, long enough to be one")
PASSWORD = "the river runs 老城 slowly"
ADDRESS = "192.0.2.7"
SYSTEM = 1
STEP = timedelta(seconds=30)


async def new_person(engine: AsyncEngine, name: str = "wang") -> Person:
    async def create(conn):
        person = await create_person(conn, display_name="王小明", keys=KEYS)
        await set_password(conn, person=person, sign_in_name=name, password=PASSWORD, set_by=SYSTEM)
        return person

    return await write_transaction(engine, create)


async def enrolled(engine: AsyncEngine, person: Person) -> tuple[pyotp.TOTP, list[str]]:
    """A second factor whose first code was of two minutes ago, so that later ones are fresh."""
    secret, moment = new_secret(), now() - timedelta(minutes=2)
    codes = await write_transaction(
        engine,
        lambda conn: enrol_second_factor(
            conn,
            person=person,
            secret=secret,
            code=pyotp.TOTP(secret).at(moment),
            keys=KEYS,
            at=moment,
        ),
    )
    return pyotp.TOTP(secret), codes


async def take(engine: AsyncEngine, person: Person, code: str, at=None) -> None:
    await write_transaction(
        engine,
        lambda conn: take_second_factor(conn, person=person, code=code, keys=KEYS, at=at or now()),
    )


async def first_step(engine: AsyncEngine, **details) -> SignedIn | StepNeeded:
    return await sign_in(engine, sign_in_name="wang", password=PASSWORD, address=ADDRESS, **details)


async def test_a_code_is_taken_once_even_by_many_at_once(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    totp, _ = await enrolled(engine, person)
    moment = now()
    tries = [take(engine, person, totp.at(moment), moment) for _ in range(5)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == (
        ["NoneType"] + ["SecondFactorRefused"] * 4
    )
    # nor is an earlier one, once a later one was taken
    with pytest.raises(SecondFactorRefused):
        await take(engine, person, totp.at(moment - STEP), moment)
    await take(engine, person, totp.at(moment + STEP), moment)


async def test_codes_count_for_one_step_before_and_after(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    totp, _ = await enrolled(engine, person)
    moment = now()
    for away in (-2, 2):
        with pytest.raises(SecondFactorRefused):
            await take(engine, person, totp.at(moment + away * STEP), moment)
    digits = totp.at(moment - STEP)
    await take(engine, person, f" {digits[:3]} {digits[3:]} ", moment)
    for code in ("", "000000x", "１２", "-", "a" * 500):
        with pytest.raises(SecondFactorRefused):
            await take(engine, person, code, moment)


async def test_a_recovery_code_works_once_and_for_its_owner_alone(engine: AsyncEngine) -> None:
    person, other = await new_person(engine), await new_person(engine, "li")
    _, codes = await enrolled(engine, person)
    await enrolled(engine, other)
    assert len(set(codes)) == RECOVERY_CODES
    with pytest.raises(SecondFactorRefused):
        await take(engine, other, codes[0])
    await take(engine, person, codes[0].upper().replace("-", " "))
    with pytest.raises(SecondFactorRefused):
        await take(engine, person, codes[0])
    async with engine.begin() as conn:
        left = await read_recovery_codes(conn, person_id=person.person_id)
        assert (left.unused, left.used) == (RECOVERY_CODES - 1, 1)
        assert left.last_used_at is not None
        await renew_recovery_codes(conn, person=person)
        left = await read_recovery_codes(conn, person_id=person.person_id)
        assert left == RecoveryCodes(RECOVERY_CODES, 0, None)
    with pytest.raises(SecondFactorRefused):
        await take(engine, person, codes[1])


async def test_secrets_and_codes_lie_nowhere_in_clear(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    totp, codes = await enrolled(engine, person)
    async with engine.connect() as conn:
        rows = await fetch_all(
            conn,
            "SELECT m::text AS row FROM foundation.sign_in_method m"
            " UNION ALL SELECT c::text FROM foundation.recovery_code c"
            " UNION ALL SELECT a::text FROM foundation.audit_log a",
        )
    text = "\n".join(row.row for row in rows)
    assert totp.secret not in text
    assert totp.byte_secret().hex() not in text
    assert not any(code in text or code.replace("-", "") in text for code in codes)


async def test_who_has_a_second_factor_gets_no_session_for_the_password(
    engine: AsyncEngine,
) -> None:
    person = await new_person(engine)
    totp, _ = await enrolled(engine, person)
    step = await first_step(engine)
    assert isinstance(step, StepNeeded)
    assert step.awaits == "code"
    async with engine.connect() as conn:
        assert await find_session(conn, token=step.token, at=now()) is None
    with pytest.raises(SecondFactorRefused):
        await give_second_factor(
            engine, token=step.token, code="000000", keys=KEYS, address=ADDRESS
        )
    signed_in = await give_second_factor(
        engine, token=step.token, code=totp.now(), keys=KEYS, address=ADDRESS
    )
    assert signed_in.token != step.token
    with pytest.raises(StepOver):
        await give_second_factor(
            engine, token=step.token, code=totp.at(now() + STEP), keys=KEYS, address=ADDRESS
        )


async def test_one_step_leads_to_one_session(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    _, codes = await enrolled(engine, person)
    step = await first_step(engine)
    assert isinstance(step, StepNeeded)
    both = [
        give_second_factor(engine, token=step.token, code=code, keys=KEYS, address=ADDRESS)
        for code in codes[:2]
    ]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(one).__name__ for one in results) == ["SignedIn", "StepOver"]
    async with engine.connect() as conn:
        left = await read_recovery_codes(conn, person_id=person.person_id)
    assert left.unused == RECOVERY_CODES - 1, "a code that opened nothing is kept"


async def test_a_step_ends_by_age_and_opens_only_what_it_awaits(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    totp, _ = await enrolled(engine, person)
    step = await first_step(engine)
    assert isinstance(step, StepNeeded)
    secret = new_secret()
    with pytest.raises(StepOver):
        await enrol_at_sign_in(
            engine,
            token=step.token,
            secret=secret,
            code=pyotp.TOTP(secret).now(),
            keys=KEYS,
            address=ADDRESS,
        )
    async with engine.begin() as conn:
        await execute(conn, "DELETE FROM foundation.sign_in_step")
        await execute(
            conn,
            "INSERT INTO foundation.sign_in_step (token_hash, person_id, awaits, method, ends_at)"
            " VALUES (sha256('x'), $1, 'code', 'password', now())",
            person.person_id,
        )
    with pytest.raises(StepOver):
        await give_second_factor(engine, token="x", code=totp.now(), keys=KEYS, address=ADDRESS)


async def test_wrong_codes_are_slowed_and_nobody_is_locked_out(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    totp, _ = await enrolled(engine, person)
    step = await first_step(engine)
    assert isinstance(step, StepNeeded)
    for _ in range(PAIR_FREE_FAILURES):
        with pytest.raises(SecondFactorRefused):
            await give_second_factor(
                engine, token=step.token, code="000000", keys=KEYS, address=ADDRESS
            )
    with pytest.raises(SignInThrottled):
        await give_second_factor(
            engine, token=step.token, code=totp.now(), keys=KEYS, address=ADDRESS
        )
    # the right password does not forget the wrong codes
    again = await first_step(engine)
    assert isinstance(again, StepNeeded)
    with pytest.raises(SignInThrottled):
        await give_second_factor(
            engine, token=again.token, code=totp.now(), keys=KEYS, address=ADDRESS
        )
    # from where she is, the owner goes on
    signed_in = await give_second_factor(
        engine, token=again.token, code=totp.now(), keys=KEYS, address="198.51.100.9"
    )
    assert signed_in.person == person


async def test_a_sensitive_person_without_one_enrols_before_anything_opens(
    engine: AsyncEngine,
) -> None:
    person = await new_person(engine)
    assert isinstance(await first_step(engine, enrolment_needed=True), SignedIn)

    async def appoint(conn):
        await grant_role(conn, caller_id=person.caller_id, role="platform_admin", granted_by=SYSTEM)

    await write_transaction(engine, appoint)
    before = await first_step(engine)
    assert isinstance(before, SignedIn), "where it is only offered, the password opens"
    step = await first_step(engine, enrolment_needed=True)
    assert isinstance(step, StepNeeded)
    assert step.awaits == "enrolment"
    secret = new_secret()
    details = {"token": step.token, "secret": secret, "keys": KEYS, "address": ADDRESS}
    with pytest.raises(SecondFactorRefused):
        await enrol_at_sign_in(engine, code="000000", **details)
    signed_in, codes = await enrol_at_sign_in(engine, code=pyotp.TOTP(secret).now(), **details)
    assert len(codes) == RECOVERY_CODES
    async with engine.connect() as conn:
        assert await has_second_factor(conn, person_id=person.person_id)
        assert await find_session(conn, token=signed_in.token, at=now())
        assert await find_session(conn, token=before.token, at=now()) is None
    assert isinstance(await first_step(engine), StepNeeded)


async def test_an_ended_second_factor_is_forgotten(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    totp, codes = await enrolled(engine, person)
    async with engine.begin() as conn:
        await end_second_factor(conn, person=person, ended_by=SYSTEM, reason="phone lost")
        with pytest.raises(SecondFactorMissing):
            await end_second_factor(conn, person=person, ended_by=SYSTEM)
        row = await fetch_value(
            conn,
            "SELECT action || ' ' || reason || ' ' || behalf_person_id FROM foundation.audit_log"
            " ORDER BY audit_id DESC LIMIT 1",
        )
        assert row == f"second_factor.reset phone lost {person.person_id}"
        assert (
            await fetch_value(
                conn,
                "SELECT count(*) FROM foundation.sign_in_method WHERE secret_sealed IS NOT NULL",
            )
            == 0
        )
    for code in (totp.now(), codes[0]):
        with pytest.raises(SecondFactorRefused):
            await take(engine, person, code)
    assert isinstance(await first_step(engine), SignedIn)
    await enrolled(engine, person)
    assert isinstance(await first_step(engine), StepNeeded)


async def test_a_proof_is_the_second_factor_else_the_password(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    opened = await first_step(engine)
    assert isinstance(opened, SignedIn)

    async def prove(given: str) -> None:
        await prove_again(
            engine, person=person, token=opened.token, given=given, keys=KEYS, address=ADDRESS
        )

    async def age() -> None:
        async with engine.begin() as conn:
            await execute(conn, "UPDATE foundation.session SET proved_at = now() - interval '1 h'")

    async def is_fresh() -> bool:
        async with engine.connect() as conn:
            session = await find_session(conn, token=opened.token, at=now())
        assert session is not None
        assert session.proved_at is not None
        return session.proved_at > now() - timedelta(minutes=1)

    assert await is_fresh(), "who has just signed in has just proved it"
    await age()
    with pytest.raises(ProofRefused):
        await prove("not the password")
    assert not await is_fresh()
    await prove(PASSWORD)
    assert await is_fresh()
    totp, _ = await enrolled(engine, person)
    await age()
    with pytest.raises(ProofRefused):
        await prove(PASSWORD)
    assert not await is_fresh(), "with a second factor the password is no proof"
    await prove(totp.now())
    assert await is_fresh()
    with pytest.raises(ProofRefused):
        await prove(totp.now())


async def make_sensitive(engine: AsyncEngine, person: Person) -> None:
    await write_transaction(
        engine,
        lambda conn: grant_role(
            conn, caller_id=person.caller_id, role="platform_admin", granted_by=SYSTEM
        ),
    )


async def begun_without_factor(engine: AsyncEngine) -> str:
    """A sign-in that somebody who knows the password began, and left before the enrolment."""
    begun = await first_step(engine, enrolment_needed=True)
    assert isinstance(begun, StepNeeded)
    assert begun.awaits == "enrolment"
    return begun.token


async def enrol_by(engine: AsyncEngine, token: str) -> tuple[SignedIn, list[str]]:
    secret = new_secret()
    return await enrol_at_sign_in(
        engine,
        token=token,
        secret=secret,
        code=pyotp.TOTP(secret).now(),
        keys=KEYS,
        address=ADDRESS,
    )


async def test_a_sign_in_begun_before_enrols_nothing_once_a_factor_is_there(
    engine: AsyncEngine,
) -> None:
    person = await new_person(engine)
    await make_sensitive(engine, person)
    left = await begun_without_factor(engine)
    own = await begun_without_factor(engine)
    signed_in, _ = await enrol_by(engine, own)
    with pytest.raises(StepOver):
        await enrol_by(engine, left)
    async with engine.connect() as conn:
        assert await find_session(conn, token=signed_in.token, at=now()) is not None


async def test_of_two_enrolments_at_once_one_stands(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    await make_sensitive(engine, person)
    tokens = [await begun_without_factor(engine) for _ in range(4)]
    results = await asyncio.gather(
        *[enrol_by(engine, one) for one in tokens], return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in results) == ["StepOver"] * 3 + ["tuple"]


@pytest.mark.parametrize("act", ["reset", "end_sessions", "end_others"])
async def test_ending_sessions_ends_the_sign_ins_that_wait(engine: AsyncEngine, act: str) -> None:
    person = await new_person(engine)
    await make_sensitive(engine, person)
    left = await begun_without_factor(engine)

    async def end(conn: AsyncConnection) -> None:
        if act == "reset":
            await set_password(
                conn, person=person, sign_in_name="wang", password=PASSWORD + "2", set_by=SYSTEM
            )
        elif act == "end_sessions":
            await end_sessions_of(conn, person=person, ended_by=SYSTEM, reason="丢了手机")
        else:
            await end_other_sessions(conn, person=person, token="none of hers")

    await write_transaction(engine, end)
    with pytest.raises(StepOver):
        await enrol_by(engine, left)


async def test_a_sign_in_under_way_gives_no_session_after_the_password_changed(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await new_person(engine)
    right = sign_in_module.password_is_right

    async def change_meanwhile(stored: str | None, typed: str) -> bool:
        checked = await right(stored, typed)
        monkeypatch.setattr(sign_in_module, "password_is_right", right)
        await write_transaction(
            engine,
            lambda conn: set_password(
                conn, person=person, sign_in_name="wang", password=PASSWORD + "2", set_by=SYSTEM
            ),
        )
        return checked

    monkeypatch.setattr(sign_in_module, "password_is_right", change_meanwhile)
    with pytest.raises(SignInRefused):
        await first_step(engine)


async def test_guesses_in_a_session_count_together_and_let_nobody_out_of_the_sign_in(
    engine: AsyncEngine,
) -> None:
    person = await new_person(engine)
    signed = await sign_in(engine, sign_in_name="wang", password=PASSWORD, address=ADDRESS)
    assert isinstance(signed, SignedIn)
    elsewhere = {"person": person, "token": signed.token, "address": "203.0.113.5"}
    for attempt in range(PAIR_FREE_FAILURES):
        if attempt % 2:
            with pytest.raises(ProofRefused):
                await prove_again(engine, given="wrong", keys=KEYS, **elsewhere)
        else:
            with pytest.raises(PasswordWrong):
                await change_password(engine, old="wrong", new="烟雨 over the bridge", **elsewhere)
    with pytest.raises(SignInThrottled):
        await prove_again(engine, given=PASSWORD, keys=KEYS, **elsewhere)
    with pytest.raises(SignInThrottled):
        await change_password(engine, old=PASSWORD, new="烟雨 over the bridge", **elsewhere)
    # the owner signs in as ever, and proves herself where she is
    await sign_in(engine, sign_in_name="wang", password=PASSWORD, address=elsewhere["address"])
    await prove_again(engine, given=PASSWORD, keys=KEYS, **{**elsewhere, "address": ADDRESS})
