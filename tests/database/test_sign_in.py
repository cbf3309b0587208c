"""Sign-in: slow hashes, equal answers, waits instead of locks, sessions that end."""

import asyncio
from datetime import datetime, timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import now
from ledger.database import execute, fetch_one, fetch_value, write_transaction
from ledger.errors import NotFound
from ledger.foundation import passwords, throttling
from ledger.foundation.grants import grant_role
from ledger.foundation.known_browsers import (
    MOST_ACCOUNTS,
    REMEMBERED,
    Browser,
    find_known_browser,
    remember_browser,
)
from ledger.foundation.people import Person, create_person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.secrets import SecretRing
from ledger.foundation.sessions import (
    ORDINARY,
    SENSITIVE,
    end_session,
    find_session,
    list_sessions,
    open_session,
    revoke_session,
    touch_session,
)
from ledger.foundation.sign_in import (
    SignInNameTaken,
    SignInRefused,
    SignsInOtherwise,
    find_person_by_sign_in_name,
    set_password,
    sign_in,
)
from ledger.foundation.sign_in_care import end_sessions_of
from ledger.foundation.throttling import SignInThrottled, attempt_of, begin_attempt, end_attempt

KEYS = PersonalDataKeys("a secret of the tests, long enough to be one")
PASSWORD = "the river runs 老城 slowly"
ADDRESS = "192.0.2.7"
SECRETS = SecretRing(["a secret of the tests, long enough to be one"])
SYSTEM = 1


async def new_person(engine: AsyncEngine, name: str = "wang") -> Person:
    async def create(conn):
        person = await create_person(conn, display_name="王小明", keys=KEYS)
        await set_password(conn, person=person, sign_in_name=name, password=PASSWORD, set_by=SYSTEM)
        return person

    return await write_transaction(engine, create)


async def try_sign_in(
    engine: AsyncEngine,
    name: str,
    password: str,
    address: str = ADDRESS,
    browser: Browser | None = None,
):
    return await sign_in(
        engine, sign_in_name=name, password=password, address=address, browser=browser
    )


