"""Erasing a person: refused while duties stand, then her key is destroyed and the books stay.

Source: docs/decisions/0049-personal-data.md
"""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import AccountStatus, list_accounts_of_holder, set_account_status
from ledger.books.memos import erase_memos
from ledger.clock import now, today
from ledger.database import execute, fetch_all, load_sql, set_tenant
from ledger.errors import LedgerError
from ledger.foundation.erasures import (
    ERASED,
    Erasure,
    close_erasure,
    destroy_person,
    erased_name,
)
from ledger.foundation.events import post_event
from ledger.foundation.leaving import end_ties_of_member
from ledger.foundation.organisations import Membership, list_memberships
from ledger.foundation.people import get_person_by_id
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.shared_people import require_all_places
from ledger.identifiers import uuid7
from ledger.journeys.approvals.fallen import end_what_waits
from ledger.journeys.imports.erased_lines import forget_in_imports

_PACKAGE = "ledger.journeys"
_AVAILABLE = "2101"
#: How what is left in an account leaves it: event and name of its amount.
_GIVEN_UP = {"TB": ("TB09", "donated"), "SP": ("SP34", "donated"), "ST": ("ST17", "moved")}

DutyKind = Literal["hold", "service", "star_item", "star_result", "balance", "left_over", "role"]


class Duty(msgspec.Struct, frozen=True):
    """Something that must come to its end before a person goes."""

    kind: DutyKind
    #: How many, or how much in the smallest unit of the book.
    pieces: int
    #: In which programme; None: a role.
    tenant_id: int | None = None
    book_code: str | None = None
    role: str | None = None


class DutiesStand(LedgerError):
    """Somebody else still counts on this person."""

    template = "{count} things must come to their end before this person can be erased."


async def list_duties(
    conn: AsyncConnection, *, person_id: int, caller_id: int, gives_up: bool
) -> list[Duty]:
    """What keeps a person from being erased, over all programmes; empty: she may go.

    With ``gives_up`` what is available does not keep her: it goes to the public pools.
    """
    memberships = await list_memberships(conn, person_id=person_id)
    return await _duties(conn, memberships, caller_id=caller_id, gives_up=gives_up)


async def _duties(
    conn: AsyncConnection, memberships: Sequence[Membership], *, caller_id: int, gives_up: bool
) -> list[Duty]:
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_duties_of_roles"), caller_id, now())
    duties = [Duty("role", 1, role=row.role_code) for row in rows]
    for one in memberships:
        duties += await _duties_of(conn, one, gives_up=gives_up)
    return duties


async def _duties_of(
    conn: AsyncConnection, membership: Membership, *, gives_up: bool
) -> list[Duty]:
    tenant_id, member_id = membership.tenant.tenant_id, membership.member.member_id
    await set_tenant(conn, tenant_id)
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_member_duties"), tenant_id, member_id)
    duties = [Duty(row.kind, row.pieces, tenant_id) for row in rows]
    for row in await fetch_all(
        conn, load_sql(_PACKAGE, "list_member_balances"), tenant_id, member_id
    ):
        available = row.account_code == _AVAILABLE and row.book_code in _GIVEN_UP
        if available and gives_up:
            continue
        kind: DutyKind = "balance" if available else "left_over"
        duties.append(Duty(kind, row.balance, tenant_id, row.book_code))
    return duties


