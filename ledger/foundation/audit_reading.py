"""Reading the audit log: by person, action, object, tenant, time or request; newest first."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.schema import metadata

_LOG = metadata.tables["foundation.audit_log"]
_CALLER = metadata.tables["foundation.caller"]
_PERSON = metadata.tables["foundation.person"]
_LINK = metadata.tables["foundation.audit_link"]
_BEHALF = _PERSON.alias("behalf")


class AuditSearch(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for; what is absent does not matter."""

    #: Only lines of this tenant.
    tenant_id: int | None = None
    #: Volunteer number of the person who acted, or for whom somebody acted.
    volunteer_no: str | None = None
    action: str | None = None
    #: Public id of the thing acted on.
    object_id: str | None = None
    request_id: str | None = None
    #: From this moment, and before that one.
    since: datetime | None = None
    before: datetime | None = None


class AuditLine(msgspec.Struct, frozen=True):
    """One line with the people in it; names are for showing masked."""

    audit_id: int
    at: datetime
    #: system, person or integration.
    caller_kind: str
    caller_id: int
    person_name: str | None
    volunteer_no: str | None
    behalf_volunteer_no: str | None
    tenant_id: int | None
    action: str
    object_kind: str | None
    object_id: str | None
    reason: str | None
    request_id: str | None
    address: str | None
    is_sealed: bool


async def list_audit_lines(
    conn: AsyncConnection, *, search: AuditSearch, limit: int, after: int | None = None
) -> list[AuditLine]:
    """A page of lines, newest first; ``after`` is the number of the last line seen."""
    query = _lines().where(*_conditions(search)).order_by(_LOG.c.audit_id.desc()).limit(limit)
    if after is not None:
        query = query.where(_LOG.c.audit_id < after)
    rows = (await conn.execute(query)).all()
    return [AuditLine(*row) for row in rows]


def _lines() -> Select[Any]:
    return (
        select(
            _LOG.c.audit_id,
            _LOG.c.at,
            _CALLER.c.kind,
            _LOG.c.caller_id,
            _PERSON.c.display_name,
            _PERSON.c.volunteer_no,
            _BEHALF.c.volunteer_no,
            _LOG.c.scope_tenant_id,
            _LOG.c.action,
            _LOG.c.object_kind,
            _LOG.c.object_id,
            _LOG.c.reason,
            _LOG.c.request_id,
            _LOG.c.address,
            exists().where(_LINK.c.audit_id == _LOG.c.audit_id),
        )
        .join(_CALLER, _CALLER.c.caller_id == _LOG.c.caller_id)
        .outerjoin(_PERSON, _PERSON.c.caller_id == _LOG.c.caller_id)
        .outerjoin(_BEHALF, _BEHALF.c.person_id == _LOG.c.behalf_person_id)
    )


def _conditions(search: AuditSearch) -> list[Any]:
    """The search as conditions; all of them must hold."""
    equal = {
        "scope_tenant_id": search.tenant_id,
        "action": search.action,
        "object_id": search.object_id,
        "request_id": search.request_id,
    }
    found = [_LOG.c[name] == value for name, value in equal.items() if value is not None]
    if search.since is not None:
        found.append(_LOG.c.at >= search.since)
    if search.before is not None:
        found.append(_LOG.c.at < search.before)
    if (number := search.volunteer_no) is not None:
        found.append(or_(_PERSON.c.volunteer_no == number, _BEHALF.c.volunteer_no == number))
    return found


async def list_audit_actions(conn: AsyncConnection) -> list[str]:
    """Every kind of act that was ever recorded, sorted."""
    rows = await conn.execute(select(_LOG.c.action).distinct().order_by(_LOG.c.action))
    return [row.action for row in rows]
