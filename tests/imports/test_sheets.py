"""Tables in files: what is read whatever it looks like, and what is refused with its place."""

import asyncio
import io
import threading
import tracemalloc
import zipfile
from collections import defaultdict
from collections.abc import Generator, Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from xlsxwriter import Workbook

from ledger.journeys.imports import preview as preview_module
from ledger.journeys.imports.columns import (
    HeaderInNoSheet,
    HeaderMissing,
    HeaderRepeated,
    find_header,
)
from ledger.sheets import rows as sheet_rows
from ledger.sheets import text_sheet, workbook_archive
from ledger.sheets import workbook as workbook_module
from ledger.sheets.cells import NO_VALUE, column_letters
from ledger.sheets.errors import (
    SheetBinary,
    SheetCellsMerged,
    SheetDamaged,
    SheetEmpty,
    SheetEncodingMixed,
    SheetEncodingUnsupported,
    SheetKindUnsupported,
    SheetRefused,
    SheetRowUnreadable,
    SheetTooLarge,
    SheetTooManyColumns,
    SheetTooManyRows,
)
from ledger.sheets.merged import MergedCells
from ledger.sheets.rows import MIB, SheetRow, open_sheet
from ledger.sheets.workbook import WorkbookSheet
from tests.imports.files import count_of, csv_file, lines_of, members_of, new_programme, preview

HEADER = ["姓名", "手机号"]
SHEET = "xl/worksheets/sheet1.xml"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def cells_of(data: bytes) -> list[list[str]]:
    return [row.cells for row in open_sheet(io.BytesIO(data)).rows()]


def workbook(rows: Sequence[Sequence[Any]], merged: str | None = None, styled: int = 0) -> bytes:
    """An XLSX file; days are days, numbers numbers, texts texts; ``styled`` rows hold nothing."""
    target = io.BytesIO()
    with Workbook(target, {"default_date_format": "yyyy-mm-dd"}) as book:
        page = book.add_worksheet()
        for place, row in enumerate(rows):
            page.write_row(place, 0, row)
        if merged is not None:
            page.merge_range(merged, "合并")
        for place in range(styled):
            page.write_blank(len(rows) + place, 0, None, book.add_format({"bold": True}))
    return target.getvalue()


