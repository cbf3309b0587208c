"""What lists of the last days say of somebody who is erased is let go with her.

A list that is sent again afterwards is somebody's new act; one that was judged before is not.

Source: docs/decisions/0049-personal-data.md
"""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_all, fetch_value, load_sql, set_tenant
from ledger.foundation.disclosures import read_personal_data
from ledger.foundation.names import person_key
from ledger.foundation.organisations import LARGEST_PAGE, list_memberships
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.imports.reading import Problem
from ledger.journeys.imports.store import (
    StoredLine,
    count_lines,
    list_lines,
    lock_import,
)

_PACKAGE = "ledger.journeys.imports"
#: Kinds of lists that name people, and where.
_NAMES = {"people": "name", "merchants": "contact_name", "partners": "contact_name"}


class _Sought(msgspec.Struct, frozen=True):
    """By what lines are known to be about somebody."""

    name: str
    #: Indexes of telephone and identity number, by field.
    numbers: dict[str, bytes]
    #: Places where she is or was a member, with who she is there.
    members: dict[int, UUID]
    keys: PersonalDataKeys


async def forget_in_imports(
    conn: AsyncConnection, *, person_id: int, keys: PersonalDataKeys
) -> None:
    """Let go of the lines about a person in every list whose cells are still there.

    It is her line by her telephone or identity number, by what was made of it, or by her name in a
    place of hers: of two people of one name, whoever stays is sent again. Such a line is skipped
    and says why. Lists that are being judged are waited for. The tenant in force changes.
    """
    await fetch_value(conn, load_sql(_PACKAGE, "await_previews"))
    files = await fetch_all(conn, load_sql(_PACKAGE, "list_open_files"))
    if not files:
        return
    values = await read_personal_data(conn, person_id=person_id, keys=keys)
    numbers = {
        field: keys.blind_index(field, value)
        for field in ("phone", "id_number")
        if (value := values[field])
    }
    memberships = await list_memberships(conn, person_id=person_id)
    members = {one.tenant.tenant_id: one.member.member_id for one in memberships}
    sought = _Sought(person_key(values["name"] or ""), numbers, members, keys)
    for row in files:
        await set_tenant(conn, row.scope_tenant_id)
        await _forget_in(conn, row.scope_tenant_id, row.import_id, sought)


async def _forget_in(
    conn: AsyncConnection, tenant_id: int, import_id: UUID, sought: _Sought
) -> None:
    file = await lock_import(conn, tenant_id=tenant_id, import_id=import_id)
    if file.kind not in _NAMES or file.data_key is None:
        return
    after, found = 0, list[int]()
    while lines := await list_lines(
        conn, tenant_id=tenant_id, file=file, keys=sought.keys, limit=LARGEST_PAGE, after=after
    ):
        found += await asyncio.to_thread(_hers, lines, sought, tenant_id)
        after = lines[-1].line
    if found:
        problem = str(Problem(_NAMES[file.kind], "erased"))
        statement = load_sql(_PACKAGE, "forget_lines")
        await execute(conn, statement, tenant_id, import_id, found, problem)
        await count_lines(conn, tenant_id=tenant_id, import_id=import_id)


def _hers(lines: Sequence[StoredLine], sought: _Sought, tenant_id: int) -> list[int]:
    """The numbers of the lines about her whose cells are still there, in whichever column."""
    member = sought.members.get(tenant_id)

    def is_hers(line: StoredLine, cells: Sequence[str]) -> bool:
        if member is not None and (
            line.object_id == member or any(person_key(cell) == sought.name for cell in cells)
        ):
            return True
        return any(
            sought.keys.blind_index(field, cell) == index
            for field, index in sought.numbers.items()
            for cell in cells
        )

    return [
        line.line
        for line in lines
        if line.values and is_hers(line, [cell for cell in line.values.values() if cell])
    ]
