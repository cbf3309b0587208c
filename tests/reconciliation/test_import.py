"""Files on their way into the database: whole, once, or not at all."""

import asyncio
from datetime import date, datetime

import msgspec
import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.clock import SHANGHAI
from ledger.database import fetch_all, fetch_value, read_transaction, write_transaction
from ledger.errors import NotFound
from reconciliation.bank_accounts import get_bank_account, list_bank_accounts
from reconciliation.import_statement import OtherBankAccount, UnknownBankAccount, import_statement
from reconciliation.intake.errors import ColumnMissing, LineInFuture
from reconciliation.overlap import OverlapDisagrees
from reconciliation.statement_lines import list_statement_lines
from reconciliation.statements import list_statements
from tests.events.books import CALLER, create_estate
from tests.reconciliation.bank_files import (
    ACCOUNT,
    OPENING,
    Movement,
    camt053,
    camt_document,
    camt_statement,
    ccb_csv,
    cmb_csv,
    icbc_csv,
    in_order,
    movement,
)
from tests.reconciliation.estate import KEYS, Estate, create_estate_with_bank

MARCH = [
    movement(1, 180_00, "张晓梅", "1栋2单元204物业费", account="6222021111112222333"),
    movement(2, -5_00, "", "对公转账手续费", summary="手续费"),
    movement(5, -6_000_00, "绿城保洁服务部", "保洁费 3月"),
    movement(5, 180_00, "王建国", "1栋3单元402物业费"),
    movement(9, 312_00, "李芳", "2-1-703车位费"),
    movement(20, 31_20, "", "结息", summary="结息"),
]
OTHER_ACCOUNT = "33050161000000009876"


async def stored_lines(estate: Estate) -> list[tuple[date, int, str]]:
    """Everything of the account that is money, as a test compares it."""
    async with read_transaction(estate.engine, tenant_id=estate.tenant_id) as conn:
        lines = await list_statement_lines(
            conn, tenant_id=estate.tenant_id, bank_account_id=estate.account.bank_account_id
        )
    return [(line.booked_on, line.amount_fen, line.remark) for line in lines if not line.repeated]


def as_stored(movements: list[Movement]) -> list[tuple[date, int, str]]:
    """What ``stored_lines`` should answer."""
    return [(m.at.date(), m.amount, m.remark) for m in in_order(movements)]


@pytest.mark.parametrize("make", [ccb_csv, cmb_csv, icbc_csv, camt053])
async def test_every_record_is_stored_once(engine: AsyncEngine, make: object) -> None:
    estate = await create_estate_with_bank(engine)
    result = await estate.import_file(make(MARCH))  # type: ignore[operator]
    assert (result.record_count, result.new_lines, result.known_lines) == (6, 6, 0)
    (statement,) = result.statements
    assert statement.findings == ()
    assert (statement.period_from, statement.period_to) == (date(2025, 3, 1), date(2025, 3, 31))
    assert statement.opening_fen == OPENING
    assert statement.closing_fen == OPENING + sum(m.amount for m in MARCH)
    assert await stored_lines(estate) == as_stored(MARCH)


