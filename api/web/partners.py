"""A partner's contact reads the partner's accounts, and is told what is done where."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath

from api.gate import Call
from api.policies import may
from api.web.formatting import unit_of_book
from api.web.frame import Page, PageRequest, language_of_page, read_version, show
from api.web.movements import account_name, event_name
from api.web.places import PARTNER_ROLES, partner_place
from api.web.rendering import address_with
from ledger.books.account_list import AccountFilter, list_accounts
from ledger.books.accounts import get_account_by_public_id
from ledger.books.balances import list_balances
from ledger.books.statements import StatementLine, get_statement
from ledger.database import read_transaction
from ledger.errors import NotFound
from ledger.foundation.partners import get_partner

HOME = "/programmes/{programme_id:uuid}/partners/{partner_id:uuid}"
ACCOUNTS_LISTED = 20
LINES = 30


@get(HOME, opt=may("accounts.read"))
async def partner_page(request: PageRequest, call: Call, partner_id: FromPath[UUID]) -> Page:
    """Every account of the partner with its balance, and the movements of one of them."""
    grants = call.who.permissions.in_tenant(call.tenant_id)
    if not any(one.role in PARTNER_ROLES and one.object_id == partner_id for one in grants):
        raise NotFound(kind="partner", id=str(partner_id))
    language, asked = language_of_page(request), read_version(request.query_params.get("account"))
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        partner = await get_partner(conn, tenant_id=call.tenant_id, partner_id=partner_id)
        accounts = await list_accounts(
            conn,
            tenant_id=call.tenant_id,
            wanted=AccountFilter(),
            limit=ACCOUNTS_LISTED,
            holders=frozenset({partner_id}),
        )
        balances = await list_balances(
            conn, tenant_id=call.tenant_id, account_ids=[one.account_id for one in accounts]
        )
        lines: list[StatementLine] = []
        shown = asked if asked is not None and asked < len(accounts) else 0
        if accounts:
            account = await get_account_by_public_id(
                conn, tenant_id=call.tenant_id, public_id=accounts[shown].public_id
            )
            statement = await get_statement(
                conn,
                tenant_id=call.tenant_id,
                account=account,
                latest_first=True,
                limit=LINES,
            )
            lines = list(statement.lines)
    amounts = {one.account_id: one.balance for one in balances}
    return show(
        request,
        "partner.html",
        partner_place(call.tenant, partner_id, partner.name),
        current="nav.accounts",
        accounts=[
            (
                account_name(one.book_code, one.account_code, language),
                amounts[one.account_id],
                unit_of_book(one.book_code),
                address_with(request, account=str(place)),
                place == shown,
            )
            for place, one in enumerate(accounts)
        ],
        unit=unit_of_book(accounts[shown].book_code) if accounts else "",
        lines=[(event_name(one.event_code, language), one) for one in lines],
    )


ROUTES = [partner_page]
