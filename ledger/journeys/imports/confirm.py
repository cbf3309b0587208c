"""A confirmed file is written in batches; each is a transaction, and a line is written once.

Whoever confirms twice, or goes on after a crash, finds the lines that are left. Every line is held
against the present again before it is written.

Source: docs/decisions/0054-imports.md
"""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.clock import now
from ledger.database import execute, fetch_value, load_sql, write_transaction
from ledger.foundation.audit_log import record_action
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.approvals.rights import AskerLostRight, require_asker_still
from ledger.journeys.imports.columns import ImportKind
from ledger.journeys.imports.organisations_written import write_organisations
from ledger.journeys.imports.people_judged import judge_people, read_people
from ledger.journeys.imports.people_written import keep_households_whole, write_people
from ledger.journeys.imports.repeats import ImportMayRepeat, find_repeats
from ledger.journeys.imports.store import (
    CellsLost,
    ImportClosed,
    ImportFile,
    Settled,
    get_import,
    list_next_lines,
    lock_import,
    settle_lines,
)
from ledger.journeys.imports.units_written import write_units
from ledger.journeys.jobs.declaration import SYSTEM_CALLER

_PACKAGE = "ledger.journeys.imports"
#: What somebody must hold to import a kind: the rights of enrolling by hand.
KIND_PERMISSIONS: Mapping[ImportKind, tuple[str, ...]] = {
    "people": ("members.enrol", "members.manage"),
    "merchants": ("merchants.enrol", "merchants.manage"),
    "partners": ("partners.manage",),
    "org_units": ("org_units.manage",),
}
#: Lines of a transaction: of people half a second's work.
BATCH = 500
#: Of organisations each is enrolled by itself; the tree of units is read once a batch.
_BATCH_OF_ORGANISATIONS = 50
_BATCH_OF_UNITS = 200


class Progress(msgspec.Struct, frozen=True):
    """How far a file is."""

    file: ImportFile
    more: bool


async def confirm_import(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    import_id: UUID,
    caller_id: int,
    checked: bool = False,
) -> ImportFile:
    """Let the ready lines be written from now on. Twice is once.

    ``checked``: somebody has looked at what speaks for a repetition.

    Raises:
        NotFound: not a file of this programme.
        ImportMayRepeat: that was not said, and something does.
        ImportClosed: it was cancelled, or its preview is older than seven days.
    """
    file = await lock_import(conn, tenant_id=tenant_id, import_id=import_id)
    if file.state in ("running", "finished"):
        return file
    if file.state != "previewed" or file.expires_at <= now():
        raise ImportClosed(state="expired" if file.state == "previewed" else file.state)
    await fetch_value(conn, load_sql(_PACKAGE, "lock_place"), tenant_id)  # two of the same at once
    if not checked and (found := await find_repeats(conn, tenant_id=tenant_id, file=file)):
        raise ImportMayRepeat(lines=found.lines)
    await _set_state(conn, tenant_id, import_id, "running", caller_id)
    await execute(conn, load_sql(_PACKAGE, "note_due"), tenant_id, import_id, now())
    await _record(conn, tenant_id, file, caller_id, "confirm")
    return await get_import(conn, tenant_id=tenant_id, import_id=import_id)


async def cancel_import(
    conn: AsyncConnection, *, tenant_id: int, import_id: UUID, caller_id: int
) -> ImportFile:
    """Let go of a preview and destroy its key. Twice is once.

    Raises:
        NotFound: not a file of this programme.
        ImportClosed: it is being written, or was.
    """
    file = await lock_import(conn, tenant_id=tenant_id, import_id=import_id)
    if file.state in ("running", "finished"):
        raise ImportClosed(state=file.state)
    if file.state == "previewed":
        await _set_state(conn, tenant_id, import_id, "cancelled", None)
        await _forget(conn, tenant_id, import_id)
        await _record(conn, tenant_id, file, caller_id, "cancel")
    return await get_import(conn, tenant_id=tenant_id, import_id=import_id)


async def write_next_lines(
    conn: AsyncConnection, *, tenant_id: int, import_id: UUID, keys: PersonalDataKeys
) -> Progress:
    """Write the next lines of a confirmed file, in the transaction it is given.

    Who is known already is judged by what the lists before have written: one list of a place at a
    time, or two with the same people would both find nobody.

    Raises:
        NotFound: not a file of this programme.
        ImportClosed: it was not confirmed.
        CellsLost: nobody can read its cells any more.
    """
    file = await lock_import(conn, tenant_id=tenant_id, import_id=import_id)
    if file.state == "finished":
        return Progress(file, more=False)
    if file.state != "running" or file.confirmed_by is None:
        raise ImportClosed(state=file.state)
    await fetch_value(conn, load_sql(_PACKAGE, "lock_place"), tenant_id)
    limit = _batch_of(file.kind)
    lines = await list_next_lines(conn, tenant_id=tenant_id, file=file, keys=keys, limit=limit)
    if not lines:
        await _finish(conn, tenant_id, file)
        done = await get_import(conn, tenant_id=tenant_id, import_id=import_id)
        return Progress(done, more=False)
    settled: list[Settled]
    if file.kind == "people":
        read_people(lines)
        judged = await judge_people(conn, tenant_id=tenant_id, lines=lines, keys=keys)
        keep_households_whole(judged)
        settled = await write_people(
            conn,
            tenant_id=tenant_id,
            judged=judged,
            keys=keys,
            caller_id=file.confirmed_by,
            reason=f"import {import_id}",
        )
    elif file.kind == "org_units":
        settled = await write_units(conn, lines=lines)
    else:
        settled = await write_organisations(
            conn,
            tenant_id=tenant_id,
            kind=file.kind,
            lines=lines,
            keys=keys,
            caller_id=file.confirmed_by,
        )
    await settle_lines(conn, tenant_id=tenant_id, import_id=import_id, settled=settled)
    written = await get_import(conn, tenant_id=tenant_id, import_id=import_id)
    return Progress(written, more=True)


