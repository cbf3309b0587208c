"""Everything the service knows of one person, as rows of named sections, read a page at a time."""

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api import own_data_ties as ties
from api.own_data_ties import PAGE, Row
from ledger.books.accounts import Account, AccountName, find_accounts
from ledger.books.balances import list_balances
from ledger.books.statements import get_statement
from ledger.clock import now
from ledger.database import set_tenant
from ledger.foundation.acting_for import list_acts_for
from ledger.foundation.chart import accounts_of_holder
from ledger.foundation.consents import list_consents
from ledger.foundation.corrections import list_corrections
from ledger.foundation.disclosures import list_disclosures, read_personal_data
from ledger.foundation.organisations import Membership
from ledger.foundation.people import Person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.foundation.sessions import list_sessions
from ledger.programmes.service_records.records import list_services

_BOOKS = ("TB", "SP", "ST")


class Section(NamedTuple):
    """One table of the archive: what it is called, its columns, its rows as they are read."""

    name: str
    columns: tuple[str, ...]
    rows: AsyncIterator[Row]


async def list_sections(
    conn: AsyncConnection,
    person: Person,
    memberships: Sequence[Membership],
    files: Sequence[ties.OwnFile],
    keys: PersonalDataKeys,
) -> AsyncIterator[Section]:
    """The sections in order; each is to be read to its end before the next."""
    yield Section("person", ("field", "value"), _person(conn, person, keys))
    yield Section(
        "memberships", ("programme", "member_id", "status", "joined_on"), _members(memberships)
    )
    yield Section(
        "balances",
        ("programme", "book", "account", "amount", "unit"),
        _balances(conn, memberships),
    )
    yield Section(
        "movements",
        (
            "programme", "book", "account", "occurred_at", "booked_on", "event", "amount",
            "balance", "entry_id", "memo",
        ),
        _movements(conn, memberships),
    )  # fmt: skip
    yield Section(
        "services",
        (
            "programme", "record_id", "category", "activity", "place", "started_at", "ended_at",
            "minutes", "status", "decision_reason",
        ),
        _services(conn, memberships),
    )  # fmt: skip
    yield Section(
        "consents",
        ("purpose", "given", "text_version", "through", "paper_no", "reason", "recorded_at"),
        _consents(conn, person, keys),
    )
    yield Section(
        "looks",
        ("seen_at", "viewer", "programme", "fields", "purpose", "words"),
        _looks(conn, person, keys),
    )
    yield Section(
        "corrections",
        ("field", "old", "new", "reason", "state", "asked_at", "decided_at"),
        _corrections(conn, person, keys),
    )
    yield Section("acts", ("at", "action", "actor", "programme", "reason"), _acts(conn, person))
    yield Section(
        "sessions", ("created_at", "last_seen_at", "device", "address"), _sessions(conn, person)
    )
    for section in _sections_of_ties(conn, person, memberships, files, keys):
        yield section


def _sections_of_ties(
    conn: AsyncConnection,
    person: Person,
    memberships: Sequence[Membership],
    files: Sequence[ties.OwnFile],
    keys: PersonalDataKeys,
) -> Iterator[Section]:
    """Where she belongs, what she may do and was told, what proves it."""
    yield Section("names", ("old", "reason"), ties.names(conn, person, keys))
    yield Section(
        "belongings",
        ("programme", "kind", "name", "heads", "begins_on", "ends_on"),
        ties.belongings(conn, memberships),
    )
    yield Section(
        "ties",
        (
            "programme", "relation", "number", "name", "evidence", "begins_on", "ends_on",
            "end_reason",
        ),
        ties.ties(conn, memberships, keys),
    )  # fmt: skip
    yield Section(
        "roles",
        ("role", "object_id", "valid_from", "valid_to", "end_reason"),
        ties.roles(conn, person),
    )
    yield Section(
        "notices",
        ("at", "kind", "about", "amount", "unit", "day", "object_id", "read_at"),
        ties.notices(conn, person),
    )
    yield Section(
        "star_items",
        (
            "programme", "item", "kind", "happened_on", "times", "score", "awarded", "status",
            "evidence", "proposed_at",
        ),
        ties.star_items(conn, memberships),
    )  # fmt: skip
    yield Section(
        "api_keys",
        ("name", "hint", "scopes", "expires_at", "last_used_on"),
        ties.api_keys(conn, person),
    )
    yield Section(
        "files",
        ("programme", "object_kind", "object_id", "kind", "size_bytes", "attached_at", "path"),
        ties.files(files),
    )


