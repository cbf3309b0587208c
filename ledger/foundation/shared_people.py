"""People of several places: what is one for all of them is changed with a right in each.

Whoever knows a name and a telephone can make somebody a member of an own programme; that alone
must not reach what other programmes know of her.

Source: docs/decisions/0049-personal-data.md
"""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.errors import LedgerError
from ledger.foundation.grants import Permissions, get_permissions


class BelongsElsewhere(LedgerError):
    """A person of several places, and a right in some of them only; which ones is not said."""

    template = (
        "This person belongs to another community too. She asks for it herself, "
        "or the other side agrees."
    )


async def require_all_places(
    conn: AsyncConnection,
    *,
    person_caller_id: int,
    rights: Sequence[tuple[int, str]],
    known_places: Collection[int] = (),
) -> None:
    """Refuse unless ``rights`` reach every place in which a person holds a role.

    ``rights`` are callers, each with the permission that counts for that caller; together they
    reach all. ``known_places``: further tenants to which the person belongs.

    Raises:
        BelongsElsewhere: there is a place that none of them reaches.
    """
    if not await reach_all_places(
        conn, person_caller_id=person_caller_id, rights=rights, known_places=known_places
    ):
        raise BelongsElsewhere


async def reach_all_places(
    conn: AsyncConnection,
    *,
    person_caller_id: int,
    rights: Sequence[tuple[int, str]],
    known_places: Collection[int] = (),
) -> bool:
    """Whether ``rights`` reach every place of a person, as ``require_all_places`` says."""
    held = await get_permissions(conn, caller_id=person_caller_id)
    places = {role.tenant_id for role in held.roles} | set(known_places)
    for caller_id, permission in rights:
        if not places:
            break
        theirs = await get_permissions(conn, caller_id=caller_id)
        places = {place for place in places if not _reaches(theirs, permission, place)}
    return not places


def _reaches(theirs: Permissions, permission: str, place: int | None) -> bool:
    if place is None:
        return theirs.permits_on_platform(permission)
    reach = theirs.reach(permission, place)
    return reach is not None and reach.everything