def _batch_of(kind: ImportKind) -> int:
    if kind == "people":
        return BATCH
    return _BATCH_OF_UNITS if kind == "org_units" else _BATCH_OF_ORGANISATIONS


async def write_lines(
    engine: AsyncEngine, *, tenant_id: int, import_id: UUID, keys: PersonalDataKeys
) -> Progress:
    """The next lines in a transaction of their own.

    A file is closed when its cells are lost, or when whoever confirmed it may not enrol any more.

    Raises:
        NotFound: not a file of this programme.
        ImportClosed: it was not confirmed, or is closed now; what was written stays.
    """

    async def batch(conn: AsyncConnection) -> Progress:
        await _require_right_still(conn, tenant_id=tenant_id, import_id=import_id)
        return await write_next_lines(conn, tenant_id=tenant_id, import_id=import_id, keys=keys)

    try:
        return await write_transaction(engine, batch, tenant_id=tenant_id)
    except (AskerLostRight, CellsLost) as error:
        await write_transaction(
            engine,
            lambda conn: expire_import(conn, tenant_id=tenant_id, import_id=import_id),
            tenant_id=tenant_id,
        )
        raise ImportClosed(state="expired") from error


async def _require_right_still(conn: AsyncConnection, *, tenant_id: int, import_id: UUID) -> None:
    """Refuse to write on for somebody who has lost the right to; the command line needs none.

    Raises:
        AskerLostRight: the role ended meanwhile.
    """
    file = await lock_import(conn, tenant_id=tenant_id, import_id=import_id)
    if file.state != "running" or file.confirmed_by is None or file.confirmed_by == SYSTEM_CALLER:
        return
    for permission in KIND_PERMISSIONS[file.kind]:
        await require_asker_still(
            conn, caller_id=file.confirmed_by, permission=permission, tenant_id=tenant_id
        )


async def expire_import(conn: AsyncConnection, *, tenant_id: int, import_id: UUID) -> None:
    """Destroy the key of a file whose time is over; what was written stays."""
    file = await lock_import(conn, tenant_id=tenant_id, import_id=import_id)
    if file.state in ("previewed", "running"):
        await _set_state(conn, tenant_id, import_id, "expired", None)
    await _forget(conn, tenant_id, import_id)


async def _finish(conn: AsyncConnection, tenant_id: int, file: ImportFile) -> None:
    """Note the end; the cells of wrong lines stay for mending until the file expires."""
    assert file.confirmed_by is not None, "only confirmed files are written"
    await _set_state(conn, tenant_id, file.import_id, "finished", None)
    if file.error_count:
        await execute(
            conn, load_sql(_PACKAGE, "note_due"), tenant_id, file.import_id, file.expires_at
        )
        await execute(conn, load_sql(_PACKAGE, "forget_cells"), tenant_id, file.import_id, True)
    else:
        await _forget(conn, tenant_id, file.import_id)
    await _record(conn, tenant_id, file, file.confirmed_by, "finish")


async def _forget(conn: AsyncConnection, tenant_id: int, import_id: UUID) -> None:
    """Destroy the key, empty the cells; with the file nothing is left to be done."""
    await execute(conn, load_sql(_PACKAGE, "destroy_import_key"), tenant_id, import_id)
    await execute(conn, load_sql(_PACKAGE, "forget_cells"), tenant_id, import_id, False)
    await execute(conn, load_sql(_PACKAGE, "drop_due"), tenant_id, import_id)


async def _set_state(
    conn: AsyncConnection,
    tenant_id: int,
    import_id: UUID,
    state: Literal["running", "finished", "cancelled", "expired"],
    confirmed_by: int | None,
) -> None:
    statement = load_sql(_PACKAGE, "set_import_state")
    await execute(conn, statement, tenant_id, import_id, state, confirmed_by, now())


async def _record(
    conn: AsyncConnection, tenant_id: int, file: ImportFile, caller_id: int, act: str
) -> None:
    counts = (
        f"ready {file.ready_count}, done {file.done_count}, skipped {file.skipped_count}, "
        f"wrong {file.error_count}"
    )
    await record_action(
        conn,
        caller_id=caller_id,
        action=f"import.{act}",
        tenant_id=tenant_id or None,
        object_kind="import",
        object_id=str(file.import_id),
        reason=f"{file.kind} {bytes(file.sha256).hex()[:16]}: {counts}",
    )