def changed(data: bytes, part: str, content: bytes) -> bytes:
    """A workbook with another content in one part."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in source.namelist():
            new.writestr(name, content if name == part else source.read(name))
    return target.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_text_is_read_in_every_encoding_and_with_every_separator(
    encoding: str, separator: str
) -> None:
    text = f'姓名{separator}手机号\r\n王小明{separator}="0139"\r\n\r\n李芳{separator}\r\n'
    assert cells_of(text.encode(encoding)) == [HEADER, ["王小明", "0139"], ["李芳"]]


def test_a_workbook_gives_what_a_person_sees() -> None:
    data = workbook([HEADER, ["王小明", 13800138000, date(1990, 3, 7), 110101199003070020, 1.5]])
    assert cells_of(data) == [
        HEADER,
        ["王小明", "13800138000", "1990-03-07", "1.10101E+17", "1.5"],
    ], "a number of 18 digits has lost its end and says so"


def sheet_with(cells: str) -> bytes:
    """A workbook whose second row has these cells, as they stand in the file."""
    rows = f'<row r="1"><c t="inlineStr"><is><t>姓名</t></is></c></row><row r="2">{cells}</row>'
    content = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'
    return changed(workbook([HEADER]), SHEET, content.encode())


@pytest.mark.parametrize(
    ("cell", "seen"),
    [
        ("<c><f>A1</f></c>", NO_VALUE),
        ("<c><f>A1</f><v/></c>", NO_VALUE),
        ('<c t="e"><f>A1</f><v>#N/A</v></c>', "#N/A"),
        ('<c t="str"><f>A1</f><v></v></c>', ""),
        ('<c t="str"><f>A1</f><v>王</v></c>', "王"),
        ("<c><f>A1</f><v>0</v></c>", "0"),
        ("<c><v/></c>", ""),
    ],
)
def test_a_formula_without_its_value_is_told_from_an_error_and_an_empty_text(
    cell: str, seen: str
) -> None:
    rows = cells_of(sheet_with(f"<c><v>1</v></c>{cell}"))
    assert rows[1] == (["1", seen] if seen else ["1"])


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", SheetEmpty),
        (b"\xef\xbb\xbf \r\n", SheetEmpty),
        (b"%PDF-1.7", SheetKindUnsupported),
        (b"\xd0\xcf\x11\xe0 encrypted", SheetKindUnsupported),
        (b"<html><table>", SheetKindUnsupported),
        (b"PK\x03\x04 cut", SheetDamaged),
        ("姓名,手机号\n王\0明,1\n".encode(), SheetBinary),
        ("姓名\n王小明\n".encode() + "李芳\n".encode("gb18030"), SheetEncodingMixed),
        ("姓名\n".encode("gb18030") + b"\xff\xff\n", SheetEncodingUnsupported),
        ('姓名,手机号\n"王小明,1\n'.encode(), SheetRowUnreadable),
        (("," * 300 + "x\n").encode(), SheetTooManyColumns),
        (workbook([["x"] * 300]), SheetTooManyColumns),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        cells_of(data)


def marked(data: bytes, part: str, *, locked: bool) -> bytes:
    """A workbook one part of which says that it is locked, or packed in a way nobody reads."""
    marked = bytearray(data)
    for head, name_at in ((b"PK\x03\x04", 30), (b"PK\x01\x02", 46)):
        place = -1
        while (place := data.find(head, place + 1)) >= 0:
            name = data[place + name_at : place + name_at + len(part)]
            if name == part.encode():
                flags = place + (6 if name_at == 30 else 8)
                marked[flags if locked else flags + 2] = 1 if locked else 9
    assert marked != data
    return bytes(marked)


@pytest.mark.parametrize("locked", [True, False], ids=["locked", "packed"])
@pytest.mark.parametrize("part", ["xl/workbook.xml", SHEET, "xl/sharedStrings.xml"])
def test_a_workbook_that_is_locked_or_packed_oddly_is_refused(part: str, locked: bool) -> None:
    data = marked(workbook([HEADER, ["王小明", "13800138000"]]), part, locked=locked)
    with pytest.raises(SheetDamaged):
        cells_of(data)
    if part == SHEET:
        with pytest.raises(SheetDamaged):
            open_sheet(io.BytesIO(data)).check_rows()


def test_a_workbook_that_says_it_needs_a_later_program_is_refused() -> None:
    data = workbook([HEADER])
    place = data.index(b"PK\x01\x02") + 6
    later = data[:place] + b"\x63\x00" + data[place + 2 :]
    with pytest.raises(SheetDamaged):
        cells_of(later)


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SheetTooLarge):
        cells_of(b"a" * (60 * MIB))
    rows = "姓名\n" + "王小明\n" * (sheet_rows.MOST_ROWS + 1)
    with pytest.raises(SheetTooManyRows):
        for _ in open_sheet(io.BytesIO(rows.encode())).rows():
            pass
    bomb = changed(workbook([HEADER]), SHEET, b"<worksheet><sheetData>" + b" " * (20 * MIB))
    assert len(bomb) < MIB
    with pytest.raises(SheetTooLarge):
        cells_of(bomb)
    entity = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet><sheetData/></worksheet>'
    with pytest.raises(SheetDamaged):
        cells_of(changed(workbook([HEADER]), SHEET, entity))


def test_columns_are_known_by_many_names_in_any_order() -> None:
    rows = open_sheet(csv_file(header=["名单"])).rows()
    with pytest.raises(HeaderMissing):
        find_header("people", rows)
    sheet = open_sheet(csv_file(["", " 电 话 ", "备注", "ＮＡＭＥ*"], header=["2026 年名单"]))
    header = find_header("people", sheet.rows())
    assert (header.line, header.places, header.unknown) == (2, {"phone": 1, "name": 3}, ("备注",))
    with pytest.raises(HeaderRepeated):
        find_header("people", open_sheet(csv_file(header=["姓名", "手机", "电话"])).rows())


def test_columns_are_called_as_spreadsheets_call_them() -> None:
    named = [column_letters(place) for place in (0, 25, 26, 51, 52, 99)]
    assert named == ["A", "Z", "AA", "AZ", "BA", "CV"]


async def test_the_list_is_found_behind_other_sheets_and_told(engine: AsyncEngine) -> None:
    def book(*sheets: tuple[str, Sequence[Sequence[str]]], hidden: str = "") -> io.BytesIO:
        target = io.BytesIO()
        with Workbook(target) as written:
            for title, rows in sheets:
                page = written.add_worksheet(title)
                for place, row in enumerate(rows):
                    page.write_row(place, 0, row)
                if title == hidden:
                    page.hide()
        return io.BytesIO(target.getvalue())

    words = ("说明", [["请填写第二张表"], ["姓名", "必填", "证件上的姓名"], ["手机号", "", ""]])
    listed = ("名单", [["二〇二六年"], HEADER, ["王小明", "13800138000"]])
    empty: tuple[str, Sequence[Sequence[str]]] = ("Sheet1", [])
    programme = await new_programme(engine)
    for source, name in (
        (book(("说明", [["请填写第二张表"]]), listed), "名单.csv [名单]"),
        (book(empty, words, listed), "名单.csv [名单]"),
        (book(listed, words), "名单.csv"),
        (book(words, listed, hidden="说明"), "名单.csv"),
    ):
        file = await preview(engine, programme.tenant_id, source)
        assert (file.ready_count, file.file_name) == (1, name)
    with pytest.raises(HeaderInNoSheet) as refused:
        await preview(engine, programme.tenant_id, book(empty, ("表二", [["名册"], ["王小明"]])))
    assert (refused.value.sheets, refused.value.column) == ("Sheet1、表二", "姓名")
    with pytest.raises(HeaderInNoSheet):
        await preview(engine, programme.tenant_id, book(("表一", [["名册"]]), words))


async def test_each_file_is_read_in_one_thread_that_is_no_others(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lxml shares the names of elements between parsers of a thread, without a lock."""
    reading: dict[WorkbookSheet, set[threading.Thread]] = defaultdict(set)
    rows = WorkbookSheet.rows

    def watched(sheet: WorkbookSheet) -> Generator[SheetRow]:
        for row in rows(sheet):
            reading[sheet].add(threading.current_thread())
            yield row

    monkeypatch.setattr(WorkbookSheet, "rows", watched)
    monkeypatch.setattr(preview_module, "CHUNK", 5)
    lists = [
        [HEADER, *((f"王{number}", f"1380013{one}{number:03}") for number in range(50))]
        for one in range(4)
    ]
    programme = await new_programme(engine)
    files = await asyncio.gather(
        *(preview(engine, programme.tenant_id, io.BytesIO(workbook(one))) for one in lists)
    )
    assert [one.ready_count for one in files] == [50] * 4
    threads = [next(iter(one)) for one in reading.values() if len(one) == 1]
    assert len(set(threads)) == 4


