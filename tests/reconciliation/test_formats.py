"""Each layout, read from a file of our own making beside what must come out of it."""

from datetime import date, time
from pathlib import Path

import pytest

from reconciliation.intake.detection import detect, parse_statement_file
from reconciliation.intake.statement import Statement, StatementLine
from tests.reconciliation.bank_files import (
    ACCOUNT,
    NAME,
    OPENING,
    camt053,
    camt_document,
    camt_entry,
    camt_statement,
    ccb_csv,
    cmb_csv,
    icbc_csv,
    in_order,
    movement,
)

DATA = Path(__file__).parent / "data"
MOVEMENTS = [
    movement(1, 180_00, "张晓梅", "1栋2单元204物业费", account="6217000000001112345"),
    movement(2, -5_00, "", "对公转账手续费", summary="手续费"),
    movement(3, -6_000_00, "绿城保洁服务部", '保洁费, "3月"'),
    movement(4, 180_00, "王建国", "１栋３单元４０２物业费"),
]
MAKERS = [ccb_csv, cmb_csv, icbc_csv, camt053]


def read(name: str) -> Statement:
    (statement,) = parse_statement_file((DATA / name).read_bytes(), name).statements
    return statement


def told(line: StatementLine) -> tuple[object, ...]:
    """What a test compares of a line."""
    return (line.line, line.booked_on.day, line.booked_time, line.amount_fen,
            line.balance_after_fen, line.counterparty_name, line.summary, line.remark)  # fmt: skip


def test_ccb_with_full_width_digits_red_letters_and_dashes() -> None:
    statement = read("ccb_2025-03.csv")
    assert (statement.account_no, statement.account_name) == (ACCOUNT, NAME)
    assert (statement.period_from, statement.period_to) == (date(2025, 3, 1), date(2025, 3, 31))
    assert (statement.opening_fen, statement.closing_fen) == (OPENING, 1_001_309_70)
    assert statement.findings == ()
    assert [told(line) for line in statement.lines] == [
        (6, 1, time(9, 12, 33), 1_280_50, 1_001_280_50, "张晓梅", "网银转账",
         "１栋２单元２０４物业费"),
        (7, 3, time(10, 0), -6_000_00, 995_280_50, "绿城保洁服务部", "转账支取", "保洁费 3月"),
        (8, 3, time(15, 20, 10), 6_000_00, 1_001_280_50, "绿城保洁服务部", "冲正",
         "保洁费 3月 冲正"),
        (9, 5, time(8, 0, 1), -2_00, 1_001_278_50, "", "手续费", "对公转账手续费"),
        (10, 21, time(23, 59, 59), 31_20, 1_001_309_70, "", "结息", "结息, 活期"),
    ]  # fmt: skip
    assert statement.lines[0].counterparty_account == "6217000000001112345"
    assert statement.lines[4].bank_reference == "15-300100200305"
    assert statement.lines[4].raw.startswith(f"{ACCOUNT},{NAME},20250321 23:59:59,")


def test_icbc_newest_first_with_a_line_written_twice() -> None:
    statement = read("icbc_2025-03.csv")
    assert (statement.opening_fen, statement.closing_fen) == (OPENING, 994_309_70)
    assert [finding.code for finding in statement.findings] == ["line_repeated"]
    assert [told(line) for line in statement.lines if line.repeats is None] == [
        (10, 1, time(9, 12, 33), 1_280_50, 1_001_280_50, "张晓梅", "手机银行",
         "1栋2单元204物业费"),
        (8, 12, time(16, 40, 2), -7_002_00, 994_278_50, "宏达电梯有限公司（杭州）", "代付",
         "电梯维保费 3月"),
        (7, 21, time(2, 0), 31_20, 994_309_70, "", "结息", ""),
    ]  # fmt: skip
    (repeated,) = [line for line in statement.lines if line.repeats is not None]
    assert (repeated.line, repeated.repeats, repeated.ordinal) == (9, 1, 1)


