"""The roles that ship with the product: named permission sets, stored when migrating."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import execute, load_sql
from ledger.foundation.approval_kinds import Scope

_PACKAGE = "ledger.foundation"


#: Last words of permissions that show, ask for or move what is one's own, or propose what others
#: decide. Any other decides: also one that is not thought of yet.
_ORDINARY = frozenset(
    {
        *("authorise", "capture", "names", "place", "propose", "read", "refund", "request"),
        *("score", "void"),
    }
)


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One role as ``data/roles.toml`` has it."""

    name_zh: str
    name_en: str
    #: Where it is given: in a programme, an estate, on the platform or in one of its units.
    given_in: tuple[Scope, ...] = ()
    sensitive: bool = False
    #: Given and ended by two people.
    two_people: bool = False
    #: Roles that nobody holds beside this one in the same place.
    excludes: tuple[str, ...] = ()
    #: What the object of the grant is; a tie gives and ends the role by itself.
    about: Literal["member", "merchant", "property", "tie"] | None = None
    #: Permissions that reach only the object named in the grant.
    limited: tuple[str, ...] = ()
    #: Permissions that reach the whole tenant.
    wide: tuple[str, ...] = ()

    @property
    def is_personal(self) -> bool:
        """Whether it is about what is one's own: a membership, or a tie that others verify."""
        return self.about in ("member", "tie")

    @property
    def decides(self) -> bool:
        """Whether it approves, verifies, releases, administers, or shows what is others' own."""
        return self.sensitive or any(map(decides, self.limited + self.wide))

    def name_in(self, language: str) -> str:
        """Its name, Chinese where the language is."""
        return self.name_zh if language == "zh-CN" else self.name_en


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


@cache
def exclusions() -> frozenset[tuple[str, str]]:
    """Every pair of roles that exclude each other, in both directions."""
    written = {(code, other) for code, role in shipped_roles().items() for other in role.excludes}
    return frozenset(written | {(other, code) for code, other in written})


@cache
def only_reading_in_estates() -> tuple[str, ...]:
    """Roles of programmes that reach estates through a unit or the platform: they only read there.

    What they sign elsewhere is the owners' committee's to sign in an estate.
    """
    roles = shipped_roles().items()
    return tuple(
        code for code, one in roles if "programme" in one.given_in and "estate" not in one.given_in
    )


def only_reads(permission: str) -> bool:
    """Whether a permission lets nobody write or approve anything."""
    return permission.endswith(".read")


def decides(permission: str) -> bool:
    """Whether a permission is more than to show, ask and propose.

    Whoever holds such a one gets a new way to sign in by two people only, and the role as well.
    """
    return permission.rpartition(".")[2] not in _ORDINARY


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
            role.two_people,
        )
    pairs = sorted(exclusions())
    await execute(
        conn,
        load_sql(_PACKAGE, "store_exclusions"),
        [one for one, _ in pairs],
        [other for _, other in pairs],
    )
