"""Where a person may work: one place for each role and programme, in the order of the chooser."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.rendering import NavEntry, Place
from ledger.database import set_tenant
from ledger.errors import NotFound
from ledger.foundation.grants import HeldRole, Permissions
from ledger.foundation.organisations import Tenant, find_member, get_merchant, list_tenants

VOLUNTEER_ROLES = frozenset({"volunteer", "party_member", "resident"})
MERCHANT_ROLES = frozenset({"merchant_operator"})
STAFF_ROLES = frozenset({"community_staff", "branch_secretary"})
GUARDIAN_ROLES = frozenset({"guardian"})
PARTNER_ROLES = frozenset({"partner_contact"})
#: Any of these opens the home of a programme's staff: its list of things to do, and what it keeps.
STAFF_HOME_PERMISSIONS = (
    "service_records.verify",
    "star_points.approve",
    "star_points.score",
    "star_points.release",
    "members.read",
)
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
ADMIN_HOME = "/admin"
#: Roles that are an administrator's where they are held on the whole platform.
ADMIN_ROLES = frozenset({"platform_admin"})
#: As what a member looks at her own pages, when she is several of these.
_OWN_ROLES = ("volunteer", "party_member", "resident")


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


def ward_home(tenant: Tenant, member_id: UUID) -> str:
    """Where a guardian reads a ward's books."""
    return f"/programmes/{tenant.public_id}/wards/{member_id}"


def partner_home(tenant: Tenant, partner_id: UUID) -> str:
    """Where a partner's contact reads the partner's books."""
    return f"/programmes/{tenant.public_id}/partners/{partner_id}"


def volunteer_place(tenant: Tenant, permissions: Permissions) -> Place:
    """The frame of a member's own pages: the daily ways, as far as her roles open them."""
    home = volunteer_home(tenant)
    ways = (
        ("accounts.read", NavEntry("nav.home", home)),
        ("accounts.read", NavEntry("nav.statement", f"{home}/statement/SP")),
        ("redemptions.authorise", NavEntry("nav.code", f"{home}/code")),
        ("service_records.read", NavEntry("nav.records", f"{home}/records")),
    )
    held = {one.role for one in permissions.in_tenant(tenant.tenant_id)}
    role = next((name for name in _OWN_ROLES if name in held), "volunteer")
    open_ways = _open_ways(tenant, permissions, ways)
    return Place(tenant.name, role, home, open_ways, thumb=True)


def _open_ways(
    tenant: Tenant, permissions: Permissions, ways: Iterable[tuple[str, NavEntry]]
) -> list[NavEntry]:
    """The ways whose permission is held: a way that only refuses is none."""
    return [way for name, way in ways if permissions.reach(name, tenant.tenant_id) is not None]


def merchant_place(tenant: Tenant, merchant_id: UUID, name: str, permissions: Permissions) -> Place:
    """The counter's frame; whoever only reads its takings has no way to take anything."""
    home = merchant_home(tenant, merchant_id)
    ways = (
        ("redemptions.capture", NavEntry("nav.accept", home)),
        ("redemptions.read", NavEntry("nav.today", f"{home}/today")),
    )
    held = [one.role for one in permissions.in_tenant(tenant.tenant_id)]
    role = next(iter([*(name for name in held if name in MERCHANT_ROLES), *held]), "")
    return Place(name, role, home, _open_ways(tenant, permissions, ways), thumb=True)


def staff_place(tenant: Tenant, permissions: Permissions) -> Place:
    """The frame of community staff and branch secretaries, and of others who read their pages."""
    home = staff_home(tenant)
    held = [one.role for one in permissions.in_tenant(tenant.tenant_id)]
    working = [name for name in held if name in STAFF_ROLES]
    readers = [name for name in held if name in AUDIT_ROLES]
    ways = [NavEntry("nav.accounts", AUDIT_HOME)] if readers else []
    if any(permissions.reach(name, tenant.tenant_id) for name in STAFF_HOME_PERMISSIONS):
        ways.append(NavEntry("nav.todo", home))
    stars = permissions.reach("star_points.read", tenant.tenant_id)
    if stars is not None and stars.everything:
        ways.append(NavEntry("nav.stars", f"{home}/stars"))
    role = next(iter([*working, *readers, *held]), "")
    return Place(tenant.name, role, home, ways, thumb=True, desk=True)


def ward_place(tenant: Tenant, member_id: UUID, name: str) -> Place:
    """A guardian's frame: reading only."""
    home = ward_home(tenant, member_id)
    ways = (
        NavEntry("nav.home", home),
        NavEntry("nav.statement", f"{home}/statement/SP"),
        NavEntry("nav.records", f"{home}/records"),
    )
    return Place(f"{tenant.name} · {name}", "guardian", home, ways, thumb=True)


