"""Tables made to do harm: a few bytes that come to gigabytes, and what others would not see."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.journeys.imports import preview as preview_module
from ledger.sheets.errors import (
    SheetCellTooLong,
    SheetDamaged,
    SheetRefused,
    SheetRowTooLong,
    SheetRowUnreadable,
    SheetTooLarge,
)
from ledger.sheets.rows import LONGEST_CELL, LONGEST_ROW, MIB, open_sheet
from tests.imports.files import csv_file, new_programme, preview

_SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET = "xl/worksheets/sheet1.xml"
HEADINGS = '<row r="1"><c r="A1" t="inlineStr"><is><t>姓名</t></is></c></row>'


def sheet(rows: str, around: str = "") -> str:
    return f'<worksheet xmlns="{_SPREADSHEET}">{around}<sheetData>{rows}</sheetData></worksheet>'


def texts(*items: str) -> str:
    inside = "".join(f"<si><t>{item}</t></si>" for item in items)
    return f'<sst xmlns="{_SPREADSHEET}">{inside}</sst>'


def book(
    content: str | bytes,
    *,
    strings: str = "",
    styles: str = "",
    relations: str = "",
    packing: int = zipfile.ZIP_DEFLATED,
    is_1904: bool = False,
) -> bytes:
    """A workbook whose one sheet and lists stand in the file as they are given."""
    target = io.BytesIO()
    relation = '<Relationship Id="r1" Type="x" Target="worksheets/sheet1.xml"/>'
    parts = {
        "xl/workbook.xml": f'<workbook xmlns="{_SPREADSHEET}" xmlns:r="{_OFFICE}">'
        f'<workbookPr date1904="{int(is_1904)}"/>'
        '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">'
        f"{relation}{relations}</Relationships>",
    }
    if strings:
        parts["xl/sharedStrings.xml"] = strings
    if styles:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{_SPREADSHEET}">{styles}</styleSheet>'
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        archive.writestr(SHEET, content, compress_type=packing)
    return target.getvalue()


def cells_of(data: bytes) -> list[list[str]]:
    table = open_sheet(io.BytesIO(data))
    table.check_rows()
    return [row.cells for row in table.rows()]


def peak_of(data: bytes, refusal: type[SheetRefused]) -> int:
    """Bytes that reading takes until it is refused."""
    tracemalloc.start()
    try:
        with pytest.raises(refusal):
            cells_of(data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("number", ["1E-999999", "-1E-999999", "1E999999", "0E-999999", "1E-30"])
def test_a_number_of_a_few_bytes_is_a_short_text(number: str) -> None:
    (cells,) = cells_of(book(sheet(f'<row r="1"><c r="A1"><v>{number}</v></c></row>')))
    assert len(cells[0]) < 20


@pytest.mark.parametrize("is_1904", [False, True])
def test_a_day_beyond_the_calendar_is_no_day(is_1904: bool) -> None:
    rows = '<row r="1"><c r="A1" s="0"><v>2958465</v></c><c r="B1" s="0"><v>2957003</v></c></row>'
    styles = '<cellStyleXfs><xf/></cellStyleXfs><cellXfs><xf numFmtId="14"/></cellXfs>'
    (cells,) = cells_of(book(sheet(rows), styles=styles, is_1904=is_1904))
    assert cells == (["2958465", "9999-12-31"] if is_1904 else ["9999-12-31", "9995-12-30"])


def test_a_text_is_counted_wherever_it_is_named() -> None:
    def named(text: str, rows: int, cells: int) -> bytes:
        cell = '<c t="s"><v>0</v></c>' * cells
        lines = "".join(f'<row r="{row}">{cell}</row>' for row in range(2, rows + 2))
        return book(sheet(HEADINGS + lines), strings=texts(text))

    with pytest.raises(SheetCellTooLong) as refused:
        cells_of(named("a" * (LONGEST_CELL + 1), 60, 1))
    assert (refused.value.line, refused.value.letters) == (2, "A")
    assert cells_of(named("a" * LONGEST_CELL, 2, 3))[2] == ["a" * LONGEST_CELL] * 3
    with pytest.raises(SheetRowTooLong):
        cells_of(named("a" * (LONGEST_ROW // 4 + 1), 1, 4))
    assert peak_of(named("a" * LONGEST_CELL, 600, 3), SheetTooLarge) > 0


def test_a_text_file_has_the_limits_of_a_workbook() -> None:
    with pytest.raises(SheetCellTooLong) as refused:
        cells_of(("姓名,备注\n王小明," + "a" * (LONGEST_CELL + 1)).encode())
    assert (refused.value.line, refused.value.letters) == (2, "B")
    with pytest.raises(SheetRowTooLong):
        cells_of(("姓名\n" + ",".join(["a" * 10_001] * 10)).encode())
    broken = b'"ab\n",' * (MIB // 2)
    assert peak_of(b"a,b\n" + broken, SheetRowUnreadable) < 50 * MIB


def _many(element: str, size: int) -> str:
    return element * (size // len(element))


@pytest.mark.parametrize(
    "data",
    [
        lambda: book(sheet(HEADINGS + f'<row r="2">{_many("<c/>", 7 * MIB)}</row>')),
        lambda: book(sheet("", around=_many("<a/>", 7 * MIB))),
        lambda: book(sheet(HEADINGS), strings=texts(*["王" * 10_000] * 3_000)),
        lambda: book(sheet(HEADINGS), styles=f"<cellXfs>{_many('<xf/>', MIB)}</cellXfs>"),
        lambda: book(
            sheet(HEADINGS),
            relations=_many('<Relationship Id="r1" Target="worksheets/sheet1.xml"/>', 8 * MIB),
        ),
    ],
    ids=["cells", "unknown", "strings", "styles", "relations"],
)
def test_what_a_workbook_lists_is_bounded(data: Callable[[], bytes]) -> None:
    """Of what Python holds; libxml2 holds no more than the elements that are counted."""
    assert peak_of(data(), SheetTooLarge) < 100 * MIB


def test_an_archive_of_a_hundred_thousand_parts_is_not_listed() -> None:
    head = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, *[0] * 14, 0)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0, 0, len(head) * 100_000, 4, 0)
    assert peak_of(b"PK\x03\x04" + head * 100_000 + end, SheetDamaged) < 12 * MIB


@pytest.mark.parametrize(
    "data",
    [
        book(sheet('<row r="1"><c t="s"><v>' + "9" * 5_000 + "</v></c></row>"), strings=texts("a")),
        book(sheet('<row r="1"><c r="C1"><v>3</v></c><c r="A1"><v>1</v></c></row>')),
        book(sheet('<row r="1"><c r="A1"><v>3</v></c><c r="A1"><v>1</v></c></row>')),
        book(sheet(HEADINGS), packing=zipfile.ZIP_LZMA),
        book(sheet(HEADINGS), packing=zipfile.ZIP_BZIP2),
        book(sheet(HEADINGS).encode("utf-16")),
        book(sheet(HEADINGS).encode("utf-16-le")),
        book(b'<?xml version="1.0" encoding="GBK"?>' + sheet(HEADINGS).encode("gbk")),
        book(f"<!--{'x' * 65_524}--><!DOCTYPE a [<!ENTITY a 'b'>]>{sheet(HEADINGS)}"),
        book(f"<!DOCTYPE a>{sheet(HEADINGS)}"),
    ],
    ids=[
        *("index", "order", "twice", "lzma", "bzip2", "utf16", "utf16-unmarked", "gbk"),
        *("declared", "named"),
    ],
)
def test_what_no_program_writes_is_damaged(data: bytes) -> None:
    with pytest.raises(SheetDamaged):
        cells_of(data)


def test_cells_without_a_place_stand_one_behind_the_other() -> None:
    row = '<row r="1"><c><v>1</v></c><c/><c><v>3</v></c><c r="E1"><v>5</v></c></row>'
    assert cells_of(book(sheet(row))) == [["1", "", "3", "", "5"]]


def test_an_archive_that_points_nowhere_is_damaged() -> None:
    """Each byte of where its parts stand, and what they are called, is set to the highest."""
    whole = book(sheet(HEADINGS))
    begin = whole.index(b"PK\x01\x02")
    for place in range(begin, len(whole)):
        data = bytearray(whole)
        data[place] = 0xFF
        try:
            cells_of(bytes(data))
        except SheetRefused:
            continue


async def test_long_lines_are_judged_in_smaller_pieces(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preview_module, "CHUNK_TEXT", 300)
    programme = await new_programme(engine)
    rows = [(f"王{number}", f"1380013800{number}", "", "", "地" * 100) for number in range(7)]
    judged: list[int] = []
    await preview(engine, programme.tenant_id, csv_file(*rows), progress=judged.append)
    assert judged == [3, 6, 7]
