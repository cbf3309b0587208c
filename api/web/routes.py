"""Every page's route, and what the application needs of pages when something is refused."""

from litestar import Router

from api.web import (
    account,
    account_statement,
    admin,
    assets,
    audit,
    audit_log,
    bank,
    bank_by_hand,
    bank_matches,
    bank_reports,
    books,
    communities,
    convert,
    done_for_me,
    estate_home,
    merchant,
    notices,
    own_things,
    partners,
    people,
    person,
    records,
    second_step,
    security,
    staff,
    stars,
    statement_downloads,
    step_up_page,
    takings,
    volunteer,
    wards,
)
from api.web.refused import refusal_page, remember_place

__all__ = ["ROUTES", "refusal_page", "remember_place"]

_HANDLERS = [
    *account.ROUTES,
    *done_for_me.ROUTES,
    *second_step.ROUTES,
    *step_up_page.ROUTES,
    *security.ROUTES,
    *own_things.ROUTES,
    *notices.ROUTES,
    *admin.ROUTES,
    *assets.ROUTES,
    *volunteer.ROUTES,
    *convert.ROUTES,
    *records.ROUTES,
    *wards.ROUTES,
    *partners.ROUTES,
    *merchant.ROUTES,
    *takings.ROUTES,
    *staff.ROUTES,
    *people.ROUTES,
    *person.ROUTES,
    *stars.ROUTES,
    *audit.ROUTES,
    *communities.ROUTES,
    *estate_home.ROUTES,
    *audit_log.ROUTES,
    *books.ROUTES,
    *account_statement.ROUTES,
    *statement_downloads.ROUTES,
    *bank.ROUTES,
    *bank_matches.ROUTES,
    *bank_by_hand.ROUTES,
    *bank_reports.ROUTES,
]
ROUTES = [
    Router(
        path="/",
        route_handlers=_HANDLERS,
        guards=[notices.count_unread],
        include_in_schema=False,
    )
]
