"""A credited service is taken back: the day is reckoned anew, what was spent is owed."""

from datetime import date

import pytest

from ledger.identifiers import uuid7
from ledger.programmes.service_records.cancellation import cancel_service, redistribute
from ledger.programmes.service_records.records import get_service_register
from ledger.programmes.service_records.refusals import ServiceNotCredited, VerifierInvolved
from ledger.programmes.time_bank import convert_minutes
from tests.community import create_community, moment
from tests.database.test_service_records import record, release, verify

LATER = moment("2025-11-20 10:00")


@pytest.fixture
async def community(engine):
    """A programme with a volunteer."""
    created = await create_community(engine)
    await created.enrol("volunteer")
    return created


async def cancel(community, service, by="auditor"):
    """Taken back by a clerk."""
    return await community.run(
        cancel_service,
        record_id=service.record_id,
        reason="签到造假",
        caller_id=await community.clerk(by),
        at=LATER,
    )


async def state(community):
    """Pending, available, owed, and minutes in the register."""
    register = await community.run(
        get_service_register, member_id=community.members["volunteer"].member_id
    )
    return (
        await community.balance("TB-2103", "volunteer"),
        await community.balance("TB-2101", "volunteer"),
        await community.balance("TB-1201", "volunteer"),
        register.verified_minutes,
    )


async def test_a_pending_service_is_cancelled_out_of_pending(community):
    """An upheld objection: nothing is left, and nothing is owed."""
    service = await verify(community, await record(community))
    cancelled = await cancel(community, service)
    assert cancelled.status == "cancelled"
    assert await state(community) == (0, 0, 0, 0)
    assert (await release(community)).tried == 0
    with pytest.raises(ServiceNotCredited):
        await cancel(community, service)


async def test_an_effective_service_is_clawed_back_and_the_rest_is_owed(community):
    """120 minutes, 70 of them spent: 50 are taken, 70 are owed."""
    service = await verify(community, await record(community))
    await release(community)
    await community.run(
        convert_minutes,
        member_id=service.provider_id,
        minutes=70,
        key=uuid7(),
        caller_id=1,
        at=moment("2025-11-08 09:00"),
    )
    await cancel(community, service)
    assert await state(community) == (0, 0, 70, 0)


@pytest.mark.parametrize("is_released", [False, True])
@pytest.mark.parametrize(
    ("services", "cancelled", "left"),
    [
        # the 20 minutes that completed a multiple of 30 go, whichever record was credited
        ([("09:00", "09:20"), ("10:00", "10:20"), ("11:00", "11:20")], 0, 30),
        ([("09:00", "09:20"), ("10:00", "10:20"), ("11:00", "11:20")], 2, 30),
        # under the cap of 480, the other service comes into its own
        ([("08:00", "15:00"), ("15:00", "17:00")], 0, 120),
        ([("08:00", "15:00"), ("15:00", "17:00")], 1, 420),
    ],
)
async def test_the_day_is_reckoned_as_if_the_service_had_never_been(
    community, services, cancelled, left, is_released
):
    """Whatever the order of verification, the same is left as without the cancelled record."""
    verified = [
        await verify(community, await record(community, start, end)) for start, end in services
    ]
    if is_released:
        await release(community)
    await cancel(community, verified[cancelled])
    pending, available, owed, _ = await state(community)
    assert (pending, available, owed) == ((0, left, 0) if is_released else (left, 0, 0))
    await release(community, date(2025, 11, 21))
    assert (await state(community))[:3] == (0, left, 0)


async def test_pending_and_effective_services_of_a_day_are_told_apart(community):
    """The first is effective, the second, entered later, pending: each place is right."""
    first = await verify(community, await record(community, "08:00", "15:00"))
    await release(community)
    late = moment("2025-11-08 09:00")
    second = await record(community, "15:00", "17:00", at=late)
    await verify(community, second, at=late)
    second = await verify(community, second, by="second", at=late)
    assert (first.credited_minutes, second.credited_minutes) == (420, 60)
    await cancel(community, first)
    assert await state(community) == (120, 0, 0, 120)
    await release(community, date(2025, 11, 21))
    assert await state(community) == (0, 120, 0, 120)


async def test_those_involved_cannot_cancel(community):
    """Neither the recorder nor the volunteer."""
    service = await verify(community, await record(community))
    with pytest.raises(VerifierInvolved):
        await cancel(community, service, by="recorder")
    with pytest.raises(VerifierInvolved):
        await community.run(
            cancel_service,
            record_id=service.record_id,
            reason="x",
            caller_id=community.people["volunteer"].caller_id,
        )


@pytest.mark.parametrize(
    ("given", "total", "expected"),
    [([], 0, []), ([60], 120, [120]), ([0, 30], 30, [0, 30]), ([30, 30], 30, [0, 30])],
)
def test_credits_are_redistributed_to_the_new_sum(given, total, expected):
    """As few records as possible change."""
    assert redistribute(given, total) == expected
