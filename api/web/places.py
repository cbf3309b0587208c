"""Where a person may work: the homes, and the frame of each place with its ways."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from api.web.rendering import NavEntry, Place
from ledger.foundation.grants import Permissions
from ledger.foundation.organisations import Tenant

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
COMMUNITIES_HOME = "/communities"
#: Roles whose home is their estate, or the staff's home of their programme, or all communities.
ESTATE_ROLES = frozenset({"committee_member", "owner", "owners_supervisor", "trustee"})
ACCOUNTANT_ROLES = frozenset({"programme_accountant"})
SUBDISTRICT_ROLES = frozenset({"subdistrict_staff"})
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


def book_month_href(tenant: Tenant, book: str, month: date) -> str:
    """Where a month of a book stands, and is closed."""
    return f"{books_home(tenant)}/months/{book}/{month:%Y-%m}"


def estate_home(tenant: Tenant) -> str:
    """Where trustee, committee, supervisor and owners of an estate begin."""
    return f"/estates/{tenant.public_id}"


def audit_log_home(tenant: Tenant) -> str:
    """Where the audit log of a programme or estate is read."""
    inside = "staff/audit-log" if tenant.form == "programme" else "audit-log"
    return f"/{tenant.form}s/{tenant.public_id}/{inside}"


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
    """The frame of a programme's staff: the list of things to do, then what they keep."""
    home = staff_home(tenant)
    held = [one.role for one in permissions.in_tenant(tenant.tenant_id)]
    working = [name for name in held if name in STAFF_ROLES | ACCOUNTANT_ROLES]
    readers = [name for name in held if name in AUDIT_ROLES]
    ways = []
    if SUBDISTRICT_ROLES & set(held):
        ways.append(NavEntry("nav.communities", COMMUNITIES_HOME))
    if any(permissions.reach(name, tenant.tenant_id) for name in STAFF_HOME_PERMISSIONS):
        ways.append(NavEntry("nav.todo", home))
    if readers:
        ways.append(NavEntry("nav.accounts", AUDIT_HOME))
    people = permissions.reach("members.read", tenant.tenant_id)
    if people is not None and people.everything:
        ways.append(NavEntry("nav.people", f"{home}/people"))
    stars = permissions.reach("star_points.read", tenant.tenant_id)
    if stars is not None and stars.everything:
        ways.append(NavEntry("nav.stars", f"{home}/stars"))
    if permissions.reach("trial_balance.read", tenant.tenant_id):
        ways.append(NavEntry("nav.trial_balance", f"{books_home(tenant)}/trial-balance"))
    role = next(iter([*working, *readers, *held]), "")
    return Place(tenant.name, role, home, ways, thumb=True, desk=True)


def estate_place(tenant: Tenant, permissions: Permissions) -> Place:
    """The frame of those who answer for an estate's money, or own it."""
    home = estate_home(tenant)
    held = [one.role for one in permissions.in_tenant(tenant.tenant_id)]
    role = next((name for name in held if name in ESTATE_ROLES), next(iter(held), ""))
    ways = [
        NavEntry("nav.home", home),
        NavEntry("nav.trial_balance", f"{books_home(tenant)}/trial-balance"),
        NavEntry("nav.rules", "/rules"),
    ]
    return Place(tenant.name, role, home, ways, thumb=True, desk=True)


def communities_place(permissions: Permissions) -> Place:
    """The frame of a subdistrict's staff: all its communities first."""
    held = [one.role for one in permissions.roles]
    role = next((name for name in held if name in SUBDISTRICT_ROLES), next(iter(held), ""))
    ways = (
        NavEntry("nav.communities", COMMUNITIES_HOME),
        NavEntry("nav.accounts", AUDIT_HOME),
        NavEntry("nav.rules", "/rules"),
    )
    return Place("", role, COMMUNITIES_HOME, ways, thumb=True, desk=True)


def ward_place(tenant: Tenant, member_id: UUID, name: str) -> Place:
    """A guardian's frame: reading only."""
    home = ward_home(tenant, member_id)
    ways = (
        NavEntry("nav.home", home),
        NavEntry("nav.statement", f"{home}/statement/SP"),
        NavEntry("nav.records", f"{home}/records"),
    )
    return Place(f"{tenant.name} · {name}", "guardian", home, ways, thumb=True)


def partner_place(tenant: Tenant, partner_id: UUID, name: str) -> Place:
    """The frame of a partner's contact: reading only."""
    home = partner_home(tenant, partner_id)
    ways = (NavEntry("nav.accounts", home),)
    return Place(f"{tenant.name} · {name}", "partner_contact", home, ways)


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
    if tenant is not None and permissions.reach("audit_log.read", tenant.tenant_id):
        ways.append(NavEntry("nav.audit_log", audit_log_home(tenant)))
    return Place(tenant.name if tenant else "", role, AUDIT_HOME, ways, desk=True)


def reader_place(permissions: Permissions, tenant: Tenant) -> Place:
    """The frame in which somebody reads a tenant's books: her own place there, else the audit."""
    held = {one.role for one in permissions.in_tenant(tenant.tenant_id)}
    if tenant.form == "estate" and held & ESTATE_ROLES:
        return estate_place(tenant, permissions)
    if tenant.form == "programme" and held & (STAFF_ROLES | ACCOUNTANT_ROLES | SUBDISTRICT_ROLES):
        return staff_place(tenant, permissions)
    if tenant.form == "programme" and held & VOLUNTEER_ROLES and not held & AUDIT_ROLES:
        return volunteer_place(tenant, permissions)
    return audit_place(permissions, tenant)


def audited_tenant_ids(permissions: Permissions) -> list[int] | None:
    """Tenants whose books the caller reads; None: all of them."""
    readers = [one for one in permissions.roles if one.role in AUDIT_ROLES]
    if any(one.tenant_id is None for one in readers):
        return None
    return [one.tenant_id for one in readers if one.tenant_id is not None]
