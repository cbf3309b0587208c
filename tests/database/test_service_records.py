"""Service records: who may verify, what is credited, when it takes effect."""

import asyncio
from datetime import date, timedelta

import pytest

from ledger.books.accounts import AccountName, AccountStatus
from ledger.database import execute, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.foundation.objections import decide_objection, raise_objection
from ledger.identifiers import uuid7
from ledger.programmes.service_records.records import (
    get_service,
    get_service_register,
    list_services,
    record_service,
)
from ledger.programmes.service_records.refusals import (
    ServiceAlreadyDecided,
    ServiceInFuture,
    ServiceOverlaps,
    ServiceTooLate,
    VerifierInvolved,
)
from ledger.programmes.service_records.release import release_services
from ledger.programmes.service_records.verification import decline_service, verify_service
from ledger.programmes.time_bank import convert_minutes
from tests.community import Community, create_community, moment
from tests.events.books import fund

DAY = date(2025, 11, 3)
EVENING = moment("2025-11-03 20:00")
WINDOW_ENDED = date(2025, 11, 7)  # verified on the 3rd; objections on the 4th, 5th and 6th
FOREVER = date.max


@pytest.fixture
async def community(engine):
    """A programme with a volunteer and a resident."""
    created = await create_community(engine)
    await created.enrol("volunteer")
    await created.enrol("resident")
    return created


async def record(community: Community, start="09:00", end="11:00", day=DAY, **changes):
    """A service of the volunteer, recorded by a clerk the same evening."""
    arguments = {
        "provider_id": community.members["volunteer"].member_id,
        "started_at": moment(f"{day} {start}"),
        "ended_at": moment(f"{day} {end}"),
        "category": "escort",
        "activity": "陪同就医",
        "place": "一号楼",
        "caller_id": await community.clerk("recorder"),
        "at": moment(f"{day} 20:00"),
    }
    return await community.run(record_service, **(arguments | changes))


async def verify(community: Community, service, by="verifier", at=None):
    """The service verified by a clerk."""
    return await community.run(
        verify_service,
        record_id=service.record_id,
        caller_id=await community.clerk(by),
        at=at or moment(f"{service.service_date} 21:00"),
    )


async def release(community: Community, on=WINDOW_ENDED):
    """One run of the release job."""
    return await community.run(release_services, on=on, caller_id=1)


async def test_two_hours_of_service_become_120_minutes_after_the_objection_window(community):
    """Recorded: nothing. Verified: pending. Window over: available, once. The register keeps it."""
    service = await record(community)
    assert (service.minutes, service.status) == (120, "recorded")
    assert await community.balance("TB-2103", "volunteer") == 0
    verified = await verify(community, service)
    assert (verified.funds, verified.credited_minutes, verified.objection_until) == (
        "time",
        120,
        date(2025, 11, 6),
    )
    assert await community.balance("TB-2103", "volunteer") == 120
    assert (await release(community, date(2025, 11, 6))).tried == 0
    run = await release(community)
    assert (run.tried, run.effective, run.refused) == (1, 1, {})
    assert (await release(community)).tried == 0
    assert await community.balance("TB-2103", "volunteer") == 0
    assert await community.lots("TB-2101", "volunteer") == {FOREVER: 120}
    found = await community.run(get_service, record_id=service.record_id)
    assert found.status == "effective"
    member_id = service.provider_id
    register = await community.run(get_service_register, member_id=member_id)
    assert (register.verified_minutes, register.credited_minutes, register.days) == (120, 120, 1)
    assert await community.run(list_services, limit=5, provider_id=member_id) == [found]


async def test_spending_never_touches_the_register_of_service(community):
    """All minutes become points; the two hours of service stay two hours."""
    await verify(community, await record(community))
    await release(community)
    member_id = community.members["volunteer"].member_id
    before = await community.run(get_service_register, member_id=member_id)
    await community.run(convert_minutes, member_id=member_id, minutes=120, key=uuid7(), caller_id=1)
    assert await community.balance("TB-2101", "volunteer") == 0
    assert await community.run(get_service_register, member_id=member_id) == before


async def test_a_programme_may_credit_points_at_once_instead_of_time(community):
    """120 minutes × 10.00 points an hour = 20.00 points, until the end of the 36th month after."""
    await community.decide("points.mode", "on_verify")
    verified = await verify(community, await record(community))
    assert (verified.funds, verified.credited_points) == ("points", 2000)
    assert await community.balance("SP-2103", "volunteer") == 2000
    await release(community)
    assert await community.lots("SP-2101", "volunteer") == {date(2028, 11, 30): 2000}
    assert await community.balance("TB-2101", "volunteer") == 0
    assert await community.balance("TB-2103", "volunteer") == 0


