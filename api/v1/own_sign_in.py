"""One's own sessions, the fresh proof that a sensitive act asks for, what others did for one."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.cursors import DEFAULT_PAGE
from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import signed_in
from api.refusals import KeyReachesItself
from api.step_up import prove
from api.v1.forms import Command, PageSize, PathId, view
from ledger.clock import now
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.acting_for import list_acts_for
from ledger.foundation.own_sign_in import end_own_session
from ledger.foundation.people import Person
from ledger.foundation.sessions import list_sessions


class SessionView(msgspec.Struct, frozen=True):
    """A browser in which one is signed in."""

    session_id: UUID
    created_at: datetime
    last_seen_at: datetime
    method: Annotated[str, Meta(description="How it was opened: password or oidc.")]
    device: Annotated[str | None, Meta(description="Browser and system; absent: not told.")]
    address: Annotated[str | None, Meta(description="Network address at sign-in, shortened.")]
    is_this: Annotated[bool, Meta(description="Whether it is the session that asks.")]


class SessionPage(msgspec.Struct, frozen=True):
    """Every session in force, the latest first."""

    items: list[SessionView]


class ActView(msgspec.Struct, frozen=True):
    """Something that somebody else did for the caller."""

    at: datetime
    action: Annotated[str, Meta(description="What, as noun.verb.", examples=["time.convert"])]
    actor: Annotated[str | None, Meta(description="Who did it; absent: a connected system.")]
    place: Annotated[str | None, Meta(description="The programme or estate.")]
    reason: str | None


class ActPage(msgspec.Struct, frozen=True):
    """What others did for the caller, the latest first."""

    items: list[ActView]
    next_before: Annotated[str | None, Meta(description="Give it as before for the next page.")]


class SessionEnded(msgspec.Struct, frozen=True):
    """A session that is no more."""

    session_id: UUID


class NewProof(Command, frozen=True):
    """The code of the second factor; the password of who has none."""

    proof: Annotated[str, Meta(min_length=1, max_length=128)]


class ProofTaken(msgspec.Struct, frozen=True):
    """The session has a fresh proof."""

    proved_at: datetime


@get("/v1/me/sessions", opt=signed_in(), summary="List my sessions", tags=["me"])
async def list_own_sessions(call: Call) -> SessionPage:
    """Where the caller is signed in; not for API keys."""
    person = person_signed_in(call)
    async with read_transaction(call.service.engine) as conn:
        found = await list_sessions(
            conn, person_id=person.person_id, at=now(), token=call.who.session_token
        )
    return SessionPage([view(SessionView, one) for one in found])


@post(
    "/v1/me/sessions/{session_id:uuid}/end",
    opt=signed_in(),
    summary="End one of my sessions",
    tags=["me"],
)
async def end_one_session(call: Call, session_id: PathId) -> Response[SessionEnded]:
    """Sign out there; other processes notice within five seconds. Not for API keys."""
    person, token = person_signed_in(call), call.who.session_token

    async def end(conn: AsyncConnection) -> SessionEnded:
        await end_own_session(conn, person=person, session_id=session_id, token=token)
        return SessionEnded(session_id)

    answer = await once(call, SessionEnded(session_id), end)
    call.service.identities.forget_caller(call.caller_id)
    return answer


@post("/v1/me/proofs", opt=signed_in(needs_key=False), summary="Prove who I am", tags=["me"])
async def give_proof(
    request: Request[Any, Any, Any], call: Call, data: JSONBody[NewProof]
) -> ProofTaken:
    """A fresh proof for the session, for sensitive acts of the next minutes; keys need none."""
    if call.who.session_token is None:
        raise NotFound(kind="session", id="")
    await prove(request, call.service, call.who, data.proof)
    return ProofTaken(now())


@get("/v1/me/acts", opt=signed_in(), summary="List what was done for me", tags=["me"])
async def list_own_acts(
    call: Call,
    before: Annotated[
        str | None, QueryParameter(pattern=r"^[0-9]{1,15}\Z", description="next_before of a page.")
    ] = None,
    limit: PageSize = DEFAULT_PAGE,
) -> ActPage:
    """What staff or systems did for the caller (代办): who, what, when. Not for API keys."""
    person = person_signed_in(call)
    async with read_transaction(call.service.engine) as conn:
        found = await list_acts_for(
            conn,
            person_id=person.person_id,
            limit=limit,
            before=None if before is None else int(before),
        )
    following = str(found[-1].audit_id) if len(found) == limit else None
    return ActPage([view(ActView, one) for one in found], following)


def person_signed_in(call: GatedCall) -> Person:
    """Whose session it is.

    Raises:
        KeyReachesItself: a key came instead of her.
    """
    if call.who.api_key is not None:
        raise KeyReachesItself
    return _person(call)


def _person(call: GatedCall) -> Person:
    if call.who.person is None:
        raise NotFound(kind="person", id="")
    return call.who.person


ROUTES = (list_own_sessions, end_one_session, give_proof, list_own_acts)