def test_cmb_with_empty_cells_and_a_masked_payer() -> None:
    statement = read("cmb_2025-03.csv")
    assert (statement.opening_fen, statement.closing_fen) == (OPENING, 995_311_70)
    assert statement.findings == ()
    assert [told(line) for line in statement.lines] == [
        (5, 1, time(9, 12, 33), 1_280_50, 1_001_280_50, "张*梅", "手机银行", "1-2-204物业费"),
        (6, 3, time(10, 0), -6_000_00, 995_280_50, "绿城保洁服务部", "网银转账", "保洁费 3月"),
        (7, 21, None, 31_20, 995_311_70, "", "结息", ""),
    ]
    assert [line.value_on for line in statement.lines] == [
        date(2025, 3, 1), date(2025, 3, 4), date(2025, 3, 20),
    ]  # fmt: skip


def test_camt_with_a_batch_a_reversal_and_a_pending_entry() -> None:
    statement = read("camt053_2025-03.xml")
    assert (statement.account_no, statement.account_name) == (ACCOUNT, NAME)
    assert (statement.opening_fen, statement.closing_fen) == (OPENING, 1_001_680_50)
    assert (statement.record_count(), statement.rejected_count) == (5, 1)
    assert [(f.code, f.line) for f in statement.findings] == [("entry_not_booked", 46)]
    assert [told(line) for line in statement.lines] == [
        (12, 1, None, 1_280_50, None, "张晓梅", "手机银行", "1栋2单元204物业费"),
        (23, 10, None, 400_00, None, "", "批量代扣", "1-3-402 2-1-703"),
        (34, 13, time(0, 30), -6_000_00, None, "绿城保洁服务部", "", "保洁费 3月"),
        (40, 14, None, 6_000_00, None, "", "退汇", ""),
    ]
    assert statement.lines[0].bank_reference == "CN20250301-0001"


@pytest.mark.parametrize("make", MAKERS)
def test_every_layout_says_the_same(make: object) -> None:
    (statement,) = parse_statement_file(make(MOVEMENTS), "x").statements  # type: ignore[operator]
    assert statement.findings == ()
    assert [
        (line.booked_on, line.amount_fen, line.counterparty_name, line.remark)
        for line in statement.lines
    ] == [(m.at.date(), m.amount, m.name, m.remark) for m in in_order(MOVEMENTS)]


@pytest.mark.parametrize("make", MAKERS)
def test_a_statement_without_lines_is_normal(make: object) -> None:
    (statement,) = parse_statement_file(make([]), "x").statements  # type: ignore[operator]
    assert statement.lines == ()
    assert (statement.opening_fen, statement.closing_fen) == (OPENING, OPENING)


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-8", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    (statement,) = parse_statement_file(ccb_csv(MOVEMENTS, encoding=encoding), "x").statements
    assert statement.lines[0].counterparty_name == "张晓梅"


@pytest.mark.parametrize("version", [f"{number:02d}" for number in range(2, 14)])
def test_camt_versions(version: str) -> None:
    (statement,) = parse_statement_file(camt053(MOVEMENTS, version=version), "x").statements
    assert len(statement.lines) == 4


def test_camt_with_several_statements() -> None:
    data = camt_document(
        camt_statement(MOVEMENTS[:2]),
        camt_statement(MOVEMENTS[2:], account="33050161000000009876"),
    )
    first, second = parse_statement_file(data, "x").statements
    assert (first.account_no, second.account_no) == (ACCOUNT, "33050161000000009876")
    assert [line.position for line in (*first.lines, *second.lines)] == [0, 1, 2, 3]


def test_batch_details_that_do_not_make_the_entry_are_a_finding() -> None:
    data = (DATA / "camt053_2025-03.xml").read_bytes().replace(b">180.00<", b">170.00<")
    (statement,) = parse_statement_file(data, "x").statements
    (finding,) = [f for f in statement.findings if f.code == "batch_details_differ"]
    assert (finding.expected_fen, finding.found_fen) == (400_00, 390_00)


def test_the_sign_comes_from_the_balance_and_not_from_the_header() -> None:
    """A bank that means money in by 借方 is read right."""
    text = cmb_csv(MOVEMENTS).decode("gb18030")
    swapped = text.replace("借方金额,贷方金额", "贷方金额,借方金额")
    (statement,) = parse_statement_file(swapped.encode("gb18030"), "x").statements
    assert [line.amount_fen for line in statement.lines] == [m.amount for m in in_order(MOVEMENTS)]