async def test_merged_households_and_addresses_stand_for_each_of_their_lines(
    engine: AsyncEngine,
) -> None:
    header = [*HEADER, "户号", "与户主关系", "住址"]
    people = [
        ["王小明", "13800138000", "3-201", "户主", "东湖路 8 号"],
        ["李静", "13800138001", "", "配偶", ""],
        ["王芳", "13800138002", "", "女", "西湖路 1 号"],
        ["陈静", "13800138003", "", "", ""],
    ]

    def book(*more: str) -> io.BytesIO:
        target = io.BytesIO()
        with Workbook(target) as written:
            page = written.add_worksheet()
            page.merge_range("A1:E1", "二〇二六年名单")
            for place, row in enumerate([header, *people], start=1):
                page.write_row(place, 0, row)
            page.merge_range("C3:C5", "3-201")
            page.merge_range("E3:E4", "东湖路 8 号")
            for cells in more:
                page.merge_range(cells, "合并")
        return io.BytesIO(target.getvalue())

    tenant_id = (await new_programme(engine)).tenant_id
    file = await preview(engine, tenant_id, book())
    lines = await lines_of(engine, tenant_id, file)
    assert [one.state for one in lines] == ["ready"] * 4
    shown = [(one.values or {}).get(field) for field in ("household", "address") for one in lines]
    assert shown[:4] == ["3-201", "3-201", "3-201", None]
    assert shown[4:] == ["东湖路 8 号", "东湖路 8 号", "西湖路 1 号", None]
    warnings = {one.line: [str(w) for w in one.warnings] for one in lines if one.warnings}
    assert warnings == {
        4: ["household:filled_down:3", "address:filled_down:3"],
        5: ["household:filled_down:3"],
    }
    with pytest.raises(SheetCellsMerged) as refused:
        await preview(engine, tenant_id, book("B3:B4", "D5:E5", "A9:A10"))
    assert refused.value.cells == "B3:B4, D5:E5, A9:A10"
    many = book(*(f"B{line}:B{line + 1}" for line in range(10, 40, 2)))
    with pytest.raises(SheetCellsMerged) as refused:
        await preview(engine, tenant_id, many)
    assert refused.value.cells.endswith("B28:B29 …")
    with pytest.raises(SheetCellsMerged):
        await preview(engine, tenant_id, book("E6:E200"))


