"""Whatever is recorded and in whatever order: a day pays what its sum is worth, and no more."""

import random
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.books.proofs import run_proofs
from ledger.database import execute, read_transaction, write_transaction
from ledger.foundation.earning import credited_minutes, last_day_of_use, points_for
from ledger.journeys.proofs import register_programme_proofs
from ledger.programmes.service_records.release import release_services
from ledger.programmes.service_records.verification import verify_service
from tests.community import create_community, moment
from tests.database.test_service_records import record

NIGHT = moment("2025-11-03 23:00")


@given(
    pieces=st.lists(st.integers(1, 300), max_size=12),
    rounding=st.sampled_from([1, 15, 30, 60]),
    cap=st.integers(30, 600),
    rate=st.integers(0, 3333),
)
def test_splitting_never_pays_more(pieces, rounding, cap, rate):
    """The differences of the pieces sum to what the whole is worth, in any order, in both units."""
    whole = credited_minutes(sum(pieces), rounding=rounding, daily_cap=cap)
    random.Random(len(pieces)).shuffle(pieces)
    served = paid_minutes = paid_points = 0
    for piece in pieces:
        before = credited_minutes(served, rounding=rounding, daily_cap=cap)
        served += piece
        after = credited_minutes(served, rounding=rounding, daily_cap=cap)
        assert after >= before
        paid_minutes += after - before
        paid_points += points_for(after, rate_per_hour=rate) - points_for(
            before, rate_per_hour=rate
        )
    assert paid_minutes == whole <= min(sum(pieces), cap)
    assert paid_points == points_for(whole, rate_per_hour=rate)


@pytest.mark.parametrize(
    ("earned_on", "months", "expected"),
    [
        (date(2025, 11, 3), 36, date(2028, 11, 30)),
        (date(2025, 12, 31), 2, date(2026, 2, 28)),
        (date(2027, 12, 1), 2, date(2028, 2, 29)),
        (date(2025, 1, 31), 11, date(2025, 12, 31)),
        (date(2025, 11, 3), 0, None),
    ],
)
def test_units_live_until_the_end_of_a_month(earned_on, months, expected):
    """Also over a leap day and the turn of a year."""
    assert last_day_of_use(earned_on, months=months) == expected


@settings(
    max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(data=st.data())
async def test_any_order_of_verification_pays_the_same(engine, data):
    """Pieces of one day, verified in any order, some days later released in any batches."""
    cuts = sorted(data.draw(st.sets(st.integers(1, 719), min_size=1, max_size=6)))
    order = data.draw(st.permutations(range(len(cuts))))
    batch = data.draw(st.integers(1, 3))
    community = await create_community(engine)
    await community.enrol("volunteer")
    edges = [0, *cuts]
    begin = moment("2025-11-03 08:00")
    records = [
        await record(
            community,
            started_at=begin + timedelta(minutes=start),
            ended_at=begin + timedelta(minutes=end),
            at=NIGHT,
        )
        for start, end in pairwise(edges)
    ]
    for place in order:
        for clerk in ("one", "two") if records[place].needs_second else ("one",):
            await community.run(
                verify_service,
                record_id=records[place].record_id,
                caller_id=await community.clerk(clerk),
                at=NIGHT,
            )
    expected = min(cuts[-1], 480) // 30 * 30
    assert await community.balance("TB-2103", "volunteer") == expected
    for _ in range(2):
        while (
            await community.run(release_services, on=date(2025, 11, 7), caller_id=1, limit=batch)
        ).tried:
            pass
    assert await community.balance("TB-2101", "volunteer") == expected


TAMPERINGS = {
    "services_are_credited_once": "UPDATE programmes.service_record SET credited_minutes = 90",
    "service_days_add_up": "UPDATE programmes.service_day SET verified_minutes = 121",
    "services_do_not_overlap": """
        INSERT INTO programmes.service_record (tenant_id, record_id, provider_id, category,
            activity, place, started_at, ended_at, minutes, service_date, recorded_by, recorded_at,
            needs_second, status, funds, credited_minutes, credited_points, release_attempts)
        SELECT tenant_id, gen_random_uuid(), provider_id, category, activity, place,
            started_at + interval '1 minute', ended_at, minutes, service_date, recorded_by,
            recorded_at, needs_second, status, funds, 0, 0, 0
        FROM programmes.service_record""",
}


@pytest.mark.no_proofs
@pytest.mark.parametrize("proof", TAMPERINGS)
async def test_each_proof_finds_its_edit(engine, admin_engine, proof):
    """A superuser's edit that the arithmetic of the books cannot see."""
    community = await create_community(engine)
    await community.enrol("volunteer")
    service = await record(community)
    await community.run(
        verify_service,
        record_id=service.record_id,
        caller_id=await community.clerk("verifier"),
        at=NIGHT,
    )
    assert proof not in await failing(community)
    await write_transaction(admin_engine, lambda conn: execute(conn, TAMPERINGS[proof]))
    assert proof in await failing(community)


async def failing(community):
    """Names of the proofs that do not hold."""
    register_programme_proofs()
    async with read_transaction(community.engine) as conn:
        results = await run_proofs(conn, tenant_id=community.tenant_id)
    return {result.name for result in results if not result.holds}
