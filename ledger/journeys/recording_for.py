"""Recording a service for others: one time and place, up to fifty who served, all or none.

Staff record for anybody of the programme, the leader of a team for its people. It is the recording
that members do themselves, record by record; somebody else verifies each.

Source: docs/decisions/0057-acting-for-at-the-desk.md
"""

from collections.abc import Sequence
from datetime import datetime
from operator import itemgetter
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date
from ledger.database import fetch_all, load_sql
from ledger.errors import LedgerError
from ledger.foundation.acting_for import begin_acts_for, refuse_act_for
from ledger.foundation.groups import list_groups
from ledger.foundation.participation import lock_members
from ledger.programmes.service_records.records import (
    ServiceRecord,
    find_service_at_the_time,
    record_service,
)
from ledger.programmes.service_records.refusals import ServiceInFuture, ServiceTooLate

MOST_LINES = 50


class NoMemberOfNumber(LedgerError):
    """Nobody of the programme, or of the teams that the caller leads, has the number."""

    template = "No member here, or of a team that you lead, has the number {number}."


class ServiceTimeTaken(LedgerError):
    """Nobody serves twice at a time: mostly it is written down already."""

    template = "A service from {begins_at} to {ends_at} is on record for this time."


class LineRepeated(LedgerError):
    """One number stands on two lines; nobody serves twice at a time."""

    template = "Line {line} of this sheet names {number} already."


class ServiceDone(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, when and where: the same for all who did it."""

    category: str
    activity: str
    place: str
    started_at: datetime
    ended_at: datetime


class Line(msgspec.Struct, frozen=True):
    """Who served, and whom, by volunteer number; ``number`` is the line's own, from 1."""

    number: int
    provider_no: str
    recipient_no: str | None = None


class NamedMember(msgspec.Struct, frozen=True):
    """A member by number; the name in clear for the caller to mask."""

    member_id: UUID
    volunteer_no: str
    display_name: str


class Recorded(msgspec.Struct, frozen=True):
    """A line and what became of it."""

    line: Line
    provider: NamedMember
    recipient: NamedMember | None
    record: ServiceRecord


class LinesRefused(Exception):
    """Some lines cannot be recorded, so none is: what is wrong, by the number of the line."""

    def __init__(self, problems: Sequence[tuple[int, LedgerError]]) -> None:
        super().__init__(", ".join(f"{number} {refusal.code}" for number, refusal in problems))
        self.problems = problems


async def leads_a_team(conn: AsyncConnection, *, tenant_id: int, member_id: UUID) -> bool:
    """Whether a member leads a team that goes on."""
    teams = await list_groups(conn, tenant_id=tenant_id, member_id=member_id)
    return any(one.leader_member_id == member_id and one.ends_on is None for one in teams)


async def record_services_for(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    service: ServiceDone,
    lines: Sequence[Line],
    ground: str,
    caller_id: int,
    leader_member_id: UUID | None = None,
) -> list[Recorded]:
    """Record one service for each line, or nothing; ``leader_member_id`` limits it to those led.

    Raises:
        LinesRefused: which lines cannot be recorded, and why.
        ServiceInFuture, ServiceTooLate: it has not ended, or the time for late entries is over.
        InvalidInput: no ground, or the service cannot be as it is described.
    """
    assert 1 <= len(lines) <= MOST_LINES, "whoever reads the lines counts them"
    named = await _named(conn, tenant_id, lines, leader_member_id, service)
    held = await lock_members(
        conn,
        tenant_id=tenant_id,
        member_ids=[one.member_id for one in named.values()],
    )
    problems: list[tuple[int, LedgerError]] = []
    of_members = []
    first: dict[str, int] = {}
    for line in lines:
        try:
            if first.setdefault(line.provider_no, line.number) != line.number:
                raise LineRepeated(line=first[line.provider_no], number=line.provider_no)
            provider = _of_number(named, line.provider_no)
            if line.recipient_no is not None:
                _of_number(named, line.recipient_no)
            refuse_act_for(held[provider.member_id], caller_id)
        except LedgerError as refusal:
            problems.append((line.number, refusal))
        else:
            of_members.append(line)
    await begin_acts_for(
        conn,
        tenant_id=tenant_id,
        member_ids=list({named[line.provider_no].member_id: None for line in of_members}),
        caller_id=caller_id,
        ground=ground,
    )
    made = []
    for line in of_members:  # the others are tried as well, so that all refusals are known at once
        try:
            made.append(await _record(conn, tenant_id, service, line, named, caller_id))
        except (ServiceInFuture, ServiceTooLate):
            raise
        except LedgerError as refusal:
            problems.append((line.number, refusal))
    if problems:
        raise LinesRefused(sorted(problems, key=itemgetter(0)))
    return made


async def _record(
    conn: AsyncConnection,
    tenant_id: int,
    service: ServiceDone,
    line: Line,
    named: dict[str, NamedMember],
    caller_id: int,
) -> Recorded:
    provider = named[line.provider_no]
    recipient = None if line.recipient_no is None else named[line.recipient_no]
    known = await find_service_at_the_time(
        conn,
        tenant_id=tenant_id,
        provider_id=provider.member_id,
        started_at=service.started_at,
        ended_at=service.ended_at,
    )
    if known is not None:
        raise ServiceTimeTaken(
            record_id=str(known.record_id),
            begins_at=known.started_at.isoformat(),
            ends_at=known.ended_at.isoformat(),
        )
    record = await record_service(
        conn,
        tenant_id=tenant_id,
        provider_id=provider.member_id,
        recipient_id=None if recipient is None else recipient.member_id,
        caller_id=caller_id,
        **msgspec.structs.asdict(service),
    )
    return Recorded(line, provider, recipient, record)


async def _named(
    conn: AsyncConnection,
    tenant_id: int,
    lines: Sequence[Line],
    leader_member_id: UUID | None,
    service: ServiceDone,
) -> dict[str, NamedMember]:
    """The members whom the lines name, by number."""
    numbers = {line.provider_no for line in lines}
    numbers |= {line.recipient_no for line in lines if line.recipient_no is not None}
    rows = await fetch_all(
        conn,
        load_sql("ledger.journeys", "list_members_by_number"),
        tenant_id,
        sorted(numbers),
        leader_member_id,
        business_date(service.started_at),
    )
    return {row.volunteer_no: NamedMember(*tuple(row)) for row in rows}


def _of_number(named: dict[str, NamedMember], number: str) -> NamedMember:
    if number not in named:
        raise NoMemberOfNumber(number=number)
    return named[number]