def test_merged_cells_are_found_at_the_edges_of_pieces() -> None:
    data = (
        b'<x:mergeCells count="2"><x:mergeCell ref="A2:A5"/><mergeCell ref="B2:C2"/>' + b" " * 200
    )
    for size in (1, 2, 3, 7, 64):
        merged = MergedCells()
        for start in range(0, len(data), size):
            merged.look(data[start : start + size])
        assert merged.below(1) == "A2:A5, B2:C2"
        merged.fill_down([0, 1], below=1)
        assert merged.below(1) == "B2:C2"


async def test_merged_cells_refuse_the_file_and_leave_nothing(engine: AsyncEngine) -> None:
    programme = await new_programme(engine)
    data = workbook([HEADER, ["王小明", "13800138000"]], merged="A3:A4")
    with pytest.raises(SheetCellsMerged) as refused:
        await preview(engine, programme.tenant_id, io.BytesIO(data))
    assert refused.value.cells == "A3:A4"
    files = "SELECT count(*) FROM foundation.import_file"
    assert await count_of(engine, programme.tenant_id, files) == 0


async def test_too_long_a_file_is_refused_before_a_line_is_judged(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    programme = await new_programme(engine)
    for module in (text_sheet, workbook_module):
        monkeypatch.setattr(module, "MOST_ROWS", 4)
    monkeypatch.setattr(preview_module, "CHUNK", 2)
    rows = [(f"王{number}", "13900139000") for number in range(4)]
    judged: list[int] = []
    for source in (csv_file(*rows), io.BytesIO(workbook([HEADER, *rows]))):
        with pytest.raises(SheetTooManyRows):
            await preview(engine, programme.tenant_id, source, progress=judged.append)
    assert judged == []
    blank = workbook([HEADER, *rows[:3]], styled=20)
    file = await preview(engine, programme.tenant_id, io.BytesIO(blank), progress=judged.append)
    assert (file.ready_count, judged) == (3, [2, 3]), "rows without anything are none"


def test_a_count_of_rows_misses_none_at_the_edges_of_pieces(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = workbook([HEADER, *[("王", "1")] * 6])
    monkeypatch.setattr(workbook_module, "MOST_ROWS", 6)
    for size in (1, 2, 3, 4, 5, 6, 7, 64):
        monkeypatch.setattr(workbook_archive, "_PIECE", size)
        with pytest.raises(SheetTooManyRows):
            open_sheet(io.BytesIO(data)).check_rows()


def test_a_damaged_workbook_is_refused_wherever_it_is_damaged() -> None:
    whole = workbook([HEADER, *[(f"王{number**2}", str(number**5)) for number in range(200)]])
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        begin = archive.getinfo(SHEET).header_offset
    refused = 0
    for place in range(begin, begin + 400, 7):
        data = bytearray(whole)
        data[place] ^= 0x55
        try:
            sheet = open_sheet(io.BytesIO(data))
            sheet.check_rows()
            list(sheet.rows())
        except SheetRefused:
            refused += 1
    assert refused > 40, "the others lie in what nobody reads"


def test_what_no_text_holds_stays_written_out_and_no_row_stands_twice() -> None:
    rows = '<row r="{}"><c t="inlineStr"><is><t>{}</t></is></c></row>'

    def sheet(*cells: tuple[int, str]) -> bytes:
        inside = "".join(rows.format(*one) for one in cells)
        content = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{inside}</sheetData></worksheet>'
        return changed(workbook([HEADER]), SHEET, content.encode())

    assert cells_of(sheet((1, "姓名"), (2, "王_x0000__xD800__x0041_"))) == [
        ["姓名"],
        ["王_x0000__xD800_A"],
    ]
    with pytest.raises(SheetDamaged):
        cells_of(sheet((1, "姓名"), (3, "王"), (3, "李")))


async def test_memory_does_not_grow_with_the_file(engine: AsyncEngine) -> None:
    programme = await new_programme(engine)
    rows = [
        (f"王{number}", f"138{number:08d}", "", "", "地" * 150, "", "") for number in range(5000)
    ]
    source = csv_file(*rows)
    tracemalloc.start()
    try:
        file = await preview(engine, programme.tenant_id, source)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (file.ready_count, await members_of(engine, programme.tenant_id)) == (5000, [])
    assert peak < 16 * MIB, "a chunk of lines and a few bytes of each, not the file"
