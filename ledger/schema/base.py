"""The one metadata object, and the column forms that every table shares."""

from sqlalchemy import Column, DateTime, Integer, MetaData
from sqlalchemy.dialects.postgresql import UUID

metadata = MetaData()

#: What a table may say about itself in ``Table.info``; the migrator turns it into guards.
#: ``grants``: what the service's role may do (default SELECT). ``append_only``: refuse UPDATE and
#: DELETE and TRUNCATE by trigger. Row-level security follows from a ``tenant_id`` column.
#: ``erasable``: columns with words of people in a table that is append-only otherwise; an UPDATE
#: may empty them and nothing else.
GRANTS = "grants"
APPEND_ONLY = "append_only"
ERASABLE = "erasable"


def tenant_column() -> Column[int]:
    """The tenant, first in every key: unit of sharding, of row-level security and of seals."""
    return Column("tenant_id", Integer, primary_key=True, autoincrement=False, comment="tenant")


def uuid_column(name: str, *, comment: str, nullable: bool = False) -> Column[object]:
    """A uuid that travels: made by the application (version 7), never by the database."""
    return Column(name, UUID(as_uuid=True), nullable=nullable, comment=comment)


def moment_column(name: str, *, comment: str, nullable: bool = False) -> Column[object]:
    """A moment in time with its zone."""
    return Column(name, DateTime(timezone=True), nullable=nullable, comment=comment)
