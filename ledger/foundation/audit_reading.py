"""Reading the audit log: by person, action, object, tenant, time or request; newest first."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.audit_seals import line_hash
from ledger.schema import metadata

#: Covered by a seal and as it was then; not covered yet; changed since.
SealState = Literal["sealed", "unsealed", "altered"]
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
    seal: SealState


async def list_audit_lines(
    conn: AsyncConnection, *, search: AuditSearch, limit: int, after: int | None = None
) -> list[AuditLine]:
    """A page of lines, newest first; ``after`` is the number of the last line seen."""
    query = _lines().where(*_conditions(search)).order_by(_LOG.c.audit_id.desc()).limit(limit)
    if after is not None:
        query = query.where(_LOG.c.audit_id < after)
    return [_line(row) for row in (await conn.execute(query)).all()]


def _line(row: Row[Any]) -> AuditLine:
    return AuditLine(
        audit_id=row.audit_id,
        at=row.at,
        caller_kind=row.caller_kind,
        caller_id=row.caller_id,
        person_name=row.person_name,
        volunteer_no=row.volunteer_no,
        behalf_volunteer_no=row.behalf_volunteer_no,
        tenant_id=row.scope_tenant_id,
        action=row.action,
        object_kind=row.object_kind,
        object_id=row.object_id,
        reason=row.reason,
        request_id=row.request_id,
        address=row.address,
        seal=_seal(row),
    )


def _seal(row: Row[Any]) -> SealState:
    """Whether the line is what its seal covered, by its hash computed anew."""
    if row.line_hash is None:
        return "unsealed"
    return "sealed" if line_hash(row) == bytes(row.line_hash) else "altered"


def _lines() -> Select[Any]:
    return (
        select(
            *_LOG.c,
            _CALLER.c.kind.label("caller_kind"),
            _PERSON.c.display_name.label("person_name"),
            _PERSON.c.volunteer_no,
            _BEHALF.c.volunteer_no.label("behalf_volunteer_no"),
            _LINK.c.line_hash,
        )
        .outerjoin(_LINK, _LINK.c.audit_id == _LOG.c.audit_id)
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
        person = select(_PERSON).where(_PERSON.c.volunteer_no == number).subquery()
        acted = _LOG.c.caller_id == select(person.c.caller_id).scalar_subquery()
        acted_for = _LOG.c.behalf_person_id == select(person.c.person_id).scalar_subquery()
        found.append(or_(acted, acted_for))
    return found


async def list_audit_actions(conn: AsyncConnection) -> list[str]:
    """Every kind of act that was ever recorded, sorted."""
    rows = await fetch_all(conn, load_sql("ledger.foundation", "list_audit_actions"))
    return [row.action for row in rows]
