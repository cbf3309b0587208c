"""What waits for one person's decision, in every place where she decides: for homes and lists."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.web.formatting import Language
from api.web.places import estate_home, staff_home
from api.web.texts import text
from api.web.todo import TodoItem, by_deadline
from ledger.clock import business_date
from ledger.foundation.approval_kinds import Scope, approval_kinds, using_permissions
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.grants import Permissions
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.foundation.waiting_approvals import count_waiting_everywhere
from ledger.journeys.approvals.rights import permits

ON_PLATFORM = "/admin/approvals"
#: Places that a home names; what waits in others is one line that leads to the whole list.
PLACES_NAMED = 10


def kinds_decided(permissions: Permissions, place_id: int, scope: Scope) -> frozenset[str]:
    """The kinds of requests that somebody may decide in one place."""
    return frozenset(
        code
        for code, kind in approval_kinds().items()
        if scope in kind.places and permits(permissions, kind.approved_with, place_id)
    )


def kinds_decided_everywhere(
    permissions: Permissions, tenants: Sequence[Tenant]
) -> dict[int, frozenset[str]]:
    """The same for the platform and each of these places; where nothing is decided is left out."""
    found = {PLATFORM: kinds_decided(permissions, PLATFORM, "platform")}
    for one in tenants:
        found[one.tenant_id] = kinds_decided(permissions, one.tenant_id, one.form)
    return {place: kinds for place, kinds in found.items() if kinds}


async def list_places_decided(
    conn: AsyncConnection, permissions: Permissions, here: Tenant | None = None
) -> list[Tenant]:
    """Programmes and estates that roles of somebody reach; no statement when it is ``here`` alone.

    A role without a tenant reaches all of them.
    """
    deciding = {kind.approved_with for kind in approval_kinds().values()}
    held = {one.tenant_id for one in permissions.roles if deciding & (one.wide | one.limited)}
    if not held or (here is not None and held == {here.tenant_id}):
        return [] if here is None else [here]
    ids = None if None in held else [one for one in held if one is not None]
    return await list_tenants(conn, tenant_ids=ids)


def requests_href(tenant: Tenant | None) -> str:
    """Where the requests of a place are listed; None: of the platform."""
    if tenant is None:
        return ON_PLATFORM
    home = staff_home(tenant) if tenant.form == "programme" else estate_home(tenant)
    return f"{home}/approvals"


def place_name(tenant: Tenant | None, language: Language) -> str:
    """What a place is called in a list of several; None: the platform."""
    return text(language, "jobs.platform") if tenant is None else tenant.name


async def approvals_to_decide(
    conn: AsyncConnection, call: GatedCall, language: Language, here: Tenant | None = None
) -> list[TodoItem]:
    """One item a place where others asked for something this person may decide.

    ``here``: the estate or programme whose home is shown; the payments of an estate are an item of
    their own there. Two statements at most.
    """
    permissions, person = call.who.permissions, call.who.person
    tenants = await list_places_decided(conn, permissions, here)
    decided_in: dict[int, frozenset[str]] = kinds_decided_everywhere(permissions, tenants)
    if here is not None:
        decided_in[here.tenant_id] = decided_in.get(here.tenant_id, frozenset()) - {"payout"}
    if person is None or not any(decided_in.values()):
        return []
    waiting = await count_waiting_everywhere(
        conn, decided_in=decided_in, person_id=person.person_id
    )
    known: Mapping[int, Tenant | None] = {PLATFORM: None} | {one.tenant_id: one for one in tenants}
    items = [
        TodoItem(
            kind="approvals_waiting",
            href=requests_href(tenant),
            count=waiting[place].requests,
            deadline=business_date(waiting[place].first_end),
            about="" if tenant == here and here is not None else place_name(tenant, language),
        )
        for place, tenant in known.items()
        if place in waiting
    ]
    return _shortened(permissions, items)


def _shortened(permissions: Permissions, items: list[TodoItem]) -> list[TodoItem]:
    """The places that are due first by name, and one line for the others where a list has them."""
    reads_all = any(map(permissions.permits_on_platform, using_permissions("platform")))
    if not reads_all or len(items) <= PLACES_NAMED:
        return items
    items = by_deadline(items)
    others = items[PLACES_NAMED:]
    rest = TodoItem(
        kind="approvals_elsewhere",
        href=ON_PLATFORM,
        count=sum(one.count for one in others),
        deadline=others[0].deadline,
        facts={"places": len(others)},
    )
    return [*items[:PLACES_NAMED], rest]
