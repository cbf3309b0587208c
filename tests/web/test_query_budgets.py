"""A page has a budget of statements; a home may not run more than twelve."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import event

from api.edge import Edge
from ledger.foundation.organisations import Tenant
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.visitors import send

#: What begins a transaction, chooses the tenant or compares the clocks is not counted.
FRAME = ("BEGIN", "COMMIT", "ROLLBACK", "SELECT set_config", "SELECT clock_timestamp()")
MOST_OF_A_HOME = 12
#: Role, form of the tenant, address below it or from the root, statements at most.
BUDGETS = (
    ("community_staff", "programme", "{tenant}/staff", MOST_OF_A_HOME),
    ("branch_secretary", "programme", "{tenant}/staff", MOST_OF_A_HOME),
    ("programme_accountant", "programme", "{tenant}/staff", MOST_OF_A_HOME),
    ("subdistrict_staff", "programme", "/communities", MOST_OF_A_HOME),
    ("volunteer", "programme", "{tenant}/volunteer", MOST_OF_A_HOME),
    ("merchant_operator", "programme", "{tenant}/merchants/{merchant}", MOST_OF_A_HOME),
    ("trustee", "estate", "{tenant}", MOST_OF_A_HOME),
    ("committee_member", "estate", "{tenant}", MOST_OF_A_HOME),
    ("owners_supervisor", "estate", "{tenant}", MOST_OF_A_HOME),
    ("owner", "estate", "{tenant}", MOST_OF_A_HOME),
    ("auditor", "estate", "/audit", MOST_OF_A_HOME),
    ("auditor", "programme", "{tenant}/books/trial-balance", 6),
    ("auditor", "programme", "{tenant}/books/accounts/{account}", 8),
    ("community_staff", "programme", "/search", 8),
    ("community_staff", "programme", "{tenant}/staff/people", 5),
    ("community_staff", "programme", "{tenant}/staff/households", 5),
    ("community_staff", "programme", "{tenant}/staff/groups", 5),
    ("volunteer", "programme", "/account", 6),
    ("volunteer", "programme", "/account/notices", 6),
)


@contextmanager
def counted(app: Edge) -> Iterator[list[str]]:
    """The statements that the application sends meanwhile."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith(FRAME):
            seen.append(statement)

    engine = app.app.state.service.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(("role", "form", "path", "most"), BUDGETS)
async def test_a_page_keeps_its_budget_of_statements(
    app: Edge, world: World, role: str, form: str, path: str, most: int
) -> None:
    tenant = world.programme if form == "programme" else world.estate
    address = await address_of(world, tenant, path)
    async with signed_in(app, await admit(world, role, tenant)) as client:
        if address == "/search":
            address = (await send(client, address, address, q="王")).headers["location"]
        await open_page(client, address)  # what a process keeps for a while is here now
        with counted(app) as seen:
            await open_page(client, address)
    assert 0 < len(seen) <= most, "\n---\n".join(seen)


async def address_of(world: World, tenant: Tenant, path: str) -> str:
    return path.format(
        tenant=f"/{tenant.form}s/{tenant.public_id}",
        merchant=world.merchant.merchant_id,
        account=await world.account("TB", "2101", world.member.member_id),
    )


async def open_page(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert answer.status_code == 200, answer.text
