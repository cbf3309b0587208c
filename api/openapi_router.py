"""Where the description of the interface is served; unknown addresses get the service's answer."""

from typing import Any

from litestar import Request, Router

from api.policies import anyone
from api.refusals import RouteNotFound


def router_of_description(path: str) -> Router:
    """An open router below ``path``, to which Litestar adds the pages of the description."""
    return Router(
        path,
        route_handlers=[],
        include_in_schema=False,
        opt=anyone(),
        before_request=_refuse_unknown,
    )


def _refuse_unknown(request: Request[Any, Any, Any]) -> None:
    """Litestar would answer any other address below with a page of its own.

    Raises:
        RouteNotFound: no page of the description has a parameter in its address.
    """
    if request.path_params:
        raise RouteNotFound
