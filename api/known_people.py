"""Who is on record already with a telephone or identity number, as far as a caller may know it."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from ledger.database import set_tenant
from ledger.foundation.member_search import SamePerson
from ledger.foundation.organisations import find_member, list_tenants
from ledger.foundation.people import Person


async def find_seen(
    conn: AsyncConnection, call: GatedCall, known: Sequence[SamePerson]
) -> tuple[Person, str] | None:
    """The first of them whom the caller may know of, and where; None: nobody."""
    for one in known:
        where = await _seen_where(conn, call, one.person)
        if where is not None:
            return one.person, where
    return None


async def _seen_where(conn: AsyncConnection, call: GatedCall, person: Person) -> str | None:
    """A programme whose members the caller may see, and this person is one of; None: there is none.

    Of members of other programmes nothing may be told to somebody who may not see them.
    """
    permissions = call.who.permissions
    held = {role.tenant_id for role in permissions.roles}
    tenants = await list_tenants(
        conn, tenant_ids=None if None in held else [one for one in held if one is not None]
    )
    tenants.sort(key=lambda one: one.tenant_id != call.tenant_id)
    try:
        for tenant in tenants:
            reach = permissions.reach("members.read", tenant.tenant_id)
            if reach is None or not reach.everything:
                continue
            await set_tenant(conn, tenant.tenant_id)
            known = await find_member(conn, tenant_id=tenant.tenant_id, person_id=person.person_id)
            if known is not None:
                return tenant.name
    finally:
        await set_tenant(conn, call.tenant_id)
    return None
