"""A clock that is an hour slow or four hundred days fast: nothing is written, and nothing breaks.

Where there is one clock only, the database's decides, and an account's moments never go back.
"""

import asyncio
from datetime import datetime, timedelta

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs

from api import clock_watch
from ledger.books.holds import CAPTURE, EXPIRE, place_holds, resolve_holds
from ledger.clock import now
from ledger.database import create_engine, fetch_value
from tests.api.world import World, client_of, entry, new_key, running_app
from tests.database_server import Database, with_database
from tests.faults.serving import until
from tests.faults.wrong_clocks import set_application_clock, set_database_clock
from tests.small_books import create_small_books, hold, resolution
from tests.small_books import entry as small_entry

SLOW, FAST = -timedelta(hours=1), timedelta(days=400)
RIGHT = timedelta()


async def read(conn: AsyncConnection) -> datetime:
    """The database's clock."""
    moment = await fetch_value(conn, "SELECT clock_timestamp()")
    assert isinstance(moment, datetime)
    return moment


@pytest.mark.parametrize("whose", ["application", "database"])
@pytest.mark.parametrize("ahead", [SLOW, FAST])
async def test_while_the_clocks_differ_nothing_is_written_and_what_is_there_is_read(
    database: Database,
    admin_engine: AsyncEngine,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    whose: str,
    ahead: timedelta,
) -> None:
    # What a session has planned keeps its clock, so sessions begin anew, none of them in use.
    every = 0.05 if whose == "application" else 3600
    monkeypatch.setattr(clock_watch, "WATCH_EVERY_SECONDS", every)
    path = f"{world.base}/entries"
    issued, pool = await world.account("PG", "5101"), await world.account("PG", "2501")
    body, key = entry(issued, pool), new_key()
    async with (
        running_app(database.service_url) as app,
        client_of(app, await world.key("integration")) as poster,
    ):
        first = await poster.post(path, json=body, headers=new_key())
        assert first.status_code == 201, first.text
        service = app.app.state.service
        clocks, pool_of_sessions = service.clocks, service.engine.sync_engine.pool
        await until(lambda: clocks.seconds_apart == 0 and not pool_of_sessions.checkedout())
        with pytest.MonkeyPatch.context() as patch:
            if whose == "application":
                set_application_clock(patch, ahead)
            else:
                await set_database_clock(admin_engine, ahead, service.engine)
                await clocks.compare()
            await until(lambda: not clocks.agree)
            for one in (body, {"entries": [body]}):
                route = path + ("/batch" if "entries" in one else "")
                refused = await poster.post(route, json=one, headers=key)
                assert_said(refused, whose, ahead)
            read = await poster.get(path)
            assert read.status_code == 200 or refused.status_code == 401
        if whose == "database":
            await set_database_clock(admin_engine, RIGHT, service.engine)
            await clocks.compare()
        await until(lambda: clocks.agree)
        done = await poster.post(path, json=body, headers=key)
        assert (done.status_code, done.json()["replayed"]) == (201, False), done.text
        assert first.json()["posted_at"] < done.json()["posted_at"] < now().isoformat()


async def test_a_comparison_that_fails_oddly_is_not_the_last(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock_watch, "WATCH_EVERY_SECONDS", 0.01)
    engine = create_engine(with_database(database.service_url, "nowhere"), pool_size=1)
    clocks = clock_watch.ClockWatch(engine)
    with capture_logs() as lines:
        watching = asyncio.create_task(clocks.watch())
        await until(lambda: len(lines) > 1 or watching.done())
        clocks.end()
        await watching
    assert {line["event"] for line in lines} == {"clocks_not_compared"}
    assert clocks.agree
    await engine.dispose()


def assert_said(refused: httpx.Response, whose: str, ahead: timedelta) -> None:
    """One clear sentence. For a fast application a key has ended before anything is asked."""
    if whose == "application" and ahead is FAST and refused.status_code == 401:
        assert refused.json()["code"] == "api_key_refused"
        return
    assert (refused.status_code, refused.json()["code"]) == (503, "clocks_differ"), refused.text
    assert abs(refused.json()["seconds"] - abs(ahead.total_seconds())) < 60
    assert int(refused.headers["retry-after"]) > 0


async def test_moments_and_versions_rise_though_the_databases_clock_goes_back(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 1)
    requests = [small_entry(line, occurred_at=now() - timedelta(hours=2)) for _ in range(4)]
    posted = [(await books.post(requests[0]))[0]]
    for ahead, request in zip((SLOW, RIGHT, SLOW), requests[1:], strict=True):
        await set_database_clock(admin_engine, ahead, engine)
        async with engine.connect() as conn:
            assert abs(await read(conn) - now() - ahead) < timedelta(minutes=1)
        posted += await books.post(request)
        (again,) = await books.post(requests[0])
        assert (again.replayed, again.posted_at) == (True, posted[0].posted_at)
    moments = [outcome.posted_at for outcome in posted]
    assert {outcome.refusal for outcome in posted} == {None}
    assert moments == sorted(set(moments))
    assert await books.balance("V1") == 4


async def test_the_databases_clock_decides_what_has_run_out(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """A hold of a day: an hour back it is open; a year on it can only expire, which is said."""
    books = await create_small_books(engine)
    await books.issue("V1", 20)
    ids = [await books.id_of(name) for name in ("V1", "H1", "M1")]
    first, second = hold(ids[0], ids[1], 10), hold(ids[0], ids[1], 10)
    await books.run(place_holds, [first, second])
    await set_database_clock(admin_engine, SLOW, engine)
    early = resolution(first.entry_id, EXPIRE, occurred_at=now() - timedelta(hours=2))
    capture = resolution(first.entry_id, CAPTURE, to=ids[2], occurred_at=early.occurred_at)
    assert [o.refusal for o in await books.run(resolve_holds, [early])] == ["hold_not_expired"]
    assert [o.refusal for o in await books.run(resolve_holds, [capture])] == [None]
    await set_database_clock(admin_engine, timedelta(days=2), engine)
    late = resolution(second.entry_id, CAPTURE, to=ids[2])
    assert [o.refusal for o in await books.run(resolve_holds, [late])] == ["hold_expired"]
    expire = resolution(second.entry_id, EXPIRE)
    assert [o.refusal for o in await books.run(resolve_holds, [expire])] == [None]
    assert [await books.balance(name) for name in ("V1", "H1", "M1")] == [10, 0, 10]
