"""Services among people of one household or family: refused, or looked at by two, as rules say.

Nobody is credited for what one does at home, and nobody vouches for the own family. What is close
is asked as of the day of the service for those served, as of the day of the act for those who act.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date
from ledger.foundation.closeness import find_closest_tie
from ledger.foundation.policies import Policies, policy_value
from ledger.programmes.service_records.refusals import (
    RecorderTooClose,
    ServiceForOwnFamily,
    VerifierTooClose,
)

if TYPE_CHECKING:
    from ledger.programmes.service_records.records import ServiceRecord

#: What a record is judged by.
RULES = ("service.household_recipient", "service.kin_recipient", "service.close_recorder")
_REFUSED = "refuse"
_LOOKED_AT = "second_verifier"


async def judge_ties(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    record: "ServiceRecord",
    policies: Policies,
) -> str | None:
    """The tie for which two people must verify a record, about to be written; None: there is none.

    Raises:
        ServiceForOwnFamily: the rules refuse a service for this recipient.
        RecorderTooClose: the rules want somebody else to record it.
    """
    noticed = None
    tie = None
    if record.recipient_id is not None:
        tie = await find_closest_tie(
            conn,
            tenant_id=tenant_id,
            member_ids=[record.provider_id],
            other_member_id=record.recipient_id,
            on=record.service_date,
        )
    if tie is not None:
        rule = policies[f"service.{tie.closeness}_recipient"]
        if rule == _REFUSED:
            raise ServiceForOwnFamily(tie=tie.closeness)
        if rule == _LOOKED_AT:
            noticed = f"recipient_{tie.closeness}"
    tie = await find_closest_tie(
        conn,
        tenant_id=tenant_id,
        member_ids=[record.provider_id],
        other_caller_id=record.recorded_by,
        on=business_date(record.recorded_at),
    )
    if tie is not None:
        rule = policies["service.close_recorder"]
        if rule == _REFUSED:
            raise RecorderTooClose(tie=tie.closeness)
        if rule == _LOOKED_AT:
            noticed = noticed or f"recorder_{tie.closeness}"
    return noticed


async def refuse_close_verifier(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_ids: Sequence[UUID],
    caller_id: int,
    decided_on: date,
) -> None:
    """Let nobody decide about a service of the own household or family, unless the rules allow it.

    Raises:
        VerifierTooClose: the caller is tied to who served or was served.
    """
    tie = await find_closest_tie(
        conn,
        tenant_id=tenant_id,
        member_ids=member_ids,
        other_caller_id=caller_id,
        on=decided_on,
    )
    if tie is None:
        return
    rule = await policy_value(
        conn, key="service.close_verifier", on=decided_on, tenant_id=tenant_id
    )
    if rule.value == _REFUSED:
        raise VerifierTooClose(tie=tie.closeness)
