"""What the interface says of lists that were sent, and of their lines."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.v1.signatories import SignatoryView, list_signatories
from ledger.journeys.imports.store import ImportFile


class ListImportView(msgspec.Struct, frozen=True):
    """A list and how far it is; counts are of its lines."""

    import_id: UUID
    kind: str
    file_name: str
    state: Annotated[str, Meta(examples=["previewed"])]
    line_count: int
    ready_count: Annotated[int, Meta(description="To be written when confirmed.")]
    skipped_count: Annotated[
        int, Meta(description="There already, on an earlier line, or no person.")
    ]
    error_count: int
    warned_count: Annotated[int, Meta(description="Odd, in whichever state.")]
    done_count: int
    unknown_columns: list[str]
    uploaded_by: SignatoryView
    uploaded_at: datetime
    expires_at: Annotated[datetime, Meta(description="When what it holds is destroyed.")]
    confirmed_by: Annotated[
        SignatoryView | None, Meta(description="Who answers for what it writes.")
    ]
    confirmed_at: datetime | None
    finished_at: datetime | None


class ListImportPage(msgspec.Struct, frozen=True):
    """A page of lists, the latest first."""

    items: list[ListImportView]
    next_cursor: str | None


class LineProblemView(msgspec.Struct, frozen=True):
    """What is wrong with a line, or odd about it; never what was written there."""

    field: Annotated[str, Meta(examples=["phone"])]
    reason: Annotated[str, Meta(examples=["phone"])]
    line: Annotated[int | None, Meta(description="Another line it is about.")]
    message: str


class ImportLineView(msgspec.Struct, frozen=True):
    """A line of a list."""

    line: int
    state: str
    problems: list[LineProblemView]
    warnings: list[LineProblemView]
    object_id: Annotated[UUID | None, Meta(description="What was made of it, or was there.")]


class ImportLinePage(msgspec.Struct, frozen=True):
    """A page of lines in their order."""

    items: list[ImportLineView]
    next_cursor: str | None


async def view_imports(conn: AsyncConnection, files: Sequence[ImportFile]) -> list[ListImportView]:
    """Lists with who sent and who confirmed each."""
    callers = (who for file in files for who in (file.uploaded_by, file.confirmed_by))
    signatories = await list_signatories(conn, callers)
    return [
        ListImportView(
            **{
                name: getattr(file, name)
                for name in ListImportView.__struct_fields__
                if name not in ("uploaded_by", "confirmed_by")
            },
            uploaded_by=signatories[file.uploaded_by],
            confirmed_by=signatories.get(file.confirmed_by),
        )
        for file in files
    ]


async def view_import(conn: AsyncConnection, file: ImportFile) -> ListImportView:
    """A list with who sent and who confirmed it."""
    (shown,) = await view_imports(conn, [file])
    return shown
