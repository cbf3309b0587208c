"""``/account/security/keys``: one's own API keys: replaced, ended; made by who issues keys."""

from datetime import timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import may_on_platform, signed_in
from api.step_up import require_fresh_proof
from api.web.api_keys import OVERLAPS, VALIDITIES, KeyAskedFor
from api.web.forms import Form
from api.web.frame import Page, PageRequest, empty_form, key_of_form, read_form, see, show
from api.web.security import HOME as SECURITY
from api.web.security import own_session
from ledger.database import read_transaction, write_transaction
from ledger.errors import NotFound
from ledger.foundation.api_key_rotation import DEFAULT_OVERLAP, rotate_api_key
from ledger.foundation.api_keys import (
    ListedKey,
    NewApiKey,
    create_api_key,
    list_api_keys,
    revoke_api_key,
)

HOME = f"{SECURITY}/keys"
_ISSUES = "api_keys.issue"
_LONGEST_NAME = 60


@get(HOME + "/new", opt=may_on_platform(_ISSUES))
async def own_key_form(request: PageRequest, call: Call) -> Page:
    """What for, and what it may do."""
    own_session(call)
    return _form(request, call, empty_form(request, days=str(VALIDITIES[0])))


@post(HOME + "/new", opt=may_on_platform(_ISSUES))
async def own_key_made(request: PageRequest, call: Call) -> Page:
    """Make a key that may some of what its person may; show its secret once.

    What is wrong in the form is said before a proof is asked for. The same form again makes no
    other key, and leads to the list.
    """
    person, _ = own_session(call)
    form = await read_form(request)
    key_of_form(call)
    name = form.text("name", limit=_LONGEST_NAME)
    days = form.choice("days", frozenset(map(str, VALIDITIES)))
    scopes = [scope for scope in _held(call) if form.values.get(f"scope-{scope}")]
    if not scopes:
        form.refuse("scopes", "own_keys.choose_scopes")
    if form.errors or name is None or days is None:
        return _form(request, call, form, status=422)
    await require_fresh_proof(request, call.service, call.who)
    made: NewApiKey | None = None

    async def make(conn: AsyncConnection) -> NewApiKey:
        nonlocal made
        made = await create_api_key(
            conn,
            name=name,
            created_by=person.caller_id,
            caller_id=person.caller_id,
            scopes=scopes,
            validity=timedelta(days=int(days)),
        )
        return made

    await once(call, KeyAskedFor(name, days, scopes), make, shown_once=("secret",))
    return see(SECURITY) if made is None else _secret(request, made)


@get(HOME + "/{api_key_id:uuid}/rotate", opt=signed_in())
async def own_rotate_form(request: PageRequest, call: Call, api_key_id: FromPath[UUID]) -> Page:
    """How long the old key goes on."""
    key = await _own(call, api_key_id)
    return show(
        request,
        "admin/api_key_rotate.html",
        None,
        key=key,
        home=HOME,
        back=SECURITY,
        api_key_id=api_key_id,
        overlaps=OVERLAPS,
        usual_overlap=DEFAULT_OVERLAP.days,
    )


@post(HOME + "/{api_key_id:uuid}/rotate", opt=signed_in(step_up=True))
async def own_key_rotated(request: PageRequest, call: Call, api_key_id: FromPath[UUID]) -> Page:
    """A new secret in place of the old one, shown once."""
    await _own(call, api_key_id)
    form = await read_form(request)
    days = form.choice("overlap", frozenset(map(str, OVERLAPS)))
    overlap = DEFAULT_OVERLAP if days is None else timedelta(days=int(days))

    async def rotate(conn: AsyncConnection) -> NewApiKey:
        return await rotate_api_key(
            conn,
            api_key_id=api_key_id,
            rotated_by=call.caller_id,
            caller_id=call.caller_id,
            overlap=overlap,
        )

    made = await write_transaction(call.service.engine, rotate)
    call.service.identities.forget_caller(call.caller_id)
    return _secret(request, made)


@get(HOME + "/{api_key_id:uuid}/revoke", opt=signed_in())
async def own_revoke_form(request: PageRequest, call: Call, api_key_id: FromPath[UUID]) -> Page:
    """Why, before whatever uses it stands still."""
    return _revoke_form(request, await _own(call, api_key_id), empty_form(request))


@post(HOME + "/{api_key_id:uuid}/revoke", opt=signed_in(step_up=True))
async def own_key_revoked(request: PageRequest, call: Call, api_key_id: FromPath[UUID]) -> Page:
    """End a key, with its reason on record."""
    person, _ = own_session(call)
    form = await read_form(request)
    reason = form.text("reason")
    if reason is None:
        return _revoke_form(request, await _own(call, api_key_id), form, status=422)
    await write_transaction(
        call.service.engine,
        lambda conn: revoke_api_key(
            conn,
            api_key_id=api_key_id,
            revoked_by=call.caller_id,
            reason=reason,
            caller_id=person.caller_id,
        ),
    )
    call.service.identities.forget_caller(call.caller_id)
    return see(f"{SECURITY}?done=key_revoked")


async def _own(call: GatedCall, api_key_id: UUID) -> ListedKey:
    """One of the caller's keys in force.

    Raises:
        NotFound: there is none, or it is somebody else's; or a key asks instead of its person.
    """
    person, _ = own_session(call)
    async with read_transaction(call.service.engine) as conn:
        keys = await list_api_keys(conn, caller_id=person.caller_id)
    found = next((one for one in keys if one.api_key_id == api_key_id), None)
    if found is None:
        raise NotFound(kind="api_key", id=str(api_key_id))
    return found


def _held(call: GatedCall) -> list[str]:
    """What the caller may do in any place."""
    return sorted(
        {name for role in call.who.permissions.roles for name in role.limited | role.wide}
    )


def _form(request: PageRequest, call: GatedCall, form: Form, *, status: int = 200) -> Page:
    return show(
        request,
        "account/own_key_form.html",
        None,
        status=status,
        form=form,
        validities=VALIDITIES,
        scopes=_held(call),
    )


def _revoke_form(request: PageRequest, key: ListedKey, form: Form, *, status: int = 200) -> Page:
    return show(
        request,
        "admin/api_key_revoke.html",
        None,
        status=status,
        home=HOME,
        back=SECURITY,
        form=form,
        key=key,
        api_key_id=key.api_key_id,
    )


def _secret(request: PageRequest, made: NewApiKey) -> Page:
    return show(request, "admin/api_key_made.html", None, back=SECURITY, made=made)


ROUTES = [
    own_key_form,
    own_key_made,
    own_rotate_form,
    own_key_rotated,
    own_revoke_form,
    own_key_revoked,
]
