"""People of one role each, with a sign-in; members where the role is a member's."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import today
from ledger.database import set_tenant, write_transaction
from ledger.foundation.grants import grant_role
from ledger.foundation.organisations import Tenant, create_member
from ledger.foundation.people import create_person
from ledger.foundation.roles import shipped_roles
from ledger.foundation.sign_in import set_password
from ledger.identifiers import uuid7
from tests.api.world import KEYS, PASSWORD, SYSTEM, World
from tests.web.visitors import sign_in, visitor

OWN_ROLES = ("volunteer", "party_member", "resident")


async def admit(
    world: World, role: str, tenant: Tenant | None = None, display_name: str = "陈静"
) -> str:
    """A new person with one role in one tenant; returns the name to sign in with."""
    place = tenant or world.programme
    name = f"{role}-{place.tenant_id}"

    async def make(conn: AsyncConnection) -> str:
        person = await create_person(conn, display_name=display_name, keys=KEYS)
        await set_password(conn, person=person, sign_in_name=name, password=PASSWORD, set_by=SYSTEM)
        object_id: UUID | None = None
        if role in OWN_ROLES:
            await set_tenant(conn, place.tenant_id)
            member = await create_member(
                conn, tenant_id=place.tenant_id, person=person, joined_on=today()
            )
            object_id = member.member_id
        elif shipped_roles()[role].limited:
            kinds = {
                "merchant_operator": world.merchant.merchant_id,
                "guardian": world.member.member_id,
                "partner_contact": world.partner.partner_id,
            }
            object_id = kinds.get(role, uuid7())
        await grant_role(
            conn,
            caller_id=person.caller_id,
            role=role,
            tenant_id=place.tenant_id,
            object_id=object_id,
            granted_by=SYSTEM,
        )
        return name

    return await write_transaction(world.engine, make)


@asynccontextmanager
async def signed_in(app: Edge, name: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which somebody has signed in."""
    async with visitor(app) as client:
        answer = await sign_in(client, name)
        assert answer.status_code == 303, answer.text
        yield client
