"""The partners of a programme and who speaks for them."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE, CursorKind
from api.gate import Call
from api.idempotency import once
from api.policies import may
from api.v1.forms import PROGRAMMES, Command, CursorText, PageSize, PathId, Words, view
from ledger.database import read_transaction
from ledger.foundation.cut_lists import ONE_MORE, cut_page
from ledger.foundation.organisations import get_member
from ledger.foundation.partners import (
    add_contact,
    end_contact,
    end_partner,
    get_partner,
    list_contacts,
    list_partners,
)
from ledger.foundation.people import get_person_by_id
from ledger.journeys.enrolment import enrol_partner

PARTNER = PROGRAMMES + "/partners/{partner_id:uuid}"
Name = Annotated[str, Meta(min_length=1, max_length=60, examples=["东湖小学"])]
Day = Annotated[date | None, Meta(description="Today if absent; never a day to come.")]


class _NoFilter(msgspec.Struct, frozen=True):
    """Partners have no filters."""


_PARTNERS: CursorKind[_NoFilter, tuple[str, UUID]] = CursorKind(_NoFilter, tuple[str, UUID])


class NewPartner(Command, frozen=True):
    """A unit, shop or craftsman that works with the programme."""

    name: Name
    kind: Literal["unit", "shop", "craftsman"]


class PartnerView(msgspec.Struct, frozen=True):
    """A partner; the id holds its accounts."""

    partner_id: UUID
    name: str
    kind: str
    begins_on: date
    ends_on: date | None


class PartnerPage(msgspec.Struct, frozen=True):
    """A page of partners by name."""

    items: list[PartnerView]
    next_cursor: str | None


class ContactDetail(msgspec.Struct, frozen=True):
    """Who speaks, or spoke, for a partner."""

    contact_id: UUID
    volunteer_no: str
    begins_on: date
    ends_on: date | None


class PartnerDetail(msgspec.Struct, frozen=True):
    """A partner with its contacts, the present ones first."""

    partner_id: UUID
    name: str
    kind: str
    begins_on: date
    ends_on: date | None
    contacts: list[ContactDetail]
    #: There are more contacts than are listed.
    has_more: bool


class NewContact(Command, frozen=True):
    """A member who speaks for a partner from now on."""

    member_id: UUID


class ContactView(msgspec.Struct, frozen=True):
    """The id of a contact, or of the partner whose work ended."""

    contact_id: UUID


class PartnerEnding(Command, frozen=True):
    """The end of a contact's or a partner's work."""

    reason: Words
    ends_on: Day = None


@get(
    PROGRAMMES + "/partners",
    opt=may("partners.manage"),
    summary="List partners",
    tags=["merchants"],
)
async def list_all_partners(
    call: Call, cursor: CursorText = None, limit: PageSize = DEFAULT_PAGE
) -> PartnerPage:
    """Partners by name."""
    wanted, after = _PARTNERS.read(cursor, _NoFilter(), call.route)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_partners(conn, tenant_id=call.tenant_id, limit=limit, after=after)
    following = (found[-1].name_sort_key, found[-1].partner_id) if len(found) == limit else None
    return PartnerPage(
        [view(PartnerView, one) for one in found],
        None if following is None else _PARTNERS.write(wanted, following, call.route),
    )


@post(
    PROGRAMMES + "/partners",
    opt=may("partners.manage"),
    summary="Enrol a partner",
    tags=["merchants"],
)
async def enrol_one_partner(call: Call, data: JSONBody[NewPartner]) -> Response[PartnerView]:
    """A partner with accounts for its points."""

    async def enrol(conn: AsyncConnection) -> PartnerView:
        made = await enrol_partner(
            conn,
            tenant_id=call.tenant_id,
            name=data.name,
            kind=data.kind,
            enrolled_by=call.caller_id,
        )
        return view(PartnerView, made)

    return await once(call, data, enrol)


@get(PARTNER, opt=may("partners.manage"), summary="Read a partner", tags=["merchants"])
async def read_one_partner(call: Call, partner_id: PathId) -> PartnerDetail:
    """A partner and who speaks for it."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        partner = await get_partner(conn, tenant_id=call.tenant_id, partner_id=partner_id)
        contacts, has_more = cut_page(
            await list_contacts(
                conn, tenant_id=call.tenant_id, partner_id=partner_id, limit=ONE_MORE
            )
        )
    return PartnerDetail(
        **msgspec.structs.asdict(view(PartnerView, partner)),
        contacts=[view(ContactDetail, one) for one in contacts],
        has_more=has_more,
    )


@post(
    PARTNER + "/contacts", opt=may("partners.manage"), summary="Add a contact", tags=["merchants"]
)
async def add_partner_contact(
    call: Call, partner_id: PathId, data: JSONBody[NewContact]
) -> Response[ContactView]:
    """Let a member speak for a partner and read its accounts."""

    async def add(conn: AsyncConnection) -> ContactView:
        member = await get_member(conn, tenant_id=call.tenant_id, member_id=data.member_id)
        person = await get_person_by_id(conn, person_id=member.person_id)
        return ContactView(
            await add_contact(
                conn,
                tenant_id=call.tenant_id,
                partner_id=partner_id,
                person=person,
                caller_id=call.caller_id,
                keys=call.service.personal_keys,
            )
        )

    return await once(call, data, add)


@post(
    PARTNER + "/contacts/{contact_id:uuid}/end",
    opt=may("partners.manage"),
    summary="End a contact",
    tags=["merchants"],
)
async def end_partner_contact(
    call: Call, partner_id: PathId, contact_id: PathId, data: JSONBody[PartnerEnding]
) -> Response[ContactView]:
    """From now on the contact reads nothing of the partner."""

    async def end(conn: AsyncConnection) -> ContactView:
        await end_contact(
            conn,
            tenant_id=call.tenant_id,
            partner_id=partner_id,
            contact_id=contact_id,
            caller_id=call.caller_id,
            **msgspec.structs.asdict(data),
        )
        return ContactView(contact_id)

    return await once(call, data, end)


@post(PARTNER + "/end", opt=may("partners.manage"), summary="End a partner", tags=["merchants"])
async def close_partner(
    call: Call, partner_id: PathId, data: JSONBody[PartnerEnding]
) -> Response[ContactView]:
    """End the work with a partner, and its contacts with it; the accounts stay."""

    async def end(conn: AsyncConnection) -> ContactView:
        await end_partner(
            conn,
            tenant_id=call.tenant_id,
            partner_id=partner_id,
            caller_id=call.caller_id,
            **msgspec.structs.asdict(data),
        )
        return ContactView(partner_id)

    return await once(call, data, end)


ROUTES = (
    list_all_partners,
    enrol_one_partner,
    read_one_partner,
    add_partner_contact,
    end_partner_contact,
    close_partner,
)
