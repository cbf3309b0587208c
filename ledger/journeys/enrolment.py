"""Enrolment: programmes and estates get their books, members and merchants their accounts.

Accounts are opened here, in short transactions beforehand, so that posting never has to.
"""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import open_accounts
from ledger.books.tenants import create_tenant
from ledger.clock import month_of, today
from ledger.database import set_tenant
from ledger.foundation.acting_for import record_act_for
from ledger.foundation.audit_log import record_action
from ledger.foundation.chart import (
    ESTATE_BOOKS,
    PROGRAMME_BOOKS,
    accounts_of_holder,
    accounts_without_holder,
    list_books,
    load_chart,
)
from ledger.foundation.details import complete_details
from ledger.foundation.grants import grant_role
from ledger.foundation.member_search import find_known_person
from ledger.foundation.names import check_title, settle_person_name
from ledger.foundation.organisations import (
    Form,
    Member,
    Merchant,
    Tenant,
    create_member,
    create_merchant,
    register_tenant,
)
from ledger.foundation.participation import require_merchant
from ledger.foundation.partners import Partner, PartnerKind, create_partner
from ledger.foundation.people import (
    IdentityNumberKnown,
    Person,
    PersonalDetails,
    create_person,
)
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7

MEMBER_BOOKS = ("TB", "SP")
PARTY_BOOKS = ("ST",)
MERCHANT_BOOKS = ("SP", "PG")
PARTNER_BOOKS = ("SP",)


async def create_programme(
    conn: AsyncConnection,
    *,
    name: str,
    created_by: int,
    kind: str = "community",
    first_period: date | None = None,
    org_unit_id: UUID | None = None,
) -> Tenant:
    """A programme with its books of time, points, star points and money, all accounts at zero.

    ``first_period`` is the first month that accepts entries; None: this month. The transaction
    works for the new tenant from here on.
    """
    return await _create(
        conn,
        form="programme",
        books=PROGRAMME_BOOKS,
        name=name,
        kind=kind,
        first_period=first_period,
        org_unit_id=org_unit_id,
        created_by=created_by,
    )


async def create_estate(
    conn: AsyncConnection,
    *,
    name: str,
    created_by: int,
    kind: str = "compound",
    first_period: date | None = None,
    org_unit_id: UUID | None = None,
) -> Tenant:
    """An estate trust with its book, all accounts at zero; otherwise as ``create_programme``."""
    return await _create(
        conn,
        form="estate",
        books=ESTATE_BOOKS,
        name=name,
        kind=kind,
        first_period=first_period,
        org_unit_id=org_unit_id,
        created_by=created_by,
    )


async def _create(
    conn: AsyncConnection,
    *,
    form: Form,
    books: tuple[str, ...],
    name: str,
    kind: str,
    first_period: date | None,
    org_unit_id: UUID | None,
    created_by: int,
) -> Tenant:
    plain = check_title(name)
    public_id = uuid7()
    tenant_id = await create_tenant(
        conn,
        public_id=public_id,
        books=list_books(books),
        chart=load_chart(books),
        first_period=month_of(first_period or today()),
    )
    await open_accounts(conn, tenant_id=tenant_id, names=accounts_without_holder(books))
    tenant = await register_tenant(
        conn,
        tenant_id=tenant_id,
        public_id=public_id,
        form=form,
        name=plain,
        kind=kind,
        org_unit_id=org_unit_id,
    )
    await record_action(
        conn,
        caller_id=created_by,
        action=f"{form}.create",
        tenant_id=tenant_id,
        object_kind=form,
        object_id=str(public_id),
    )
    return tenant


