"""CSV for spreadsheets: no cell becomes a formula, whatever somebody typed into it."""

import csv
import io
from collections.abc import Iterable, Sequence

from litestar import Response

_BYTE_ORDER_MARK = "\ufeff"
#: A spreadsheet takes a cell that begins so for a formula, or for the end of one.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def neutral(cell: object) -> str:
    """A cell as text; one that would be a formula gets an apostrophe before it."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def csv_answer(name: str, rows: Iterable[Sequence[object]]) -> Response[bytes]:
    """A file to be saved under ``name`` (plain ASCII); UTF-8 with a mark, for spreadsheets."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows([neutral(cell) for cell in row] for row in rows)
    return Response(
        (_BYTE_ORDER_MARK + written.getvalue()).encode(),
        media_type="text/csv",  # whoever sends it adds the charset
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )
