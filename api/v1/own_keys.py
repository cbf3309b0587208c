"""The caller's own API keys: list, replace, end. A connected system renews its key by itself.

A key reaches itself alone: one that may do little would otherwise make itself one that may do all.
"""

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.idempotency import once
from api.policies import signed_in
from api.refusals import KeyReachesItself
from api.v1.forms import Command, PathId, Words
from ledger.database import read_transaction, set_tenant
from ledger.foundation.api_key_rotation import (
    DEFAULT_OVERLAP,
    LONGEST_OVERLAP,
    rotate_api_key,
)
from ledger.foundation.api_keys import list_api_keys, revoke_api_key

PATH = "/v1/me/api-keys"


class OwnKeyView(msgspec.Struct, frozen=True):
    """One of the caller's keys."""

    api_key_id: UUID
    name: str
    hint: Annotated[str, Meta(description="Its first characters.")]
    scopes: Annotated[list[str] | None, Meta(description="Absent: what its roles allow.")]
    expires_at: datetime
    last_used_on: date | None
    is_replaced: Annotated[bool, Meta(description="Another key takes its place.")]


class OwnKeyPage(msgspec.Struct, frozen=True):
    """Every key of the caller that is in force, the newest first; to a key, itself alone."""

    items: list[OwnKeyView]


class KeyRotation(Command, frozen=True):
    """How long the old key goes on beside the new one."""

    overlap_days: Annotated[int, Meta(ge=0, le=LONGEST_OVERLAP.days)] = DEFAULT_OVERLAP.days


class RotatedKey(msgspec.Struct, frozen=True):
    """The new key; its secret is kept nowhere, and absent when the same command came again."""

    api_key_id: UUID
    secret: Annotated[str | None, Meta(description="Shown once, now.")]
    expires_at: datetime


class KeyRevocation(Command, frozen=True):
    """Why a key is ended."""

    reason: Words


class KeyRevoked(msgspec.Struct, frozen=True):
    """A key that is of no use any more."""

    api_key_id: UUID


@get(PATH, opt=signed_in(), summary="List my API keys", tags=["me"])
async def list_own_keys(call: Call) -> OwnKeyPage:
    """Keys that stand for the caller: a person, or a connected system. A key sees itself alone."""
    asking = call.who.api_key
    async with read_transaction(call.service.engine) as conn:
        found = await list_api_keys(conn, caller_id=call.caller_id)
    return OwnKeyPage(
        [
            OwnKeyView(
                one.api_key_id,
                one.name,
                one.hint,
                None if one.scopes is None else sorted(one.scopes),
                one.expires_at,
                one.last_used_on,
                one.is_replaced,
            )
            for one in found
            if asking is None or one.api_key_id == asking.api_key_id
        ]
    )


@post(
    PATH + "/{api_key_id:uuid}/rotation",
    opt=signed_in(step_up=True),
    summary="Replace one of my API keys",
    tags=["me"],
)
async def rotate_own_key(
    call: Call, api_key_id: PathId, data: JSONBody[KeyRotation]
) -> Response[RotatedKey]:
    """A new key with the same caller, name, scopes and length of life; a key is replaced once.

    By a key: only itself. Whoever lost the answer is issued another key by an administrator.
    """
    _require_itself(call, api_key_id)

    async def rotate(conn: AsyncConnection) -> RotatedKey:
        made = await rotate_api_key(
            conn,
            api_key_id=api_key_id,
            rotated_by=call.caller_id,
            caller_id=call.caller_id,
            overlap=timedelta(days=data.overlap_days),
        )
        await set_tenant(conn, call.scope_id)  # where the answer is kept; tills are elsewhere
        return RotatedKey(made.key.api_key_id, made.secret, made.key.expires_at)

    answer = await once(call, data, rotate, shown_once=("secret",))
    call.service.identities.forget_caller(call.caller_id)
    return answer


@post(
    PATH + "/{api_key_id:uuid}/revocation",
    opt=signed_in(step_up=True),
    summary="End one of my API keys",
    tags=["me"],
)
async def revoke_own_key(
    call: Call, api_key_id: PathId, data: JSONBody[KeyRevocation]
) -> Response[KeyRevoked]:
    """End a key at once; other processes notice within five seconds. By a key: only itself."""
    _require_itself(call, api_key_id)

    async def revoke(conn: AsyncConnection) -> KeyRevoked:
        await revoke_api_key(
            conn,
            api_key_id=api_key_id,
            revoked_by=call.caller_id,
            reason=data.reason,
            caller_id=call.caller_id,
        )
        return KeyRevoked(api_key_id)

    answer = await once(call, data, revoke)
    call.service.identities.forget_caller(call.caller_id)
    return answer


def _require_itself(call: GatedCall, api_key_id: UUID) -> None:
    """Refuse a key that means another one, whosever that is.

    Raises:
        KeyReachesItself: sign in for it.
    """
    asking = call.who.api_key
    if asking is not None and asking.api_key_id != api_key_id:
        raise KeyReachesItself


ROUTES = (list_own_keys, rotate_own_key, revoke_own_key)
