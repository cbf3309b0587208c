"""More of one's own data: names before, households, ties, roles, notices, stars, keys, files.

Of other people it tells their numbers and masked names, as their pages do.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql, set_tenant
from ledger.foundation.api_keys import list_api_keys
from ledger.foundation.belongings import list_belongings
from ledger.foundation.file_kinds import FileKind
from ledger.foundation.files import file_name
from ledger.foundation.grant_list import list_grants
from ledger.foundation.guardians import list_guardianships
from ledger.foundation.kinship import list_kin
from ledger.foundation.member_search import list_name_changes
from ledger.foundation.notices import list_notices
from ledger.foundation.organisations import Membership
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.programmes.star_points.claims import list_claims_of_member
from reconciliation.masking import mask_name

PAGE = 200
#: So much of evidence goes along, the latest first; the list names all of it.
MOST_FILE_BYTES = 200 * 1024 * 1024
_LIST_FILES = load_sql("api", "list_own_files")

Value = str | int | bool | date | datetime | UUID | None
Row = tuple[Value, ...]


class OwnFile(msgspec.Struct, frozen=True):
    """A file that proves something of one's own."""

    membership: Membership
    file_id: UUID
    kind: FileKind
    size_bytes: int
    object_kind: str
    object_id: UUID
    attached_at: datetime
    #: It goes along, and does not lie in the archive already.
    is_taken: bool

    @property
    def path(self) -> str:
        """Where it lies in the archive."""
        return f"files/{file_name(self.file_id, self.kind)}"


async def list_own_files(conn: AsyncConnection, memberships: Sequence[Membership]) -> list[OwnFile]:
    """Files that prove a person's services and entries, of each programme the latest first."""
    found: list[OwnFile] = []
    taken: set[UUID] = set()
    room = MOST_FILE_BYTES
    for one in memberships:
        tenant_id = one.tenant.tenant_id
        await set_tenant(conn, tenant_id)
        for row in await fetch_all(conn, _LIST_FILES, tenant_id, one.member.member_id):
            file_id = UUID(bytes=row.file_id.bytes)
            is_taken = file_id not in taken and row.size_bytes <= room
            if is_taken:
                taken.add(file_id)
                room -= row.size_bytes
            found.append(
                OwnFile(
                    one,
                    file_id,
                    row.kind,
                    row.size_bytes,
                    row.object_kind,
                    row.object_id,
                    row.attached_at,
                    is_taken,
                )
            )
    return found


async def files(found: Sequence[OwnFile]) -> AsyncIterator[Row]:
    """Each file with what it proves; without a path it did not go along."""
    paths = {one.file_id: one.path for one in found if one.is_taken}
    for one in found:
        yield (
            one.membership.tenant.name,
            one.object_kind,
            one.object_id,
            one.kind,
            one.size_bytes,
            one.attached_at,
            paths.get(one.file_id),
        )


async def names(
    conn: AsyncConnection, person: Person, keys: PersonalDataKeys
) -> AsyncIterator[Row]:
    """The names that she had before."""
    for one in await list_name_changes(conn, person_id=person.person_id, keys=keys, limit=None):
        yield one.previous_name, one.reason


async def belongings(
    conn: AsyncConnection, memberships: Sequence[Membership]
) -> AsyncIterator[Row]:
    """Households and teams, present and past."""
    for one in memberships:
        tenant_id, member_id = one.tenant.tenant_id, one.member.member_id
        await set_tenant(conn, tenant_id)
        for found in await list_belongings(conn, tenant_id=tenant_id, member_id=member_id):
            yield (
                one.tenant.name,
                found.kind,
                found.name,
                found.heads,
                found.begins_on,
                found.ends_on,
            )


async def ties(
    conn: AsyncConnection, memberships: Sequence[Membership], keys: PersonalDataKeys
) -> AsyncIterator[Row]:
    """Relatives, guardians and wards: what each is to her, present and past."""
    for one in memberships:
        tenant_id, member = one.tenant.tenant_id, one.member
        await set_tenant(conn, tenant_id)
        place = one.tenant.name
        for kin in await list_kin(
            conn, tenant_id=tenant_id, member_id=member.member_id, keys=keys, limit=None
        ):
            name = None if kin.relative_name is None else mask_name(kin.relative_name)
            number, span = kin.volunteer_no, (kin.begins_on, kin.ends_on)
            yield place, kin.relation, number, name, kin.evidence, *span, kin.end_reason
        for tie in await list_guardianships(
            conn,
            tenant_id=tenant_id,
            ward_member_id=member.member_id,
            guardian_person_id=member.person_id,
            limit=None,
        ):
            is_ward = tie.ward_member_id == member.member_id
            what = "guardian" if is_ward else "ward"
            number = tie.guardian_no if is_ward else tie.ward_no
            name = mask_name(tie.guardian_name if is_ward else tie.ward_name)
            yield (
                place,
                what,
                number,
                name,
                tie.evidence,
                tie.begins_on,
                tie.ends_on,
                tie.end_reason,
            )


async def roles(conn: AsyncConnection, person: Person) -> AsyncIterator[Row]:
    """Every role that she holds, held or will hold."""
    after: UUID | None = None
    while True:
        page = await list_grants(
            conn, limit=PAGE, person_id=person.person_id, in_force=False, after=after
        )
        for one in page:
            yield one.role, one.object_id, one.valid_from, one.valid_to, one.end_reason
        if len(page) < PAGE:
            break
        after = page[-1].grant_id


async def notices(conn: AsyncConnection, person: Person) -> AsyncIterator[Row]:
    """What she was told, by its kind and facts."""
    after: UUID | None = None
    while True:
        page = await list_notices(conn, person_id=person.person_id, limit=PAGE, after=after)
        for one in page:
            facts = one.facts
            yield (
                one.created_at,
                one.kind,
                facts.about,
                facts.amount,
                facts.unit,
                facts.day,
                one.subject_id,
                one.read_at,
            )
        if len(page) < PAGE:
            break
        after = page[-1].notice_id


async def star_items(
    conn: AsyncConnection, memberships: Sequence[Membership]
) -> AsyncIterator[Row]:
    """Items proposed for her and what became of them; scores in 1/100 point."""
    for one in memberships:
        tenant_id = one.tenant.tenant_id
        await set_tenant(conn, tenant_id)
        after: tuple[datetime, UUID] | None = None
        while True:
            page = await list_claims_of_member(
                conn,
                tenant_id=tenant_id,
                member_id=one.member.member_id,
                after=after,
                limit=PAGE,
            )
            for claim in page:
                yield (
                    one.tenant.name,
                    claim.item_code,
                    claim.kind,
                    claim.happened_on,
                    claim.times,
                    claim.score,
                    claim.awarded,
                    claim.status,
                    claim.evidence,
                    claim.proposed_at,
                )
            if len(page) < PAGE:
                break
            after = page[-1].proposed_at, page[-1].claim_id


async def api_keys(conn: AsyncConnection, person: Person) -> AsyncIterator[Row]:
    """Her keys that are in force; nobody knows their secrets."""
    for one in await list_api_keys(conn, caller_id=person.caller_id):
        scopes = None if one.scopes is None else ", ".join(sorted(one.scopes))
        yield one.name, one.hint, scopes, one.expires_at, one.last_used_on