async def test_the_same_file_again_adds_nothing(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    first = await estate.import_file(ccb_csv(MARCH), "march.csv")
    again = await estate.import_file(ccb_csv(MARCH), "another name.csv")
    assert again.replayed
    assert again.statement_file_id == first.statement_file_id
    assert (again.new_lines, again.known_lines) == (0, 6)
    assert await stored_lines(estate) == as_stored(MARCH)


async def test_an_overlapping_file_that_agrees_adds_what_is_new(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    ordered = in_order(MARCH)
    await estate.import_file(ccb_csv(ordered[:4], last=date(2025, 3, 8)))
    result = await estate.import_file(ccb_csv(ordered))
    assert (result.new_lines, result.known_lines) == (2, 4)
    assert await stored_lines(estate) == as_stored(MARCH)


async def test_months_may_arrive_in_any_order(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    ordered = in_order(MARCH)
    opening = OPENING + sum(m.amount for m in ordered[:4])
    later = await estate.import_file(ccb_csv(ordered[4:], opening=opening, first=date(2025, 3, 9)))
    earlier = await estate.import_file(ccb_csv(ordered[:4], last=date(2025, 3, 8)))
    assert (later.new_lines, earlier.new_lines) == (2, 4)
    assert await stored_lines(estate) == as_stored(MARCH)


EDITS = {
    "edited amount": (lambda m: [*m[:1], msgspec.structs.replace(m[1], amount=-4_00), *m[2:]],
                      "edited", -4_00),
    "edited remark": (lambda m: [*m[:4], msgspec.structs.replace(m[4], remark="2-1-704"), m[5]],
                      "edited", 312_00),
    "line taken out": (lambda m: [*m[:4], m[5]], "missing", 312_00),
    "line put in": (lambda m: [*m[:4], movement(7, 1_00), *m[4:]], "additional", 1_00),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
async def test_an_overlap_that_disagrees_is_refused_whole(engine: AsyncEngine, name: str) -> None:
    estate = await create_estate_with_bank(engine)
    edit, kind, amount = EDITS[name]
    ordered = in_order(MARCH)
    await estate.import_file(camt053(ordered, last=date(2025, 3, 25)), "first.xml")
    fresh = movement(30, 777_00, "陈静", "新的一笔")
    with pytest.raises(OverlapDisagrees) as refused:
        await estate.import_file(camt053([*edit(ordered), fresh]), "second.xml")
    assert refused.value.kind == kind
    assert refused.value.amount_fen == amount
    assert refused.value.known_file == "first.xml"
    assert await stored_lines(estate) == as_stored(MARCH)
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        assert len(await list_statements(conn, tenant_id=estate.tenant_id)) == 1


async def test_the_first_line_that_differs_is_named(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    ordered = in_order(MARCH)
    await estate.import_file(ccb_csv(ordered), "first.csv")
    edited = [*ordered[:3], msgspec.structs.replace(ordered[3], amount=181_00), *ordered[4:]]
    with pytest.raises(OverlapDisagrees) as refused:
        await estate.import_file(ccb_csv(edited))
    assert refused.value.booked_on == date(2025, 3, 5)
    assert (refused.value.line, refused.value.known_line) == (9, 9)
    assert (refused.value.amount_fen, refused.value.known_amount_fen) == (181_00, 180_00)


async def test_a_day_that_was_not_over_may_gain_lines(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    ordered = in_order(MARCH)
    noon = datetime(2025, 3, 5, 12, 0, tzinfo=SHANGHAI)
    await estate.import_file(ccb_csv(ordered[:3], last=date(2025, 3, 5)), at=noon)
    result = await estate.import_file(ccb_csv(ordered))
    assert (result.new_lines, result.known_lines) == (3, 3)
    assert await stored_lines(estate) == as_stored(MARCH)


async def test_a_day_that_was_over_may_not(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    ordered = in_order(MARCH)
    next_day = datetime(2025, 3, 6, 8, 0, tzinfo=SHANGHAI)
    await estate.import_file(ccb_csv(ordered[:3], last=date(2025, 3, 5)), at=next_day)
    with pytest.raises(OverlapDisagrees) as refused:
        await estate.import_file(ccb_csv(ordered))
    assert refused.value.kind == "additional"


async def test_true_twins_both_stay(engine: AsyncEngine) -> None:
    """A format without running balance: two equal payments of one second are two payments."""
    estate = await create_estate_with_bank(engine)
    twins = [movement(3, 100_00, "赵敏", "车位费"), movement(3, 100_00, "赵敏", "车位费")]
    data = camt053(twins).replace(b"T10:00:01", b"T10:00:00")
    first = await estate.import_file(data)
    again = await estate.import_file(data.replace(b"<MsgId>M1<", b"<MsgId>M2<"))
    assert (first.new_lines, again.new_lines, again.known_lines) == (2, 0, 2)
    assert [amount for _, amount, _ in await stored_lines(estate)] == [100_00, 100_00]


async def test_a_line_that_the_export_wrote_twice_is_kept_but_is_no_money(
    engine: AsyncEngine,
) -> None:
    estate = await create_estate_with_bank(engine)
    records = ccb_csv(MARCH).split(b"\r\n")
    doubled = b"\r\n".join([*records[:8], records[7], *records[8:]])
    result = await estate.import_file(doubled)
    assert (result.record_count, result.new_lines) == (7, 7)
    (statement,) = result.statements
    assert [finding.code for finding in statement.findings] == ["line_repeated"]
    assert await stored_lines(estate) == as_stored(MARCH)
    clean = await estate.import_file(ccb_csv(MARCH))
    assert (clean.new_lines, clean.known_lines) == (0, 6)


async def test_a_file_about_two_accounts_is_split(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    data = camt_document(
        camt_statement(MARCH[:2]), camt_statement(MARCH[2:4], account=OTHER_ACCOUNT)
    )
    with pytest.raises(UnknownBankAccount) as refused:
        await estate.import_file(data)
    assert refused.value.account_no_last4 == "9876"
    assert await stored_lines(estate) == []
    other = await estate.add_account(OTHER_ACCOUNT)
    result = await estate.import_file(data)
    assert [(one.bank_account_id, one.new_count) for one in result.statements] == [
        (estate.account.bank_account_id, 2),
        (other.bank_account_id, 2),
    ]
    assert await stored_lines(estate) == as_stored(MARCH[:2])


async def test_a_file_of_an_unknown_account_is_refused(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    with pytest.raises(UnknownBankAccount):
        await estate.import_file(ccb_csv(MARCH, account=OTHER_ACCOUNT))


async def test_a_file_for_another_account_than_chosen_is_refused(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    with pytest.raises(OtherBankAccount):
        await write_transaction(
            engine,
            lambda conn: import_statement(
                conn,
                tenant_id=estate.tenant_id,
                data=ccb_csv(MARCH, account=OTHER_ACCOUNT),
                filename="march.csv",
                keys=KEYS,
                caller_id=CALLER,
                bank_account_id=estate.account.bank_account_id,
            ),
            tenant_id=estate.tenant_id,
        )


async def test_another_tenant_sees_neither_account_nor_lines(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.import_file(ccb_csv(MARCH))
    other = await create_estate(engine)
    async with read_transaction(engine, tenant_id=other) as conn:
        assert await list_bank_accounts(conn, tenant_id=other) == []
        for tenant_id in (other, estate.tenant_id):
            with pytest.raises(NotFound):
                await get_bank_account(
                    conn, tenant_id=tenant_id, bank_account_id=estate.account.bank_account_id
                )


async def test_a_day_to_come_is_refused_whole(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    with pytest.raises(LineInFuture) as caught:
        await estate.import_file(ccb_csv(MARCH), at=datetime(2025, 3, 18, 9, tzinfo=SHANGHAI))
    assert caught.value.attributes()["booked_on"] == date(2025, 3, 20)
    assert await stored_lines(estate) == []
    await estate.import_file(ccb_csv(MARCH), at=datetime(2025, 3, 19, 9, tzinfo=SHANGHAI))
    assert len(await stored_lines(estate)) == len(MARCH)


async def test_a_file_covers_no_days_to_come(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    result = await estate.import_file(
        ccb_csv(MARCH, last=date(9999, 12, 31)), at=datetime(2025, 3, 25, 9, tzinfo=SHANGHAI)
    )
    assert [statement.period_to for statement in result.statements] == [date(2025, 3, 25)]
    with pytest.raises(LineInFuture):
        await estate.import_file(
            ccb_csv([], first=date(2026, 1, 1), last=date(2026, 1, 31)),
            at=datetime(2025, 4, 1, 9, tzinfo=SHANGHAI),
        )


async def test_a_refused_file_leaves_no_trace(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    renamed = ccb_csv(MARCH).replace("贷方发生额（收入）".encode("gb18030"), "收".encode("gb18030"))
    with pytest.raises(ColumnMissing):
        await estate.import_file(renamed)
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        count = "SELECT count(*) FROM reconciliation.statement_file WHERE tenant_id = $1"
        assert await fetch_value(conn, count, estate.tenant_id) == 0


async def test_the_same_file_imported_at_once_is_stored_once(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    results = await asyncio.gather(*(estate.import_file(ccb_csv(MARCH)) for _ in range(5)))
    assert sorted(result.replayed for result in results) == [False, True, True, True, True]
    assert await stored_lines(estate) == as_stored(MARCH)


async def test_account_numbers_are_nowhere_in_clear(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.import_file(ccb_csv(MARCH))
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        rows = await fetch_all(
            conn,
            """
            SELECT a::text || l::text AS everything
            FROM reconciliation.bank_account a
            JOIN reconciliation.statement_line l ON l.tenant_id = a.tenant_id
            WHERE a.tenant_id = $1
            """,
            estate.tenant_id,
        )
    everything = " ".join(row.everything for row in rows)
    assert ACCOUNT not in everything
    assert "6222021111112222333" not in everything
    assert "2333" in everything


async def test_the_service_cannot_change_what_it_imported(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.import_file(ccb_csv(MARCH))
    for statement in (
        "UPDATE reconciliation.statement_line SET amount_fen = 1",
        "DELETE FROM reconciliation.statement_line",
        "UPDATE reconciliation.bank_account SET bank = ''",
        "DELETE FROM reconciliation.match_bank_line",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with engine.begin() as conn:
                await conn.exec_driver_sql(statement)


async def test_no_record_is_lost_by_the_database_either(engine: AsyncEngine) -> None:
    """The counts of a statement that do not add up are refused by the table."""
    estate = await create_estate_with_bank(engine)
    result = await estate.import_file(ccb_csv(MARCH))
    with pytest.raises(IntegrityError, match="no_record_is_lost"):
        await write_transaction(
            engine,
            lambda conn: conn.exec_driver_sql(
                """
                INSERT INTO reconciliation.statement (tenant_id, statement_id, statement_file_id,
                    bank_account_id, position, record_count, new_count, known_count, rejected_count)
                VALUES ($1, gen_random_uuid(), $2, $3, 1, 5, 1, 1, 1)
                """,
                (
                    estate.tenant_id,
                    result.statement_file_id,
                    estate.account.bank_account_id,
                ),
            ),
            tenant_id=estate.tenant_id,
        )


async def test_gaps_and_openings_between_files_are_findings(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    await estate.import_file(ccb_csv(MARCH[:2], last=date(2025, 3, 3)), "first.csv")
    joined = await estate.import_file(
        ccb_csv([movement(4, 1_00)], opening=OPENING, first=date(2025, 3, 4), last=date(2025, 3, 4))
    )
    apart = await estate.import_file(
        ccb_csv([movement(9, 2_00)], opening=OPENING, first=date(2025, 3, 8))
    )
    (opening,) = joined.statements[0].findings
    assert opening.code == "opening_balance_differs"
    assert opening.difference_fen() == -175_00
    (gap,) = apart.statements[0].findings
    assert (gap.code, gap.found_count) == ("period_gap", 3)


async def test_a_statement_without_lines_is_stored(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    result = await estate.import_file(ccb_csv([]))
    assert (result.record_count, result.new_lines) == (0, 0)
    assert result.statements[0].closing_fen == OPENING


async def test_pages_of_lines_neither_skip_nor_repeat(engine: AsyncEngine) -> None:
    estate = await create_estate_with_bank(engine)
    many = [movement(1 + number % 28, 100 + number) for number in range(25)]
    await estate.import_file(ccb_csv(many))
    seen: list[int] = []
    cursor = None
    async with read_transaction(engine, tenant_id=estate.tenant_id) as conn:
        while True:
            page = await list_statement_lines(
                conn,
                tenant_id=estate.tenant_id,
                bank_account_id=estate.account.bank_account_id,
                after=cursor,
                limit=7,
            )
            if not page:
                break
            seen += [line.amount_fen for line in page]
            cursor = page[-1].cursor
    assert seen == [m.amount for m in in_order(many)]