async def enrol_member(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    person: Person,
    enrolled_by: int,
    branch_id: UUID | None = None,
    joined_on: date | None = None,
) -> Member:
    """A member with accounts for time and points, of a Party branch also for star points.

    The person may act for the member from now on.

    Raises:
        AlreadyMember: the person joined before.
    """
    await set_tenant(conn, tenant_id)
    member = await create_member(
        conn,
        tenant_id=tenant_id,
        person=person,
        joined_on=joined_on or today(),
        branch_id=branch_id,
    )
    books = MEMBER_BOOKS if branch_id is None else MEMBER_BOOKS + PARTY_BOOKS
    await open_accounts(
        conn, tenant_id=tenant_id, names=accounts_of_holder("member", member.member_id, books)
    )
    for role in ("volunteer",) if branch_id is None else ("volunteer", "party_member"):
        await grant_role(
            conn,
            caller_id=person.caller_id,
            role=role,
            tenant_id=tenant_id,
            object_id=member.member_id,
            granted_by=enrolled_by,
        )
    await record_act_for(
        conn,
        tenant_id=tenant_id,
        member_id=member.member_id,
        caller_id=enrolled_by,
        action="member.enrol",
        object_kind="member",
        object_id=member.member_id,
    )
    return member


async def know_person(
    conn: AsyncConnection,
    *,
    display_name: str,
    keys: PersonalDataKeys,
    details: PersonalDetails,
    known_by: int,
) -> Person:
    """The human being with this name and telephone or identity number: known before, or new.

    Who is known keeps the volunteer number and what is on record; what was missing is filled in
    where ``known_by`` enrols in every place of hers.
    Nothing in the answer tells which of the two it was.

    Raises:
        IdentityNumberKnown: somebody of another name has this identity number.
    """
    name = settle_person_name(display_name)
    known = await _find(conn, name, keys, details)
    if known is None:
        try:
            return await create_person(conn, display_name=name, keys=keys, details=details)
        except IdentityNumberKnown:
            known = await _find(conn, name, keys, details)  # enrolled at this very moment
            if known is None:
                raise
    await complete_details(conn, person=known, details=details, keys=keys, caller_id=known_by)
    return known


async def _find(
    conn: AsyncConnection, name: str, keys: PersonalDataKeys, details: PersonalDetails
) -> Person | None:
    return await find_known_person(
        conn, display_name=name, keys=keys, phone=details.phone, id_number=details.id_number
    )


async def enrol_partner(
    conn: AsyncConnection, *, tenant_id: int, name: str, kind: PartnerKind, enrolled_by: int
) -> Partner:
    """A partner with accounts for its points.

    Raises:
        PartnerNameTaken: another partner of the programme has the name.
        InvalidInput: no name.
    """
    await set_tenant(conn, tenant_id)
    partner = await create_partner(
        conn, tenant_id=tenant_id, name=name, kind=kind, caller_id=enrolled_by
    )
    names = accounts_of_holder("partner", partner.partner_id, PARTNER_BOOKS)
    await open_accounts(conn, tenant_id=tenant_id, names=names)
    return partner


async def enrol_merchant(
    conn: AsyncConnection, *, tenant_id: int, name: str, enrolled_by: int
) -> Merchant:
    """A merchant with accounts for the points owed to it and the money it is paid.

    Raises:
        MerchantNameTaken: another merchant of the programme has the name.
    """
    await set_tenant(conn, tenant_id)
    merchant = await create_merchant(conn, tenant_id=tenant_id, name=name)
    names = accounts_of_holder("merchant", merchant.merchant_id, MERCHANT_BOOKS)
    await open_accounts(conn, tenant_id=tenant_id, names=names)
    await record_action(
        conn,
        caller_id=enrolled_by,
        action="merchant.enrol",
        tenant_id=tenant_id,
        object_kind="merchant",
        object_id=str(merchant.merchant_id),
    )
    return merchant


async def admit_operator(
    conn: AsyncConnection, *, tenant_id: int, person: Person, merchant_id: UUID, admitted_by: int
) -> UUID:
    """Let a person work at a merchant's counter; returns the grant.

    Raises:
        NotFound: no such merchant here.
        MerchantLeft: it has left.
    """
    await require_merchant(conn, tenant_id=tenant_id, merchant_id=merchant_id)
    return await grant_role(
        conn,
        caller_id=person.caller_id,
        role="merchant_operator",
        tenant_id=tenant_id,
        object_id=merchant_id,
        granted_by=admitted_by,
    )
