"""Kinship and guardians of a programme's members."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.refusals import InvalidBody
from api.v1.forms import PROGRAMMES, Command, PathId, Words, view
from ledger.database import read_transaction
from ledger.foundation.cut_lists import ONE_MORE, cut_page
from ledger.foundation.guardians import (
    add_guardian,
    confirm_guardian,
    end_guardianship,
    list_guardianships,
)
from ledger.foundation.kinship import add_kinship, end_kinship, list_kin
from ledger.foundation.organisations import get_member
from ledger.foundation.people import get_person_by_id

MEMBER = PROGRAMMES + "/members/{member_id:uuid}"
Day = Annotated[date | None, Meta(description="Today if absent; never a day to come.")]


class NewKinship(Command, frozen=True):
    """A kinship that the caller has verified."""

    relation: Annotated[
        str, Meta(description="What the relative is to the member.", examples=["mother"])
    ]
    evidence: Words
    relative_member_id: UUID | None = None
    relative_name: Annotated[
        Annotated[str, Meta(min_length=1, max_length=60)] | None,
        Meta(description="Of somebody who is no member; stored sealed."),
    ] = None
    begins_on: Day = None


class Ending(Command, frozen=True):
    """The end of a tie."""

    reason: Words
    ends_on: Day = None


class Confirming(Command, frozen=True):
    """That what somebody else wrote down is right."""


class TieView(msgspec.Struct, frozen=True):
    """The id of a tie."""

    tie_id: UUID


class KinView(msgspec.Struct, frozen=True):
    """A relative as seen from the member; a name outside is not shown here."""

    kinship_id: UUID
    relation: str
    line: str
    relative_member_id: UUID | None
    volunteer_no: str | None
    begins_on: date
    ends_on: date | None


class NewGuardian(Command, frozen=True):
    """A guardianship whose evidence the caller has seen."""

    guardian_member_id: UUID
    kind: Literal["minor", "incapacity"]
    evidence: Words
    begins_on: Day = None


class GuardianView(msgspec.Struct, frozen=True):
    """A guardian of a member."""

    guardianship_id: UUID
    kind: str
    guardian_no: str
    begins_on: date
    ends_on: date | None
    is_confirmed: Annotated[
        bool, Meta(description="By another member of staff; before, nothing opens.")
    ]


class TiesView(msgspec.Struct, frozen=True):
    """A member's relatives and guardians."""

    kin: list[KinView]
    guardians: list[GuardianView]
    #: There are more relatives or guardians than are listed.
    has_more: bool


@get(MEMBER + "/ties", opt=may("members.manage"), summary="List ties", tags=["people"])
async def read_ties(call: Call, member_id: PathId) -> TiesView:
    """A member's relatives and guardians, the present ones first."""
    keys = call.service.personal_keys
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        scope: dict[str, Any] = {"tenant_id": call.tenant_id, "limit": ONE_MORE}
        kin, more_kin = cut_page(await list_kin(conn, member_id=member_id, keys=keys, **scope))
        guardians, more_guardians = cut_page(
            await list_guardianships(conn, ward_member_id=member_id, **scope)
        )
    return TiesView(
        [view(KinView, one) for one in kin],
        [view(GuardianView, one) for one in guardians],
        more_kin or more_guardians,
    )


@post(MEMBER + "/kin", opt=may("members.manage"), summary="Verify a kinship", tags=["people"])
async def verify_kinship(
    call: Call, member_id: PathId, data: JSONBody[NewKinship]
) -> Response[TieView]:
    """Write down a kinship; whoever verifies it is neither of the two."""
    relative: UUID | str | None = data.relative_member_id or data.relative_name
    if relative is None or (data.relative_member_id and data.relative_name):
        raise InvalidBody(field="relative_member_id", reason="give it or a relative_name, not both")

    async def verify(conn: AsyncConnection) -> TieView:
        return TieView(
            await add_kinship(
                conn,
                tenant_id=call.tenant_id,
                member_id=member_id,
                relation=data.relation,
                relative=relative,
                evidence=data.evidence,
                begins_on=data.begins_on,
                caller_id=call.caller_id,
                keys=call.service.personal_keys,
            )
        )

    return await once(call, data, verify, personal=True)


@post(
    MEMBER + "/kin/{kinship_id:uuid}/end",
    opt=may("members.manage"),
    summary="End a kinship",
    tags=["people"],
)
async def close_kinship(
    call: Call, member_id: PathId, kinship_id: PathId, data: JSONBody[Ending]
) -> Response[TieView]:
    """End a kinship, from either side; the record stays."""

    async def end(conn: AsyncConnection) -> TieView:
        await end_kinship(
            conn,
            tenant_id=call.tenant_id,
            member_id=member_id,
            kinship_id=kinship_id,
            caller_id=call.caller_id,
            **msgspec.structs.asdict(data),
        )
        return TieView(kinship_id)

    return await once(call, data, end)


@post(
    MEMBER + "/guardians", opt=may("members.manage"), summary="Verify a guardian", tags=["people"]
)
async def verify_guardian(
    call: Call, member_id: PathId, data: JSONBody[NewGuardian]
) -> Response[TieView]:
    """Write down a guardianship; nothing opens before another member of staff confirms it."""

    async def verify(conn: AsyncConnection) -> TieView:
        guardian = await get_member(
            conn, tenant_id=call.tenant_id, member_id=data.guardian_member_id
        )
        return TieView(
            await add_guardian(
                conn,
                tenant_id=call.tenant_id,
                guardian=await get_person_by_id(conn, person_id=guardian.person_id),
                ward_member_id=member_id,
                kind=data.kind,
                evidence=data.evidence,
                begins_on=data.begins_on,
                caller_id=call.caller_id,
                keys=call.service.personal_keys,
            )
        )

    return await once(call, data, verify)


@post(
    MEMBER + "/guardians/{guardianship_id:uuid}/confirm",
    opt=may("members.manage"),
    summary="Confirm a guardian",
    tags=["people"],
)
async def confirm_one_guardian(
    call: Call, member_id: PathId, guardianship_id: PathId, data: JSONBody[Confirming]
) -> Response[TieView]:
    """Somebody else than whoever wrote it down: the guardian may look at the ward's books."""

    async def confirm(conn: AsyncConnection) -> TieView:
        await confirm_guardian(
            conn,
            tenant_id=call.tenant_id,
            ward_member_id=member_id,
            guardianship_id=guardianship_id,
            caller_id=call.caller_id,
            keys=call.service.personal_keys,
        )
        return TieView(guardianship_id)

    return await once(call, data, confirm)


@post(
    MEMBER + "/guardians/{guardianship_id:uuid}/end",
    opt=may("members.manage"),
    summary="End a guardianship",
    tags=["people"],
)
async def close_guardianship(
    call: Call, member_id: PathId, guardianship_id: PathId, data: JSONBody[Ending]
) -> Response[TieView]:
    """End a guardianship and the guardian's role with it."""

    async def end(conn: AsyncConnection) -> TieView:
        await end_guardianship(
            conn,
            tenant_id=call.tenant_id,
            ward_member_id=member_id,
            guardianship_id=guardianship_id,
            caller_id=call.caller_id,
            **msgspec.structs.asdict(data),
        )
        return TieView(guardianship_id)

    return await once(call, data, end)


ROUTES = (
    read_ties,
    verify_kinship,
    close_kinship,
    verify_guardian,
    confirm_one_guardian,
    close_guardianship,
)
