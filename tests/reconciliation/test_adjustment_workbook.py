"""The 余额调节表 on paper: what the workbook says, and what it never lets a spreadsheet do."""

import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from uuid import UUID

import msgspec
import pytest
from lxml import etree
from python_calamine import CalamineWorkbook

from reconciliation.adjustment_statement import AdjustmentGroup, AdjustmentStatement
from reconciliation.adjustment_workbook import adjustment_workbook
from reconciliation.breaks import Break, BreakKind

EVIL = [
    '=HYPERLINK("http://evil","x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "https://evil.example",
]


def group(kind: BreakKind, *items: tuple[int, str, str]) -> AdjustmentGroup:
    sign = 1 if kind in (BreakKind.BANK_IN, BreakKind.BOOKED_IN) else -1
    breaks = tuple(
        Break(
            kind=kind,
            on=date(2025, 3, 10),
            amount_fen=sign * fen,
            counterparty=name,
            note=note,
            age_days=21,
            band="0-30",
            escalates=False,
        )
        for fen, name, note in items
    )
    return AdjustmentGroup(kind=kind, total_fen=sum(fen for fen, *_ in items), items=breaks)


STATEMENT = AdjustmentStatement(
    bank_account_id=UUID(int=1),
    bank="中国建设银行",
    account_name="春晖苑小区业主共管账户",
    account_no_last4="4321",
    as_of=date(2025, 3, 31),
    compared_from=date(2025, 3, 1),
    covered_to=date(2025, 3, 31),
    book_balance_fen=1_000_417_66,
    bank_balance_fen=1_000_274_00,
    bank_in_not_booked=group(BreakKind.BANK_IN, (99_00, "某某", "转账")),
    bank_out_not_booked=group(BreakKind.BANK_OUT, (5_00, "", "手续费")),
    booked_in_not_at_bank=group(BreakKind.BOOKED_IN, (250_00, "李强", "1栋2单元301 物业费")),
    booked_out_not_at_bank=group(BreakKind.BOOKED_OUT, (12_34, "", "账户管理费")),
    adjusted_book_fen=1_000_511_66,
    adjusted_bank_fen=1_000_511_66,
    difference_fen=0,
    opening_difference_fen=0,
    booked_late=2,
    booked_late_at=datetime(2025, 4, 1, 3, 4, tzinfo=UTC),
    prepared_at=datetime(2025, 4, 2, 1, 0, tzinfo=UTC),
)


def cells(data: bytes) -> list[list[object]]:
    sheet = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0)
    return [list(row) for row in sheet.to_python(skip_empty_area=False)]


def part(data: bytes, name: str) -> etree._Element:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return etree.fromstring(archive.read(name))


def test_both_sides_stand_beside_each_other() -> None:
    rows = cells(adjustment_workbook(STATEMENT))
    assert rows[0][0] == "银行存款余额调节表"
    assert rows[1][0] == "账户  春晖苑小区业主共管账户"
    assert rows[1][3] == "开户银行  中国建设银行 ****4321"
    assert rows[2][:2] == ["截至", date(2025, 3, 31)]
    table = [[row[0], row[2], row[3], row[5]] for row in rows[4:9]]
    assert table == [
        ["项目", "金额", "项目", "金额"],
        ["企业银行存款日记账余额", 1000417.66, "银行对账单余额", 1000274.0],
        ["加：银行已收企业未收", 99.0, "加：企业已收银行未收", 250.0],
        ["减：银行已付企业未付", 5.0, "减：企业已付银行未付", 12.34],
        ["调节后余额", 1000511.66, "调节后余额", 1000511.66],
    ]
    assert rows[10][0] == "调节后余额相等。"
    late = "所在月份结账后又开放，补记了 2 笔，最后一笔在 2025-04-01 11:04。"
    assert late in str(rows)


def test_every_item_is_listed() -> None:
    rows = cells(adjustment_workbook(STATEMENT))
    start = next(n for n, row in enumerate(rows) if row[0] == "种类")
    assert [row[:6] for row in rows[start + 1 : start + 5]] == [
        ["银行已收企业未收", date(2025, 3, 10), 99.0, "某*", "转账", 21.0],
        ["银行已付企业未付", date(2025, 3, 10), 5.0, "", "手续费", 21.0],
        ["企业已收银行未收", date(2025, 3, 10), 250.0, "李*", "1栋2单元301 物业费", 21.0],
        ["企业已付银行未付", date(2025, 3, 10), 12.34, "", "账户管理费", 21.0],
    ]


