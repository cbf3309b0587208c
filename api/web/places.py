"""Where a person may work: one place for each role and programme, in the order of the chooser."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.rendering import NavEntry, Place
from ledger.database import set_tenant
from ledger.foundation.grants import HeldRole, Permissions
from ledger.foundation.organisations import Tenant, get_merchant, list_tenants

VOLUNTEER_ROLES = frozenset({"volunteer", "party_member", "resident"})
MERCHANT_ROLES = frozenset({"merchant_operator"})
STAFF_ROLES = frozenset({"community_staff", "branch_secretary"})
AUDIT_ROLES = frozenset(
    {
        "auditor",
        "committee_member",
        "owner",
        "owners_supervisor",
        "platform_admin",
        "programme_accountant",
        "subdistrict_staff",
        "trustee",
    }
)
AUDIT_HOME = "/audit"


class Choice(msgspec.Struct, frozen=True, order=True):
    """A card of the chooser."""

    href: str
    role: str
    name: str


def volunteer_home(tenant: Tenant) -> str:
    """Where a volunteer's pages of a programme begin."""
    return f"/programmes/{tenant.public_id}/volunteer"


def merchant_home(tenant: Tenant, merchant_id: UUID) -> str:
    """Where a merchant's counter is."""
    return f"/programmes/{tenant.public_id}/merchants/{merchant_id}"


def staff_home(tenant: Tenant) -> str:
    """Where the to-do list of a programme's staff is."""
    return f"/programmes/{tenant.public_id}/staff"


def books_home(tenant: Tenant) -> str:
    """Where the books of a programme or estate are read."""
    return f"/{tenant.form}s/{tenant.public_id}/books"


def volunteer_place(tenant: Tenant) -> Place:
    """The volunteer's frame; the daily ways lie under the thumb."""
    home = volunteer_home(tenant)
    ways = (
        NavEntry("nav.home", home),
        NavEntry("nav.statement", f"{home}/statement/SP"),
        NavEntry("nav.code", f"{home}/code"),
        NavEntry("nav.records", f"{home}/records"),
    )
    return Place(tenant.name, "volunteer", home, ways, thumb=True)


def merchant_place(tenant: Tenant, merchant_id: UUID, name: str) -> Place:
    """The counter's frame."""
    home = merchant_home(tenant, merchant_id)
    ways = (NavEntry("nav.accept", home), NavEntry("nav.today", f"{home}/today"))
    return Place(name, "merchant_operator", home, ways, thumb=True)


def staff_place(tenant: Tenant, permissions: Permissions) -> Place:
    """The frame of community staff and branch secretaries."""
    home = staff_home(tenant)
    held = [one.role for one in permissions.in_tenant(tenant.tenant_id)]
    role = next((name for name in held if name in STAFF_ROLES), "community_staff")
    ways = (NavEntry("nav.todo", home), NavEntry("nav.stars", f"{home}/stars"))
    return Place(tenant.name, role, home, ways, thumb=True, desk=True)


def audit_place(permissions: Permissions, tenant: Tenant | None = None) -> Place:
    """The frame of those who read books; the trial balance needs a tenant."""
    held = [one.role for one in permissions.roles]
    role = next((name for name in held if name in AUDIT_ROLES), "auditor")
    ways = [NavEntry("nav.accounts", AUDIT_HOME)]
    if tenant is not None:
        ways.append(NavEntry("nav.trial_balance", f"{books_home(tenant)}/trial-balance"))
    ways.append(NavEntry("nav.rules", "/rules"))
    return Place(tenant.name if tenant else "", role, AUDIT_HOME, ways, desk=True)


def audited_tenant_ids(permissions: Permissions) -> list[int] | None:
    """Tenants whose books the caller reads; None: all of them."""
    readers = [one for one in permissions.roles if one.role in AUDIT_ROLES]
    if any(one.tenant_id is None for one in readers):
        return None
    return [one.tenant_id for one in readers if one.tenant_id is not None]


def count_places(permissions: Permissions) -> int:
    """How many cards the chooser would show; needs no database."""
    kinds = (
        (VOLUNTEER_ROLES, "tenant_id"),
        (STAFF_ROLES, "tenant_id"),
        (MERCHANT_ROLES, "object_id"),
    )
    places: set[object] = set()
    for held in permissions.roles:
        if held.role in AUDIT_ROLES:
            places.add(AUDIT_HOME)
        for roles, attribute in kinds:
            if held.role in roles:
                places.add((roles, getattr(held, attribute)))
    return len(places)


async def list_choices(conn: AsyncConnection, permissions: Permissions) -> list[Choice]:
    """Every place of a caller, once each."""
    ids = [one.tenant_id for one in permissions.roles if one.tenant_id is not None]
    tenants = {tenant.tenant_id: tenant for tenant in await list_tenants(conn, tenant_ids=ids)}
    choices: dict[str, Choice] = {}
    for held in permissions.roles:
        choice = await _choice(conn, held, tenants.get(held.tenant_id or 0))
        if choice is not None:
            choices.setdefault(choice.href, choice)
    return _in_order(choices.values())


async def _choice(conn: AsyncConnection, held: HeldRole, tenant: Tenant | None) -> Choice | None:
    if held.role in AUDIT_ROLES:
        return Choice(AUDIT_HOME, held.role, "")
    if tenant is None:
        return None
    if held.role in VOLUNTEER_ROLES:
        return Choice(volunteer_home(tenant), "volunteer", tenant.name)
    if held.role in STAFF_ROLES:
        return Choice(staff_home(tenant), held.role, tenant.name)
    if held.role in MERCHANT_ROLES and held.object_id is not None:
        await set_tenant(conn, tenant.tenant_id)
        merchant = await get_merchant(conn, tenant_id=tenant.tenant_id, merchant_id=held.object_id)
        return Choice(merchant_home(tenant, held.object_id), held.role, merchant.name)
    return None


def _in_order(choices: Iterable[Choice]) -> list[Choice]:
    """What people do with their own things before what they do for others."""
    order = [*sorted(VOLUNTEER_ROLES), *sorted(MERCHANT_ROLES), *sorted(STAFF_ROLES)]
    places = {role: place for place, role in enumerate(order)}
    return sorted(choices, key=lambda one: (places.get(one.role, len(order)), one.name))
