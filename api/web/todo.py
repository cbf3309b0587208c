"""What waits for a reader: each part of the service says it in one statement, homes show it first.

A source is a plain function. Add yours to ``api/web/todo_sources.py`` and its words to
``[todo_item]`` of your own texts.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import today
from ledger.foundation.grants import Permissions
from ledger.foundation.organisations import Tenant

NO_FACTS: Mapping[str, str | int] = MappingProxyType({})


class TodoItem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to do, or several of a kind behind one address.

    ``todo_item.<kind>`` are its words, filled with ``facts``; ``count`` is how many there are.
    """

    kind: str
    href: str
    count: int = 1
    #: The last day to do it; None: whenever there is time.
    deadline: date | None = None
    #: Which one: a branch, an account, a person as she is shown to the reader.
    about: str = ""
    facts: Mapping[str, str | int] = NO_FACTS

    @property
    def is_late(self) -> bool:
        """The last day is over."""
        return self.deadline is not None and self.deadline < today()


#: Reads what waits in one tenant for whoever holds these permissions; one statement at most, for a
#: home may not run more than twelve. The connection shows the rows of that tenant.
TenantReader = Callable[[AsyncConnection, Permissions, Tenant], Awaitable[list[TodoItem]]]
#: Reads what waits on the whole platform.
PlatformReader = Callable[[AsyncConnection, Permissions], Awaitable[list[TodoItem]]]


class TenantSource(NamedTuple):
    """Things to do in tenants of one form, for those who hold the permission for all of it."""

    form: str
    permission: str
    read: TenantReader


class PlatformSource(NamedTuple):
    """Things to do for those who hold the permission on the whole platform."""

    permission: str
    read: PlatformReader


async def read_tenant_todo(
    conn: AsyncConnection,
    permissions: Permissions,
    tenant: Tenant,
    sources: Iterable[TenantSource],
) -> list[TodoItem]:
    """What waits in a tenant, what is late and what is due first at the top."""
    found: list[TodoItem] = []
    for source in sources:
        reach = permissions.reach(source.permission, tenant.tenant_id)
        if source.form == tenant.form and reach is not None and reach.everything:
            found += await source.read(conn, permissions, tenant)
    return by_deadline(found)


async def read_platform_todo(
    conn: AsyncConnection, permissions: Permissions, sources: Iterable[PlatformSource]
) -> list[TodoItem]:
    """What waits on the platform, in the same order."""
    found: list[TodoItem] = []
    for source in sources:
        if permissions.permits_on_platform(source.permission):
            found += await source.read(conn, permissions)
    return by_deadline(found)


def by_deadline(items: Sequence[TodoItem]) -> list[TodoItem]:
    """The next deadline first, then what has none, each in the order it was found."""
    return sorted(items, key=lambda one: one.deadline or date.max)