async def _person(
    conn: AsyncConnection, person: Person, keys: PersonalDataKeys
) -> AsyncIterator[Row]:
    yield "person_id", str(person.public_id)
    yield "volunteer_no", person.volunteer_no
    values = await read_personal_data(conn, person_id=person.person_id, keys=keys)
    for field, value in values.items():
        yield field, value


async def _members(memberships: Sequence[Membership]) -> AsyncIterator[Row]:
    for one in memberships:
        yield one.tenant.name, one.member.member_id, one.member.status, one.member.joined_on


async def _accounts(conn: AsyncConnection, membership: Membership) -> list[Account]:
    tenant_id, member_id = membership.tenant.tenant_id, membership.member.member_id
    await set_tenant(conn, tenant_id)
    names: list[AccountName] = list(accounts_of_holder("member", member_id, _BOOKS))
    found = await find_accounts(conn, tenant_id=tenant_id, names=names)
    return [one for one in found if one is not None]


async def _balances(conn: AsyncConnection, memberships: Sequence[Membership]) -> AsyncIterator[Row]:
    for one in memberships:
        accounts = await _accounts(conn, one)
        balances = await list_balances(
            conn,
            tenant_id=one.tenant.tenant_id,
            account_ids=[account.account_id for account in accounts],
        )
        for found in balances:
            yield (
                one.tenant.name,
                found.book_code,
                found.account_code,
                found.balance,
                found.unit_code,
            )


async def _movements(
    conn: AsyncConnection, memberships: Sequence[Membership]
) -> AsyncIterator[Row]:
    for one in memberships:
        for account in await _accounts(conn, one):
            version: int | None = None
            while True:
                page = await get_statement(
                    conn,
                    tenant_id=one.tenant.tenant_id,
                    account=account,
                    from_version=version,
                    limit=PAGE,
                )
                for line in page.lines:
                    yield (
                        one.tenant.name,
                        account.book_code,
                        account.account_code,
                        line.occurred_at,
                        line.booked_on,
                        line.event_code,
                        line.amount,
                        line.balance,
                        line.entry_id,
                        line.memo,
                    )
                version = page.next_version
                if version is None:
                    break


async def _services(conn: AsyncConnection, memberships: Sequence[Membership]) -> AsyncIterator[Row]:
    for one in memberships:
        await set_tenant(conn, one.tenant.tenant_id)
        after: UUID | None = None
        while True:
            page = await list_services(
                conn,
                tenant_id=one.tenant.tenant_id,
                limit=PAGE,
                provider_id=one.member.member_id,
                after=after,
            )
            for record in page:
                yield (
                    one.tenant.name,
                    record.record_id,
                    record.category,
                    record.activity,
                    record.place,
                    record.started_at,
                    record.ended_at,
                    record.minutes,
                    record.status,
                    record.decision_reason,
                )
            if len(page) < PAGE:
                break
            after = page[-1].record_id


async def _consents(
    conn: AsyncConnection, person: Person, keys: PersonalDataKeys
) -> AsyncIterator[Row]:
    for one in await list_consents(conn, person_id=person.person_id, keys=keys):
        yield (
            one.purpose,
            one.given,
            one.text_version,
            one.through,
            one.paper_no,
            one.reason,
            one.recorded_at,
        )


async def _looks(
    conn: AsyncConnection, person: Person, keys: PersonalDataKeys
) -> AsyncIterator[Row]:
    for one in await list_disclosures(conn, person_id=person.person_id, keys=keys, limit=None):
        yield one.seen_at, one.viewer, one.tenant, ", ".join(one.fields), one.purpose, one.words


async def _corrections(
    conn: AsyncConnection, person: Person, keys: PersonalDataKeys
) -> AsyncIterator[Row]:
    for one in await list_corrections(conn, person_id=person.person_id, keys=keys):
        yield (
            one.field,
            one.old,
            one.new,
            one.reason,
            one.state,
            one.asked_at,
            one.decided_at,
        )


async def _acts(conn: AsyncConnection, person: Person) -> AsyncIterator[Row]:
    before: int | None = None
    while True:
        page = await list_acts_for(conn, person_id=person.person_id, limit=PAGE, before=before)
        for one in page:
            yield one.at, one.action, one.actor, one.place, one.reason
        if len(page) < PAGE:
            break
        before = page[-1].audit_id


async def _sessions(conn: AsyncConnection, person: Person) -> AsyncIterator[Row]:
    for one in await list_sessions(conn, person_id=person.person_id, at=now()):
        yield one.created_at, one.last_seen_at, one.device, one.address
