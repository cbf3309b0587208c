"""Every place of a person: one card a role and programme, in the order of the chooser."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.places import (
    ACCOUNTANT_ROLES,
    ADMIN_ROLES,
    AUDIT_HOME,
    AUDIT_ROLES,
    ESTATE_ROLES,
    GUARDIAN_ROLES,
    MERCHANT_ROLES,
    PARTNER_ROLES,
    STAFF_ROLES,
    SUBDISTRICT_ROLES,
    VOLUNTEER_ROLES,
    admin_place,
    audit_place,
    communities_place,
    merchant_place,
    partner_place,
    reader_place,
    volunteer_place,
    ward_place,
)
from api.web.rendering import Place
from ledger.database import set_tenant
from ledger.errors import NotFound
from ledger.foundation.grants import HeldRole, Permissions
from ledger.foundation.organisations import Tenant, find_member, get_merchant, list_tenants
from ledger.foundation.partners import find_partner

#: Role → kind of place; a later line wins, so that a home of its own comes before the audit.
_KINDS: Mapping[str, str] = {
    role: kind
    for kind, roles in (
        ("audit", AUDIT_ROLES),
        ("admin", ADMIN_ROLES),
        ("communities", SUBDISTRICT_ROLES),
        ("estate", ESTATE_ROLES),
        ("staff", ACCOUNTANT_ROLES | STAFF_ROLES),
        ("volunteer", VOLUNTEER_ROLES),
        ("merchant", MERCHANT_ROLES),
        ("ward", GUARDIAN_ROLES),
        ("partner", PARTNER_ROLES),
    )
    for role in roles
}
_OF_PLATFORM: Mapping[str, Callable[[Permissions], Place]] = {
    "admin": admin_place,
    "audit": audit_place,
    "communities": communities_place,
}
_OF_TENANT: Mapping[str, Callable[[Tenant, Permissions], Place]] = {
    "estate": lambda tenant, permissions: reader_place(permissions, tenant),
    "staff": lambda tenant, permissions: reader_place(permissions, tenant),
    "volunteer": volunteer_place,
}


def count_places(permissions: Permissions) -> int:
    """How many cards the chooser would show; needs no database."""
    return len({_card(held) for held in permissions.roles} - {None})


def _card(held: HeldRole) -> tuple[str, object] | None:
    """What is one card of the chooser; None: a role without pages."""
    kind = _KINDS.get(held.role)
    on_platform = held.tenant_id is None
    if (kind in ("staff", "estate") and on_platform) or (kind == "admin" and not on_platform):
        kind = "audit" if held.role in AUDIT_ROLES else None
    if kind in ("admin", "audit", "communities"):
        return kind, None
    if kind in ("merchant", "ward", "partner"):
        return None if held.object_id is None else (kind, held.object_id)
    return None if kind is None or on_platform else (kind, held.tenant_id)


async def list_places(conn: AsyncConnection, permissions: Permissions) -> list[Place]:
    """Every place of a caller once, what people do with their own things first."""
    ids = [one.tenant_id for one in permissions.roles if one.tenant_id is not None]
    tenants = {tenant.tenant_id: tenant for tenant in await list_tenants(conn, tenant_ids=ids)}
    places: dict[object, Place] = {}
    for held in permissions.roles:
        card = _card(held)
        if card is None or card in places:
            continue
        tenant = tenants.get(held.tenant_id or 0)
        place = await _place(conn, card[0], held, tenant, permissions)
        if place is not None:
            places[card] = place
    return sorted(places.values(), key=lambda one: (_rank(one.role), one.name))


async def _place(
    conn: AsyncConnection,
    kind: str,
    held: HeldRole,
    tenant: Tenant | None,
    permissions: Permissions,
) -> Place | None:
    if kind in _OF_PLATFORM:
        return _OF_PLATFORM[kind](permissions)
    if tenant is None:
        return None
    if kind in _OF_TENANT:
        return _OF_TENANT[kind](tenant, permissions)
    assert held.object_id is not None
    return await _place_of_object(conn, kind, held.object_id, tenant, permissions)


async def _place_of_object(
    conn: AsyncConnection, kind: str, object_id: UUID, tenant: Tenant, permissions: Permissions
) -> Place | None:
    await set_tenant(conn, tenant.tenant_id)
    if kind == "partner":
        partner = await find_partner(conn, tenant_id=tenant.tenant_id, partner_id=object_id)
        return None if partner is None else partner_place(tenant, object_id, partner.name)
    if kind == "ward":
        ward = await find_member(conn, tenant_id=tenant.tenant_id, member_id=object_id)
        return None if ward is None else ward_place(tenant, object_id, ward.display_name)
    try:
        merchant = await get_merchant(conn, tenant_id=tenant.tenant_id, merchant_id=object_id)
    except NotFound:
        return None
    return merchant_place(tenant, object_id, merchant.name, permissions)


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
