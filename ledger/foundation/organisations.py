"""Programmes and estates by name, and who takes part in them: members, merchants."""

from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.names import check_title
from ledger.foundation.party_branches import get_branch
from ledger.foundation.people import Person, sort_key
from ledger.foundation.taken_names import check_free
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
LARGEST_PAGE = 200
Form = Literal["programme", "estate"]


class AlreadyMember(LedgerError):
    """A person joins a programme once."""

    template = "The person is a member of this programme already."


class MerchantNameTaken(LedgerError):
    """Another merchant of the programme has the name over its door."""

    template = "The programme has a merchant with this name already."


class Tenant(msgspec.Struct, frozen=True):
    """A programme or an estate trust; ``tenant_id`` never leaves the service."""

    tenant_id: int
    public_id: UUID
    name: str
    form: Form
    kind: str
    org_unit_id: UUID | None


class Member(msgspec.Struct, frozen=True):
    """A person in one programme; ``member_id`` holds the accounts."""

    member_id: UUID
    person_id: int
    volunteer_no: str
    status: str
    branch_id: UUID | None
    joined_on: date
    display_name: str


class Membership(msgspec.Struct, frozen=True):
    """A person in one programme, with the programme."""

    tenant: Tenant
    member: Member


class Merchant(msgspec.Struct, frozen=True):
    """A place that accepts points; ``merchant_id`` holds its accounts."""

    merchant_id: UUID
    name: str
    status: str
    name_sort_key: str


async def register_tenant(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    public_id: UUID,
    form: Form,
    name: str,
    kind: str,
    org_unit_id: UUID | None = None,
) -> Tenant:
    """Give the owner of books a name by which it is found."""
    statement = load_sql(_PACKAGE, f"register_{form}")
    await execute(conn, statement, public_id, tenant_id, name, sort_key(name), kind, org_unit_id)
    return Tenant(tenant_id, public_id, name, form, kind, org_unit_id)


async def find_tenant(
    conn: AsyncConnection, *, public_id: UUID | None = None, tenant_id: int | None = None
) -> Tenant | None:
    """The programme or estate with a public id, or with an internal one."""
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_tenant"), public_id, tenant_id)
    return None if row is None else _tenant(row)


async def list_tenants(
    conn: AsyncConnection, *, tenant_ids: list[int] | None = None
) -> list[Tenant]:
    """Programmes, then estates, by name; ``tenant_ids`` narrows the list, None means all."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_tenants"), tenant_ids)
    return [_tenant(row) for row in rows]


def _tenant(row: Any) -> Tenant:
    return Tenant(row.tenant_id, row.public_id, row.name, row.form, row.kind, row.org_unit_id)


async def create_member(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    person: Person,
    joined_on: date,
    branch_id: UUID | None = None,
) -> Member:
    """Make a person a member; accounts are opened by the enrolment journey.

    Raises:
        AlreadyMember: the person joined before.
        NotFound: no such Party branch here.
    """
    if branch_id is not None:
        await get_branch(conn, tenant_id=tenant_id, branch_id=branch_id)
    member_id = uuid7()
    created = await fetch_optional(
        conn,
        load_sql(_PACKAGE, "create_member"),
        tenant_id,
        member_id,
        person.person_id,
        person.volunteer_no,
        branch_id,
        joined_on,
    )
    if created is None:
        raise AlreadyMember
    return Member(
        member_id,
        person.person_id,
        person.volunteer_no,
        "active",
        branch_id,
        joined_on,
        person.display_name,
    )


async def find_member(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    member_id: UUID | None = None,
    volunteer_no: str | None = None,
    person_id: int | None = None,
) -> Member | None:
    """A member by one of: public id, volunteer number, person."""
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "find_member"), tenant_id, member_id, volunteer_no, person_id
    )
    return None if row is None else _member(row)


async def get_member(conn: AsyncConnection, *, tenant_id: int, member_id: UUID) -> Member:
    """The member with a public id.

    Raises:
        NotFound: not a member of this programme.
    """
    member = await find_member(conn, tenant_id=tenant_id, member_id=member_id)
    if member is None:
        raise NotFound(kind="member", id=str(member_id))
    return member


async def list_memberships(conn: AsyncConnection, *, person_id: int) -> list[Membership]:
    """Every programme of which a person is or was a member, by name."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_memberships"), person_id)
    members = {row.tenant_id: _member(row) for row in rows}
    tenants = await list_tenants(conn, tenant_ids=list(members))
    return [Membership(one, members[one.tenant_id]) for one in tenants]


async def list_members(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    limit: int,
    after: str | None = None,
    branch_id: UUID | None = None,
    status: str | None = None,
) -> list[Member]:
    """A page of members by volunteer number, beginning after the number ``after``."""
    page = check_page_size(limit)
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_members"), tenant_id, after, branch_id, page, status
    )
    return [_member(row) for row in rows]


def _member(row: Any) -> Member:
    return Member(
        row.member_id,
        row.person_id,
        row.volunteer_no,
        row.status,
        row.branch_id,
        row.joined_on,
        row.display_name,
    )


async def create_merchant(conn: AsyncConnection, *, tenant_id: int, name: str) -> Merchant:
    """A new merchant; accounts are opened by the enrolment journey.

    Raises:
        MerchantNameTaken, InvalidInput: another merchant has the name, or it is none.
    """
    plain, statement = check_title(name), load_sql(_PACKAGE, "create_merchant")
    await check_free(conn, MerchantNameTaken, tenant_id=tenant_id, kind="merchant", name=plain)
    new = Merchant(uuid7(), plain, "active", sort_key(plain))
    row = (tenant_id, new.merchant_id, plain, new.name_sort_key)
    if await fetch_optional(conn, statement, *row) is None:
        raise MerchantNameTaken
    return new


async def get_merchant(conn: AsyncConnection, *, tenant_id: int, merchant_id: UUID) -> Merchant:
    """The merchant with a public id.

    Raises:
        NotFound: not a merchant of this programme.
    """
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_merchant"), tenant_id, merchant_id)
    if row is None:
        raise NotFound(kind="merchant", id=str(merchant_id))
    return _merchant(row)


async def list_merchants(
    conn: AsyncConnection, *, tenant_id: int, limit: int, after: tuple[str, UUID] | None = None
) -> list[Merchant]:
    """A page of merchants by name, beginning after a sort key and id."""
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_merchants"),
        tenant_id,
        *(after or (None, None)),
        check_page_size(limit),
    )
    return [_merchant(row) for row in rows]


def _merchant(row: Any) -> Merchant:
    return Merchant(row.merchant_id, row.name, row.status, row.name_sort_key)


def check_page_size(limit: int) -> int:
    """The limit itself, when a page may be so large.

    Raises:
        InvalidInput: outside 1 … 200.
    """
    if not 1 <= limit <= LARGEST_PAGE:
        raise InvalidInput(
            field="limit", value=limit, remedy=f"Give a number from 1 to {LARGEST_PAGE}."
        )
    return limit
