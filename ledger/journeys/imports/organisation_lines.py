"""Lines of merchants and partners: a name, what it is, who stands or speaks for it."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import today
from ledger.database import fetch_all, load_sql
from ledger.foundation.names import name_key
from ledger.foundation.partners import PartnerKind
from ledger.journeys.imports.footers import is_about_the_list
from ledger.journeys.imports.lines import Line
from ledger.journeys.imports.reading import LONGEST_NAME, Cells
from ledger.programmes.redemption.contracts import usual_rates
from ledger.sheets.cells import plain

_PACKAGE = "ledger.journeys.imports"
OrganisationKind = Literal["merchants", "partners"]
_KINDS: Mapping[str, tuple[str, ...]] = {
    "unit": ("单位", "共建单位", "机关", "学校", "企业", "unit", "organisation"),
    "shop": ("商铺", "商户", "店铺", "商店", "门店", "shop", "store"),
    "craftsman": ("匠人", "能工巧匠", "手艺人", "个人", "craftsman"),
}
_YUAN = re.compile(r"[¥￥]?([0-9]{1,4})(?:\.([0-9]{1,2})0*)?元?\Z")


class OrganisationLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a line says of a merchant or partner."""

    name: str
    contact_name: str | None
    contact_phone: str | None
    #: Of a partner.
    kind: PartnerKind | None = None
    #: Of a merchant: fen paid for 100 points; None: by the community's rule.
    fen_per_100_points: int | None = None


def read_organisations(kind: OrganisationKind, lines: Iterable[Line]) -> None:
    """Read each line by itself."""
    for line in lines:
        if is_about_the_list(kind, line.values):
            line.skip("name", "nobody")
            continue
        cells = Cells(line.values)
        name = cells.title("name", required=True)
        contact_name = cells.name("contact_name")
        contact_phone = cells.phone("contact_phone")
        partner_kind = rate = None
        if kind == "partners":
            partner_kind = cells.choice("kind", _KINDS, required=True)
        else:
            rate = _rate(cells)
        if contact_name and "contact_phone" not in line.values:
            cells.refuse("contact_phone", "contact_phone_missing")
        if contact_phone and "contact_name" not in line.values:
            cells.refuse("contact_name", "contact_name_missing")
        line.problems, line.warnings = cells.problems, cells.warnings
        line.state = "error" if cells.problems else "ready"
        if not cells.problems and name is not None:
            line.parsed = OrganisationLine(
                name=name,
                contact_name=contact_name,
                contact_phone=contact_phone,
                kind=partner_kind,
                fen_per_100_points=rate,
            )


def _rate(cells: Cells) -> int | None:
    words = cells.text("rate", limit=LONGEST_NAME)
    if words is None:
        return None
    found = _YUAN.match(plain(words).replace(",", "").replace(" ", ""))
    if found is None:
        cells.refuse("rate", "rate")
        return None
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


async def judge_organisations(
    conn: AsyncConnection, *, tenant_id: int, kind: OrganisationKind, lines: list[Line]
) -> None:
    """Read the lines and skip those whose name is there, or stood on an earlier line."""
    read_organisations(kind, lines)
    if kind == "merchants":
        await _judge_rates(conn, tenant_id, lines)
    ready = [line for line in lines if line.state == "ready"]
    names = list({name_key(line.parsed.name) for line in ready})
    rows = await fetch_all(conn, load_sql(_PACKAGE, "find_taken_names"), tenant_id, names)
    taken = {row.name: row.id for row in rows if row.kind == kind}
    first: dict[str, int] = {}
    for line in ready:
        name = name_key(line.parsed.name)
        if name in taken:
            line.skip("name", "exists")
            line.object_id = taken[name]
        elif first.setdefault(name, line.line) != line.line:
            line.skip("name", "twin", first[name])


async def _judge_rates(conn: AsyncConnection, tenant_id: int, lines: Iterable[Line]) -> None:
    """Refuse rates far above the community's own, point out those far below it."""
    priced = [
        line
        for line in lines
        if line.state == "ready" and line.parsed.fen_per_100_points is not None
    ]
    if not priced:
        return
    usual = await usual_rates(conn, tenant_id=tenant_id, on=today())
    for line in priced:
        rate = line.parsed.fen_per_100_points
        if rate > usual.highest:
            line.refuse("rate", "rate_high")
        elif rate < usual.lowest:
            line.warn("rate", "rate_low")