def test_a_break_of_the_running_balance_is_a_finding_with_line_and_difference() -> None:
    records = ccb_csv(MOVEMENTS).decode("gb18030")
    damaged = records.replace("994175.00", "994175.10")
    (statement,) = parse_statement_file(damaged.encode("gb18030"), "x").statements
    assert [(f.code, f.line, f.difference_fen()) for f in statement.findings] == [
        ("running_balance_breaks", 8, 10),
        ("running_balance_breaks", 9, -10),
    ]


def test_control_totals_and_counts_that_differ_are_findings() -> None:
    text = ccb_csv(MOVEMENTS).decode("gb18030")
    text = text.replace('"6,005.00"', '"6,005.01"').replace("收入笔数：2", "收入笔数：3")
    (statement,) = parse_statement_file(text.encode("gb18030"), "x").statements
    assert [(f.code, f.difference_fen(), f.expected_count, f.found_count)
            for f in statement.findings] == [
        ("debit_total_differs", -1, None, None), ("in_count_differs", None, 3, 2),
    ]  # fmt: skip


def test_opening_and_movements_must_make_the_closing() -> None:
    text = camt053(MOVEMENTS).replace(b"1000000.00", b"1000000.01")
    (statement,) = parse_statement_file(text, "x").statements
    assert [(f.code, f.difference_fen()) for f in statement.findings] == [
        ("closing_balance_differs", -1)
    ]


def test_a_counterparty_number_in_exponent_form_is_no_key() -> None:
    text = ccb_csv(MOVEMENTS).replace(b"6217000000001112345", b"6.217E+18")
    (statement,) = parse_statement_file(text, "x").statements
    assert statement.lines[0].counterparty_account == ""
    assert [f.code for f in statement.findings] == ["counterparty_account_lossy"]


def test_one_csv_may_hold_two_accounts() -> None:
    one = icbc_csv(MOVEMENTS[:2]).decode("gb18030").split("\r\n")
    other = icbc_csv(MOVEMENTS[2:], account="33050161000000009876").decode("gb18030").split("\r\n")
    mixed = [one[0], "", "", "", "", one[5], *one[6:8], *other[6:8], *one[8:]]
    statements = parse_statement_file("\r\n".join(mixed).encode("gb18030"), "x").statements
    assert [(s.account_no, len(s.lines)) for s in statements] == [
        (ACCOUNT, 2), ("33050161000000009876", 2),
    ]  # fmt: skip


def test_detection_says_why() -> None:
    found = detect(icbc_csv(MOVEMENTS))
    assert (found.format, found.why, found.line) == ("icbc_csv", "header_row", 6)
    assert found.evidence.startswith("凭证号,本方账号,")
    found = detect(camt053(MOVEMENTS, version="04"))
    assert (found.format, found.why) == ("camt053", "xml_namespace")
    assert found.evidence.endswith("camt.053.001.04")


def test_the_name_of_a_file_decides_nothing_and_shows_no_path() -> None:
    file = parse_statement_file(ccb_csv(MOVEMENTS), "C:\\Users\\li\\四月\x00\n.pdf")
    assert (file.format, file.name) == ("ccb_csv", "四月.pdf")


def test_camt_keeps_memory_flat_enough_for_many_entries() -> None:
    entries = "".join(camt_entry(item) for item in in_order([movement(3, 1_00)] * 3000))
    stated = camt_statement([]).replace("</Stmt>", f"{entries}</Stmt>")
    (statement,) = parse_statement_file(camt_document(stated), "x").statements
    assert len(statement.lines) == 3000


def test_empty_cells_behind_the_last_column_are_no_matter() -> None:
    text = cmb_csv(MOVEMENTS).decode("gb18030")
    padded = "\r\n".join(
        f"{line},," if line.startswith("202503") else line for line in text.split("\r\n")
    )
    (statement,) = parse_statement_file(padded.encode("gb18030"), "x").statements
    assert len(statement.lines) == 4
