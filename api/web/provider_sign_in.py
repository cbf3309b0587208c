"""Signing in by an identity provider, and linking one's account there: there and back again."""

from datetime import timedelta
from typing import Literal

import msgspec
import structlog
from litestar import get, post
from litestar.datastructures import Cookie
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.identity_provider import CALLBACK, Identity, ProviderRefused, Started
from api.policies import anyone, signed_in
from api.sealed import Sealer
from api.web.account import SIGN_IN, let_in
from api.web.devices import device_words
from api.web.frame import Page, PageRequest, see, show
from api.web.security import HOME, own_session
from ledger.clock import now
from ledger.database import write_transaction
from ledger.errors import LedgerError, NotFound
from ledger.foundation.admission import Arrival, SignedIn, open_session_for
from ledger.foundation.linked_accounts import (
    accept_invitation,
    find_linked_person,
    link_account,
    unlink_account,
)
from ledger.foundation.people import Person
from ledger.foundation.sign_in import go_on
from ledger.foundation.sign_in_steps import StepNeeded

logger = structlog.get_logger(__name__)

BEGIN = f"{SIGN_IN}/provider"
LINKED = f"{HOME}/linked"
KIND = "oidc"
_COOKIE = "provider"
_LASTS = timedelta(minutes=10)


class AccountNotLinked(LedgerError):
    """The provider knows the person; nobody here has linked that account."""

    template = "This account is linked to nobody here. Link it from your security page first."


class _Flow(msgspec.Struct, frozen=True):
    """What the browser carries to the provider and back, sealed."""

    started: Started
    purpose: Literal["sign_in", "link"]
    next: str = ""
    invitation: str = ""


@get(BEGIN, opt=anyone())
async def sign_in_begun(request: PageRequest, call: Call) -> Page:
    """Off to the provider."""
    address, started = await _start(call)
    flow = _Flow(started, "sign_in", next=request.query_params.get("next", ""))
    return _with_cookie(call, see(address), flow, holder="")


async def begin_invited(call: Call, code: str) -> tuple[str, Cookie]:
    """The provider's address, and the cookie by which an invitation is used when she comes back."""
    address, started = await _start(call)
    return address, _flow_cookie(call, _Flow(started, "sign_in", invitation=code), holder="")


@post(LINKED, opt=signed_in(step_up=True))
async def link_begun(request: PageRequest, call: Call) -> Page:
    """On to the provider to link an account with this very session."""
    _, token = own_session(call)
    address, started = await _start(call)
    page = show(request, "account/link.html", None, href=address, name=_name(call))
    return _with_cookie(call, page, _Flow(started, "link"), holder=token)


@post(LINKED + "/end", opt=signed_in(step_up=True))
async def link_ended(call: Call) -> Page:
    """Sign in by the provider no more."""
    person, _ = own_session(call)
    issuer = call.service.identity_provider.issuer

    async def end(conn: AsyncConnection) -> None:
        await unlink_account(conn, person=person, kind=KIND, issuer=issuer)

    await write_transaction(call.service.engine, end)
    return see(f"{HOME}?done=unlinked")


@get(CALLBACK, opt=anyone())
async def came_back(request: PageRequest, call: Call) -> Page:
    """What the provider says is looked at from all sides, then somebody is signed in or linked."""
    identities = call.service.identities
    token = call.caller.session_token if call.caller is not None else None
    flow = _flow_of(request, call, token)
    try:
        if flow is None:
            raise ProviderRefused(fault="cookie")
        identity = await call.service.identity_provider.finish(flow.started, request.query_params)
    except ProviderRefused as refusal:
        logger.warning("provider_refused", fault=refusal.fault)
        raise
    if flow.purpose == "link":
        person, _ = own_session(call)
        await write_transaction(call.service.engine, lambda conn: _link(conn, person, identity))
        return see(f"{HOME}?done=linked", cookies=(identities.ended_cookie(_COOKIE),))
    opened = await write_transaction(
        call.service.engine, lambda conn: _admit(conn, request, call, flow, identity)
    )
    page = let_in(request, opened, flow.next)
    page.cookies.append(identities.ended_cookie(_COOKIE))
    return page


async def _admit(
    conn: AsyncConnection, request: PageRequest, call: Call, flow: _Flow, identity: Identity
) -> SignedIn | StepNeeded:
    moment, service = now(), call.service
    if flow.invitation:
        person: Person | None = await accept_invitation(conn, code=flow.invitation, at=moment)
        assert person is not None, "an invitation is somebody's"
        await _link(conn, person, identity)
    else:
        person = await find_linked_person(
            conn, kind=KIND, issuer=identity.issuer, subject=identity.subject
        )
    if person is None:
        raise AccountNotLinked
    arrival = Arrival(
        person,
        KIND,
        request.client.host if request.client else "",
        device_words(request.headers.get("user-agent")),
        request.cookies.get(service.identities.cookie_name),
    )
    if service.identity_provider.counts_as_second_factor(identity):
        return await open_session_for(conn, arrival, at=moment)
    needed = service.settings.second_factor == "required"
    return await go_on(conn, arrival, enrolment_needed=needed, at=moment)


async def _link(conn: AsyncConnection, person: Person, identity: Identity) -> None:
    await link_account(
        conn, person=person, kind=KIND, issuer=identity.issuer, subject=identity.subject
    )


async def _start(call: Call) -> tuple[str, Started]:
    _require_provider(call)
    return await call.service.identity_provider.start()


def _require_provider(call: Call) -> None:
    """Without a provider these addresses are not there."""
    if not call.service.identity_provider.is_set_up:
        raise NotFound(kind="identity provider", id="")


def _name(call: Call) -> str:
    return call.service.settings.oidc_name


def _sealer(call: Call) -> Sealer[_Flow]:
    return Sealer(call.service.secrets, "identity provider", _Flow, lasts=_LASTS)


def _with_cookie(call: Call, page: Page, flow: _Flow, *, holder: str) -> Page:
    page.cookies.append(_flow_cookie(call, flow, holder=holder))
    return page


def _flow_cookie(call: Call, flow: _Flow, *, holder: str) -> Cookie:
    sealed = _sealer(call).seal(flow, holder=holder)
    return call.service.identities.cookie(_COOKIE, sealed, _LASTS)


def _flow_of(request: PageRequest, call: Call, token: str | None) -> _Flow | None:
    """What this browser left with; one that was to be linked belongs to its own session alone."""
    sealed = request.cookies.get(call.service.identities.name_of_cookie(_COOKIE), "")
    flow = _sealer(call).open(sealed, holder="")
    if flow is None and token is not None:
        flow = _sealer(call).open(sealed, holder=token)
    return flow


ROUTES = [
    sign_in_begun,
    link_begun,
    link_ended,
    came_back,
]
