"""Runs over the database: matches, their undoing, what stays open, and the 余额调节表."""

import asyncio
from datetime import date
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.periods import close_period, reopen_period
from ledger.database import execute, fetch_all, load_sql, read_transaction, write_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.identifiers import uuid7
from reconciliation.adjustment_statement import AdjustmentStatement, adjustment_statement
from reconciliation.breaks import Break, BreakKind, age_band, list_breaks
from reconciliation.match_by_hand import LineNotOpen, MatchSumsDiffer, match_by_hand
from reconciliation.matches import MatchReleasedBefore, StoredMatch, list_matches, unmatch
from reconciliation.runs import NoStatementYet
from tests.events.books import CALLER
from tests.reconciliation.bank_files import FIRST, OPENING, ccb_csv, icbc_csv, movement
from tests.reconciliation.estate import Estate, create_estate_with_bank, march

LAST = march(31)


async def matches(estate: Estate, *, with_released: bool = False) -> list[StoredMatch]:
    async with read_transaction(estate.engine, tenant_id=estate.tenant_id) as conn:
        return await list_matches(
            conn,
            tenant_id=estate.tenant_id,
            bank_account_id=estate.account.bank_account_id,
            with_released=with_released,
        )


async def breaks(estate: Estate, as_of: date = LAST) -> list[Break]:
    async with read_transaction(estate.engine, tenant_id=estate.tenant_id) as conn:
        return await list_breaks(
            conn,
            tenant_id=estate.tenant_id,
            bank_account_id=estate.account.bank_account_id,
            as_of=as_of,
        )


async def statement(estate: Estate, as_of: date = LAST) -> AdjustmentStatement:
    async with read_transaction(estate.engine, tenant_id=estate.tenant_id) as conn:
        return await adjustment_statement(
            conn,
            tenant_id=estate.tenant_id,
            bank_account_id=estate.account.bank_account_id,
            as_of=as_of,
        )


async def release(estate: Estate, match_id: UUID, reason: str = "不是同一笔") -> None:
    await write_transaction(
        estate.engine,
        lambda conn: unmatch(
            conn,
            tenant_id=estate.tenant_id,
            match_id=match_id,
            reason=reason,
            caller_id=CALLER,
        ),
        tenant_id=estate.tenant_id,
    )


async def estate_with_two_households(engine: AsyncEngine) -> tuple[Estate, UUID, UUID]:
    """Two equal fees on one day, told apart by the room alone."""
    estate = await create_estate_with_bank(engine)
    one = await estate.receive(march(4), 180_00, "1栋2单元204 张晓梅 2025年3月物业费")
    two = await estate.receive(march(4), 180_00, "1栋3单元402 王建国 2025年3月物业费")
    await estate.import_file(
        ccb_csv(
            [
                movement(5, 180_00, "王小明", "１栋３单元４０２物业费"),
                movement(5, 180_00, "张**", "1#2-204物业费"),
            ]
        )
    )
    return estate, one, two


async def test_equal_fees_are_told_apart_by_the_room(engine: AsyncEngine) -> None:
    estate, one, two = await estate_with_two_households(engine)
    result = await estate.run(LAST)
    assert len(result.matches) == 2
    assert (result.open_bank_count, result.open_book_count) == (0, 0)
    found = {match.entry_ids: match for match in await matches(estate)}
    assert set(found) == {(one,), (two,)}
    assert "room_equal" in found[(two,)].evidence
    assert found[(two,)].rule == "keyed"
    assert await breaks(estate) == []


