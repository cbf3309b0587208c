"""Who am I: the caller, what they may do and where, and until when they are known."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import Caller
from api.gate import Call
from api.policies import signed_in
from ledger.clock import now
from ledger.database import read_transaction
from ledger.foundation.api_keys import ApiKey
from ledger.foundation.grants import HeldRole
from ledger.foundation.organisations import Tenant, list_tenants
from ledger.foundation.roles import shipped_roles
from ledger.foundation.sessions import find_session


class PersonView(msgspec.Struct, frozen=True):
    """The person who signed in, or whose key it is."""

    person_id: UUID
    display_name: str
    volunteer_no: str


class KeyView(msgspec.Struct, frozen=True):
    """The API key that was sent."""

    api_key_id: UUID
    name: str
    scopes: Annotated[
        list[str] | None, Meta(description="What it is limited to; absent: what its roles allow.")
    ]


class PlaceView(msgspec.Struct, frozen=True):
    """A programme or an estate."""

    id: UUID
    form: Literal["programme", "estate"]
    name: str


class RoleView(msgspec.Struct, frozen=True):
    """A role that the caller holds."""

    role: str
    name_zh: str
    name_en: str
    place: Annotated[PlaceView | None, Meta(description="Where; absent: everywhere.")]
    object_id: Annotated[
        UUID | None, Meta(description="The one member, merchant or household it reaches.")
    ]
    permissions: list[str]


class MeView(msgspec.Struct, frozen=True):
    """The caller as the service sees them."""

    kind: Literal["person", "connected_system"]
    person: PersonView | None
    api_key: KeyView | None
    expires_at: Annotated[
        datetime, Meta(description="When the key, or the session without a further request, ends.")
    ]
    roles: list[RoleView]


@get("/v1/me", opt=signed_in(), summary="Read who I am", tags=["me"])
async def read_me(call: Call) -> MeView:
    """The caller with roles and places; a key shows only the permissions it is limited to."""
    who = call.who
    async with read_transaction(call.service.engine) as conn:
        expires_at = await _end(conn, who)
        wanted = [one.tenant_id for one in who.permissions.roles if one.tenant_id is not None]
        tenants = await list_tenants(conn, tenant_ids=wanted) if wanted else []
    places = {tenant.tenant_id: _place(tenant) for tenant in tenants}
    person = who.person
    return MeView(
        "connected_system" if person is None else "person",
        None
        if person is None
        else PersonView(person.public_id, person.display_name, person.volunteer_no),
        None if who.api_key is None else _key(who.api_key),
        expires_at,
        [_role(one, places, who.permissions.scopes) for one in who.permissions.roles],
    )


async def _end(conn: AsyncConnection, who: Caller) -> datetime:
    if who.api_key is not None:
        return who.api_key.expires_at
    moment = now()
    assert who.session_token is not None, "a key or a session"
    session = await find_session(conn, token=who.session_token, at=moment)
    return moment if session is None else session.ends_at


def _place(tenant: Tenant) -> PlaceView:
    return PlaceView(tenant.public_id, tenant.form, tenant.name)


def _key(key: ApiKey) -> KeyView:
    return KeyView(key.api_key_id, key.name, None if key.scopes is None else sorted(key.scopes))


def _role(held: HeldRole, places: dict[int, PlaceView], scopes: frozenset[str] | None) -> RoleView:
    role = shipped_roles()[held.role]
    place = held.tenant_id
    known = held.limited | held.wide
    allowed = {name for name in known if place is None or held.permits(name, place)}
    return RoleView(
        held.role,
        role.name_zh,
        role.name_en,
        None if held.tenant_id is None else places[held.tenant_id],
        held.object_id,
        sorted(allowed if scopes is None else allowed & scopes),
    )


ROUTES = (read_me,)
