"""The gate every request passes before its handler: who, where, whether, and what the body is.

It runs as litestar's guard, so that the route is known and nothing of the handler has run.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler

from api.auth import FORM_TOKEN_FIELD, FORM_TOKEN_HEADER, Caller
from api.bodies import (
    FORM_TYPES,
    JSON_TYPES,
    check_media_type,
)
from api.body_reading import read_in_time
from api.kept_forms import FORM_KEY_FIELD, drop_typed, keep_typed, may_be_kept
from api.policies import POLICY, TENANT_PARAMETERS, Policy
from api.queries import check_query
from api.refusals import (
    ApiKeyRefused,
    FormNeedsSession,
    IdempotencyKeyMissing,
    InvalidParameter,
    NotSignedIn,
)
from api.service import Service
from api.step_up import TYPED, require_proof
from ledger.books.idempotency import idempotency_key
from ledger.database import current_act
from ledger.errors import LedgerError, NotFound
from ledger.foundation.approvals import PLATFORM
from ledger.foundation.audit_log import RequestAct
from ledger.foundation.grants import PermissionMissing, Reach
from ledger.foundation.organisations import Tenant

CALL = "call"
KEY_HEADER = "idempotency-key"
LONGEST_KEY = 255
API_PATH = "/v1/"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")


class GatedCall(msgspec.Struct, frozen=True):
    """One request after the gate: who calls, in which tenant, how far the permission goes."""

    service: Service
    caller: Caller | None
    tenant_or_none: Tenant | None
    reach: Reach
    #: The command's key as a uuid; None: a read, or a form without one.
    key_or_none: UUID | None
    #: Method and path, as the fingerprint of a command covers it.
    route: str

    @property
    def who(self) -> Caller:
        """The caller of a route that needs one."""
        assert self.caller is not None, "the route's policy admits anyone"
        return self.caller

    @property
    def caller_id(self) -> int:
        """As whom the command is recorded."""
        return self.who.caller_id

    @property
    def tenant(self) -> Tenant:
        """The tenant that the path names."""
        assert self.tenant_or_none is not None, "the path names no tenant"
        return self.tenant_or_none

    @property
    def tenant_id(self) -> int:
        """Internal number of that tenant."""
        return self.tenant.tenant_id

    @property
    def scope_id(self) -> int:
        """Internal number of that tenant; the platform's where the path names none."""
        return PLATFORM if self.tenant_or_none is None else self.tenant_or_none.tenant_id

    @property
    def key(self) -> UUID:
        """The key of a write."""
        assert self.key_or_none is not None, "the route's policy asks for no key"
        return self.key_or_none


#: What handlers write: ``call: Call``.
Call: TypeAlias = NamedDependency[GatedCall]


async def pass_gate(
    connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler
) -> None:
    """Let a request through to its handler.

    Raises:
        LedgerError: it may not, there are too many, or its body is not what the route reads.
    """
    method = str(connection.scope.get("method"))
    if method == "OPTIONS":
        return
    policy: Policy = handler.opt[POLICY]
    service: Service = connection.app.state.service
    is_api = connection.scope["path"].startswith(API_PATH)
    check_query(connection.scope["query_string"], handler, is_api=is_api)
    try:
        # whoever only asks whether the process lives is not looked up
        known = policy.needs_database
        caller = await service.identities.caller_of(connection) if known else None
    except ApiKeyRefused:
        service.rate_limits.count(connection.scope, handler, None)
        raise
    service.rate_limits.count(connection.scope, handler, caller)
    request = connection if isinstance(connection, Request) else Request(connection.scope)
    is_form = method not in _SAFE_METHODS and not is_api
    try:
        tenant, reach = await authorise(service, caller, policy, connection.scope["path_params"])
    except NotSignedIn:
        if is_form and may_be_kept(request, service):
            with suppress(LedgerError):
                form = await read_in_time(request, handler, FORM_TYPES, caller)
                await keep_typed(request, service, form)
        raise
    if is_form and caller is not None and caller.session_token is None:
        # what a page lets be done it checks for people: a key's scopes say nothing of it
        raise FormNeedsSession
    key = None
    if method not in _SAFE_METHODS:
        key = await _admit_write(request, handler, policy, caller, is_api=is_api)
        if is_form and caller is not None:
            await drop_typed(request, service)
    await require_proof(connection, service, policy, caller)
    if method not in _SAFE_METHODS and caller is not None:
        current_act.set(_act_of(connection.scope["path_params"], policy, caller, tenant))
    route = f"{method} {connection.scope['path']}"
    connection.scope["state"][CALL] = GatedCall(service, caller, tenant, reach, key, route)


