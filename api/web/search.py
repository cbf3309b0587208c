"""``/search``: people, vouchers, amounts, merchants and payees of one place, as the reader may see.

One box in the head of the desk's pages; the key ``/`` leads to it. What was typed may be a name or
a telephone, so it is sent by POST, and the address of what was found holds it sealed: histories and
logs of proxies show nothing, while paging and the way back work.
"""

from uuid import UUID

from litestar import get, post
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import signed_in
from api.web.addresses import with_query
from api.web.formatting import Language, mask_name
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    language_of_page,
    read_form,
    read_uuid,
    see,
    show,
)
from api.web.places import books_home, reader_place, staff_home
from api.web.rendering import address_with
from api.web.sealed_words import open_words, seal_words
from api.web.search_entries import LISTED, Group, Hit, find_amounts, find_vouchers
from api.web.search_words import plain_words, read_amount
from api.web.texts import text
from ledger.database import read_transaction, set_tenant
from ledger.foundation.grants import PermissionMissing, Permissions
from ledger.foundation.member_search import read_search, search_members
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.journeys.search import find_merchants_by_name, find_payees_by_name

#: What is looked for, and what it takes to look for it in a whole programme or estate.
PERMISSIONS = {
    "people": "members.read",
    "vouchers": "entries.read",
    "amounts": "entries.read",
    "merchants": "merchants.read",
    "payees": "trust_registers.read",
}
#: What is looked for in a programme and in an estate.
KINDS = {
    "programme": ("people", "vouchers", "amounts", "merchants"),
    "estate": ("vouchers", "amounts", "payees"),
}
_ADDRESS = "/search"
_PURPOSE = "search"


@post(_ADDRESS, opt=signed_in())
async def search_sent(request: PageRequest, call: Call) -> Page:
    """Lead to what is found; the address holds the words sealed, for this reader alone."""
    form = await read_form(request)
    words, asked = plain_words(form.values.get("q", "")), read_uuid(form.values.get("in"))
    sought = seal_words(call, _PURPOSE, words) if words else None
    return see(with_query(_ADDRESS, "", {"in": str(asked) if asked else None, "sought": sought}))


@get(_ADDRESS, opt=signed_in())
async def search_page(request: PageRequest, call: Call) -> Page:
    """One box; what is found stands in groups."""
    permissions = call.who.permissions
    words = open_words(call, _PURPOSE, request.query_params.get("sought", ""))
    async with read_transaction(call.service.engine) as conn:
        tenants = await list_searched_tenants(conn, permissions)
        if not tenants:
            raise PermissionMissing(permission=" / ".join(sorted(set(PERMISSIONS.values()))))
        asked = read_uuid(request.query_params.get("in"))
        tenant = next((one for one in tenants if one.public_id == asked), tenants[0])
        await set_tenant(conn, tenant.tenant_id)
        groups = await _look(conn, request, call, tenant, words) if words else []
    return show(
        request,
        "search.html",
        reader_place(permissions, tenant),
        form=empty_form(request, q=words, **{"in": str(tenant.public_id)}),
        tenants=[(str(one.public_id), one.name) for one in tenants],
        tenant=tenant,
        words=words,
        kinds=[one for one in KINDS[tenant.form] if _may_look(permissions, one, tenant)],
        by_name=_may_look_by_name(permissions, tenant),
        groups=[one for one in groups if one.hits or one.more_href],
        found=sum(len(one.hits) for one in groups),
    )


async def list_searched_tenants(conn: AsyncConnection, permissions: Permissions) -> list[Tenant]:
    """Programmes and estates in which the reader may look for anything."""
    held = [one.tenant_id for one in permissions.roles]
    ids = None if None in held else [one for one in held if one is not None]
    return [
        one
        for one in await list_tenants(conn, tenant_ids=ids)
        if any(_may_look(permissions, kind, one) for kind in KINDS[one.form])
    ]


def _may_look(permissions: Permissions, kind: str, tenant: Tenant) -> bool:
    reach = permissions.reach(PERMISSIONS[kind], tenant.tenant_id)
    return reach is not None and reach.everything


async def _look(
    conn: AsyncConnection, request: PageRequest, call: GatedCall, tenant: Tenant, words: str
) -> list[Group]:
    permissions, language = call.who.permissions, language_of_page(request)
    groups = []
    after = read_uuid(request.query_params.get("after"))
    if tenant.form == "programme" and _may_look(permissions, "people", tenant):
        groups.append(await _people(conn, request, call, tenant, words, after))
    if after is not None:
        return groups
    if _may_look(permissions, "vouchers", tenant):
        groups.append(await find_vouchers(conn, tenant, words, language))
        wanted = read_amount(words)
        if wanted is not None:
            groups.append(await find_amounts(conn, request, tenant, wanted))
    if tenant.form == "programme" and _may_look(permissions, "merchants", tenant):
        groups.append(await _merchants(conn, permissions, tenant, words))
    if tenant.form == "estate" and _may_look(permissions, "payees", tenant):
        groups.append(await _payees(conn, permissions, tenant, words, language))
    return groups


def _may_look_by_name(permissions: Permissions, tenant: Tenant) -> bool:
    return permissions.reach("members.names", tenant.tenant_id) is not None


async def _people(
    conn: AsyncConnection,
    request: PageRequest,
    call: GatedCall,
    tenant: Tenant,
    words: str,
    after: UUID | None,
) -> Group:
    wanted = read_search(words, by_name=_may_look_by_name(call.who.permissions, tenant))
    found = []
    if wanted is not None:
        found = await search_members(
            conn,
            tenant_id=tenant.tenant_id,
            wanted=wanted,
            keys=call.service.personal_keys,
            limit=LISTED,
            after=after,
        )
    people = f"{staff_home(tenant)}/people"
    hits = [
        Hit(mask_name(one.display_name), one.volunteer_no, f"{people}/{one.member_id}")
        for one in found
    ]
    more = str(found[-1].member_id) if len(found) == LISTED else None
    return Group("people", hits, address_with(request, after=more) if more else None)


async def _merchants(
    conn: AsyncConnection, permissions: Permissions, tenant: Tenant, words: str
) -> Group:
    """Merchants; who looks after them comes to their pages."""
    found = await find_merchants_by_name(
        conn, tenant_id=tenant.tenant_id, words=words, limit=LISTED
    )
    opens = permissions.reach("merchants.manage", tenant.tenant_id) is not None
    home = f"{staff_home(tenant)}/merchants"
    return Group(
        "merchants",
        [
            Hit(one.name, one.status, f"{home}/{one.merchant_id}" if opens else None)
            for one in found
        ],
    )


async def _payees(
    conn: AsyncConnection, permissions: Permissions, tenant: Tenant, words: str, language: Language
) -> Group:
    """Suppliers, payment providers and contracts; who reads accounts comes to theirs."""
    found = await find_payees_by_name(conn, tenant_id=tenant.tenant_id, words=words, limit=LISTED)
    reach = permissions.reach("accounts.read", tenant.tenant_id)
    opens = reach is not None and reach.everything
    accounts = f"{books_home(tenant)}/accounts"
    return Group(
        "payees",
        [
            Hit(
                one.name,
                text(language, f"payee_kind.{one.kind}"),
                f"{accounts}/{one.account_id}" if opens and one.account_id else None,
            )
            for one in found
        ],
    )


ROUTES = [search_page, search_sent]