def partner_place(tenant: Tenant, partner_id: UUID) -> Place:
    """The frame of a partner's contact: reading only."""
    home = partner_home(tenant, partner_id)
    return Place(tenant.name, "partner_contact", home, (NavEntry("nav.accounts", home),))


def admin_place(permissions: Permissions) -> Place:
    """The frame of the platform's administration."""
    held = [one.role for one in permissions.roles]
    role = next((name for name in held if name in ADMIN_ROLES), next(iter(held), ""))
    ways = (NavEntry("nav.todo", ADMIN_HOME), NavEntry("nav.accounts", AUDIT_HOME))
    return Place("", role, ADMIN_HOME, ways, desk=True)


def audit_place(permissions: Permissions, tenant: Tenant | None = None) -> Place:
    """The frame of those who read books; the trial balance needs a tenant."""
    held = [one.role for one in permissions.roles]
    readers = [name for name in held if name in AUDIT_ROLES]
    role = next(iter([*readers, *held]), "")
    ways = [NavEntry("nav.accounts", AUDIT_HOME)] if readers else []
    if tenant is not None and permissions.reach("trial_balance.read", tenant.tenant_id):
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
    return len({_card(held) for held in permissions.roles} - {None})


def _card(held: HeldRole) -> tuple[str, object] | None:
    """What is one card of the chooser; None: a role without pages."""
    if held.role in ADMIN_ROLES and held.tenant_id is None:
        return "admin", None
    if held.role in AUDIT_ROLES:
        return "audit", None
    if held.tenant_id is None:
        return None
    if held.role in VOLUNTEER_ROLES:
        return "volunteer", held.tenant_id
    if held.role in STAFF_ROLES:
        return "staff", held.tenant_id
    if held.object_id is not None:
        kinds = {"merchant": MERCHANT_ROLES, "ward": GUARDIAN_ROLES, "partner": PARTNER_ROLES}
        for kind, roles in kinds.items():
            if held.role in roles:
                return kind, held.object_id
    return None


async def list_places(conn: AsyncConnection, permissions: Permissions) -> list[Place]:
    """Every place of a caller once, what people do with their own things first."""
    ids = [one.tenant_id for one in permissions.roles if one.tenant_id is not None]
    tenants = {tenant.tenant_id: tenant for tenant in await list_tenants(conn, tenant_ids=ids)}
    places: dict[object, Place] = {}
    for held in permissions.roles:
        card = _card(held)
        if card is None or card in places:
            continue
        place = await _place(conn, held, tenants.get(held.tenant_id or 0), permissions)
        if place is not None:
            places[card] = place
    return sorted(places.values(), key=lambda one: (_rank(one.role), one.name))


async def _place(
    conn: AsyncConnection, held: HeldRole, tenant: Tenant | None, permissions: Permissions
) -> Place | None:
    if held.role in ADMIN_ROLES and held.tenant_id is None:
        return admin_place(permissions)
    if held.role in AUDIT_ROLES:
        return audit_place(permissions)
    if tenant is None:
        return None
    if held.role in VOLUNTEER_ROLES:
        return volunteer_place(tenant, permissions)
    if held.role in STAFF_ROLES:
        return staff_place(tenant, permissions)
    assert held.object_id is not None
    await set_tenant(conn, tenant.tenant_id)
    if held.role in PARTNER_ROLES:
        return partner_place(tenant, held.object_id)
    if held.role in GUARDIAN_ROLES:
        ward = await find_member(conn, tenant_id=tenant.tenant_id, member_id=held.object_id)
        return None if ward is None else ward_place(tenant, held.object_id, ward.display_name)
    try:
        merchant = await get_merchant(conn, tenant_id=tenant.tenant_id, merchant_id=held.object_id)
    except NotFound:
        return None
    return merchant_place(tenant, held.object_id, merchant.name, permissions)


def _rank(role: str) -> int:
    order = (VOLUNTEER_ROLES, GUARDIAN_ROLES, MERCHANT_ROLES, PARTNER_ROLES, STAFF_ROLES)
    return next((rank for rank, roles in enumerate(order) if role in roles), len(order))


def place_of_reader(places: Sequence[Place]) -> Place | None:
    """Where somebody stands who reads what everybody may: among the books, else at home."""
    return next((one for one in places if one.home == AUDIT_HOME), next(iter(places), None))


def place_of_address(places: Sequence[Place], path: str) -> Place | None:
    """Where somebody stands who asked for an address: the place it belongs to, else her first."""
    inside = [one for one in places if path == one.home or path.startswith(f"{one.home}/")]
    if inside:
        return max(inside, key=lambda one: len(one.home))
    books = [one for one in places if one.home == AUDIT_HOME and "/books/" in path]
    return next(iter([*books, *places]), None)
