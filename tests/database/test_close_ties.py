"""Services within a household or family: refused, or looked at by two, as the community decided."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.foundation.guardians import add_guardian
from ledger.foundation.households import (
    create_household,
    find_household_of,
    join_household,
    leave_household,
)
from ledger.foundation.kinship import add_kinship
from ledger.programmes.service_records.records import ServiceRecord, record_service
from ledger.programmes.service_records.refusals import (
    RecorderTooClose,
    ServiceForOwnFamily,
    VerifierTooClose,
)
from ledger.programmes.service_records.verification import decline_service, verify_service
from tests.community import KEYS, Community, create_community, moment

LONG_AGO = date(2025, 6, 1)
DAY = "2025-11-03"


@pytest.fixture
async def community(engine: AsyncEngine) -> Community:
    """王芳 and 李明 live together; 王母 is her mother elsewhere; 赵六 is nobody's."""
    made = await create_community(engine)
    for name in ("王芳", "李明", "王母", "赵六"):
        await made.enrol(name)
    clerk = await made.clerk("社工")
    home = await made.run(
        create_household,
        number="1",
        head_member_id=made.members["王芳"].member_id,
        caller_id=clerk,
        begins_on=LONG_AGO,
    )
    await made.run(
        join_household,
        household_id=home.household_id,
        member_id=made.members["李明"].member_id,
        caller_id=clerk,
        begins_on=LONG_AGO,
    )
    await relate(made, "王芳", "mother", "王母")
    return made


async def relate(community: Community, one: str, relation: str, other: str) -> None:
    await community.run(
        add_kinship,
        member_id=community.members[one].member_id,
        relation=relation,
        relative=community.members[other].member_id,
        evidence="户口簿",
        caller_id=await community.clerk("社工"),
        keys=KEYS,
        begins_on=LONG_AGO,
    )


async def serve(
    community: Community, provider: str, recipient: str | None, recorder: int, hour: int = 9
) -> ServiceRecord:
    record: ServiceRecord = await community.run(
        record_service,
        provider_id=community.members[provider].member_id,
        recipient_id=recipient and community.members[recipient].member_id,
        started_at=moment(f"{DAY} {hour:02}:00"),
        ended_at=moment(f"{DAY} {hour + 1:02}:00"),
        category="assistance",
        activity="买菜",
        place="小区",
        caller_id=recorder,
        at=moment(f"{DAY} 20:00"),
    )
    return record


async def decide(community: Community, record: UUID, caller: int, **how: Any) -> ServiceRecord:
    function = decline_service if how else verify_service
    return await community.run(
        function, record_id=record, caller_id=caller, at=moment("2025-11-04 09:00"), **how
    )


async def test_a_service_for_the_own_household_is_not_recorded(community: Community) -> None:
    clerk = await community.clerk("社工")
    for provider, recipient in (("王芳", "李明"), ("李明", "王芳")):
        with pytest.raises(ServiceForOwnFamily) as refused:
            await serve(community, provider, recipient, clerk)
        assert refused.value.attributes() == {"tie": "household"}
    assert (await serve(community, "赵六", "李明", clerk)).tie is None


async def test_a_service_for_kin_needs_two(community: Community) -> None:
    clerk = await community.clerk("社工")
    for hour, (provider, recipient) in enumerate((("王芳", "王母"), ("王母", "王芳")), 9):
        record = await serve(community, provider, recipient, clerk, hour)
        assert (record.tie, record.needs_second) == ("recipient_kin", True)
        first = await decide(community, record.record_id, await community.clerk("甲"))
        assert (first.status, first.tie) == ("recorded", "recipient_kin")
        second = await decide(community, record.record_id, await community.clerk("乙"))
        assert second.status == "verified"


