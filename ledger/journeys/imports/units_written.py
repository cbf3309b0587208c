"""Ready lines of organisation units become units, wider ones first."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.errors import LedgerError
from ledger.foundation.org_units import create_org_unit, lock_org_units
from ledger.journeys.imports.lines import Line
from ledger.journeys.imports.reading import Problem
from ledger.journeys.imports.store import Settled
from ledger.journeys.imports.unit_lines import UnitLine, UnitTree, judge_unit, load_tree, read_units


async def write_units(conn: AsyncConnection, *, lines: Sequence[Line]) -> list[Settled]:
    """Create the units of these lines; each is held against the units of the moment again.

    Those are read once, since nobody else changes them until the transaction ends.
    """
    await lock_org_units(conn)
    read_units(lines)
    tree = await load_tree(conn, lines)
    settled = []
    for line in lines:
        if line.state == "ready":
            settled.append(await _write(conn, line, tree))
        else:
            settled.append(Settled(line.line, "error", line.problems[-1]))
    return settled


async def _write(conn: AsyncConnection, line: Line, tree: UnitTree) -> Settled:
    said: UnitLine = line.parsed
    parent = judge_unit(line, tree, UnitTree())
    if parent is not None and parent.made_id is None:
        line.refuse("parent", "parent_missing")
    if line.state != "ready":
        return Settled(line.line, line.state, line.problems[-1], line.object_id)
    try:
        async with conn.begin_nested():
            unit = await create_org_unit(
                conn,
                level=said.level,
                name=said.name,
                valid_from=said.valid_from,
                parent_id=parent.made_id if parent else None,
            )
    except LedgerError:
        return Settled(line.line, "error", Problem("parent", "parent_missing"))
    line.object_id = unit.org_unit_id
    return Settled(line.line, "done", None, unit.org_unit_id)
