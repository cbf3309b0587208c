"""Lines of organisation units: each finds its parent among the units and among the other lines."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import today
from ledger.foundation.names import name_key
from ledger.foundation.org_units import LIES_IN, TOPMOST, Level, OrgUnit, list_org_units
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.imports.lines import Line
from ledger.journeys.imports.reading import Cells
from ledger.schema.foundation_policies import ORG_UNIT_LEVELS

#: Other words for the same; a town or a village is another thing, and nobody renames it unasked.
_LEVEL_WORDS: Mapping[str, tuple[str, ...]] = {
    "district": ("区县", "区", "县", "市辖区", "县级市", "district", "county"),
    "subdistrict": ("街道", "街道办", "街道办事处", "subdistrict"),
    "community": ("社区", "居委会", "community"),
    "quarter": ("片区", "网格", "片", "quarter", "grid"),
    "compound": ("小区", "住宅小区", "院落", "compound", "estate"),
}
_LONGEST_PATH = 300
_BETWEEN = ("／", ">", "＞", "→", "\\")
Path = tuple[str, ...]


class UnitLine(msgspec.Struct, frozen=True):
    """What a line says of a unit; ``parent``: the end of its parent's path, empty: the top."""

    level: Level
    name: str
    parent: Path
    valid_from: date


class Node(msgspec.Struct, frozen=True):
    """A unit that may be a parent: one that is there, or one that a line will make."""

    path: Path
    level: str
    begins: date
    org_unit_id: UUID | None = None
    line: Line | None = None

    @property
    def made_id(self) -> UUID | None:
        """The unit, once it is there."""
        return self.org_unit_id if self.line is None else self.line.object_id


class UnitTree:
    """The units of some days, and lines that will become units, by every end of their paths.

    Names are compared as everywhere (``name_key``): full-width or not, they are one name.
    """

    def __init__(self) -> None:
        self._by_end: dict[Path, dict[tuple[Path, str], Node]] = defaultdict(dict)

    def add(self, node: Node) -> None:
        """Let others find this unit; the earliest beginning counts."""
        path = _compared(node.path)
        key = (path, node.level)
        known = self._by_end[path].get(key)
        if known is not None and known.begins <= node.begins:
            return
        for start in range(len(path)):
            self._by_end[path[start:]][key] = node

    def add_units(self, units: Iterable[OrgUnit]) -> None:
        """The units of a day."""
        by_id = {unit.org_unit_id: unit for unit in units}
        for unit in by_id.values():
            path: Path = ()
            step: OrgUnit | None = unit
            while step is not None:
                path = (step.name, *path)
                step = by_id.get(step.parent_id) if step.parent_id else None
            self.add(Node(path, unit.level, unit.valid_from, unit.org_unit_id))

    def ending(self, end: Path) -> list[Node]:
        """Every unit whose path ends so; a whole path first, and alone."""
        wanted = _compared(end)
        found = list(self._by_end.get(wanted, {}).values())
        whole = [node for node in found if _compared(node.path) == wanted]
        return whole or found

    def is_there(self, path: Path, level: str) -> bool:
        """Whether there is such a unit already, beside those that lines will make."""
        known = self.at(path, level)
        return known is not None and known.line is None

    def at(self, path: Path, level: str) -> Node | None:
        """The unit with exactly this path and level."""
        compared = _compared(path)
        return self._by_end.get(compared, {}).get((compared, level))


def read_units(lines: Iterable[Line]) -> None:
    """Read each line by itself."""
    for line in lines:
        cells = Cells(line.values)
        level = cells.choice("level", _LEVEL_WORDS, required=True)
        name = cells.title("name", required=True)
        if name is not None and _parts(name) != (name,):
            cells.refuse("name", "name_has_slash")
        parent = _parts(cells.text("parent", limit=_LONGEST_PATH) or "")
        valid_from = cells.day("valid_from", may_come=True) or today()
        line.problems, line.warnings = cells.problems, cells.warnings
        line.state = "error" if cells.problems else "ready"
        if level is not None:
            line.rank = ORG_UNIT_LEVELS.index(level)
        if not cells.problems and level is not None and name is not None:
            line.parsed = UnitLine(level, name, parent, valid_from)


async def judge_units(
    conn: AsyncConnection, _tenant_id: int, lines: list[Line], _keys: PersonalDataKeys
) -> None:
    """Read the lines and find the parent of each, wider ones first, so that order is no matter."""
    read_units(lines)
    tree = await load_tree(conn, lines)
    # a level out of order is told from a parent that is nowhere
    named = UnitTree()
    for line in lines:
        if line.parsed is not None:
            said: UnitLine = line.parsed
            named.add(Node((*said.parent, said.name), said.level, said.valid_from, line=line))
    for line in sorted(lines, key=lambda one: (one.rank, one.line)):
        if line.state == "ready":
            judge_unit(line, tree, named)


async def load_tree(conn: AsyncConnection, lines: Iterable[Line]) -> UnitTree:
    """The units of the days on which these lines begin."""
    tree = UnitTree()
    for day in sorted({line.parsed.valid_from for line in lines if line.parsed} | {today()}):
        tree.add_units(await list_org_units(conn, on=day))
    return tree


def judge_unit(line: Line, tree: UnitTree, named: UnitTree) -> Node | None:
    """Judge a line and let it be found as a parent; returns its own parent, when it has one.

    ``named``: all lines, whether they are wrong or not.
    """
    said: UnitLine = line.parsed
    parent = None
    if said.parent:
        parent = _parent_of(line, said, tree, named)
        if parent is None:
            return None
    elif said.level not in TOPMOST and not tree.is_there((said.name,), said.level):
        line.refuse("parent", "parent_not_wider")
        return None
    path = (*(parent.path if parent else ()), said.name)
    known = tree.at(path, said.level)
    if known is not None and known.line is None:
        line.skip("name", "exists")
        line.object_id = known.org_unit_id
    elif known is not None and known.line is not None:
        line.skip("name", "twin", known.line.line)
    else:
        tree.add(Node(path, said.level, said.valid_from, line=line))
    return parent


def _parent_of(line: Line, said: UnitLine, tree: UnitTree, named: UnitTree) -> Node | None:
    found = tree.ending(said.parent)
    fitting = [
        node
        for node in found
        if node.level in LIES_IN[said.level] or tree.is_there((*node.path, said.name), said.level)
    ]
    if len(fitting) == 1:
        parent = fitting[0]
        if parent.begins > said.valid_from:
            at = parent.line.line if parent.line else None
            line.refuse("valid_from", "parent_begins_later", at)
            return None
        return parent
    if fitting:
        line.refuse("parent", "parent_ambiguous")
        return None
    written = [node.line for node in named.ending(said.parent) if node.line is not None]
    wrong = [
        one for one in written if one.state == "error" and one.rank < line.rank and one is not line
    ]
    if wrong:
        line.refuse("parent", "parent_not_ready", wrong[0].line)
    elif found or written:
        line.refuse("parent", "parent_not_wider")
    else:
        line.refuse("parent", "parent_missing")
    return None


def _compared(path: Path) -> Path:
    return tuple(map(name_key, path))


def _parts(path: str) -> Path:
    for sign in _BETWEEN:
        path = path.replace(sign, "/")
    return tuple(part.strip() for part in path.split("/") if part.strip())