@pytest.mark.parametrize(
    ("services", "credited"),
    [
        ([("09:00", "09:29")], [0]),
        ([("09:00", "09:20"), ("10:00", "10:20")], [0, 30]),
        ([("09:00", "09:50"), ("10:00", "10:50")], [30, 60]),
        ([("08:00", "15:00"), ("15:00", "18:00")], [420, 60]),
        ([("08:00", "16:00"), ("17:00", "18:00")], [480, 0]),
    ],
)
async def test_a_day_is_rounded_and_capped_as_one_sum(community, services, credited):
    """Multiples of 30 minutes of the day's sum, 480 at most; each record gets the difference."""
    records = [await record(community, start, end) for start, end in services]
    verified = [await verify(community, service) for service in records]
    assert [service.credited_minutes for service in verified] == credited
    register = await community.run(
        get_service_register, member_id=community.members["volunteer"].member_id
    )
    assert register.verified_minutes == sum(service.minutes for service in records)


async def test_those_involved_cannot_verify(community):
    """Provider, recipient, recorder and first verifier are refused; so is a second decision."""
    resident = community.members["resident"].member_id
    service = await record(community, recipient_id=resident)
    callers = {
        "provider": community.people["volunteer"].caller_id,
        "recipient": community.people["resident"].caller_id,
        "recorder": await community.clerk("recorder"),
    }
    for role, caller_id in callers.items():
        for decision, more in ((verify_service, {}), (decline_service, {"reason": "不实"})):
            with pytest.raises(VerifierInvolved) as refusal:
                await community.run(
                    decision, record_id=service.record_id, caller_id=caller_id, **more
                )
            assert refusal.value.role == role
    await verify(community, service)
    with pytest.raises(ServiceAlreadyDecided):
        await verify(community, service, by="another verifier")


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"start": "22:00", "end": "23:59"}, "2025-11-07 09:00"),  # four days late
        ({"start": "08:00", "end": "16:01"}, "2025-11-03 20:00"),  # longer than eight hours
        ({"start": "04:59", "end": "06:00"}, "2025-11-03 20:00"),  # by night
    ],
)
async def test_late_long_and_nightly_services_need_two_verifiers(community, changes, at):
    """The first verification credits nothing; the same person cannot give the second."""
    service = await record(community, **changes, at=moment(at))
    assert service.needs_second
    first = await verify(community, service, at=moment(at))
    assert (first.status, await community.balance("TB-2103", "volunteer")) == ("recorded", 0)
    with pytest.raises(VerifierInvolved) as refusal:
        await verify(community, service)
    assert refusal.value.role == "first verifier"
    second = await verify(community, service, by="second verifier", at=moment(at))
    assert second.status == "verified"
    assert await community.balance("TB-2103", "volunteer") == second.credited_minutes


async def test_nobody_serves_twice_at_the_same_time(community):
    """Overlapping records can be told, but only one is verified; touching ones both are."""
    night = moment("2025-11-04 00:30")
    across = await record(community, "23:00", "23:30", ended_at=night, at=night)
    services = [
        await record(community, "09:00", "11:00"),
        await record(community, "10:59", "12:00"),
        await record(community, "11:00", "12:00"),
        await record(community, "00:00", "01:00", day=date(2025, 11, 4)),
    ]
    await verify(community, services[0])
    with pytest.raises(ServiceOverlaps) as refusal:
        await verify(community, services[1])
    assert refusal.value.record_id == str(services[0].record_id)
    await verify(community, services[2])
    await verify(community, across, at=night)
    await verify(community, across, by="second", at=night)
    await verify(community, services[3])
    with pytest.raises(ServiceOverlaps):
        await verify(community, services[3], by="second")


