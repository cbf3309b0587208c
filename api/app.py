"""Builds the web application: routes, gate, problems, the application's life."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import MethodNotAllowedException
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin
from litestar.types import Scope

from api import v1
from api.bodies import LARGEST_BODY
from api.body_reading import decoder_of
from api.edge import Edge, safe_headers
from api.gate import API_PATH, CALL, GatedCall, pass_gate
from api.health import live, ready
from api.hot_route import HotRoute
from api.metrics_route import MetricsRoute
from api.metrics_sharing import share_measures
from api.openapi import description
from api.policies import allowed_methods, check_policies, iterate_routes
from api.problems import (
    MEDIA_TYPE,
    headers_of,
    language_of,
    problem_of,
    refusal_of,
    status_of,
)
from api.refusals import FormForged, MethodNotAllowed, RateLimited, RouteNotFound
from api.service import Service
from api.web import routes as pages
from ledger.foundation.audit_log import current_request_id
from ledger.foundation.client_addresses import read_networks
from ledger.measures import MEASURES
from ledger.settings import Settings, read_settings
from reconciliation.jobs import register_jobs

#: Objects alive after start are never garbage, and a request makes none with cycles: collecting
#: seldom halves the processor time of the hot route and keeps its p99 low.
_COLLECT_AFTER = (50_000, 50, 100)

#: A silent database may owe the answer to the last comparison of clocks.
_LAST_COMPARISON_SECONDS = 2


def create_app(settings: Settings | None = None) -> Edge:
    """The application for the given settings, else for those of the environment."""
    chosen = settings or read_settings()
    return serve_routes(build_routes(chosen), chosen)


def build_routes(settings: Settings) -> Litestar:
    """The routes without anything behind them; most of the work of a start.

    Of the settings only ``docs`` and ``secure_cookies`` make a difference, in the description.
    """
    register_jobs()  # the figures tell of every job
    app = _App(
        route_handlers=[*v1.ROUTES, *pages.ROUTES, live, ready],
        guards=[pass_gate],
        dependencies={"call": Provide(_provided_call, sync_to_thread=False)},
        exception_handlers={Exception: _answer_refusal},
        after_exception=[_prepare_refusal],
        lifespan=[_live],
        openapi_config=description(settings),
        request_max_body_size=LARGEST_BODY,
        logging_config=None,
        debug=False,
    )
    check_policies(app)
    for _, handler in iterate_routes(app):
        decoder_of(handler)
    return app


def serve_routes(routes: Litestar, settings: Settings) -> Edge:
    """An application on routes that no other one uses until it has stopped."""
    routes.state.settings = settings
    secure = settings.secure_cookies
    return Edge(
        routes,
        HotRoute(routes, safe_headers(secure=secure)),
        metrics=MetricsRoute(routes, settings),
        secure=secure,
        trusted_proxies=read_networks(settings.trusted_proxies),
    )


class _App(Litestar):
    """Bodies and answers are msgspec's alone.

    Litestar loads its plugins for pydantic and attrs wherever another package has brought those:
    0.3 s of every start and 11 MiB of every process.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]


@asynccontextmanager
async def _live(app: Litestar) -> AsyncIterator[None]:
    """Connect, keep the garbage collector quiet, and at the end answer what is queued."""
    service = Service(app.state.settings)
    await service.start()
    app.state.service = service
    sharing = asyncio.create_task(share_measures(service))
    watching = asyncio.create_task(service.clocks.watch())
    _keep_collector_quiet()
    try:
        yield
    finally:
        sharing.cancel()
        service.clocks.end()
        await asyncio.wait({watching}, timeout=_LAST_COMPARISON_SECONDS)
        await service.stop()


@cache
def _keep_collector_quiet() -> None:
    """Once in a process: a second application in it, as in tests, finds this done."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


def _provided_call(scope: Scope) -> GatedCall:
    call: GatedCall = scope["state"][CALL]
    return call


async def _prepare_refusal(error: Exception, scope: Scope) -> None:
    """Before a refusal is answered with a page: what that page needs of the database."""
    request: Request[Any, Any, Any] = Request(scope)
    # who asks too often is answered without asking the database
    if _wants_page(request) and not isinstance(error, RateLimited):
        await pages.remember_place(request)
        if isinstance(error, FormForged):
            await pages.remember_form(request)


def _answer_refusal(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Any failure as a problem; as a page where somebody looks at one."""
    request_id = current_request_id.get() or ""
    if isinstance(error, MethodNotAllowedException):
        allowed = allowed_methods(request.app, request.scope["path"])
        if "GET" in allowed:
            allowed = sorted({*allowed, "HEAD"})
        error = (
            MethodNotAllowed(method=request.method, allowed=", ".join(allowed))
            if allowed
            else RouteNotFound()
        )
    refusal = refusal_of(error, request_id=request_id)
    MEASURES.count_refusal(refusal.code)
    if _wants_page(request):
        page = pages.refusal_page(request, refusal)
        page.headers.update(headers_of(refusal))
        return page
    language = language_of(request.headers.get("accept-language"))
    problem = problem_of(refusal, language=language, request_id=request_id)
    return Response(
        msgspec.json.encode(problem),
        status_code=status_of(refusal),
        media_type=MEDIA_TYPE,
        headers=headers_of(refusal),
    )


def _wants_page(request: Request[Any, Any, Any]) -> bool:
    """Whether somebody looks at the answer in a browser."""
    is_api = request.scope["path"].startswith(API_PATH)
    return not is_api and "text/html" in request.headers.get("accept", "")
