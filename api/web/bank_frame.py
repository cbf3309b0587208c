"""The frame of a bank account's pages: its status as of a day, and the ways its reader may go."""

from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.web.audit import AccountView, view_account
from api.web.frame import Page, PageRequest, show
from api.web.places import books_home, reader_place
from reconciliation.bank_accounts import get_bank_account
from reconciliation.breaks import Break

HOME = "/estates/{estate_id:uuid}/bank-accounts/{bank_account_id:uuid}"
#: The pages of an account in their order, with the permission that opens each.
TABS = {
    "import": "bank_statements.read",
    "matches": "bank_statements.read",
    "breaks": "bank_statements.read",
    "adjustment": "adjustment_statements.read",
}


class BankRights(NamedTuple):
    """What the reader may do here; a page shows no way that would be refused."""

    imports: bool
    matches: bool
    #: Vouchers may be opened.
    entries: bool


def rights_of(call: Call) -> BankRights:
    """What a caller may do with a bank account of the tenant."""
    return BankRights(
        imports=_may(call, "bank_statements.import"),
        matches=_may(call, "reconciliation.match"),
        entries=_may(call, "entries.read"),
    )


def _may(call: Call, permission: str) -> bool:
    return call.who.permissions.reach(permission, call.tenant_id) is not None


def entry_href(one: Break, call: Call) -> str | None:
    """The voucher of a break on the book side, for whom it opens."""
    if one.entry_id is None or not _may(call, "entries.read"):
        return None
    return f"{books_home(call.tenant)}/entries/{one.entry_id}"


async def get_view(
    conn: AsyncConnection, call: Call, bank_account_id: UUID, *, as_of: date | None = None
) -> AccountView:
    """The account of a page, with its status as of a day; None: the last one its statements cover.

    Raises:
        NotFound: not an account of this estate.
    """
    account = await get_bank_account(
        conn, tenant_id=call.tenant_id, bank_account_id=bank_account_id
    )
    return await view_account(conn, call.tenant, account, as_of=as_of)


def show_account(
    request: PageRequest,
    call: Call,
    template: str,
    bank: AccountView,
    *,
    status: int = 200,
    **context: Any,
) -> Page:
    """A page of one bank account."""
    place = reader_place(call.who.permissions, call.tenant)
    tabs = [name for name, permission in TABS.items() if _may(call, permission)]
    return show(
        request,
        template,
        place,
        status=status,
        bank=bank,
        tabs=tabs,
        rights=rights_of(call),
        **context,
    )
