"""A suspended member earns nothing: no record, no credit, no points out of time."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import now
from ledger.errors import NotFound
from ledger.foundation.events import post_event
from ledger.foundation.participation import MemberNotActive, set_standing
from ledger.identifiers import uuid7
from ledger.programmes.service_records.records import record_service
from ledger.programmes.service_records.verification import verify_service
from ledger.programmes.time_bank import convert_minutes
from tests.community import Community, create_community, moment


async def stand(community: Community, status: Any) -> None:
    await community.run(
        set_standing,
        kind="member",
        subject_id=community.members["王芳"].member_id,
        status=status,
        reason="纪律核查",
        caller_id=await community.clerk("社工"),
    )


async def test_a_suspended_member_earns_nothing_until_taken_up_again(engine: AsyncEngine) -> None:
    community = await create_community(engine)
    member = await community.enrol("王芳")
    recorder, verifier = await community.clerk("记录"), await community.clerk("核验")

    async def record() -> Any:
        return await community.run(
            record_service,
            provider_id=member,
            started_at=moment("2025-11-03 09:00"),
            ended_at=moment("2025-11-03 11:00"),
            category="emotional_comfort",
            activity="探访",
            place="小区",
            caller_id=recorder,
            at=moment("2025-11-03 12:00"),
        )

    async def verify(record_id: Any) -> Any:
        return await community.run(
            verify_service,
            record_id=record_id,
            caller_id=verifier,
            at=moment("2025-11-04 09:00"),
        )

    async def convert(key: Any) -> Any:
        return await community.run(
            convert_minutes, member_id=member, minutes=60, key=key, caller_id=recorder
        )

    made = await record()
    await community.run(
        post_event,
        event="TB07",
        key=uuid7(),
        caller_id=recorder,
        occurred_at=now(),
        amounts={"granted": 300},
        owners={"member": member},
    )
    before = uuid7()
    first = await convert(before)
    await stand(community, "suspended")
    with pytest.raises(NotFound):
        await record()
    with pytest.raises(MemberNotActive):
        await verify(made.record_id)
    with pytest.raises(MemberNotActive):
        await convert(uuid7())
    again = await convert(before)
    assert (again.entry_id, again.replayed) == (first.entry_id, True)
    assert await community.balance("TB-2101", "王芳") == 240
    await stand(community, "active")
    assert (await verify(made.record_id)).status == "verified"
