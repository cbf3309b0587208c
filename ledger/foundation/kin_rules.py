"""Which relatives there are, and what cannot be true of them, whatever somebody has seen."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, fetch_value, load_sql
from ledger.errors import LedgerError
from ledger.foundation.legal_capacity import find_birthday
from ledger.foundation.participation import LockedMember
from ledger.foundation.personal_data import PersonalDataKeys

_PACKAGE = "ledger.foundation"
_SPOUSE = "spouse"


class LineRunsInCircle(LedgerError):
    """Nobody descends from their own descendant."""

    template = "By the kinships on record it is the other way round: end the wrong one first."


class ElderIsYounger(LedgerError):
    """Parents are born before their children."""

    template = "By the birthdays on record the elder of the two is not the older one."


class SpouseAlready(LedgerError):
    """One spouse at a time."""

    template = "One of the two has a spouse on record: end that kinship first."


class KinRelation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One relation of ``kin_relations.toml``."""

    zh: str
    en: str
    line: Literal["direct", "collateral", "affine"]
    #: What the member is to the relative.
    inverse: str
    #: In the direct line: how many generations the relative stands above the member.
    above: int = 0


@cache
def kin_relations() -> Mapping[str, KinRelation]:
    """Every relation by its code, in the order of the table."""
    text = files(_PACKAGE).joinpath("data", "kin_relations.toml").read_text("utf-8")
    return MappingProxyType(msgspec.convert(tomllib.loads(text), dict[str, KinRelation]))


async def check_kin(
    conn: AsyncConnection,
    tenant_id: int,
    member: LockedMember,
    relative: LockedMember | None,
    relation: str,
    keys: PersonalDataKeys,
) -> None:
    """Refuse what cannot be true of two who are held; ``relative`` None: somebody outside.

    In the direct line, until the transaction ends, one kinship of a programme is added at a time.

    Raises:
        LineRunsInCircle: the elder descends from the younger on record.
        ElderIsYounger: both birthdays are on record and say otherwise.
        SpouseAlready: one of the two has a spouse.
    """
    if relation == _SPOUSE:
        both = [one.member_id for one in (member, relative) if one is not None]
        if await fetch_value(conn, load_sql(_PACKAGE, "has_spouse"), tenant_id, both):
            raise SpouseAlready
    above = kin_relations()[relation].above
    if above == 0 or relative is None:
        return
    elder, younger = (relative, member) if above > 0 else (member, relative)
    births = [await find_birthday(conn, one.person_id, keys) for one in (elder, younger)]
    if births[0] is not None and births[1] is not None and births[0] >= births[1]:
        raise ElderIsYounger
    await execute(conn, load_sql(_PACKAGE, "lock_names"), tenant_id, "direct line")
    up, down = (
        [code for code, one in kin_relations().items() if one.above * way > 0] for way in (1, -1)
    )
    statement = load_sql(_PACKAGE, "descends_from")
    pair = (elder.member_id, younger.member_id)
    if await fetch_value(conn, statement, tenant_id, *pair, up, down):
        raise LineRunsInCircle
