"""The staff of the demo, and everybody else who is not a member: created one by one."""

from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.people import Person, PersonalDetails, create_person
from ledger.foundation.personal_data import PersonalDataKeys

#: The caller as whom the system itself acts.
SYSTEM = 1


class Crowd:
    """Hands out people by the names of the plan."""

    def __init__(self, names: Iterator[str], keys: PersonalDataKeys) -> None:
        self._names = names
        self.keys = keys

    async def newcomer(self, conn: AsyncConnection) -> Person:
        """Somebody new."""
        return await create_person(conn, display_name=next(self._names), keys=self.keys)

    async def named(self, conn: AsyncConnection, name: str, phone: str) -> Person:
        """Somebody of the plan."""
        details = PersonalDetails(phone=phone)
        return await create_person(conn, display_name=name, keys=self.keys, details=details)