async def test_the_ties_of_the_day_of_the_service_count(community: Community) -> None:
    clerk = await community.clerk("社工")
    li = community.members["李明"].member_id
    home = await community.run(find_household_of, member_id=li)
    leave = {"household_id": home.household_id, "member_id": li, "caller_id": clerk}
    await community.run(leave_household, ends_on=date(2025, 11, 4), **leave)
    with pytest.raises(ServiceForOwnFamily):
        await serve(community, "王芳", "李明", clerk)
    await community.run(join_household, begins_on=date(2025, 11, 10), **leave)
    with pytest.raises(ServiceForOwnFamily):
        await serve(community, "王芳", "李明", clerk)


async def test_whoever_moved_out_before_is_served_like_anybody(community: Community) -> None:
    clerk = await community.clerk("社工")
    li = community.members["李明"].member_id
    home = await community.run(find_household_of, member_id=li)
    await community.run(
        leave_household,
        household_id=home.household_id,
        member_id=li,
        caller_id=clerk,
        ends_on=date(2025, 11, 3),
    )
    record = await serve(community, "王芳", "李明", clerk)
    assert (record.tie, record.needs_second) == (None, False)


async def test_who_records_for_the_own_family_is_noticed(community: Community) -> None:
    at_home = community.people["李明"].caller_id
    mother = community.people["王母"].caller_id
    own = community.people["王芳"].caller_id
    assert (await serve(community, "王芳", None, at_home, 9)).tie == "recorder_household"
    assert (await serve(community, "王芳", None, mother, 10)).tie == "recorder_kin"
    assert (await serve(community, "王芳", None, own, 11)).tie is None, "for oneself as before"


async def test_nobody_decides_about_the_own_family(community: Community) -> None:
    clerk = await community.clerk("社工")
    record = (await serve(community, "赵六", "李明", clerk)).record_id
    for name in ("王芳",):
        for how in ({}, {"reason": "不实"}):
            with pytest.raises(VerifierTooClose):
                await decide(community, record, community.people[name].caller_id, **how)
    served = (await serve(community, "王芳", None, clerk)).record_id
    with pytest.raises(VerifierTooClose) as refused:
        await decide(community, served, community.people["王母"].caller_id)
    assert refused.value.attributes() == {"tie": "kin"}
    assert (await decide(community, record, await community.clerk("甲"))).status == "verified"


async def test_a_guardian_is_as_close_as_kin(community: Community) -> None:
    clerk = await community.clerk("社工")
    await community.run(
        add_guardian,
        guardian=community.people["赵六"],
        ward_member_id=community.members["王母"].member_id,
        kind="incapacity",
        evidence="判决书",
        caller_id=clerk,
        keys=KEYS,
        begins_on=LONG_AGO,
    )
    assert (await serve(community, "赵六", "王母", clerk)).tie == "recipient_kin"
    assert (await serve(community, "王母", "赵六", clerk)).tie == "recipient_kin"


async def test_a_community_decides_otherwise(community: Community) -> None:
    clerk = await community.clerk("社工")
    for key, value in (
        ("service.household_recipient", "allow"),
        ("service.kin_recipient", "refuse"),
        ("service.close_recorder", "refuse"),
        ("service.close_verifier", "allow"),
    ):
        await community.decide(key, value)
    record = await serve(community, "王芳", "李明", clerk)
    assert (record.tie, record.needs_second) == (None, False)
    with pytest.raises(ServiceForOwnFamily):
        await serve(community, "王芳", "王母", clerk)
    with pytest.raises(RecorderTooClose):
        await serve(community, "王芳", None, community.people["李明"].caller_id)
    decided = await decide(community, record.record_id, community.people["王母"].caller_id)
    assert decided.status == "verified"


async def test_ties_of_another_programme_do_not_count(
    community: Community, engine: AsyncEngine
) -> None:
    other = await create_community(engine)
    for name in ("王芳", "李明"):
        await other.enrol(name)
    assert (await serve(other, "王芳", "李明", await other.clerk("社工"))).tie is None
