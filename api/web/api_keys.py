"""``/admin/api-keys``: keys of systems and people: issue, replace, end; secrets are shown once."""

from datetime import timedelta
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.policies import may_on_platform
from api.web.forms import Form
from api.web.frame import Page, PageRequest, empty_form, key_of_form, read_form, see, show
from api.web.places import admin_place
from ledger.database import read_transaction, write_transaction
from ledger.errors import NotFound
from ledger.foundation.api_key_rotation import (
    DEFAULT_OVERLAP,
    LONGEST_OVERLAP,
    check_scopes,
    rotate_api_key,
)
from ledger.foundation.api_keys import (
    NewApiKey,
    create_api_key,
    list_api_keys,
    revoke_api_key,
)
from ledger.foundation.grants import get_permissions, grant_role
from ledger.foundation.organisations import list_tenants
from ledger.foundation.roles import shipped_roles

HOME = "/admin/api-keys"
_PERMISSION = "api_keys.issue"
#: What a system may be; it posts and reads. Tills are bound on their merchant's page.
_ROLE = "integration"
VALIDITIES = (90, 180, 365)
OVERLAPS = (0, 1, DEFAULT_OVERLAP.days, LONGEST_OVERLAP.days)


class KeyAskedFor(msgspec.Struct, frozen=True):
    """What a form asked for: sent again under its key, it makes no second one."""

    name: str
    days: str
    scopes: list[str]
    tenant_id: UUID | None = None


@get(HOME, opt=may_on_platform(_PERMISSION))
async def keys_page(request: PageRequest, call: Call) -> Page:
    """Every key in force, the newest first."""
    async with read_transaction(call.service.engine) as conn:
        keys = await list_api_keys(conn)
    return show(
        request,
        "admin/api_keys.html",
        admin_place(call.who.permissions),
        keys=keys,
        done=request.query_params.get("done"),
    )


@get(HOME + "/new", opt=may_on_platform(_PERMISSION))
async def key_form(request: PageRequest, call: Call) -> Page:
    """For which system, where, and what it may do there."""
    return await _key_form(request, call, empty_form(request, days=str(VALIDITIES[-1])))


@post(HOME + "/new", opt=may_on_platform(_PERMISSION, step_up=True))
async def key_issued(request: PageRequest, call: Call) -> Page:
    """Make the key and show its secret, now and never again; once for each form."""
    form = await read_form(request)
    key_of_form(call)
    name, tenant_id = form.text("name", limit=60), form.uuid("tenant")
    days = form.choice("days", frozenset(map(str, VALIDITIES)))
    wanted = [scope for scope in _scopes() if form.values.get(f"scope-{scope}")]
    async with read_transaction(call.service.engine) as conn:
        tenants = {one.public_id: one for one in await list_tenants(conn)}
    if tenant_id is not None and tenant_id not in tenants:
        form.refuse("tenant", "form.choose")
    if form.errors or name is None or tenant_id is None or days is None:
        return await _key_form(request, call, form, status=422)
    tenant = tenants[tenant_id]

    made: NewApiKey | None = None

    async def issue(conn: AsyncConnection) -> NewApiKey:
        nonlocal made
        made = await create_api_key(
            conn,
            name=name,
            created_by=call.caller_id,
            scopes=wanted or None,
            validity=timedelta(days=int(days)),
        )
        await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role=_ROLE,
            tenant_id=tenant.tenant_id,
            granted_by=call.caller_id,
        )
        check_scopes(made.key.scopes, await get_permissions(conn, caller_id=made.key.caller_id))
        return made

    asked = KeyAskedFor(name, days, wanted, tenant_id)
    await once(call, asked, issue, shown_once=("secret",))
    return see(HOME) if made is None else _show_secret(request, call, made)


@get(HOME + "/{api_key_id:uuid}/rotate", opt=may_on_platform(_PERMISSION))
async def rotate_form(request: PageRequest, call: Call, api_key_id: FromPath[UUID]) -> Page:
    """How long the old key goes on."""
    return show(
        request,
        "admin/api_key_rotate.html",
        admin_place(call.who.permissions),
        home=HOME,
        back=HOME,
        api_key_id=api_key_id,
        overlaps=OVERLAPS,
        usual_overlap=DEFAULT_OVERLAP.days,
    )


@post(HOME + "/{api_key_id:uuid}/rotate", opt=may_on_platform(_PERMISSION, step_up=True))
async def key_rotated(request: PageRequest, call: Call, api_key_id: FromPath[UUID]) -> Page:
    """A new secret of a system; a person's key is hers alone to renew, or one would be her."""
    form = await read_form(request)
    days = form.values.get("overlap", "")
    overlap = int(days) if days in map(str, OVERLAPS) else DEFAULT_OVERLAP.days

    async def rotate(conn: AsyncConnection) -> NewApiKey:
        keys = {one.api_key_id: one for one in await list_api_keys(conn)}
        if api_key_id not in keys or keys[api_key_id].holder is not None:
            raise NotFound(kind="api_key", id=str(api_key_id))
        return await rotate_api_key(
            conn,
            api_key_id=api_key_id,
            rotated_by=call.caller_id,
            overlap=timedelta(days=overlap),
        )

    made = await write_transaction(call.service.engine, rotate)
    call.service.identities.forget_caller(made.key.caller_id)
    return _show_secret(request, call, made)


@get(HOME + "/{api_key_id:uuid}/revoke", opt=may_on_platform(_PERMISSION))
async def revoke_form(request: PageRequest, call: Call, api_key_id: FromPath[UUID]) -> Page:
    """Why, before a system stands still."""
    return _revoke_form(request, call, api_key_id, empty_form(request))


@post(HOME + "/{api_key_id:uuid}/revoke", opt=may_on_platform(_PERMISSION, step_up=True))
async def key_revoked(request: PageRequest, call: Call, api_key_id: FromPath[UUID]) -> Page:
    """End a key, with its reason on record."""
    form = await read_form(request)
    reason = form.text("reason")
    if reason is None:
        return _revoke_form(request, call, api_key_id, form, status=422)

    caller_id = await write_transaction(
        call.service.engine,
        lambda conn: revoke_api_key(
            conn, api_key_id=api_key_id, revoked_by=call.caller_id, reason=reason
        ),
    )
    call.service.identities.forget_caller(caller_id)
    return see(f"{HOME}?done=revoked")


def _scopes() -> list[str]:
    role = shipped_roles()[_ROLE]
    return sorted(role.limited + role.wide)


async def _key_form(request: PageRequest, call: Call, form: Form, *, status: int = 200) -> Page:
    async with read_transaction(call.service.engine) as conn:
        tenants = await list_tenants(conn)
    return show(
        request,
        "admin/api_key_form.html",
        admin_place(call.who.permissions),
        status=status,
        form=form,
        tenants=[(str(one.public_id), one.name) for one in tenants],
        validities=VALIDITIES,
        scopes=_scopes(),
    )


def _revoke_form(
    request: PageRequest, call: Call, api_key_id: UUID, form: Form, *, status: int = 200
) -> Page:
    return show(
        request,
        "admin/api_key_revoke.html",
        admin_place(call.who.permissions),
        status=status,
        home=HOME,
        back=HOME,
        form=form,
        api_key_id=api_key_id,
    )


def _show_secret(request: PageRequest, call: Call, made: NewApiKey) -> Page:
    place = admin_place(call.who.permissions)
    return show(request, "admin/api_key_made.html", place, back=HOME, made=made)


ROUTES = [keys_page, key_form, key_issued, rotate_form, key_rotated, revoke_form, key_revoked]