def _act_of(
    path_parameters: Mapping[str, Any], policy: Policy, caller: Caller, tenant: Tenant | None
) -> RequestAct:
    """What the audit log says of a write, unless its operation says more."""
    objects = [
        (name.removesuffix("_id"), str(value))
        for name, value in path_parameters.items()
        if name not in TENANT_PARAMETERS and isinstance(value, UUID)
    ]
    kind, object_id = objects[-1] if objects else (None, None)
    return RequestAct(
        caller_id=caller.caller_id,
        action=policy.audited_as,
        tenant_id=None if tenant is None else tenant.tenant_id,
        object_kind=kind,
        object_id=object_id,
    )


async def authorise(
    service: Service, caller: Caller | None, policy: Policy, path_parameters: Mapping[str, Any]
) -> tuple[Tenant | None, Reach]:
    """The tenant of the route, and how far the caller's permission goes there.

    Raises:
        NotSignedIn: the route needs a caller.
        NotFound: no such tenant, or none that this caller has to do with.
        PermissionMissing: the caller's roles do not include it.
    """
    if policy.who == "anyone":
        return None, Reach(everything=False)
    if caller is None:
        raise NotSignedIn
    if policy.who == "platform":
        _require_on_platform(caller, policy)
        return None, Reach(everything=True)
    for name, form in TENANT_PARAMETERS.items():
        if name in path_parameters:
            tenant = await find_tenant_for(service, caller, path_parameters[name], form)
            return tenant, _reach(caller, policy, tenant)
    return None, Reach(everything=False)


async def find_tenant_for(service: Service, caller: Caller, public_id: UUID, form: str) -> Tenant:
    """A tenant that the caller has to do with; any other looks like a missing one."""
    tenant = await service.tenants.get(public_id)
    if tenant is None or tenant.form != form or not caller.permissions.in_tenant(tenant.tenant_id):
        raise NotFound(kind=form, id=str(public_id))
    return tenant


def _require_on_platform(caller: Caller, policy: Policy) -> None:
    named = (policy.permission,) if policy.permission else policy.any_of
    if not any(caller.permissions.permits_on_platform(permission) for permission in named):
        raise PermissionMissing(permission=" / ".join(named))


def _reach(caller: Caller, policy: Policy, tenant: Tenant) -> Reach:
    named = (policy.permission,) if policy.permission else policy.any_of
    for permission in named:
        reach = caller.permissions.reach(permission, tenant.tenant_id)
        if reach is not None:
            return reach
    raise PermissionMissing(permission=" / ".join(named))


async def _admit_write(
    request: Request[Any, Any, Any],
    handler: BaseRouteHandler,
    policy: Policy,
    caller: Caller | None,
    *,
    is_api: bool,
) -> UUID | None:
    """Check origin, key, content type and body of a write; returns its key."""
    service: Service = request.app.state.service
    identities = service.identities
    if caller is not None:
        service.clocks.require()
    by_cookie = caller is None or caller.session_token is not None
    if by_cookie:
        identities.check_origin(request)
    key = _key_of_header(request, needed=is_api and policy.needs_key is not False)
    media_types = policy.media_types or (JSON_TYPES if is_api else FORM_TYPES)
    has_data = "data" in handler.parsed_fn_signature.parameters
    if has_data or not is_api or policy.media_types:
        check_media_type(request.headers.get("content-type", ""), media_types)
    form = await read_in_time(request, handler, media_types, caller)
    # before the token: a form of an earlier session of hers is refused, and shown again as typed
    request.scope["state"][TYPED] = form
    if caller is not None and caller.session_token is not None:
        given = request.headers.get(FORM_TOKEN_HEADER) or form.get(FORM_TOKEN_FIELD)
        identities.check_form_token(caller, given if isinstance(given, str) else None)
    form_key = form.get(FORM_KEY_FIELD)
    if key is None and isinstance(form_key, str) and _KEY.match(form_key):
        key = idempotency_key(form_key)
    return key


def _key_of_header(request: Request[Any, Any, Any], *, needed: bool) -> UUID | None:
    given = request.headers.getall(KEY_HEADER, [])
    if not given:
        if needed:
            raise IdempotencyKeyMissing
        return None
    if len(given) > 1 or not _KEY.match(given[0]):
        raise InvalidParameter(
            parameter="Idempotency-Key", reason=f"give 1 to {LONGEST_KEY} visible ASCII characters"
        )
    return idempotency_key(given[0])
