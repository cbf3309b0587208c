"""Entries of the trust programme against the bank: what their cash details are good for."""

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import write_transaction
from ledger.identifiers import uuid7
from ledger.programmes.trust.bank_events import settle_provider
from ledger.programmes.trust.bookings import Booking, CashDetail
from ledger.programmes.trust.counterparties import add_counterparty
from ledger.programmes.trust.receipts import record_code_receipt, record_receipt
from ledger.programmes.trust.units import Unit, add_household
from reconciliation.adjustment_statement import adjustment_statement
from reconciliation.matches import list_matches
from tests.events.books import CALLER
from tests.reconciliation.bank_files import FIRST, ccb_csv, movement
from tests.reconciliation.estate import Estate, create_estate_with_bank, march, noon


def booking(day: int) -> Booking:
    return Booking(
        key=uuid7(), caller_id=CALLER, occurred_at=noon(march(day)), booked_on=march(day)
    )


async def add_unit(conn: AsyncConnection, estate: Estate, room: str) -> Unit:
    return await add_household(
        conn,
        tenant_id=estate.tenant_id,
        building="3",
        unit="2",
        room=room,
        area_dm2=9000,
        billed_from=FIRST,
        caller_id=CALLER,
    )


async def test_receipts_are_matched_by_unit_and_payer(engine: AsyncEngine) -> None:
    """Equal amounts on one day; the memo is empty, the cash detail says whose they are."""
    estate = await create_estate_with_bank(engine)

    async def receive(conn: AsyncConnection) -> None:
        for room, payer in (("501", None), ("502", "陈静宜")):
            unit = await add_unit(conn, estate, room)
            await record_receipt(
                conn,
                tenant_id=estate.tenant_id,
                unit_id=unit.unit_id,
                amount=180_00,
                bank_account_id=estate.account.bank_account_id,
                booking=booking(4),
                cash=CashDetail(counterparty=payer),
            )

    await write_transaction(engine, receive, tenant_id=estate.tenant_id)
    await estate.import_file(
        ccb_csv(
            [
                movement(5, 180_00, "陈静宜", "转账"),
                movement(5, 180_00, "吴勇", "3栋2单元501物业费"),
            ]
        )
    )
    result = await estate.run(march(31))
    assert sorted(match.evidence[0] for match in result.matches) == ["payer_equal", "room_equal"]
    assert (result.open_bank_count, result.open_book_count) == (0, 0)


async def test_a_settlement_of_payments_by_code_is_one_line(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)

    async def pay_by_code(conn: AsyncConnection) -> None:
        unit = await add_unit(conn, estate, "501")
        provider = await add_counterparty(
            conn, tenant_id=estate.tenant_id, kind="psp", name="微信支付", caller_id=CALLER
        )
        await record_code_receipt(
            conn,
            tenant_id=estate.tenant_id,
            unit_id=unit.unit_id,
            amount=180_00,
            provider_id=provider.counterparty_id,
            booking=booking(4),
            cash=CashDetail(channel="wechat", order_no="WX20250304000001"),
        )
        await settle_provider(
            conn,
            tenant_id=estate.tenant_id,
            provider_id=provider.counterparty_id,
            bank_account_id=estate.account.bank_account_id,
            net=178_92,
            fee=1_08,
            booking=booking(5),
            cash=CashDetail(channel="wechat"),
        )

    await write_transaction(engine, pay_by_code, tenant_id=estate.tenant_id)
    await estate.import_file(
        ccb_csv(
            [movement(5, 178_92, "财付通支付科技有限公司", "微信支付结算 商户号1230000706 笔数1")]
        )
    )
    await estate.run(march(31))

    async def read(conn: AsyncConnection) -> None:
        (match,) = await list_matches(
            conn,
            tenant_id=estate.tenant_id,
            bank_account_id=estate.account.bank_account_id,
        )
        assert match.evidence == ("channel_equal", "days:0")
        found = await adjustment_statement(
            conn,
            tenant_id=estate.tenant_id,
            bank_account_id=estate.account.bank_account_id,
            as_of=march(31),
        )
        assert found.adds_up()

    await write_transaction(engine, read, tenant_id=estate.tenant_id)