def test_a_name_is_masked_wherever_it_stands() -> None:
    named = msgspec.structs.replace(
        STATEMENT,
        booked_in_not_at_bank=group(
            BreakKind.BOOKED_IN,
            (250_00, "李强", "1栋2单元301 李强 物业费"),
            (250_00, "绿城保洁服务部", "绿城保洁服务部 保洁费"),
        ),
    )
    for language in ("zh-CN", "en"):
        text = str(cells(adjustment_workbook(named, language)))
        assert "李强" not in text
        assert "1栋2单元301 李* 物业费" in text
        assert "绿城保洁服务部 保洁费" in text


def test_balances_of_different_days_carry_their_days() -> None:
    later = msgspec.structs.replace(STATEMENT, as_of=date(2025, 4, 5))
    rows = cells(adjustment_workbook(later))
    assert rows[5][0] == "企业银行存款日记账余额（截至 2025-04-05）"
    assert rows[5][3] == "银行对账单余额（截至 2025-03-31）"


def test_amounts_have_two_decimals_days_are_days_and_columns_hold_them() -> None:
    data = adjustment_workbook(msgspec.structs.replace(STATEMENT, book_balance_fen=999_999_999_99))
    sheet, styles = part(data, "xl/worksheets/sheet1.xml"), part(data, "xl/styles.xml")
    formats = {one.get("numFmtId"): one.get("formatCode") for one in styles.iter("{*}numFmt")}
    cell_formats = styles.find("{*}cellXfs")
    assert cell_formats is not None
    shown = {}
    for cell in sheet.iter("{*}c"):
        style = cell_formats[int(cell.get("s", "0"))]
        shown[cell.get("r")] = formats.get(style.get("numFmtId"), "")
    for amount in ("C6", "C7", "C8", "C9", "F6", "F7", "F8", "F9", "C15"):
        assert "#,##0.00" in str(shown[amount]), amount
    for day in ("B3", "B15"):
        assert shown[day] == "yyyy-mm-dd"
    widths = {
        number: float(one.get("width", 0))
        for one in sheet.iter("{*}col")
        for number in range(int(one.get("min", 0)), int(one.get("max", 0)) + 1)
    }
    assert min(widths[3], widths[6]) > len("999,999,999.99")


def test_a_difference_is_said_in_words() -> None:
    differs = msgspec.structs.replace(
        STATEMENT,
        adjusted_bank_fen=1_000_510_89,
        difference_fen=-77,
        opening_difference_fen=-77,
        covered_to=date(2025, 3, 10),
    )
    rows = cells(adjustment_workbook(differs))
    assert [row[0] for row in rows[10:13]] == [
        "调节后余额相差 -0.77 元。",
        "其中 2025-03-01 以前带来的差额 -0.77 元。",
        "对账单只到 2025-03-10。",
    ]


def test_english() -> None:
    rows = cells(adjustment_workbook(STATEMENT, "en"))
    assert rows[0][0] == "Bank reconciliation statement"
    assert rows[8][0] == "Adjusted balance"


@pytest.mark.parametrize("text", EVIL)
def test_no_text_becomes_a_formula_or_a_link(text: str) -> None:
    evil = msgspec.structs.replace(
        STATEMENT,
        account_name=text,
        bank_in_not_booked=group(BreakKind.BANK_IN, (99_00, text, text)),
    )
    data = adjustment_workbook(evil)
    sheet = part(data, "xl/worksheets/sheet1.xml")
    assert not sheet.findall(".//{*}f")
    assert not sheet.findall(".//{*}hyperlink")
    assert text.strip() in str(cells(data))


def test_texts_that_look_like_formulas_are_marked_as_text() -> None:
    evil = msgspec.structs.replace(
        STATEMENT, bank_in_not_booked=group(BreakKind.BANK_IN, (99_00, "=1+1", "转账"))
    )
    styles = part(adjustment_workbook(evil), "xl/styles.xml")
    assert styles.findall(".//{*}xf[@quotePrefix='1']")


def test_it_prints_on_one_page_of_a4_in_width() -> None:
    sheet = part(adjustment_workbook(STATEMENT), "xl/worksheets/sheet1.xml")
    setup = sheet.find("{*}pageSetup")
    assert setup is not None
    assert (setup.get("paperSize"), setup.get("orientation")) == ("9", "portrait")
    assert setup.get("fitToHeight") == "0"