async def test_a_dry_run_says_what_would_happen_and_stores_nothing(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    result = await estate.run(LAST, dry_run=True)
    assert result.run_id is None
    assert len(result.matches) == 2
    assert await matches(estate) == []
    assert len(await breaks(estate)) == 4


async def test_a_second_run_finds_nothing_more(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    await estate.run(LAST)
    again = await estate.run(LAST)
    assert again.matches == ()
    assert (again.bank_line_count, again.book_line_count) == (0, 0)
    assert len(await matches(estate)) == 2


async def test_a_statement_says_what_was_booked_after_its_month_was_reopened(
    engine: AsyncEngine,
) -> None:
    estate, *_ = await estate_with_two_households(engine)
    closing = {"tenant_id": estate.tenant_id, "book_code": "TR"}
    for month in (date(2025, 1, 1), date(2025, 2, 1), FIRST):
        await close_period(engine, **closing, month=month, reason="月结", caller_id=CALLER)
    before = await statement(estate)
    assert (before.booked_late, before.booked_late_at) == (0, None)
    await write_transaction(
        engine,
        partial(
            reopen_period,
            **closing,
            month=FIRST,
            reason="漏记",
            caller_id=CALLER,
            approver_id=2,
        ),
        tenant_id=estate.tenant_id,
    )
    await estate.receive(march(20), 5_00, "利息")
    late = await statement(estate)
    assert late.book_balance_fen == before.book_balance_fen + 5_00
    assert late.booked_late == 1
    assert late.booked_late_at is not None
    assert (await statement(estate, march(19))).booked_late == 0


async def test_concurrent_runs_allocate_no_line_twice(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    results = await asyncio.gather(*(estate.run(LAST) for _ in range(4)))
    assert sorted(len(result.matches) for result in results) == [0, 0, 0, 2]
    assert len(await matches(estate)) == 2


async def test_the_tables_refuse_a_line_in_two_live_matches(engine: AsyncEngine) -> None:
    """Not the run's good manners but a unique index keeps one fen from two matches."""
    estate, *_ = await estate_with_two_households(engine)
    await estate.run(LAST)
    one, two = await matches(estate)
    for statement_name, arguments in (
        ("insert_match_bank_lines", ([one.match_id], [two.statement_line_ids[0]])),
        (
            "insert_match_ledger_lines",
            (estate.account.ledger_account_id, [one.match_id], [two.entry_ids[0]]),
        ),
    ):
        with pytest.raises(IntegrityError, match="is_matched_once"):
            await write_transaction(
                engine,
                lambda conn, name=statement_name, given=arguments: execute(
                    conn, load_sql("reconciliation", name), estate.tenant_id, *given
                ),
                tenant_id=estate.tenant_id,
            )


async def test_undoing_one_match_leaves_its_neighbours(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    await estate.run(LAST)
    one, two = await matches(estate)
    await release(estate, one.match_id, "付款人弄错了")
    assert [match.match_id for match in await matches(estate)] == [two.match_id]
    assert {item.kind for item in await breaks(estate)} == {BreakKind.BANK_IN, BreakKind.BOOKED_IN}
    released = next(
        match
        for match in await matches(estate, with_released=True)
        if match.match_id == one.match_id
    )
    assert released.release_reason == "付款人弄错了"
    assert released.released_by == CALLER
    assert released.statement_line_ids == one.statement_line_ids
    assert released.entry_ids == one.entry_ids


async def test_what_was_undone_can_be_matched_again(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    await estate.run(LAST)
    one, _ = await matches(estate)
    await release(estate, one.match_id)
    again = await estate.run(LAST)
    assert len(again.matches) == 1
    assert await breaks(estate) == []


async def test_after_an_import_what_was_undone_stays_undone(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    await estate.run(LAST)
    one, _ = await matches(estate)
    await release(estate, one.match_id)
    again = await estate.run(LAST, undone_stays=True)
    assert again.matches == ()
    assert (again.open_bank_count, again.open_book_count) == (1, 1)


async def by_hand(estate: Estate, lines: list[UUID], entries: list[UUID]) -> None:
    await write_transaction(
        estate.engine,
        lambda conn: match_by_hand(
            conn,
            tenant_id=estate.tenant_id,
            bank_account_id=estate.account.bank_account_id,
            statement_line_ids=lines,
            entry_ids=entries,
            caller_id=CALLER,
        ),
        tenant_id=estate.tenant_id,
    )


async def test_a_person_binds_what_she_knows_to_be_one(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    await estate.run(LAST)
    one, _ = await matches(estate)
    await release(estate, one.match_id)
    await by_hand(estate, list(one.statement_line_ids), list(one.entry_ids))
    bound = (await matches(estate))[0]
    assert (bound.rule, bound.status, bound.matched_by) == ("by_hand", "confirmed", CALLER)
    assert await breaks(estate) == []
    with pytest.raises(LineNotOpen):
        await by_hand(estate, list(one.statement_line_ids), list(one.entry_ids))


async def test_two_sides_that_differ_are_not_bound(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    await estate.run(LAST)
    one, _ = await matches(estate)
    await release(estate, one.match_id)
    other = await estate.receive(LAST, 1_00, "别的")
    with pytest.raises(MatchSumsDiffer) as refused:
        await by_hand(estate, list(one.statement_line_ids), [*one.entry_ids, other])
    assert refused.value.book_fen == refused.value.bank_fen + 1_00
    with pytest.raises(InvalidInput):
        await by_hand(estate, list(one.statement_line_ids), [])
    with pytest.raises(LineNotOpen):
        await by_hand(estate, list(one.statement_line_ids), [uuid7()])


async def test_a_match_is_undone_once_and_with_a_reason(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    await estate.run(LAST)
    one, _ = await matches(estate)
    with pytest.raises(InvalidInput):
        await release(estate, one.match_id, "  ")
    await release(estate, one.match_id)
    with pytest.raises(MatchReleasedBefore):
        await release(estate, one.match_id)
    with pytest.raises(NotFound):
        await release(estate, uuid7())


async def test_a_reversed_entry_and_a_returned_payment_cancel_out(engine: AsyncEngine) -> None:
    """X, -X, X on both sides: one contra each, and one match."""
    estate = await create_estate_with_bank(engine)
    wrong = await estate.receive(march(3), 83_29, "1栋2单元404 孙秀兰 2025年3月水费")
    mirror = await estate.reverse(wrong, march(4), "红冲 重复录入")
    right = await estate.receive(march(4), 83_29, "1栋2单元404 孙秀兰 2025年3月水费")
    await estate.import_file(
        ccb_csv(
            [
                movement(3, 83_29, "孙秀兰", "1栋2单元404水费"),
                movement(3, -83_29, "孙秀兰", "1栋2单元404水费", summary="退汇"),
                movement(4, 83_29, "孙秀兰", "1栋2单元404水费"),
            ]
        )
    )
    await estate.run(LAST)
    found = {match.rule: match for match in await matches(estate)}
    assert set(found) == {"contra_in_books", "contra_at_bank", "keyed"}
    assert set(found["contra_in_books"].entry_ids) == {wrong, mirror}
    assert len(found["contra_at_bank"].statement_line_ids) == 2
    assert found["keyed"].entry_ids == (right,)
    assert (await statement(estate)).adds_up()


async def test_a_payment_for_bills_and_in_advance_is_one_line_at_the_bank(
    engine: AsyncEngine,
) -> None:
    """An entry may move the bank account by several transfers."""
    estate = await create_estate_with_bank(engine)
    entry_id = await estate.receive_for_bills(
        march(4), 180_00, 20_00, "1栋2单元204 张晓梅 2025年3月物业费"
    )
    await estate.import_file(ccb_csv([movement(5, 200_00, "张晓梅", "1栋2单元204物业费")]))
    await estate.run(LAST)
    (match,) = await matches(estate)
    assert match.entry_ids == (entry_id,)
    assert (await statement(estate)).adds_up()


async def test_interest_is_known_by_its_word(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.earn_interest(march(21), 31_20)
    await estate.import_file(ccb_csv([movement(21, 31_20, "", "结息", summary="结息")]))
    await estate.run(LAST)
    (match,) = await matches(estate)
    assert (match.rule, match.evidence) == ("keyed_rare_amount", ("kind_equal", "days:0"))


async def test_300_equal_fees_with_blank_remarks_stay_open(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    for number in range(20):
        await estate.receive(march(5), 180_00, f"1栋1单元{number + 101} 2025年3月物业费")
    await estate.import_file(ccb_csv([movement(5, 180_00) for _ in range(300)]))
    result = await estate.run(LAST)
    assert result.matches == ()
    assert result.open_bank_count == 300


async def test_the_four_kinds_add_up_to_the_gap(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.receive(march(4), 180_00, "1栋2单元204 张晓梅 2025年3月物业费")
    await estate.receive(march(31), 250_00, "1栋2单元301 李强 2025年3月物业费")
    await estate.pay(march(31), 12_34, "账户管理费")
    await estate.import_file(
        icbc_csv(
            [
                movement(5, 180_00, "张晓梅", "1栋2单元204物业费"),
                movement(10, 99_00, "某某", "转账"),
                movement(20, -5_00, "", "对公转账手续费", summary="手续费"),
            ]
        )
    )
    await estate.run(LAST)
    found = await statement(estate)
    assert found.book_balance_fen == OPENING + 180_00 + 250_00 - 12_34
    assert found.bank_balance_fen == OPENING + 180_00 + 99_00 - 5_00
    assert found.bank_in_not_booked.total_fen == 99_00
    assert found.bank_out_not_booked.total_fen == 5_00
    assert found.booked_in_not_at_bank.total_fen == 250_00
    assert found.booked_out_not_at_bank.total_fen == 12_34
    assert found.adjusted_book_fen == found.adjusted_bank_fen == OPENING + 511_66
    assert found.difference_fen == 0
    assert found.adds_up()
    (fee,) = found.bank_out_not_booked.items
    assert (fee.on, fee.amount_fen, fee.age_days) == (march(20), -5_00, 11)
    assert fee.note == "手续费 对公转账手续费"


async def test_an_item_counts_until_its_counterpart_appears(engine: AsyncEngine) -> None:
    """A match across the day leaves the earlier line open in the report of that day."""
    estate = await create_estate_with_bank(engine)
    await estate.receive(march(14), 180_00, "1栋2单元204 张晓梅 2025年3月物业费")
    await estate.import_file(ccb_csv([movement(17, 180_00, "张晓梅", "1栋2单元204物业费")]))
    await estate.run(LAST)
    assert await breaks(estate) == []
    (item,) = await breaks(estate, march(15))
    assert (item.kind, item.amount_fen, item.age_days) == (BreakKind.BOOKED_IN, 180_00, 1)
    middle = await statement(estate, march(15))
    assert middle.booked_in_not_at_bank.total_fen == 180_00
    assert middle.difference_fen == 0
    assert (await statement(estate)).booked_in_not_at_bank.items == ()


async def test_a_difference_from_before_is_shown_and_not_hidden(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.import_file(ccb_csv([movement(5, 1_00)], opening=OPENING - 77))
    found = await statement(estate)
    assert found.difference_fen == -77
    assert found.opening_difference_fen == -77
    assert not found.adds_up()


async def test_statements_that_end_early_are_said_to(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.import_file(ccb_csv([movement(5, 1_00)], last=march(10)))
    found = await statement(estate)
    assert found.covered_to == march(10)
    assert not found.is_covered()
    assert not found.adds_up()


async def test_nothing_is_compared_before_the_first_statement(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    with pytest.raises(NoStatementYet):
        await estate.run(LAST)
    await estate.import_file(ccb_csv([movement(5, 1_00)]))
    with pytest.raises(NoStatementYet):
        await statement(estate, date(2025, 2, 28))


async def test_ages_are_days_of_the_calendar(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.import_file(ccb_csv([movement(1, 1_00)]))
    for as_of, age_days, band, escalates in (
        (march(1), 0, "0-30", False),
        (march(31), 30, "0-30", False),
        (date(2025, 5, 30), 90, "61-90", False),
        (date(2025, 5, 31), 91, ">90", True),
    ):
        (item,) = await breaks(estate, as_of)
        assert (item.age_days, item.band, item.escalates) == (age_days, band, escalates)


@pytest.mark.parametrize(
    ("age_days", "band"),
    [(0, "0-30"), (30, "0-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"),
     (91, ">90"), (4000, ">90")],
)  # fmt: skip
def test_age_bands_at_their_boundaries(age_days: int, band: str) -> None:
    assert age_band(age_days) == band


async def test_a_run_keeps_what_it_saw(engine: AsyncEngine) -> None:
    estate, *_ = await estate_with_two_households(engine)
    result = await estate.run(LAST)
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        (run,) = await fetch_all(
            conn, "SELECT * FROM reconciliation.run WHERE tenant_id = $1", estate.tenant_id
        )
    assert run.run_id == result.run_id
    assert (run.bank_line_count, run.book_line_count, run.match_count) == (2, 2, 2)
    assert len(run.evidence_sha256) == 32
