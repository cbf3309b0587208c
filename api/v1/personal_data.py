"""Members' personal data for staff: a full view for a reason on record, consents on paper."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import Command, PathId, Words
from api.v1.members import MEMBER
from api.v1.own_privacy import ConsentList, ConsentRecorded, Purpose, consent_list
from ledger.clock import now
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.consents import consent_purposes, list_consents, record_consent
from ledger.foundation.disclosures import SHOWN_FOR, disclose, read_disclosed
from ledger.foundation.free_words import SHORTEST_REASON
from ledger.foundation.organisations import get_member

Field = Literal["name", "phone", "id_number", "birthday", "address", "bank_account"]
LookPurpose = Literal["identify", "contact", "emergency", "payment", "legal"]


class NewLook(Command, frozen=True):
    """What somebody needs to see of a member, and why; the member reads it."""

    fields: Annotated[list[Field], Meta(min_length=1, max_length=6)]
    purpose: LookPurpose
    words: Annotated[
        str, Meta(min_length=SHORTEST_REASON, max_length=200, examples=["柜台核对身份"])
    ]


class LookRecorded(msgspec.Struct, frozen=True):
    """A look on record; what it is about is read by its id for some minutes."""

    disclosure_id: UUID
    shown_until: datetime


class Disclosed(msgspec.Struct, frozen=True):
    """What was asked for; a field that is not known is null."""

    name: str | msgspec.UnsetType | None = msgspec.UNSET
    phone: str | msgspec.UnsetType | None = msgspec.UNSET
    id_number: str | msgspec.UnsetType | None = msgspec.UNSET
    birthday: str | msgspec.UnsetType | None = msgspec.UNSET
    address: str | msgspec.UnsetType | None = msgspec.UNSET
    bank_account: str | msgspec.UnsetType | None = msgspec.UNSET


class NewConsentOf(Command, frozen=True):
    """What a member signed; withdrawing needs no paper, but then a reason."""

    purpose: Purpose
    given: bool
    paper_no: Annotated[str, Meta(min_length=1, max_length=60)] | None = None
    reason: Words | None = None


@post(
    MEMBER + "/looks",
    opt=may("personal_data.view", step_up=True),
    summary="Look at a member's data",
    tags=["privacy"],
)
async def look(call: Call, member_id: PathId, data: JSONBody[NewLook]) -> Response[LookRecorded]:
    """Put the reason on record first; so many people a day. The member is shown who and why."""

    async def record(conn: AsyncConnection) -> LookRecorded:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        moment = now()
        disclosure_id = await disclose(
            conn,
            person_id=member.person_id,
            tenant_id=call.tenant_id,
            seen_by=call.caller_id,
            fields=list(dict.fromkeys(data.fields)),
            purpose=data.purpose,
            words=data.words,
            keys=call.service.personal_keys,
            at=moment,
        )
        return LookRecorded(disclosure_id, moment + SHOWN_FOR)

    return await once(call, data, record, personal=True)


@get(
    MEMBER + "/looks/{disclosure_id:uuid}",
    opt=may("personal_data.view", step_up=True),
    summary="Read what was looked up",
    tags=["privacy"],
)
async def read_look(call: Call, member_id: PathId, disclosure_id: PathId) -> Disclosed:
    """The values in full, to whoever asked for them, for ten minutes."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        person_id, values = await read_disclosed(
            conn,
            disclosure_id=disclosure_id,
            seen_by=call.caller_id,
            tenant_id=call.tenant_id,
            keys=call.service.personal_keys,
        )
    if person_id != member.person_id:
        raise NotFound(kind="disclosure", id=str(disclosure_id))
    return Disclosed(**values)


@get(
    MEMBER + "/consents",
    opt=may("consents.record"),
    summary="List a member's consents",
    tags=["privacy"],
)
async def list_consents_of(call: Call, member_id: PathId) -> ConsentList:
    """What there is to agree to, and what the member says about it."""
    keys = call.service.personal_keys
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        found = await list_consents(conn, person_id=member.person_id, keys=keys)
    return consent_list(found)


@post(
    MEMBER + "/consents",
    opt=may("consents.record"),
    summary="Record a member's consent",
    tags=["privacy"],
)
async def record_consent_of(
    call: Call, member_id: PathId, data: JSONBody[NewConsentOf]
) -> Response[ConsentRecorded]:
    """Put down what the member signed, or that she agrees no longer; she reads it."""

    async def record(conn: AsyncConnection) -> ConsentRecorded:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        await record_consent(
            conn,
            person_id=member.person_id,
            purpose=data.purpose,
            given=data.given,
            through="staff",
            paper_no=data.paper_no,
            reason=data.reason,
            recorded_by=call.caller_id,
            keys=call.service.personal_keys,
            tenant_id=call.tenant_id,
        )
        version = consent_purposes()[data.purpose].version
        return ConsentRecorded(data.purpose, data.given, version)

    return await once(call, data, record, personal=True)


ROUTES = (look, read_look, list_consents_of, record_consent_of)
