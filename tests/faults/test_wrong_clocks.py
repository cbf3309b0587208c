"""The database's clock is wrong: it decides what has run out, and moments never go back."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.holds import CAPTURE, EXPIRE, place_holds, resolve_holds
from ledger.clock import now
from ledger.database import fetch_value
from tests.faults.wrong_clocks import set_database_clock
from tests.small_books import create_small_books, hold, resolution
from tests.small_books import entry as small_entry

SLOW = -timedelta(hours=1)
RIGHT = timedelta()


async def read(conn: AsyncConnection) -> datetime:
    """The database's clock."""
    moment = await fetch_value(conn, "SELECT clock_timestamp()")
    assert isinstance(moment, datetime)
    return moment


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
    await set_database_clock(admin_engine, timedelta(days=400), engine)
    late = resolution(second.entry_id, CAPTURE, to=ids[2])
    assert [o.refusal for o in await books.run(resolve_holds, [late])] == ["hold_expired"]
    expire = resolution(second.entry_id, EXPIRE)
    assert [o.refusal for o in await books.run(resolve_holds, [expire])] == [None]
    assert [await books.balance(name) for name in ("V1", "H1", "M1")] == [10, 0, 10]
