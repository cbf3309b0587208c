"""The JSON interface: ``/v1/programmes/{id}/…`` and ``/v1/estates/{id}/…``."""

from litestar.types import ControllerRouterHandler

from api.v1 import accounts, entries, holds, periods, statements

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *accounts.ROUTES,
    *statements.ROUTES,
    *entries.ROUTES,
    *holds.ROUTES,
    *periods.ROUTES,
)
