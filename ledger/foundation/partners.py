"""Partners (红色合伙人): units, shops and craftsmen who work with a programme; their contacts."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.audit_log import record_action
from ledger.foundation.free_words import required_words, told_words
from ledger.foundation.grants import grant_role
from ledger.foundation.leaving import end_if_open
from ledger.foundation.legal_capacity import require_capacity
from ledger.foundation.names import check_title
from ledger.foundation.organisations import LARGEST_PAGE, check_page_size, find_member
from ledger.foundation.participation import MemberNotActive, end_ties, past_day
from ledger.foundation.people import Person, sort_key
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.taken_names import check_free
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
ROLE = "partner_contact"
PartnerKind = Literal["unit", "shop", "craftsman"]


class PartnerNameTaken(LedgerError):
    """Another partner of the programme has the name."""

    template = "The programme has a partner with this name already."


class PartnerEnded(LedgerError):
    """With a partner who has left there is nothing more to do."""

    template = "The work with this partner ended on {ends_on}."


class ContactAlready(LedgerError):
    """Somebody speaks for a partner once."""

    template = "This person is the partner's contact already."


class Partner(msgspec.Struct, frozen=True):
    """A partner; ``partner_id`` holds its accounts."""

    partner_id: UUID
    name: str
    kind: PartnerKind
    begins_on: date
    ends_on: date | None
    name_sort_key: str


class PartnerContact(msgspec.Struct, frozen=True):
    """Who speaks for a partner; the name in clear for the caller to mask."""

    contact_id: UUID
    display_name: str
    volunteer_no: str
    begins_on: date
    ends_on: date | None


async def create_partner(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    name: str,
    kind: PartnerKind,
    caller_id: int,
    begins_on: date | None = None,
) -> Partner:
    """A new partner; its accounts are opened by the enrolment journey.

    Raises:
        PartnerNameTaken: another partner there has the name.
        InvalidInput: no name, or a day to come.
    """
    day, plain = past_day("begins_on", begins_on), required_words("name", check_title(name))
    await check_free(conn, PartnerNameTaken, tenant_id=tenant_id, kind="partner", name=plain)
    partner = Partner(uuid7(), plain, kind, day, None, sort_key(plain))
    created = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "create_partner"),
        tenant_id,
        partner.partner_id,
        plain,
        partner.name_sort_key,
        kind,
        day,
        caller_id,
    )
    if created is None:
        raise PartnerNameTaken
    await _record(conn, tenant_id, caller_id, "enrol", partner.partner_id)
    return partner


async def end_partner(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    partner_id: UUID,
    reason: str,
    caller_id: int,
    ends_on: date | None = None,
) -> None:
    """End the work with a partner, and the roles of its contacts.

    Raises:
        NotFound: no such partner here.
        PartnerEnded: it ended before.
        InvalidInput: no reason, or a day to come or before the beginning.
    """
    day, words = past_day("ends_on", ends_on), told_words("reason", reason)
    await _lock(conn, tenant_id, partner_id)
    await _end_contacts(conn, tenant_id, partner_id, None, day, words, caller_id)
    await end_ties(conn, "end_partner", tenant_id, partner_id, day)
    await _record(conn, tenant_id, caller_id, "end", partner_id, words)


async def add_contact(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    partner_id: UUID,
    person: Person,
    caller_id: int,
    keys: PersonalDataKeys,
    begins_on: date | None = None,
) -> UUID:
    """Let a person speak for a partner and read its accounts from now on.

    Raises:
        NotFound: no such partner here.
        PartnerEnded: the work with it has ended.
        ContactAlready: the person speaks for it.
        MemberNotActive: the person has left the programme.
        InvalidInput: a day to come; a minor, or somebody who has a guardian.
    """
    day = past_day("begins_on", begins_on)
    await _lock(conn, tenant_id, partner_id)
    member = await find_member(conn, tenant_id=tenant_id, person_id=person.person_id)
    if member is not None and member.status == "left":
        raise MemberNotActive
    await require_capacity(
        conn,
        tenant_id=tenant_id,
        person_id=person.person_id,
        field="person",
        value=person.public_id,
        keys=keys,
    )
    grant_id = await grant_role(
        conn,
        caller_id=person.caller_id,
        role=ROLE,
        tenant_id=tenant_id,
        object_id=partner_id,
        granted_by=caller_id,
    )
    contact_id = uuid7()
    added = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "add_partner_contact"),
        tenant_id,
        contact_id,
        partner_id,
        person.person_id,
        grant_id,
        day,
        caller_id,
    )
    if added is None:
        raise ContactAlready
    await _record(conn, tenant_id, caller_id, "contact", partner_id)
    return contact_id


async def end_contact(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    partner_id: UUID,
    contact_id: UUID,
    reason: str,
    caller_id: int,
    ends_on: date | None = None,
) -> None:
    """Let a person speak for a partner no longer.

    Raises:
        NotFound: the partner has no such contact now.
        InvalidInput: no reason, or a day to come or before the beginning.
    """
    day, words = past_day("ends_on", ends_on), told_words("reason", reason)
    if not await _end_contacts(conn, tenant_id, partner_id, contact_id, day, words, caller_id):
        raise NotFound(kind="contact", id=str(contact_id))
    await _record(conn, tenant_id, caller_id, "contact_end", partner_id, words)


async def _end_contacts(
    conn: AsyncConnection,
    tenant_id: int,
    partner_id: UUID,
    contact_id: UUID | None,
    day: date,
    reason: str,
    caller_id: int,
) -> int:
    rows = await end_ties(
        conn, "end_partner_contacts", tenant_id, partner_id, contact_id, day, caller_id
    )
    for row in rows:
        await end_if_open(conn, grant_id=row.grant_id, ended_by=caller_id, reason=reason)
    return len(rows)


async def _lock(conn: AsyncConnection, tenant_id: int, partner_id: UUID) -> None:
    row = await fetch_optional(conn, load_sql(_PACKAGE, "lock_partner"), tenant_id, partner_id)
    if row is None:
        raise NotFound(kind="partner", id=str(partner_id))
    if row.ends_on is not None:
        raise PartnerEnded(ends_on=row.ends_on)


async def get_partner(conn: AsyncConnection, *, tenant_id: int, partner_id: UUID) -> Partner:
    """The partner with a public id.

    Raises:
        NotFound: not one of this programme.
    """
    found = await find_partner(conn, tenant_id=tenant_id, partner_id=partner_id)
    if found is None:
        raise NotFound(kind="partner", id=str(partner_id))
    return found


async def find_partner(
    conn: AsyncConnection, *, tenant_id: int, partner_id: UUID
) -> Partner | None:
    """The partner with a public id; None when it is not one of this programme."""
    statement = load_sql(_PACKAGE, "list_partners")
    row = await fetch_optional(conn, statement, tenant_id, partner_id, None, None, 1)
    return None if row is None else Partner(*tuple(row))


async def list_partners(
    conn: AsyncConnection, *, tenant_id: int, limit: int, after: tuple[str, UUID] | None = None
) -> list[Partner]:
    """A page of partners by name, beginning after a sort key and id."""
    statement = load_sql(_PACKAGE, "list_partners")
    page = check_page_size(limit)
    rows = await fetch_all(conn, statement, tenant_id, None, *(after or (None, None)), page)
    return [Partner(*tuple(row)) for row in rows]


async def list_contacts(
    conn: AsyncConnection, *, tenant_id: int, partner_id: UUID, limit: int = LARGEST_PAGE
) -> list[PartnerContact]:
    """Who speaks for a partner, then who did."""
    statement = load_sql(_PACKAGE, "list_partner_contacts")
    rows = await fetch_all(conn, statement, tenant_id, partner_id, limit)
    return [PartnerContact(*tuple(row)) for row in rows]


async def _record(
    conn: AsyncConnection,
    tenant_id: int,
    caller_id: int,
    act: str,
    partner_id: UUID,
    reason: str | None = None,
) -> None:
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"partner.{act}",
        tenant_id=tenant_id,
        object_kind="partner",
        object_id=str(partner_id),
        reason=reason,
    )