async def erase_person(
    conn: AsyncConnection,
    *,
    erasure: Erasure,
    decided_by: int,
    keys: PersonalDataKeys,
    tenant_id: int | None = None,
) -> None:
    """Carry out a request that somebody else made, all of it or nothing.

    What she did not ask for herself, whoever asked and whoever decides answer for together: each
    place to which she belongs is one's or the other's.

    Raises:
        ErasureNeedsAnother, ErasureAlreadyDecided: as ``close_erasure``.
        BelongsElsewhere: neither of the two may do it in some place of hers.
        DutiesStand: something must come to its end first.
    """
    await close_erasure(
        conn, erasure=erasure, state="done", decided_by=decided_by, tenant_id=tenant_id
    )
    # first of all: a list that is being written may still make her a member of some place
    await forget_in_imports(conn, person_id=erasure.person_id, keys=keys)
    memberships = await list_memberships(conn, person_id=erasure.person_id)
    if erasure.through != "self":
        await require_all_places(
            conn,
            person_caller_id=erasure.subject_caller_id,
            rights=(
                (erasure.asked_by, "erasures.request"),
                (decided_by, "erasures.decide"),
            ),
            known_places=[
                one.tenant.tenant_id for one in memberships if one.member.status != "left"
            ],
        )
    duties = await _duties(
        conn,
        memberships,
        caller_id=erasure.subject_caller_id,
        gives_up=erasure.gives_up,
    )
    if duties:
        raise DutiesStand(count=len(duties))
    person = await get_person_by_id(conn, person_id=erasure.person_id)
    named_by = [person.public_id]
    for one in memberships:
        named_by += await _leave(conn, one, erasure, decided_by)
    await destroy_person(conn, person_id=erasure.person_id, erased_by=decided_by, keys=keys)
    await end_what_waits(
        conn,
        person_id=erasure.person_id,
        named_by=named_by,
        ended_by=decided_by,
        reason=erased_name(person.volunteer_no),
    )
    if tenant_id is not None:
        await set_tenant(conn, tenant_id)


async def _leave(
    conn: AsyncConnection, membership: Membership, erasure: Erasure, decided_by: int
) -> list[UUID]:
    """Give up what is left, close the accounts, erase the words beside entries, and leave.

    Returns the ids of the membership and of its accounts.
    """
    tenant_id, member_id = membership.tenant.tenant_id, membership.member.member_id
    await set_tenant(conn, tenant_id)
    balances = await fetch_all(
        conn, load_sql(_PACKAGE, "list_member_balances"), tenant_id, member_id
    )
    for row in balances:
        event, amount = _GIVEN_UP[row.book_code]
        await post_event(
            conn,
            event,
            tenant_id=tenant_id,
            key=uuid7(),
            caller_id=decided_by,
            occurred_at=now(),
            amounts={amount: row.balance},
            owners={"member": member_id},
            subject_id=erasure.erasure_id,
        )
    accounts = await list_accounts_of_holder(conn, tenant_id=tenant_id, holder_id=member_id)
    for account in accounts:
        await set_account_status(
            conn,
            tenant_id=tenant_id,
            account=account,
            status=AccountStatus.CLOSED,
            reason=ERASED,
            caller_id=decided_by,
        )
    await erase_memos(conn, tenant_id=tenant_id, holder_id=member_id)
    await execute(
        conn,
        load_sql("ledger.foundation", "forget_objections"),
        tenant_id,
        erasure.subject_caller_id,
    )
    await end_ties_of_member(
        conn,
        tenant_id=tenant_id,
        member_id=member_id,
        person_id=erasure.person_id,
        on=today(),
        reason=ERASED,
        caller_id=decided_by,
    )
    await execute(conn, load_sql("ledger.foundation", "forget_kin_words"), tenant_id, member_id)
    await execute(
        conn,
        load_sql("ledger.foundation", "forget_guardian_words"),
        tenant_id,
        member_id,
        erasure.person_id,
    )
    await execute(conn, load_sql(_PACKAGE, "forget_places"), tenant_id, member_id)
    await execute(conn, load_sql("ledger.foundation", "member_leaves"), tenant_id, member_id)
    return [member_id, *(account.public_id for account in accounts)]


def duties_elsewhere(duties: Sequence[Duty], tenant_id: int) -> int:
    """How many duties lie in programmes that a reader of this one knows nothing of."""
    return sum(one.tenant_id not in (None, tenant_id) for one in duties)
