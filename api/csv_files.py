"""CSV for spreadsheets: no cell becomes a formula, whatever somebody typed into it."""

import csv
import io
from collections.abc import Iterable, Sequence

from litestar import Response

from ledger.sheets.cells import never_formula

_BYTE_ORDER_MARK = "\ufeff"


def csv_answer(name: str, rows: Iterable[Sequence[object]]) -> Response[bytes]:
    """A file to be saved under ``name`` (plain ASCII); UTF-8 with a mark, for spreadsheets."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerows(
        ["" if cell is None else never_formula(str(cell)) for cell in row] for row in rows
    )
    return Response(
        (_BYTE_ORDER_MARK + written.getvalue()).encode(),
        media_type="text/csv",  # whoever sends it adds the charset
        headers={
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
        },
    )
