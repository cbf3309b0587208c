"""Files and their lines in the database; cells are sealed under a key of the file."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import LedgerError, NotFound
from ledger.foundation.organisations import check_page_size
from ledger.foundation.personal_data import PersonalDataKeys, PersonalDataUnreadable
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.lines import Line, LineState
from ledger.journeys.imports.reading import Problem

_PACKAGE = "ledger.journeys.imports"
_FIELD = "import_line"
ImportState = Literal["previewed", "running", "finished", "cancelled", "expired"]
#: States of lines, "warned": with something odd, "right": all but the wrong ones.
LineFilter = Literal["ready", "skipped", "error", "done", "warned", "right"]


class ImportClosed(LedgerError):
    """A file that was cancelled, or whose preview is older than seven days."""

    template = "This preview is {state}: nothing of it can be imported. Send the file again."


class CellsLost(Exception):
    """The secret that a file's key is under is not in force any more."""


class ImportFile(msgspec.Struct, frozen=True):
    """A file on record."""

    import_id: UUID
    kind: ImportKind
    file_name: str
    sha256: bytes
    size_bytes: int
    #: Wrapped; None once destroyed.
    data_key: bytes | None
    unknown_columns: list[str]
    state: ImportState
    ready_count: int
    skipped_count: int
    error_count: int
    warned_count: int
    done_count: int
    uploaded_by: int
    uploaded_at: datetime
    expires_at: datetime
    confirmed_by: int | None
    confirmed_at: datetime | None
    finished_at: datetime | None

    @property
    def line_count(self) -> int:
        """How many lines the file has."""
        return self.ready_count + self.skipped_count + self.error_count + self.done_count


class StoredLine(msgspec.Struct, frozen=True):
    """A line on record."""

    line: int
    state: LineState
    #: Its cells by field; None once they were let go.
    values: dict[str, str] | None
    problems: list[Problem]
    warnings: list[Problem]
    object_id: UUID | None
    own_number_sealed: bytes | None


class Settled(msgspec.Struct, frozen=True):
    """What became of a line when it was to be written."""

    line: int
    state: LineState
    problem: Problem | None = None
    object_id: UUID | None = None
    own_number_sealed: bytes | None = None


async def list_imports(
    conn: AsyncConnection, *, tenant_id: int, limit: int, before: UUID | None = None
) -> list[ImportFile]:
    """The files of a programme (0: the platform), the latest first."""
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_imports"), tenant_id, None, before, check_page_size(limit)
    )
    return [ImportFile(*tuple(row)) for row in rows]


async def get_import(conn: AsyncConnection, *, tenant_id: int, import_id: UUID) -> ImportFile:
    """One file.

    Raises:
        NotFound: not one of this programme.
    """
    row = await fetch_optional(
        conn, load_sql(_PACKAGE, "list_imports"), tenant_id, import_id, None, 1
    )
    if row is None:
        raise NotFound(kind="import", id=str(import_id))
    return ImportFile(*tuple(row))


async def lock_import(conn: AsyncConnection, *, tenant_id: int, import_id: UUID) -> ImportFile:
    """One file, held until the transaction ends.

    Raises:
        NotFound: not one of this programme.
    """
    await fetch_optional(conn, load_sql(_PACKAGE, "lock_import"), tenant_id, import_id)
    return await get_import(conn, tenant_id=tenant_id, import_id=import_id)


def seal_cells(keys: PersonalDataKeys, data_key: bytes, values: dict[str, str]) -> bytes:
    """The cells of a line under the file's key."""
    return keys.seal(data_key, _FIELD, msgspec.json.encode(values).decode())


def open_cells(
    keys: PersonalDataKeys, file: ImportFile, sealed: bytes | None
) -> dict[str, str] | None:
    """The cells of a line; None once they were let go.

    Raises:
        CellsLost: nobody can read them any more.
    """
    if sealed is None or file.data_key is None:
        return None
    try:
        written = keys.open(bytes(file.data_key), _FIELD, bytes(sealed))
    except PersonalDataUnreadable as error:
        raise CellsLost from error
    return msgspec.json.decode(written, type=dict[str, str])


def _cells_left(
    keys: PersonalDataKeys, file: ImportFile, sealed: bytes | None
) -> dict[str, str] | None:
    try:
        return open_cells(keys, file, sealed)
    except CellsLost:
        return None


async def add_lines(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    import_id: UUID,
    lines: Sequence[Line],
    sealed: Sequence[bytes],
) -> None:
    """Put judged lines on record."""
    await execute(
        conn,
        load_sql(_PACKAGE, "add_lines"),
        tenant_id,
        import_id,
        [line.line for line in lines],
        [line.rank for line in lines],
        [line.state for line in lines],
        list(sealed),
        [line.household for line in lines],
        [line.is_head for line in lines],
        [" ".join(map(str, line.problems)) for line in lines],
        [" ".join(map(str, line.warnings)) for line in lines],
        [line.object_id for line in lines],
    )


async def list_lines(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    file: ImportFile,
    keys: PersonalDataKeys,
    limit: int,
    wanted: LineFilter | None = None,
    after: int = 0,
) -> list[StoredLine]:
    """A page of a file's lines, beginning after a line."""
    rows = await fetch_all(
        conn,
        load_sql(_PACKAGE, "list_lines"),
        tenant_id,
        file.import_id,
        wanted,
        after,
        check_page_size(limit),
    )
    return [
        StoredLine(
            row.line,
            row.state,
            _cells_left(keys, file, row.cells_sealed),
            [Problem.read(one) for one in row.problems],
            [Problem.read(one) for one in row.warnings],
            row.object_id,
            row.own_number_sealed,
        )
        for row in rows
    ]


async def list_next_lines(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    file: ImportFile,
    keys: PersonalDataKeys,
    limit: int,
) -> list[Line]:
    """The next lines to write, those that others need first.

    Raises:
        CellsLost: nobody can read their cells any more.
    """
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_next_lines"), tenant_id, file.import_id, limit
    )
    return [
        Line(line=row.line, rank=row.rank, values=open_cells(keys, file, row.cells_sealed) or {})
        for row in rows
    ]


async def settle_lines(
    conn: AsyncConnection, *, tenant_id: int, import_id: UUID, settled: Sequence[Settled]
) -> None:
    """Write down what became of ready lines, and how many are left."""
    await execute(
        conn,
        load_sql(_PACKAGE, "settle_lines"),
        tenant_id,
        import_id,
        [one.line for one in settled],
        [one.state for one in settled],
        [str(one.problem or "") for one in settled],
        [one.object_id for one in settled],
        [one.own_number_sealed for one in settled],
    )
    states = Counter(one.state for one in settled)
    await execute(
        conn,
        load_sql(_PACKAGE, "count_settled"),
        tenant_id,
        import_id,
        states["skipped"],
        states["error"],
        states["done"],
    )


async def count_lines(conn: AsyncConnection, *, tenant_id: int, import_id: UUID) -> None:
    """Write down how many lines are in which state."""
    await execute(conn, load_sql(_PACKAGE, "count_lines"), tenant_id, import_id)