async def test_the_right_password_opens_a_session_of_the_person(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    signed_in = await try_sign_in(engine, "  WANG ", PASSWORD)
    assert signed_in.person == person
    assert len(signed_in.token) >= 43
    async with engine.connect() as conn:
        session = await find_session(conn, token=signed_in.token, at=now())
        stored = await fetch_one(conn, "SELECT s::text AS row FROM foundation.session AS s")
    assert session is not None
    assert session.person == person
    assert signed_in.token not in stored.row


async def test_wrong_password_and_unknown_name_are_told_alike(engine: AsyncEngine) -> None:
    await new_person(engine)
    with pytest.raises(SignInRefused) as wrong:
        await try_sign_in(engine, "wang", "not the password")
    with pytest.raises(SignInRefused) as unknown:
        await try_sign_in(engine, "nobody", "not the password")
    assert str(wrong.value) == str(unknown.value)
    assert wrong.value.attributes() == unknown.value.attributes() == {}


class _Counting(PasswordHasher):
    """Argon2 as it is, that writes down what it was asked to look at."""

    def __init__(self) -> None:
        super().__init__()
        self.costs: list[tuple[int, int, int]] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002
        asked = extract_parameters(str(hash))
        self.costs.append((asked.memory_cost, asked.time_cost, asked.parallelism))
        return super().verify(hash, password)


async def test_an_unknown_name_costs_the_same_hash_as_a_wrong_password(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    await new_person(engine)
    await new_person(engine, "li")
    async with engine.begin() as conn:
        await execute(
            conn,
            "UPDATE foundation.sign_in_method SET retired_at = now() WHERE subject = 'li'",
        )
    hasher = _Counting()
    monkeypatch.setattr(passwords, "_hasher", hasher)
    for name in ("wang", "nobody", "li"):
        with pytest.raises(SignInRefused):
            await try_sign_in(engine, name, "not the password")
    assert len(hasher.costs) == 3, "one look each, from the first unknown name on"
    assert len(set(hasher.costs)) == 1, "at hashes that cost the same"


async def test_passwords_are_stored_as_argon2id_with_19_mib(engine: AsyncEngine) -> None:
    await new_person(engine)
    async with engine.connect() as conn:
        stored = await fetch_value(conn, "SELECT secret_hash FROM foundation.sign_in_method")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_signing_in_again_ends_the_old_session(engine: AsyncEngine) -> None:
    await new_person(engine)
    first = await try_sign_in(engine, "wang", PASSWORD)
    second = await sign_in(
        engine, sign_in_name="wang", password=PASSWORD, address=ADDRESS, old_token=first.token
    )
    async with engine.connect() as conn:
        assert await find_session(conn, token=first.token, at=now()) is None
        assert await find_session(conn, token=second.token, at=now()) is not None


async def test_a_new_password_ends_every_session(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    signed_in = await try_sign_in(engine, "wang", PASSWORD)
    async with engine.begin() as conn:
        await set_password(
            conn, person=person, sign_in_name="wang", password=PASSWORD + "2", set_by=SYSTEM
        )
        assert await find_session(conn, token=signed_in.token, at=now()) is None
    with pytest.raises(SignInRefused):
        await try_sign_in(engine, "wang", PASSWORD)


async def test_a_sign_in_name_belongs_to_one_person(engine: AsyncEngine) -> None:
    await new_person(engine)
    with pytest.raises(SignInNameTaken):
        await new_person(engine)


async def test_sessions_end_by_silence_by_age_and_by_sign_out(engine: AsyncEngine) -> None:
    person, moment = await new_person(engine), now()
    async with engine.begin() as conn:
        quiet = await open_session(conn, person_id=person.person_id, lifetime=SENSITIVE, at=moment)
        after_idle = moment + SENSITIVE.idle
        assert await find_session(conn, token=quiet, at=after_idle - timedelta(seconds=1))
        assert await find_session(conn, token=quiet, at=after_idle) is None
        await touch_session(conn, token=quiet, at=moment + timedelta(minutes=20))
        assert await find_session(conn, token=quiet, at=after_idle)
        await touch_session(conn, token=quiet, at=moment + SENSITIVE.absolute)
        assert await find_session(conn, token=quiet, at=moment + SENSITIVE.absolute) is None
        left = await open_session(conn, person_id=person.person_id, lifetime=ORDINARY, at=moment)
        await end_session(conn, token=left, at=moment)
        assert await find_session(conn, token=left, at=moment) is None
        assert await find_session(conn, token="forged", at=moment) is None


async def test_a_person_lists_and_revokes_own_sessions_only(engine: AsyncEngine) -> None:
    mine, moment = await new_person(engine), now()
    other = await new_person(engine, "li")
    async with engine.begin() as conn:
        token = await open_session(conn, person_id=mine.person_id, lifetime=ORDINARY, at=moment)
        (listed,) = await list_sessions(conn, person_id=mine.person_id, at=moment)
        with pytest.raises(NotFound):
            await revoke_session(
                conn, session_id=listed.session_id, person_id=other.person_id, at=moment
            )
        await revoke_session(
            conn, session_id=listed.session_id, person_id=mine.person_id, at=moment
        )
        assert await find_session(conn, token=token, at=moment) is None
        assert await list_sessions(conn, person_id=mine.person_id, at=moment) == []


async def test_sensitive_roles_get_short_sessions(engine: AsyncEngine) -> None:
    person = await new_person(engine)
    assert (await try_sign_in(engine, "wang", PASSWORD)).lifetime == ORDINARY
    async with engine.begin() as conn:
        await grant_role(
            conn, caller_id=person.caller_id, role="auditor", tenant_id=1, granted_by=SYSTEM
        )
    assert (await try_sign_in(engine, "wang", PASSWORD)).lifetime == SENSITIVE


async def test_many_attempts_at_once_get_no_more_guesses(engine: AsyncEngine) -> None:
    await new_person(engine)
    tries = [try_sign_in(engine, "wang", f"guess number {n}") for n in range(12)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    refused = [result for result in results if isinstance(result, SignInRefused)]
    waiting = [result for result in results if isinstance(result, SignInThrottled)]
    assert len(refused) == throttling.PAIR_FREE_FAILURES
    assert len(refused) + len(waiting) == len(tries)


async def test_the_wait_grows_to_a_minute_and_then_lets_try_again(engine: AsyncEngine) -> None:
    attempt, moment = attempt_of("wang", ADDRESS), now()
    waits = []
    async with engine.begin() as conn:
        for _ in range(15):
            try:
                await begin_attempt(conn, attempt, at=moment)
            except SignInThrottled as refusal:
                waits.append(refusal.retry_after_seconds)
                moment += timedelta(seconds=refusal.retry_after_seconds)
                await begin_attempt(conn, attempt, at=moment)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60]


async def test_a_guesser_elsewhere_does_not_lock_the_owner_out(engine: AsyncEngine) -> None:
    moment = now()
    home, strange = attempt_of("wang", ADDRESS), attempt_of("wang", "203.0.113.200")
    async with engine.begin() as conn:
        await begin_attempt(conn, home, at=moment)
        await end_attempt(conn, home, at=moment)
        for n in range(throttling.ACCOUNT_FAILURES):
            await begin_attempt(conn, attempt_of("wang", f"203.0.113.{n}"), at=moment)
        with pytest.raises(SignInThrottled):
            await begin_attempt(conn, strange, at=moment)
        await begin_attempt(conn, home, at=moment)
        await begin_attempt(conn, strange, at=moment + timedelta(hours=2))


async def test_invented_names_from_one_address_disturb_nobody_who_signed_in_there(
    engine: AsyncEngine,
) -> None:
    """A community behind one router, and one who tries sixty names."""
    moment, home, new = now(), attempt_of("wang", ADDRESS), attempt_of("li", ADDRESS)
    async with engine.begin() as conn:
        await begin_attempt(conn, home, at=moment)
        await end_attempt(conn, home, at=moment)
        for n in range(throttling.ADDRESS_FAILURES):
            await begin_attempt(conn, attempt_of(f"invented {n}", ADDRESS), at=moment)
        for _ in range(throttling.PAIR_FREE_FAILURES - 1):
            await begin_attempt(conn, home, at=moment)
        await end_attempt(conn, home, at=moment)
        with pytest.raises(SignInThrottled) as refusal:
            await begin_attempt(conn, new, at=moment)
        assert refusal.value.retry_after_seconds == throttling.LONGEST_WAIT_SECONDS
        await begin_attempt(conn, new, at=moment + timedelta(seconds=60))


async def test_who_signs_in_to_an_account_of_her_own_buys_no_guesses(engine: AsyncEngine) -> None:
    moment, own = now(), attempt_of("own", ADDRESS)
    async with engine.begin() as conn:
        await begin_attempt(conn, own, at=moment)
        await end_attempt(conn, own, at=moment)
        for n in range(throttling.ADDRESS_FAILURES):
            await begin_attempt(conn, attempt_of(f"person {n}", ADDRESS), at=moment)
            await begin_attempt(conn, own, at=moment)
            await end_attempt(conn, own, at=moment)
        with pytest.raises(SignInThrottled):
            await begin_attempt(conn, attempt_of("one more", ADDRESS), at=moment)


async def test_a_browser_that_signed_in_before_waits_for_nobody_elses_failures(
    engine: AsyncEngine,
) -> None:
    """Fifty wrong tries from thirteen addresses; the owner comes from an address never seen."""
    person = await new_person(engine)
    new_address, moment = "2001:db8::1", now()
    first = Browser(SECRETS, "")
    kept = remember_browser(first, person_id=person.person_id, at=moment)
    assert str(person.public_id) not in kept
    async with engine.begin() as conn:
        for n in range(throttling.ACCOUNT_FAILURES):
            await begin_attempt(conn, attempt_of("wang", f"203.0.113.{n % 13}"), at=moment)
    forged = kept[:-1] + ("0" if kept[-1] != "0" else "1")
    others = remember_browser(first, person_id=person.person_id + 1, at=moment)
    for brought in ("", forged, others, "x~y", kept.replace(".", "~")):
        with pytest.raises(SignInThrottled) as refusal:
            await try_sign_in(
                engine, "wang", PASSWORD, address=new_address, browser=Browser(SECRETS, brought)
            )
        assert refusal.value.retry_after_seconds <= throttling.LONGEST_WAIT_SECONDS
    mine = Browser(SECRETS, f"{others}~{kept}")
    opened = await try_sign_in(engine, "wang", PASSWORD, address=new_address, browser=mine)
    assert opened.person == person
    # its own failures slow it all the same
    for _ in range(throttling.PAIR_FREE_FAILURES):
        with pytest.raises(SignInRefused):
            await try_sign_in(engine, "wang", "wrong word", address=new_address, browser=mine)
    with pytest.raises(SignInThrottled):
        await try_sign_in(engine, "wang", PASSWORD, address=new_address, browser=mine)


async def test_a_browser_is_a_stranger_again_after_its_time_and_when_sessions_end_together(
    engine: AsyncEngine,
) -> None:
    person, other = await new_person(engine), await new_person(engine, "li")
    moment = now()

    async def known(kept: str, at: datetime) -> bool:
        async with engine.connect() as conn:
            browser = Browser(SECRETS, kept)
            found = await find_known_browser(conn, browser, person_id=person.person_id, at=at)
        return found is not None

    kept = remember_browser(Browser(SECRETS, ""), person_id=person.person_id, at=moment)
    assert await known(kept, moment)
    assert not await known(kept, moment + REMEMBERED)
    for act in (
        lambda conn: end_sessions_of(
            conn, person=person, ended_by=other.caller_id, reason="telephone lost"
        ),
        lambda conn: set_password(
            conn, person=person, sign_in_name="wang", password="another 密码 of hers", set_by=SYSTEM
        ),
    ):
        kept = remember_browser(Browser(SECRETS, kept), person_id=person.person_id, at=now())
        assert await known(kept, now())
        await write_transaction(engine, act)
        assert not await known(kept, now())
    for number in range(9):
        kept = remember_browser(Browser(SECRETS, kept), person_id=1000 + number, at=now())
    assert kept.count("~") == MOST_ACCOUNTS - 1


@pytest.mark.parametrize(("addresses", "an_hour"), [(13, 80), (2_000, 80), (1, 72)])
async def test_so_many_guesses_at_an_account_in_an_hour_and_no_more(
    engine: AsyncEngine, addresses: int, an_hour: int
) -> None:
    """Whoever guesses as soon as she may, from so many addresses; a single one is the owner's."""
    hours = 2
    began = moment = now()
    guesses = turn = 0
    async with engine.begin() as conn:
        if addresses == 1:
            home = attempt_of("wang", "198.51.100.0")
            await begin_attempt(conn, home, at=began)
            await end_attempt(conn, home, at=began)
        while moment < began + timedelta(hours=hours):
            turn += 1
            place = turn % addresses
            try:
                attempt = attempt_of("wang", f"198.51.{100 + place // 250}.{place % 250}")
                await begin_attempt(conn, attempt, at=moment)
                guesses += 1
            except SignInThrottled as refusal:
                moment += timedelta(seconds=refusal.retry_after_seconds)
    assert hours * 60 < guesses <= hours * an_hour
    assert 25 * an_hour <= 2_000, "a day touches twenty-five such hours at the most"


async def test_one_address_cannot_try_many_accounts(engine: AsyncEngine) -> None:
    moment = now()
    async with engine.begin() as conn:
        for n in range(throttling.ADDRESS_FAILURES):
            await begin_attempt(conn, attempt_of(f"person {n}", ADDRESS), at=moment)
        with pytest.raises(SignInThrottled):
            await begin_attempt(conn, attempt_of("one more", ADDRESS), at=moment)


async def test_throttling_keeps_no_names_and_no_addresses(engine: AsyncEngine) -> None:
    async with engine.begin() as conn:
        await begin_attempt(conn, attempt_of("wang", ADDRESS), at=now())
        row = await fetch_one(
            conn, "SELECT string_agg(t::text, ' ') AS rows FROM foundation.sign_in_throttle AS t"
        )
    assert "wang" not in row.rows
    assert ADDRESS not in row.rows


async def test_a_retired_method_no_longer_signs_in(engine: AsyncEngine) -> None:
    await new_person(engine)
    async with engine.begin() as conn:
        await execute(conn, "UPDATE foundation.sign_in_method SET retired_at = now()")
    with pytest.raises(SignInRefused):
        await try_sign_in(engine, "wang", PASSWORD)


async def test_a_person_keeps_one_sign_in_name(engine: AsyncEngine) -> None:
    wang, li = await new_person(engine, "wang"), await new_person(engine, "li")

    async def rename(person: Person, name: str) -> None:
        await write_transaction(
            engine,
            lambda conn: set_password(
                conn, person=person, sign_in_name=name, password=PASSWORD, set_by=SYSTEM
            ),
        )

    for name in ("li", "somebody"):
        with pytest.raises(SignsInOtherwise):
            await rename(wang, name)
    await rename(li, " LI ")
    async with engine.connect() as conn:
        assert await find_person_by_sign_in_name(conn, sign_in_name="Wang") == wang
        assert await find_person_by_sign_in_name(conn, sign_in_name="somebody") is None
