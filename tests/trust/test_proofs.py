"""Each proof of trusts finds a row that was changed behind the product's back."""

from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import ledger.programmes.trust.proofs  # noqa: F401  (registers them)
from ledger.books.proofs import run_proofs
from ledger.database import execute, read_transaction
from ledger.programmes.trust.fees import bill_fees
from tests.trust.estate import create_estate
from tests.trust.test_fees import receive
from tests.trust.test_payments import approve, ask, owe

TABLES = {
    "bill": "programmes.trust_fee_bill",
    "request": "programmes.trust_payment_request",
    "decision": "programmes.trust_payment_decision",
}
BILLS, PAYMENTS = "fee_bills_match_their_entries", "payments_have_two_signatures"


@pytest.mark.no_proofs
@pytest.mark.parametrize(
    ("statement", "failing"),
    [
        ("UPDATE {bill} SET amount_fen = amount_fen + 1", BILLS),
        ("UPDATE {bill} SET from_prepaid_fen = 900 WHERE from_prepaid_fen = 1000", BILLS),
        ("UPDATE {bill} SET billed_entry_id = unit_id", BILLS),
        (
            (
                "INSERT INTO {bill} SELECT tenant_id, unit_id, month, amount_fen, "
                "from_prepaid_fen, billed_entry_id, recognised_entry_id, caller_id, billed_at, 2 "
                "FROM {bill} LIMIT 1"
            ),
            BILLS,
        ),
        ("UPDATE {request} SET amount_fen = 999", PAYMENTS),
        ("UPDATE {request} SET event_code = 'TR10'", PAYMENTS),
        ("UPDATE {request} SET requested_by = requested_by + 9", PAYMENTS),
        ("UPDATE {decision} SET decided_by = decided_by + 9", PAYMENTS),
        ("UPDATE {decision} SET entry_id = payment_id", PAYMENTS),
        ("DELETE FROM {request}", PAYMENTS),
    ],
)
async def test_tampering_is_found(
    engine: AsyncEngine, admin_engine: AsyncEngine, statement: str, failing: str
) -> None:
    estate = await create_estate(engine)
    await receive(estate, "101", 1000)
    await estate.run(bill_fees, month=date(2025, 3, 1), booking=estate.booking())
    await owe(estate, 1000)
    await approve(estate, await ask(estate, 1000))
    async with admin_engine.begin() as conn:
        await execute(conn, "SET LOCAL session_replication_role = replica")
        await execute(conn, statement.format(**TABLES))
    async with read_transaction(admin_engine) as conn:
        results = await run_proofs(conn, tenant_id=estate.tenant_id)
    assert {result.name for result in results if not result.holds} == {failing}
    assert {r.name: r.checked for r in results if r.name in (BILLS, PAYMENTS)} == {
        BILLS: 4 if statement.startswith("INSERT") else 3,
        PAYMENTS: 1,
    }
