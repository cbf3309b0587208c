"""The pages that a home leads to beyond the navigation: one line a page.

``way.<name>`` is its name in the texts, ``way_does.<name>`` says what one does there.
"""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.foundation.grants import Permissions
from ledger.foundation.organisations import Tenant


class Way(NamedTuple):
    """A page by name; shown to those who hold the permission, to all where it is empty."""

    name: str
    href: str
    permission: str = ""
    #: Another one that opens it as well.
    or_permission: str = ""

    @property
    def permissions(self) -> tuple[str, ...]:
        """Any of these opens it; none: it is open to all."""
        return tuple(one for one in (self.permission, self.or_permission) if one)


#: From ``/account``: one's own things.
ACCOUNT_WAYS: tuple[Way, ...] = (
    Way("notices", "/account/notices"),
    Way("privacy", "/account/privacy"),
    Way("places", "/"),
    Way("security", "/account/security"),
    Way("acts", "/account/acts"),
)
#: From ``/admin``: pages of the whole platform.
ADMIN_WAYS: tuple[Way, ...] = (
    Way("approvals", "/admin/approvals", "grants.give"),
    Way("grants", "/admin/grants", "grants.give"),
    Way("roles", "/roles"),
    Way("policies", "/admin/policies", "policies.propose"),
    Way("audit_log", "/admin/audit-log", "audit_log.read"),
    Way("all_books", "/audit", "trial_balance.read"),
    Way("org_units", "/admin/org-units", "org_units.manage"),
    Way("unit_imports", "/admin/imports", "org_units.manage"),
    Way("jobs", "/admin/jobs", "jobs.read"),
    Way("api_keys", "/admin/api-keys", "api_keys.issue"),
    Way("sign_ins", "/admin/sign-ins", "sign_ins.manage"),
    Way("rules", "/rules"),
)
#: From the home of a programme's staff; addresses below ``/programmes/{programme_id}``.
PROGRAMME_WAYS: tuple[Way, ...] = (
    Way("approvals", "/staff/approvals", "entries.approve", "policies.propose"),
    Way("policies", "/staff/policies", "policies.propose"),
    Way("grants", "/staff/grants", "grants.give"),
    Way("audit_log", "/staff/audit-log", "audit_log.read"),
    Way("people", "/staff/people", "members.read"),
    Way("record_for", "/services/new", "service_records.propose"),
    Way("act_for", "/staff/act-for", "redemptions.place", "conversions.request"),
    Way("imports", "/staff/imports", "members.enrol", "merchants.enrol"),
    Way("webhooks", "/staff/webhooks", "webhooks.manage"),
    Way("households", "/staff/households", "members.manage"),
    Way("groups", "/staff/groups", "members.manage"),
    Way("merchants", "/staff/merchants", "merchants.manage"),
    Way("partners", "/staff/partners", "partners.manage"),
    Way("stars", "/staff/stars", "star_points.read"),
    Way("personal_data", "/staff/personal-data", "erasures.decide"),
    Way("trial_balance", "/books/trial-balance", "trial_balance.read"),
    Way("months", "/books/months", "periods.read"),
)
#: From the home of an estate; addresses below ``/estates/{estate_id}``.
ESTATE_WAYS: tuple[Way, ...] = (
    Way("payments", "/payments/new", "payments.request"),
    Way("approvals", "/approvals", "entries.approve", "entries.reverse"),
    Way("grants", "/grants", "grants.give"),
    Way("audit_log", "/audit-log", "audit_log.read"),
    Way("webhooks", "/webhooks", "webhooks.manage"),
    Way("trial_balance", "/books/trial-balance", "trial_balance.read"),
    Way("months", "/books/months", "periods.read"),
)


def ways_of_platform(permissions: Permissions, ways: Iterable[Way] = ADMIN_WAYS) -> list[Way]:
    """The ways of the platform that are open to somebody."""
    return [
        one
        for one in ways
        if not one.permissions or any(map(permissions.permits_on_platform, one.permissions))
    ]


def ways_of_tenant(permissions: Permissions, tenant: Tenant) -> list[Way]:
    """The ways of a programme or estate that are open to somebody, with their whole address."""
    ways = PROGRAMME_WAYS if tenant.form == "programme" else ESTATE_WAYS
    start = f"/{tenant.form}s/{tenant.public_id}"
    return [
        one._replace(href=start + one.href)
        for one in ways
        if not one.permissions
        or any(_reaches_all(permissions, name, tenant.tenant_id) for name in one.permissions)
    ]


def _reaches_all(permissions: Permissions, permission: str, tenant_id: int) -> bool:
    reach = permissions.reach(permission, tenant_id)
    return reach is not None and reach.everything
