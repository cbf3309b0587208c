"""Who may use a route: declared on each route, checked in one place, missing nowhere.

A route says ``opt=may("entries.post")``; the gate does the rest. Building the application fails
when a route says nothing.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import msgspec
from litestar import Litestar
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from api.bodies import LARGEST_OPEN_BODY
from ledger.foundation.roles import known_permissions

POLICY = "policy"
#: Writes of those who are signed in, on what is theirs.
OWN_THINGS = "account.change"
#: Path parameters that name the tenant of a route, and what kind of tenant each names.
TENANT_PARAMETERS = {"programme_id": "programme", "estate_id": "estate"}


class Policy(msgspec.Struct, frozen=True):
    """Who may use a route, and what its writes carry."""

    who: Literal["anyone", "signed_in", "tenant", "platform"]
    permission: str | None = None
    #: Instead of one permission: any of these opens it, and its handler looks at each.
    any_of: tuple[str, ...] = ()
    #: What its writes are called in the audit log; None: the permission, or "account.change".
    action: str | None = None
    #: Content types it reads; None: JSON under /v1, forms elsewhere.
    media_types: tuple[str, ...] | None = None
    #: Writes need an Idempotency-Key; None: under /v1 they do.
    needs_key: bool | None = None
    #: Requests are counted, and too many at once are answered with 429.
    is_counted: bool = True
    #: A sensitive act: the session's holder has proved lately who she is. Keys are scoped instead.
    step_up: bool = False
    #: While the database is away the answer is 503.
    needs_database: bool = True

    @property
    def audited_as(self) -> str:
        """What a write by this route is called in the audit log."""
        return self.action or self.permission or next(iter(self.any_of), OWN_THINGS)


class PolicyMissing(Exception):
    """A route does not say who may use it: a bug that must not start."""


def anyone(**details: Any) -> dict[str, Any]:
    """No sign-in needed."""
    return {POLICY: Policy("anyone", **details)}


def signed_in(**details: Any) -> dict[str, Any]:
    """Any caller; the handler itself looks at what the caller reaches."""
    return {POLICY: Policy("signed_in", **details)}


def may(permission: str, **details: Any) -> dict[str, Any]:
    """Callers with this permission in the tenant that the path names."""
    return {POLICY: Policy("tenant", permission, **details)}


def may_any(*permissions: str, **details: Any) -> dict[str, Any]:
    """Callers with at least one of these permissions in the tenant that the path names."""
    return {POLICY: Policy("tenant", any_of=permissions, **details)}


def may_on_platform(permission: str, **details: Any) -> dict[str, Any]:
    """Callers with this permission on the whole platform."""
    return {POLICY: Policy("platform", permission, **details)}


def may_any_on_platform(*permissions: str, **details: Any) -> dict[str, Any]:
    """Callers with at least one of these permissions on the whole platform."""
    return {POLICY: Policy("platform", any_of=permissions, **details)}


def check_policies(app: Litestar) -> None:
    """Refuse to start when a route lacks a policy, or names a permission that no role has.

    Raises:
        PolicyMissing: lists the routes.
    """
    faults = [fault for path, handler in iterate_routes(app) for fault in _faults(path, handler)]
    if faults:
        raise PolicyMissing("; ".join(faults))


def iterate_routes(app: Litestar) -> Iterator[tuple[str, BaseRouteHandler]]:
    """Every route with its handler, without the OPTIONS handlers that litestar adds."""
    for route in app.routes:
        handlers: Iterable[BaseRouteHandler] = getattr(route, "route_handlers", None) or [
            route.route_handler  # type: ignore[union-attr]
        ]
        for handler in handlers:
            if isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}:
                continue
            yield route.path, handler


def _faults(path: str, handler: BaseRouteHandler) -> Iterator[str]:
    policy = handler.opt.get(POLICY)
    if not isinstance(policy, Policy):
        yield f"{path}: no policy"
        return
    named = (policy.permission, *policy.any_of) if policy.permission else policy.any_of
    for permission in named:
        if permission not in known_permissions():
            yield f"{path}: no role has {permission}"
    if policy.who == "anyone" and _reads_more(handler):
        yield f"{path}: anyone could send more than {LARGEST_OPEN_BODY} bytes"
    if policy.who == "anyone" and policy.step_up:
        yield f"{path}: nobody is signed in who could prove who she is"
    if policy.who in ("tenant", "platform") and not named:
        yield f"{path}: every caller would pass"
    if policy.who == "tenant" and not any(f"{{{name}:uuid}}" in path for name in TENANT_PARAMETERS):
        yield f"{path}: the path names no tenant"


def _reads_more(handler: BaseRouteHandler) -> bool:
    """Whether a write takes a larger body than one of somebody unknown may be."""
    if not isinstance(handler, HTTPRouteHandler) or handler.http_methods <= {"GET", "HEAD"}:
        return False
    limit = handler.resolve_request_max_body_size()
    return limit is None or limit > LARGEST_OPEN_BODY


def allowed_methods(app: Litestar, path: str) -> list[str]:
    """The methods that an address takes, sorted."""
    found: set[str] = set()
    for route, handler in iterate_routes(app):
        pattern = re.sub(r"\\\{[^}]*\\\}", "[^/]+", re.escape(route))
        if re.fullmatch(pattern, path.rstrip("/") or "/"):
            found |= {str(method) for method in getattr(handler, "http_methods", ())}
    return sorted(found)
