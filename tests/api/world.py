"""A small world for tests of the interface: two programmes, an estate, people, keys."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
import msgspec
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.app import build_routes, serve_routes
from api.edge import Edge
from ledger.books.accounts import AccountName, get_accounts
from ledger.clock import now
from ledger.database import read_transaction, write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.events import post_event
from ledger.foundation.grants import grant_role
from ledger.foundation.organisations import Member, Merchant, Tenant
from ledger.foundation.partners import Partner
from ledger.foundation.party_branches import ensure_branch
from ledger.foundation.people import Person, create_person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.sign_in import set_password
from ledger.journeys.enrolment import (
    admit_operator,
    create_estate,
    create_programme,
    enrol_member,
    enrol_merchant,
    enrol_partner,
)
from ledger.settings import Settings

SYSTEM = 1
SECRET = "a secret of the tests, long enough to be one"
PASSWORD = "the river runs 老城 slowly"
KEYS = PersonalDataKeys(SECRET)
ORIGIN = "http://books.test"

#: By what makes them differ: routes whose application has stopped. Building them costs more than
#: most tests; what an application knows is made anew at each start.
_spare_routes: defaultdict[tuple[bool, bool], list[Litestar]] = defaultdict(list)


class World(msgspec.Struct):
    """What tests refer to."""

    engine: AsyncEngine
    programme: Tenant
    other_programme: Tenant
    estate: Tenant
    person: Person
    member: Member
    second_member: Member
    merchant: Merchant
    partner: Partner

    @property
    def base(self) -> str:
        """The programme's part of every path."""
        return f"/v1/programmes/{self.programme.public_id}"

    async def account(
        self, book: str, code: str, holder: UUID | None = None, tenant: Tenant | None = None
    ) -> UUID:
        """Public id of an account."""
        tenant_id = (tenant or self.programme).tenant_id
        async with read_transaction(self.engine, tenant_id=tenant_id) as conn:
            name = AccountName(book, code, holder)
            (account,) = await get_accounts(conn, tenant_id=tenant_id, names=[name])
        return account.public_id

    async def give(self, amount: int, book: str = "TB", *, pool: bool = False) -> None:
        """An opening balance of the first member, or the pool: minutes, or points in hundredths."""
        tenant_id = self.programme.tenant_id

        async def act(conn: AsyncConnection) -> None:
            await post_event(
                conn,
                {"TB": "TB30", "SP": "SP43"}[book],
                tenant_id=tenant_id,
                key=uuid4(),
                caller_id=SYSTEM,
                occurred_at=now(),
                amounts={"opening": amount},
                owners={} if pool else {"holder": self.member.member_id},
                accounts={"account": "2201" if pool else "2101"},
            )

        await write_transaction(self.engine, act, tenant_id=tenant_id)

    async def key(
        self,
        role: str,
        tenant: Tenant | None = None,
        *,
        object_id: UUID | None = None,
        scopes: Sequence[str] | None = None,
    ) -> str:
        """A new API key whose caller has one role in one tenant: a person, or a system."""

        async def make(conn: AsyncConnection) -> str:
            caller_id = None
            if role != "integration":
                person = await create_person(conn, display_name="赵六", keys=KEYS)
                caller_id = person.caller_id
            made = await create_api_key(
                conn, name="test", created_by=SYSTEM, caller_id=caller_id, scopes=scopes
            )
            await grant_role(
                conn,
                caller_id=made.key.caller_id,
                role=role,
                tenant_id=(tenant or self.programme).tenant_id,
                object_id=object_id,
                granted_by=SYSTEM,
            )
            return made.secret

        return await write_transaction(self.engine, make)


async def create_world(engine: AsyncEngine) -> World:
    """Two programmes, an estate, two members and a merchant of the first."""

    async def create(conn: AsyncConnection) -> World:
        other = await create_programme(conn, name="西园社区", created_by=SYSTEM)
        estate = await create_estate(conn, name="幸福里小区", created_by=SYSTEM)
        programme = await create_programme(conn, name="东湖社区", created_by=SYSTEM)
        tenant_id = programme.tenant_id
        branch = await ensure_branch(conn, tenant_id=tenant_id, name="第一党支部")
        person = await create_person(conn, display_name="王小明", keys=KEYS)
        await set_password(
            conn, person=person, sign_in_name="wang", password=PASSWORD, set_by=SYSTEM
        )
        member = await enrol_member(
            conn,
            tenant_id=tenant_id,
            person=person,
            enrolled_by=SYSTEM,
            branch_id=branch.branch_id,
        )
        friend = await create_person(conn, display_name="李四", keys=KEYS)
        second = await enrol_member(conn, tenant_id=tenant_id, person=friend, enrolled_by=SYSTEM)
        merchant = await enrol_merchant(
            conn, tenant_id=tenant_id, name="老张豆浆", enrolled_by=SYSTEM
        )
        await admit_operator(
            conn,
            tenant_id=tenant_id,
            person=friend,
            merchant_id=merchant.merchant_id,
            admitted_by=SYSTEM,
        )
        partner = await enrol_partner(
            conn, tenant_id=tenant_id, name="东湖小学", kind="unit", enrolled_by=SYSTEM
        )
        return World(engine, programme, other, estate, person, member, second, merchant, partner)

    return await write_transaction(engine, create)


@asynccontextmanager
async def running_app(service_url: str, **settings: Any) -> AsyncIterator[Edge]:
    """The application, started as a server starts it, without a server in front.

    People with sensitive roles sign in by password alone unless a test asks for more.
    """
    named = {"second_factor": "offered", **settings}
    chosen = Settings(database_url=service_url, secret_key=SECRET, pool_size=5, **named)
    spare = _spare_routes[chosen.docs, chosen.secure_cookies]
    routes = spare.pop() if spare else build_routes(chosen)
    app = serve_routes(routes, chosen)
    to_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan"}, to_app.get, from_app.put))
    try:
        await to_app.put({"type": "lifespan.startup"})
        assert (started := await from_app.get())["type"] == "lifespan.startup.complete", started
        yield app
        await to_app.put({"type": "lifespan.shutdown"})
        assert (stopped := await from_app.get())["type"] == "lifespan.shutdown.complete", stopped
        spare.append(routes)
    finally:
        life.cancel()
        await asyncio.gather(life, return_exceptions=True)


def client_of(app: Edge, key: str | None = None) -> httpx.AsyncClient:
    """A client of the application; with an API key if given."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers)


def new_key() -> dict[str, str]:
    """The header of a new command."""
    return {"idempotency-key": str(uuid4())}


def entry(debit: UUID, credit: UUID, amount: Any = 120, **fields: Any) -> dict[str, Any]:
    """The body of an entry with one transfer; a provision in yuan if no event is given."""
    transfer = {"debit_account": str(debit), "credit_account": str(credit), "amount": amount}
    return {
        "event_code": "PG25",
        "occurred_at": now().isoformat(),
        "transfers": [transfer],
        **fields,
    }
