"""What no sign-in needs any more is removed, and nothing that one does."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.foundation.kept_forms import KEPT_FOR, KeptForm, find_kept_form, keep_form
from ledger.foundation.linked_accounts import (
    INVITATION_LASTS,
    accept_invitation,
    check_invitation,
    invite,
)
from ledger.foundation.people import create_person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.sessions import (
    ORDINARY,
    end_session,
    find_session,
    open_session,
    token_hash,
)
from ledger.foundation.sign_in_steps import STEP_LASTS, get_step, open_step
from ledger.foundation.sweeping import KEPT_AFTER_END, sweep_sign_ins
from ledger.foundation.throttling import (
    ADDRESS_REMEMBERED,
    attempt_of,
    begin_attempt,
    end_attempt,
)
from ledger.journeys.jobs.declaration import Work
from ledger.journeys.jobs.registry import get_job

KEYS = PersonalDataKeys("a secret of the tests, long enough to be one")
SYSTEM = 1
TABLES = ("session", "sign_in_step", "sign_in_invitation", "sign_in_throttle", "kept_form")


async def rows_left(engine: AsyncEngine) -> dict[str, int]:
    async with read_transaction(engine) as conn:
        return {
            table: await fetch_value(conn, f"SELECT count(*) FROM foundation.{table}")
            for table in TABLES
        }


async def test_what_is_over_goes_after_its_time_and_what_counts_stays(engine: AsyncEngine) -> None:
    moment = now()

    async def live(conn: AsyncConnection) -> tuple[str, str, str, str, int]:
        person = await create_person(conn, display_name="王小明", keys=KEYS)
        token = await open_session(conn, person_id=person.person_id, lifetime=ORDINARY, at=moment)
        over = await open_session(conn, person_id=person.person_id, lifetime=ORDINARY, at=moment)
        await end_session(conn, token=over, at=moment)
        step = await open_step(
            conn, person_id=person.person_id, awaits="code", method="password", at=moment
        )
        used = await invite(conn, person=person, invited_by=SYSTEM)
        await accept_invitation(conn, code=used, at=moment)
        code = await invite(conn, person=person, invited_by=SYSTEM)
        form = KeptForm("/x", None, [("a", "b")])
        kept = await keep_form(conn, session_hash=token_hash(over), form=form, at=moment)
        assert kept is not None
        failed, known = attempt_of("wang", "192.0.2.7"), attempt_of("li", "198.51.100.7")
        await begin_attempt(conn, failed, at=moment)
        await begin_attempt(conn, known, at=moment)
        await end_attempt(conn, known, at=moment)
        return token, step.token, code, kept, person.person_id

    token, step, code, kept, person_id = await write_transaction(engine, live)

    async def sweep(after: timedelta) -> dict[str, int]:
        return dict(
            await write_transaction(engine, lambda conn: sweep_sign_ins(conn, at=moment + after))
        )

    nothing = {"sessions": 0, "steps": 0, "invitations": 0, "counters": 0, "forms": 0}
    assert await sweep(timedelta(minutes=10)) == nothing
    async with read_transaction(engine) as conn:
        assert await find_session(conn, token=token, at=moment)
        assert await get_step(conn, token=step, awaits="code")
        assert await check_invitation(conn, code=code, at=moment)
        assert await find_kept_form(conn, token=kept, person_id=person_id, at=moment)
    assert await sweep(max(STEP_LASTS, KEPT_FOR) + timedelta(seconds=1)) == {
        **nothing,
        "steps": 1,
        "forms": 1,
    }
    # failures count for an hour; a success from an address is remembered for months
    assert await sweep(timedelta(hours=2)) == {**nothing, "counters": 3}
    ended = KEPT_AFTER_END + timedelta(minutes=1)
    assert await sweep(ended) == {**nothing, "sessions": 1, "invitations": 1}
    lapsed = ORDINARY.idle + KEPT_AFTER_END + timedelta(minutes=1)
    assert ORDINARY.idle > INVITATION_LASTS
    assert await sweep(lapsed) == {**nothing, "sessions": 1, "invitations": 1}
    assert await sweep(ADDRESS_REMEMBERED + timedelta(minutes=1)) == {**nothing, "counters": 3}
    assert set((await rows_left(engine)).values()) == {0}


async def test_the_job_goes_on_in_pieces_and_says_how_many_of_which(engine: AsyncEngine) -> None:
    moment = now()

    async def make(conn: AsyncConnection) -> None:
        person = await create_person(conn, display_name="王小明", keys=KEYS)
        for _ in range(5):
            token = await open_session(
                conn, person_id=person.person_id, lifetime=ORDINARY, at=moment
            )
            await end_session(conn, token=token, at=moment - KEPT_AFTER_END - timedelta(days=1))
        for _ in range(3):
            swept = await sweep_sign_ins(conn, at=moment, limit=2)
        assert swept["sessions"] == 1

    await write_transaction(engine, make)
    job = get_job("sweep_sign_ins")
    assert job.step is not None
    async with engine.begin() as conn:
        done = await job.step(conn, Work(0, moment.date(), moment))
    assert (done.handled, done.more) == (0, False)
    assert set(done.facts) == {"sessions", "steps", "invitations", "counters", "forms"}