async def test_two_overlapping_services_verified_at_once_leave_one(community):
    """Concurrent verifiers: exactly one of the two services is credited."""
    services = [
        await record(community, "09:00", "11:00"),
        await record(community, "10:00", "12:00"),
    ]
    answers = await asyncio.gather(
        *(verify(community, service) for service in services), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == [
        "ServiceOverlaps",
        "ServiceRecord",
    ]
    assert await community.balance("TB-2103", "volunteer") == 120


async def test_one_service_verified_twice_at_once_is_credited_once(community):
    """Two verifiers of one record: the second is told that it is decided."""
    service = await record(community)
    answers = await asyncio.gather(
        *(verify(community, service, by=name) for name in ("one", "two")), return_exceptions=True
    )
    assert sum(isinstance(answer, ServiceAlreadyDecided) for answer in answers) == 1
    assert await community.balance("TB-2103", "volunteer") == 120


async def test_two_release_runs_at_once_release_once(community):
    """Whoever comes second finds the rows taken."""
    for start in range(8, 12):
        await verify(community, await record(community, f"{start:02}:00", f"{start:02}:30"))
    runs = await asyncio.gather(*(release(community) for _ in range(3)))
    assert sum(run.effective for run in runs) == 4
    assert await community.balance("TB-2101", "volunteer") == 120


async def test_what_exceeds_the_storage_cap_goes_to_the_pool(community):
    """60 minutes stored, cap 100: of 120 minutes 40 are kept."""
    await community.decide("time.storage_cap_min", 100)
    name = community.name("TB-2101", "volunteer")
    await community.run(fund, name=name, amount=60)
    await verify(community, await record(community))
    run = await release(community)
    assert run.overflow_minutes == 80
    assert await community.balance("TB-2101", "volunteer") == 100
    assert await community.balance("TB-2201") == 80


async def test_what_is_owed_is_taken_from_what_becomes_available(community):
    """70 minutes owed after a clawback: of 120 minutes 50 stay."""
    owed = AccountName("TB", "1201", community.members["volunteer"].member_id)
    await community.run(fund, name=owed, amount=70)
    await verify(community, await record(community))
    await release(community)
    assert await community.balance("TB-1201", "volunteer") == 0
    assert await community.balance("TB-2101", "volunteer") == 50


async def test_a_frozen_account_does_not_hold_up_the_others(community):
    """Its release is refused, told, and made up for on a later day."""
    await community.enrol("other")
    other = community.members["other"].member_id
    services = [await record(community), await record(community, provider_id=other)]
    for service in services:
        await verify(community, service)
    await community.set_status("TB-2101", "volunteer", AccountStatus.FROZEN)
    run = await release(community)
    assert run.refused == {services[0].record_id: "account_frozen"}
    assert await community.balance("TB-2101", "other") == 120
    await community.set_status("TB-2101", "volunteer", AccountStatus.OPEN)
    assert (await release(community)).tried == 0
    assert (await release(community, WINDOW_ENDED + timedelta(1))).effective == 1
    assert await community.balance("TB-2101", "volunteer") == 120


async def test_an_open_objection_keeps_a_service_pending(community):
    """Released only after the objection was dismissed."""
    service = await verify(community, await record(community))
    objection_id = await community.run(
        raise_objection,
        subject_id=service.record_id,
        reason="当天未见其人",
        caller_id=await community.clerk("neighbour"),
        at=EVENING,
    )
    assert (await release(community)).tried == 0
    await community.run(
        decide_objection,
        objection_id=objection_id,
        decision="dismissed",
        reason="有签到记录",
        caller_id=await community.clerk("chair"),
        at=EVENING,
    )
    assert (await release(community)).effective == 1


async def test_a_declined_service_credits_nothing(community):
    """And can no longer be verified."""
    service = await record(community)
    declined = await community.run(
        decline_service,
        record_id=service.record_id,
        reason="未到场",
        caller_id=await community.clerk("verifier"),
    )
    assert (declined.status, declined.decision_reason) == ("declined", "未到场")
    with pytest.raises(ServiceAlreadyDecided):
        await verify(community, service)
    assert await community.balance("TB-2103", "volunteer") == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"end": "09:00"}, InvalidInput),
        ({"end": "08:00"}, InvalidInput),
        ({"ended_at": moment("2025-11-04 09:00")}, InvalidInput),
        ({"category": "sleeping"}, InvalidInput),
        ({"activity": " "}, InvalidInput),
        ({"place": "x" * 201}, InvalidInput),
        ({"at": moment("2025-11-03 10:59")}, ServiceInFuture),
        ({"at": moment("2025-12-04 09:00")}, ServiceTooLate),
        ({"provider_id": uuid7()}, NotFound),
        ({"recipient_id": uuid7()}, NotFound),
    ],
)
async def test_what_cannot_be_a_service_is_not_recorded(community, changes, refusal):
    """One clear refusal each, and nothing is written."""
    with pytest.raises(refusal):
        await record(community, **changes)
    assert await community.run(list_services, limit=5) == []


async def test_nobody_serves_themselves(community):
    """Provider and recipient are two people."""
    with pytest.raises(InvalidInput):
        await record(community, recipient_id=community.members["volunteer"].member_id)


async def test_the_rules_of_the_day_of_service_count(community):
    """A rule that changes between service and verification changes nothing for the service."""
    await community.decide("time.rounding", 60, valid_from=DAY + timedelta(1))
    before = await record(community, "09:00", "10:45")
    after = await record(community, "09:00", "10:45", day=DAY + timedelta(1))
    assert (await verify(community, before, at=moment("2025-11-05 10:00"))).credited_minutes == 90
    assert (await verify(community, after)).credited_minutes == 60


async def test_without_an_objection_window_the_next_run_releases(community):
    """Zero days: effective on the day of verification."""
    await community.decide("service.objection_days", 0)
    await verify(community, await record(community))
    assert (await release(community, DAY)).effective == 1


async def test_another_programmes_record_looks_missing(community, engine):
    """Row-level security: the id of another tenant is no id here."""
    service = await record(community)
    other = await create_community(engine)
    with pytest.raises(NotFound):
        await other.run(get_service, record_id=service.record_id)


async def test_nobody_deletes_records(community):
    """The service's role may not."""
    await record(community)
    with pytest.raises(Exception, match="permission denied"):
        await write_transaction(
            community.engine, lambda conn: execute(conn, "DELETE FROM programmes.service_record")
        )
