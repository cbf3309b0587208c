"""The JSON interface: ``/v1/programmes/{id}/…`` and ``/v1/estates/{id}/…``."""

from litestar.types import ControllerRouterHandler

from api.v1 import (
    accounts,
    bank,
    entries,
    holds,
    payments,
    people,
    periods,
    redemptions,
    service_records,
    star_points,
    statements,
    trust,
    trust_registers,
)

ROUTES: tuple[ControllerRouterHandler, ...] = (
    *accounts.ROUTES,
    *statements.ROUTES,
    *entries.ROUTES,
    *holds.ROUTES,
    *periods.ROUTES,
    *people.ROUTES,
    *service_records.ROUTES,
    *redemptions.ROUTES,
    *star_points.ROUTES,
    *trust_registers.ROUTES,
    *trust.ROUTES,
    *payments.ROUTES,
    *bank.ROUTES,
)
