"""Who may see and attach evidence of a thing: who may see, and work on, the thing itself.

Who reaches an entry by her own accounts alone does not see its evidence when it touches those of
somebody else: a list or a receipt may show both. Who sees it by office leaves a line in the audit
log with each file about a person that is taken away.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from ledger.books.entries import get_entry
from ledger.books.refusals import EntryNotFound
from ledger.database import fetch_all, load_sql
from ledger.errors import NotFound
from ledger.foundation.approval_kinds import approval_kinds
from ledger.foundation.approvals import ApprovalDecided, ApprovalExpired, get_approval
from ledger.foundation.file_kinds import ReadFile, read_file
from ledger.foundation.files import (
    Attachment,
    EvidenceStays,
    ObjectKind,
    attach_file,
    list_private_holders,
    lock_evidence,
)
from ledger.foundation.grants import PermissionMissing, Reach
from ledger.journeys.approvals.rights import permits
from ledger.programmes.service_records.records import get_service, lock_service
from ledger.programmes.trust.payments import get_payment

_READER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="uploads")
_LIST_THINGS = load_sql("api", "list_things_of_file")
#: So many of the things that one file proves are looked at.
MOST_THINGS = 20
#: By one's own accounts alone; by office, about a person or household; by office, about neither.
Reading = Literal["own", "about_somebody", "business"]
#: Of the kinds that are decided in programmes and estates: who takes part, and who asks.
_DECIDED = [one for one in approval_kinds().values() if {"programme", "estate"} & {*one.places}]
_ASKING = tuple(sorted({one.asked_with for one in _DECIDED}))
_APPROVALS = tuple(sorted({*_ASKING, *(one.approved_with for one in _DECIDED)}))
#: Any of these opens a thing, as far as it reaches; of an approval those of its kind.
READING: dict[ObjectKind, tuple[str, ...]] = {
    "entry": ("entries.read", "accounts.read"),
    "service_record": ("service_records.read",),
    "payment": ("entries.read",),
    "approval": _APPROVALS,
}
#: Any of these lets evidence be added or taken away.
WORKING: dict[ObjectKind, tuple[str, ...]] = {
    "entry": ("entries.post", "trust_events.post", "payments.request"),
    "service_record": ("service_records.propose", "service_records.verify"),
    "payment": ("payments.request",),
    "approval": _ASKING,
}
MAY_READ = tuple(dict.fromkeys(name for names in READING.values() for name in names))
MAY_WORK = tuple(dict.fromkeys(name for names in WORKING.values() for name in names))


async def check_may_read(
    conn: AsyncConnection, call: Call, kind: ObjectKind, object_id: UUID
) -> None:
    """Refuse what is not there, or not for this caller.

    Raises:
        NotFound: for this caller there is no such thing.
    """
    if not await _reaches(conn, call, kind, object_id, READING[kind]):
        raise NotFound(kind=kind, id=str(object_id))


async def check_may_work(
    conn: AsyncConnection, call: Call, kind: ObjectKind, object_id: UUID
) -> None:
    """Refuse who may see a thing and not work on it.

    Evidence of a request, a payment among them, comes from whoever asked, as long as nobody has
    decided; until the transaction ends nobody decides.

    Raises:
        NotFound: for this caller there is no such thing.
        PermissionMissing: it may only be looked at.
        ApprovalDecided, ApprovalExpired: the request waits no longer.
    """
    await check_may_read(conn, call, kind, object_id)
    if kind in ("approval", "payment"):
        await lock_evidence(conn, tenant_id=call.tenant_id, object_id=object_id)
        await _check_asker(conn, call, object_id)
    elif not await _reaches(conn, call, kind, object_id, WORKING[kind]):
        raise PermissionMissing(permission=" / ".join(WORKING[kind]))


async def check_may_detach(conn: AsyncConnection, call: Call, one: Attachment) -> None:
    """Refuse to take away what others attached, unless one decides, and what led to a decision.

    Raises:
        NotFound: for this caller there is no such thing.
        PermissionMissing: somebody else attached it.
        EvidenceStays: what it is about is decided.
    """
    await check_may_work(conn, call, one.object_kind, one.object_id)
    place: dict[str, Any] = {"tenant_id": call.tenant_id}
    if one.object_kind == "service_record":
        record = await lock_service(conn, record_id=one.object_id, **place)
        is_open, deciding = record.status == "recorded", "service_records.verify"
        if not is_open:
            raise EvidenceStays
        if one.attached_by != call.caller_id and not _reaches_of(call, (deciding,)):
            raise PermissionMissing(permission=deciding)
    elif one.object_kind != "payment":  # which waits, and is the caller's own
        raise EvidenceStays


async def _check_asker(conn: AsyncConnection, call: Call, approval_id: UUID) -> None:
    approval = await get_approval(conn, tenant_id=call.tenant_id, approval_id=approval_id)
    if call.who.person is None or call.who.person.person_id != approval.requested_person:
        raise PermissionMissing(permission=approval_kinds()[approval.kind].asked_with)
    if approval.state == "expired":
        raise ApprovalExpired
    if approval.state != "waiting":
        raise ApprovalDecided


async def may_read_evidence(
    conn: AsyncConnection, call: Call, kind: ObjectKind, object_id: UUID
) -> bool:
    """Whether the caller may read what proves a thing."""
    return await _reaches(conn, call, kind, object_id, READING[kind])


async def find_reading(conn: AsyncConnection, call: Call, file_id: UUID) -> Reading | None:
    """How the caller may read a file, by the first thing it proves to her; None: not at all."""
    for kind, object_id in await _list_things(conn, call, file_id):
        if not await _reaches(conn, call, kind, object_id, READING[kind]):
            continue
        if kind == "approval":
            return "about_somebody"  # it may be; who reads what is before two people is on record
        reaches = _reaches_of(call, READING[kind])
        if not any(reach.everything for reach in reaches):
            return "own"
        holders = await _holders(conn, call.tenant_id, kind, object_id)
        private = await list_private_holders(conn, tenant_id=call.tenant_id, holders=holders)
        return "about_somebody" if private else "business"
    return None


async def _list_things(
    conn: AsyncConnection, call: Call, file_id: UUID
) -> list[tuple[ObjectKind, UUID]]:
    """What a file proves that may be the caller's to see, the oldest first; not all of it."""
    reaches = {kind: _reaches_of(call, names) for kind, names in READING.items()}
    whole = [kind for kind, found in reaches.items() if any(one.everything for one in found)]
    limited = [kind for kind, found in reaches.items() if found and kind not in whole]
    if "approval" in limited:  # what two people decide is seen by kind, not by holder
        limited.remove("approval")
        whole.append("approval")
    holders = {one for kind in limited for reach in reaches[kind] for one in reach.holders}
    rows = await fetch_all(
        conn, _LIST_THINGS, call.tenant_id, file_id, whole, limited, sorted(holders), MOST_THINGS
    )
    return [(row.object_kind, row.object_id) for row in rows]


