"""The JSON interface: ``/v1/programmes/{id}/…`` and ``/v1/estates/{id}/…``."""

from litestar.types import ControllerRouterHandler

from api.v1 import (
    accounts,
    bank,
    bank_reports,
    bank_statements,
    entries,
    fees,
    holds,
    payments,
    people,
    periods,
    redemptions,
    service_records,
    star_claims,
    star_items,
    star_months,
    statements,
    trust,
    trust_receipts,
    trust_registers,
    trust_revenue,
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
    *star_items.ROUTES,
    *star_claims.ROUTES,
    *star_months.ROUTES,
    *trust_registers.ROUTES,
    *fees.ROUTES,
    *trust.ROUTES,
    *trust_receipts.ROUTES,
    *trust_revenue.ROUTES,
    *payments.ROUTES,
    *bank.ROUTES,
    *bank_reports.ROUTES,
    *bank_statements.ROUTES,
)
