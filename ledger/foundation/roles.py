"""The roles that ship with the product: named permission sets, stored when migrating."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, load_sql

_PACKAGE = "ledger.foundation"


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One role as ``data/roles.toml`` has it."""

    name_zh: str
    name_en: str
    sensitive: bool = False
    #: Permissions that reach only the object named in the grant.
    limited: tuple[str, ...] = ()
    #: Permissions that reach the whole tenant.
    wide: tuple[str, ...] = ()


def roles_text() -> str:
    """The table of roles as it ships; the migrator notices when it changes."""
    return files(_PACKAGE).joinpath("data", "roles.toml").read_text("utf-8")


@cache
def shipped_roles() -> dict[str, Role]:
    """Every role by its code."""
    return msgspec.convert(tomllib.loads(roles_text()), dict[str, Role])


@cache
def known_permissions() -> frozenset[str]:
    """Every permission that some role has."""
    return frozenset(name for role in shipped_roles().values() for name in role.limited + role.wide)


async def store_roles(conn: AsyncConnection) -> None:
    """Make the stored roles equal to the shipped ones. Needs the owner's rights."""
    await execute(conn, load_sql(_PACKAGE, "store_system_caller"))
    for code, role in shipped_roles().items():
        await execute(
            conn,
            load_sql(_PACKAGE, "store_role"),
            code,
            role.name_zh,
            role.name_en,
            role.sensitive,
            [*role.limited, *role.wide],
            [True] * len(role.limited) + [False] * len(role.wide),
        )
