"""A statement as a PDF: its lines on A4, the font inside, a check value at the foot."""

import asyncio
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from pathlib import Path

import typst

from api.web.formatting import format_amount
from api.web.movements import about_of
from api.web.statement_files import COLUMNS, Chunks, Sheet, line_name
from api.web.texts import text
from ledger.errors import LedgerError
from ledger.journeys.account_statement import FoundLine

_TEMPLATE = Path(__file__).parent.parent / "templates" / "print" / "statement.typ"
#: Families with Chinese characters, the best first. Source: Debian's fonts-noto-cjk and
#: fonts-wqy-zenhei, and what Windows and macOS bring along.
CJK_FAMILIES = (
    *("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
    *("Microsoft YaHei", "PingFang SC", "SimSun"),
)

#: Below the data directory: where an administrator may lay a font.
FONTS_FOLDER = "fonts"

#: Hexadecimal digits that stand at the foot of a PDF.
CHECK_DIGITS = 16
#: A long PDF takes some hundreds of megabytes while it is made, so there is one at a time.
_PRINTER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pdf")


class PdfFontMissing(LedgerError):
    """A PDF in Chinese needs a font, and this machine has none."""

    template = (
        "No font with Chinese characters is installed: install fonts-noto-cjk or "
        "fonts-wqy-zenhei, or put a font into {folder}."
    )


async def pdf_content(sheet: Sheet, chunks: Chunks, fonts_folder: Path) -> str:
    """What a PDF says, as its template takes it.

    Raises:
        PdfFontMissing: no font of this machine has Chinese characters.
    """
    found = [line async for chunk in chunks for line in chunk]
    names = {name: text(sheet.language, f"filter.column.{name}") for name in COLUMNS}
    content = {
        "title": sheet.title,
        "owner": sheet.owner,
        "filters": list(sheet.filters),
        "made": sheet.made,
        "lang": "zh" if sheet.language == "zh-CN" else "en",
        "font": pdf_font(fonts_folder),
        "names": names,
        "lines": [_pdf_line(line, sheet) for line in found],
        "check": text(sheet.language, "filter.check", value=check_value(sheet, found)),
        "total": f"{text(sheet.language, 'filter.column.total')} {sheet.lines}",
        "in": str(format_amount(sheet.total_in, sheet.unit, sheet.language)),
        "out": str(format_amount(sheet.total_out, sheet.unit, sheet.language)),
    }
    return json.dumps(content, ensure_ascii=False)


async def pdf(content: str, fonts_folder: Path) -> bytes:
    """An A4 document with the fonts in it; one is made at a time, the others wait."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_PRINTER, _compile, content, _fonts(fonts_folder))


def check_value(sheet: Sheet, lines: Sequence[FoundLine]) -> str:
    """Sixteen digits over title, owner, filters and every line: a change of any gives another.

    Whoever asks for the same statement again, before anything more is booked in its period, gets
    the same; so a print can be told from one that was altered.
    """
    head = [sheet.title, sheet.owner, *sheet.filters]
    rows = [(one.entry_id.hex, one.booked_on.isoformat(), one.amount, one.balance) for one in lines]
    digits = sha256(json.dumps([head, rows]).encode()).hexdigest()[:CHECK_DIGITS].upper()
    return " ".join(digits[place : place + 4] for place in range(0, CHECK_DIGITS, 4))


def _compile(content: str, fonts: typst.Fonts) -> bytes:
    document = typst.compile(
        str(_TEMPLATE),
        root=str(_TEMPLATE.parent),
        font_paths=fonts,
        format="pdf",
        sys_inputs={"content": content},
    )
    assert isinstance(document, bytes), "a PDF is one file"
    return document


def _pdf_line(line: FoundLine, sheet: Sheet) -> list[str]:
    def written(value: int) -> str:
        return str(format_amount(value, sheet.unit, sheet.language))

    return [
        line.booked_on.isoformat(),
        line.event_code,
        line_name(line, sheet),
        about_of(line, sheet.subjects) or "",
        written(line.paid_in) if line.paid_in else "",
        written(line.paid_out) if line.paid_out else "",
        written(line.balance),
    ]


@cache
def _fonts(folder: Path) -> typst.Fonts:
    """The fonts of the machine and of our own folder, looked for once."""
    return typst.Fonts(font_paths=[str(folder)] if folder.is_dir() else [])


@cache
def pdf_font(folder: Path) -> str:
    """The family in which PDFs are set.

    Raises:
        PdfFontMissing: none of the known ones is there.
    """
    families = set(_fonts(folder).families())
    found = next((name for name in CJK_FAMILIES if name in families), None)
    if found is None:
        raise PdfFontMissing(folder=str(folder))
    return found
