"""Files cut anywhere, in any order, at once or one by one: the same lines in the end."""

import asyncio
from datetime import date, timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import read_transaction
from reconciliation.bank_accounts import BankAccount
from reconciliation.statement_lines import list_statement_lines
from tests.reconciliation.bank_files import (
    FIRST,
    LAST,
    OPENING,
    Movement,
    camt053,
    ccb_csv,
    cmb_csv,
    icbc_csv,
    in_order,
    movement,
)
from tests.reconciliation.estate import Estate, create_estate_with_bank

LAYOUTS = (ccb_csv, cmb_csv, icbc_csv, camt053)
ROUNDS = 8


def some_movements(chance: Random) -> list[Movement]:
    """A month with busy days, quiet days and equal amounts."""
    return in_order(
        movement(
            chance.randint(1, 31),
            chance.choice([180_00, 180_00, 150_00, -2_00, chance.randint(1, 99_999)]),
            chance.choice(["", "张三", "李四"]),
            chance.choice(["", "物业费", "1栋2单元204"]),
        )
        for _ in range(chance.randint(0, 30))
    )


def some_periods(chance: Random) -> list[tuple[date, date]]:
    """Overlapping periods that together cover the month, in any order."""
    periods = [(FIRST, FIRST + timedelta(days=chance.randint(0, 15)))]
    while periods[-1][1] < LAST:
        first = periods[-1][1] + timedelta(days=1 - chance.randint(0, 5))
        last = min(LAST, first + timedelta(days=chance.randint(5, 15)))
        periods.append((max(FIRST, first), last))
    chance.shuffle(periods)
    return periods


def cut(movements: list[Movement], first: date, last: date, layout: object, account: str) -> bytes:
    """The file of one period, opening and closing as the bank would print them."""
    before = sum(m.amount for m in movements if m.at.date() < first)
    within = [m for m in movements if first <= m.at.date() <= last]
    return layout(within, opening=OPENING + before, first=first, last=last, account=account)  # type: ignore[operator,no-any-return]


async def stored(estate: Estate, account: BankAccount) -> list[tuple[date, int, str, str]]:
    async with read_transaction(estate.engine, tenant_id=estate.tenant_id) as conn:
        lines = await list_statement_lines(
            conn, tenant_id=estate.tenant_id, bank_account_id=account.bank_account_id, limit=1000
        )
    return sorted(
        (line.booked_on, line.amount_fen, line.counterparty_name, line.remark) for line in lines
    )


async def test_overlapping_files_in_any_order_make_the_same_lines(
    engine: AsyncEngine, seed: int
) -> None:
    chance = Random(seed)
    estate = await create_estate_with_bank(engine)
    for number in range(ROUNDS):
        account_no = f"330501610000000{10_000 + number}"
        account = await estate.add_account(account_no)
        movements, layout = some_movements(chance), chance.choice(LAYOUTS)
        files = [
            cut(movements, first, last, layout, account_no) for first, last in some_periods(chance)
        ]
        results = [await estate.import_file(data) for data in files]
        for result in results:
            assert result.record_count == result.new_lines + result.known_lines
        assert sum(result.new_lines for result in results) == len(movements)
        expected = sorted((m.at.date(), m.amount, m.name, m.remark) for m in movements)
        assert await stored(estate, account) == expected
        whole = await estate.import_file(cut(movements, FIRST, LAST, layout, account_no))
        assert whole.new_lines == 0
        assert await stored(estate, account) == expected


async def test_overlapping_files_at_once_make_the_same_lines(
    engine: AsyncEngine, seed: int
) -> None:
    chance = Random(seed)
    estate = await create_estate_with_bank(engine)
    account_no = estate.account.account_no_last4.rjust(20, "9")
    account = await estate.add_account(account_no)
    movements = some_movements(chance)
    files = [
        cut(movements, first, last, ccb_csv, account_no) for first, last in some_periods(chance)
    ]
    results = await asyncio.gather(*(estate.import_file(data) for data in files * 2))
    assert sum(result.new_lines for result in results) == len(movements)
    assert len(await stored(estate, account)) == len(movements)
