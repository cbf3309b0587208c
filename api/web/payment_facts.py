"""What whoever decides a payment has to see: amount and payee, what is owed, what else waits."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.web.balance_changes import AskedMove, Change, list_changes
from api.web.formatting import Language
from ledger.books.accounts import get_accounts
from ledger.foundation.event_lines import build_lines
from ledger.journeys.approvals.matters import Payout
from ledger.programmes.trust.payment_forms import PAYMENTS
from ledger.programmes.trust.waiting_payments import WaitingPayment, list_waiting_payments


class PaymentView(NamedTuple):
    """A payment that waits, beside its accounts and the other requests of the same payee."""

    #: Fen; None: a cost, of which nothing is owed before.
    owed: int | None
    changes: list[Change]
    others: list[WaitingPayment]


async def view_payment(
    conn: AsyncConnection,
    tenant_id: int,
    payment_id: UUID,
    matter: Payout,
    language: Language,
) -> PaymentView:
    """What the approval of a payment that waits would do."""
    form = PAYMENTS[matter.event]
    (line,) = build_lines(
        matter.event,
        amounts={form.amount: matter.amount_fen},
        owners=form.owners(matter.bank_account_id, matter.payee_id),
    )
    ends = await get_accounts(conn, tenant_id=tenant_id, names=[line.debit, line.credit])
    move = AskedMove(ends[0], ends[1], matter.amount_fen)
    changes = await list_changes(conn, tenant_id, [move], language)
    waiting = await list_waiting_payments(
        conn, tenant_id=tenant_id, event=matter.event, payee_id=matter.payee_id
    )
    return PaymentView(
        None if ends[0].floor is None else changes[0].before,
        changes,
        [one for one in waiting if one.payment_id != payment_id],
    )
