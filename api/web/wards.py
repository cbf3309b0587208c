"""A guardian reads a ward's books: balances, statement, vouchers, service records. Nothing else."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath

from api.gate import Call
from api.policies import may
from api.web.coming import list_coming
from api.web.frame import Page, PageRequest, language_of_page, show
from api.web.member_books import read_member_books
from api.web.member_pages import list_last_movements, show_records, show_statement, show_voucher
from api.web.members import stars_of
from api.web.movements import by_month
from api.web.places import GUARDIAN_ROLES, ward_place
from api.web.rendering import Place
from api.web.texts import text
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.organisations import get_member
from ledger.programmes.service_records.records import get_service_register

HOME = "/programmes/{programme_id:uuid}/wards/{member_id:uuid}"


async def get_ward_place(call: Call, member_id: UUID) -> Place:
    """The frame of a guardian's pages about a ward.

    Raises:
        NotFound: the caller is not this member's guardian.
    """
    grants = call.who.permissions.in_tenant(call.tenant_id)
    if not any(one.role in GUARDIAN_ROLES and one.object_id == member_id for one in grants):
        raise NotFound(kind="member", id=str(member_id))
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        ward = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
    return ward_place(call.tenant, member_id, ward.display_name)


@get(HOME, opt=may("accounts.read"))
async def ward_page(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """What the ward has, what is coming, the last movements."""
    place = await get_ward_place(call, member_id)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        ward = await get_member(conn, tenant_id=call.tenant_id, member_id=member_id)
        books = await read_member_books(conn, tenant_id=call.tenant_id, member_id=member_id)
        register = await get_service_register(conn, tenant_id=call.tenant_id, member_id=member_id)
        coming = await list_coming(conn, call.tenant_id, member_id, books)
        last = await list_last_movements(conn, request, call, place, member_id, books)
    return show(
        request,
        "ward.html",
        place,
        current="nav.home",
        ward=ward,
        time=books["TB"],
        points=books["SP"],
        stars=stars_of(register.verified_minutes),
        coming=coming,
        months=by_month(last),
    )


@get(HOME + "/statement/{book:str}", opt=may("accounts.read"))
async def ward_statement_page(
    request: PageRequest, call: Call, member_id: FromPath[UUID], book: FromPath[str]
) -> Page:
    """One of the ward's books."""
    place = await get_ward_place(call, member_id)
    return await show_statement(request, call, place, member_id, book)


@get(HOME + "/vouchers/{entry_id:uuid}", opt=may("accounts.read"))
async def ward_voucher_page(
    request: PageRequest, call: Call, member_id: FromPath[UUID], entry_id: FromPath[UUID]
) -> Page:
    """One entry that touched the ward's accounts."""
    place = await get_ward_place(call, member_id)
    owner = text(language_of_page(request), "ward.account")
    return await show_voucher(request, call, place, member_id, entry_id, owner)


@get(HOME + "/records", opt=may("service_records.read"))
async def ward_records_page(request: PageRequest, call: Call, member_id: FromPath[UUID]) -> Page:
    """The ward's service records."""
    place = await get_ward_place(call, member_id)
    return await show_records(request, call, place, member_id, may_record=False)


ROUTES = [ward_page, ward_statement_page, ward_voucher_page, ward_records_page]