async def _reaches(
    conn: AsyncConnection,
    call: Call,
    kind: ObjectKind,
    object_id: UUID,
    permissions: tuple[str, ...],
) -> bool:
    """Whether one of these permissions reaches the thing; False when there is no such thing."""
    reaches = _reaches_of(call, permissions)
    if not reaches:
        return False
    if kind == "approval":
        return await _takes_part(conn, call, object_id)
    try:
        holders = await _holders(conn, call.tenant_id, kind, object_id)
    except (NotFound, EntryNotFound):
        return False
    if any(reach.everything for reach in reaches):
        return True
    others = {one for one in holders if not any(reach.includes(one) for reach in reaches)}
    if others == holders:
        return False
    return not await list_private_holders(conn, tenant_id=call.tenant_id, holders=others)


async def _takes_part(conn: AsyncConnection, call: Call, approval_id: UUID) -> bool:
    """Whether the caller asks for requests of this kind here, or decides them.

    The papers of a payment are kept as those of a payment, and as nothing else.
    """
    try:
        approval = await get_approval(conn, tenant_id=call.tenant_id, approval_id=approval_id)
    except NotFound:
        return False
    kind = approval_kinds()[approval.kind]
    return approval.kind != "payout" and any(
        permits(call.who.permissions, name, call.tenant_id)
        for name in (kind.asked_with, kind.approved_with)
    )


def _reaches_of(call: Call, permissions: tuple[str, ...]) -> list[Reach]:
    """How far those of the permissions go that the caller has."""
    found = (call.who.permissions.reach(name, call.tenant_id) for name in permissions)
    return [reach for reach in found if reach is not None]


async def _holders(
    conn: AsyncConnection, tenant_id: int, kind: ObjectKind, object_id: UUID
) -> set[UUID | None]:
    """Whose a thing is.

    Raises:
        NotFound: there is none here; of an entry: EntryNotFound.
    """
    if kind == "service_record":
        record = await get_service(conn, tenant_id=tenant_id, record_id=object_id)
        return {record.provider_id}
    if kind == "payment":
        await get_payment(conn, tenant_id=tenant_id, payment_id=object_id)
        return set()
    entry = await get_entry(conn, tenant_id=tenant_id, entry_id=object_id)
    return {
        holder
        for transfer in entry.transfers
        for holder in (transfer.debit_holder, transfer.credit_holder)
    }


async def read_upload(call: Call, sent: bytes) -> ReadFile:
    """What is kept of an uploaded file; read beside the loop, one file after the other.

    A picture of a few bytes may take hundreds of MiB while it is read: never two at once, also when
    whoever sent it has gone.

    Raises:
        ServiceBusy: the caller's last one is being read, or many wait.
    """
    with call.service.upload_turns.take(call.caller_id):
        return await asyncio.get_running_loop().run_in_executor(_READER, read_file, sent)


async def attach(
    conn: AsyncConnection,
    call: Call,
    kind: ObjectKind,
    object_id: UUID,
    *,
    file: ReadFile,
    sent: bytes,
) -> Attachment:
    """Attach a file that was read, to a thing that the caller may work on."""
    await check_may_work(conn, call, kind, object_id)
    return await attach_file(
        conn,
        tenant_id=call.tenant_id,
        object_kind=kind,
        object_id=object_id,
        file=file,
        sent=sent,
        caller_id=call.caller_id,
        quota_mib=call.service.settings.files_quota_mib,
    )
