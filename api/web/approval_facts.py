"""What a request asks for, in words: what the checker must see before deciding."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.web.balance_changes import AskedMove, Change, list_changes
from api.web.formatting import Language, format_amount, format_day, format_month
from api.web.holders import list_holder_names
from api.web.movements import account_name, event_name
from api.web.payment_facts import view_payment
from api.web.places import books_home
from api.web.policy_facts import policy_facts
from api.web.texts import label, text
from api.web.todo_approvals import requests_href
from api.web.unit_facts import unit_facts
from api.web.vouchers import EntryLine, entry_lines, holders_of
from ledger.books.accounts import Account, list_accounts_by_public_id
from ledger.books.entries import get_entry
from ledger.clock import business_date, today
from ledger.foundation.approvals import Approval
from ledger.foundation.grant_list import get_grant
from ledger.foundation.org_units import get_unit_history
from ledger.foundation.people import get_person
from ledger.foundation.roles import shipped_roles
from ledger.journeys.approvals.matters import (
    Adjustment,
    Matter,
    Move,
    OrgUnitChange,
    Payout,
    PeriodReopening,
    PolicyChange,
    Reversal,
    RoleChange,
    SecondFactorReset,
    SignInInvitation,
    read_matter,
)


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what is asked; ``label`` is a key below ``approval_fact``."""

    label: str
    words: str = ""
    amount: int | None = None
    unit: str = ""
    href: str | None = None


class Asked(msgspec.Struct, frozen=True):
    """What a request asks for: facts, the lines of an entry, and what they would do to accounts."""

    facts: list[Fact]
    lines: list[EntryLine] = []
    changes: list[Change] = []
    #: Key of the words why it cannot be approved any more.
    hindered: str = ""


async def read_asked(
    conn: AsyncConnection, call: GatedCall, approval: Approval, language: Language
) -> Asked:
    """Everything needed to decide about a request."""
    matter = read_matter(approval.kind, approval.asked)
    if isinstance(matter, Adjustment):
        return await _adjustment(conn, call, matter, language, waits=approval.state == "waiting")
    if isinstance(matter, Payout):
        return await _payout(conn, call, approval, matter, language)
    if isinstance(matter, PolicyChange):
        return await _policy(conn, call, approval, matter, language)
    return await _READERS[type(matter)](conn, call, matter, language)


async def _reversal(
    conn: AsyncConnection, call: GatedCall, matter: Reversal, language: Language
) -> Asked:
    entry = await get_entry(conn, tenant_id=call.tenant_id, entry_id=matter.entry_id)
    names = await list_holder_names(conn, tenant_id=call.tenant_id, holders=holders_of(entry))
    home = books_home(call.tenant)
    facts = [
        Fact(
            label="voucher",
            words=event_name(entry.head.event_code, language),
            href=f"{home}/entries/{matter.entry_id}",
        ),
        Fact(label="booked_on", words=format_day(entry.head.booked_on, language)),
        _mirror_day(matter.booked_on, language),
    ]
    lines = entry_lines(
        entry, language, holders=names, account_href=lambda one: f"{home}/accounts/{one}"
    )
    return Asked(facts, lines)


def _mirror_day(booked_on: date | None, language: Language) -> Fact:
    words = text(language, "approval.day_of_approval")
    if booked_on is not None:
        words = format_day(booked_on, language)
    return Fact(label="will_be_booked_on", words=words)


async def _adjustment(
    conn: AsyncConnection, call: GatedCall, matter: Adjustment, language: Language, *, waits: bool
) -> Asked:
    named = [x for one in matter.transfers for x in (one.debit_account, one.credit_account)]
    known = await list_accounts_by_public_id(conn, tenant_id=call.tenant_id, public_ids=named)
    holders = [one.holder_id for one in known.values()]
    names = await list_holder_names(conn, tenant_id=call.tenant_id, holders=holders)
    lines = [
        _asked_line(call, known[public_id], transfer, side, names, language)
        for transfer in matter.transfers
        for side, public_id in (
            ("debit", transfer.debit_account),
            ("credit", transfer.credit_account),
        )
    ]
    moves = [
        AskedMove(known[one.debit_account], known[one.credit_account], one.amount)
        for one in matter.transfers
    ]
    changes = await list_changes(conn, call.tenant_id, moves, language) if waits else []
    facts = [
        Fact(label="event", words=f"{matter.event_code} {event_name(matter.event_code, language)}"),
        Fact(label="occurred_on", words=_day_of(matter.occurred_at, language)),
        _mirror_day(matter.booked_on, language),
    ]
    return Asked(facts, lines, changes)


def _asked_line(
    call: GatedCall,
    account: Account,
    transfer: Move,
    side: str,
    names: Mapping[UUID, str],
    language: Language,
) -> EntryLine:
    return EntryLine(
        code=account.account_code,
        name=account_name(account.book_code, account.account_code, language),
        owner=None if account.holder_id is None else names.get(account.holder_id),
        href=f"{books_home(call.tenant)}/accounts/{account.public_id}",
        debit=transfer.amount if side == "debit" else 0,
        credit=transfer.amount if side == "credit" else 0,
        unit=account.unit_code,
        expires_on=transfer.expires_on,
    )


def _day_of(moment: datetime, language: Language) -> str:
    return format_day(business_date(moment), language)


async def _payout(
    conn: AsyncConnection, call: GatedCall, approval: Approval, matter: Payout, language: Language
) -> Asked:
    holders = [matter.payee_id, matter.bank_account_id]
    names = await list_holder_names(conn, tenant_id=call.tenant_id, holders=holders)
    facts = [
        Fact(label="event", words=event_name(matter.event, language)),
        Fact(label="amount", amount=matter.amount_fen, unit="fen"),
        Fact(label="purpose", words=matter.purpose),
    ]
    for name, holder in (("payee", matter.payee_id), ("bank_account", matter.bank_account_id)):
        if holder is not None and holder in names:
            facts.append(Fact(label=name, words=names[holder]))
    if approval.state != "waiting":
        return Asked(facts)
    view = await view_payment(conn, call.tenant_id, approval.approval_id, matter, language)
    if view.owed is not None:
        facts.append(Fact(label="owed", amount=view.owed, unit="fen"))
    for one in view.others:
        words = f"{format_amount(one.amount_fen, 'fen', language)} · {one.purpose}"
        href = f"{requests_href(call.tenant)}/{one.payment_id}"
        label = "like_it_waiting" if matter.payee_id is None else "also_waiting"
        facts.append(Fact(label=label, words=words, href=href))
    return Asked(facts, changes=view.changes)


async def _policy(
    conn: AsyncConnection,
    call: GatedCall,
    approval: Approval,
    matter: PolicyChange,
    language: Language,
) -> Asked:
    told = await policy_facts(conn, call, approval, matter, language)
    facts = [Fact(label=name, words=words) for name, words in told.facts]
    return Asked(facts, hindered="approval.unit_gone" if told.unit_ends else "")


async def _reopening(
    _conn: AsyncConnection, _call: GatedCall, matter: PeriodReopening, language: Language
) -> Asked:
    return Asked(
        [
            Fact(label="book", words=text(language, f"book_long.{matter.book}")),
            Fact(label="month", words=format_month(matter.month, language)),
        ]
    )


async def _role(
    conn: AsyncConnection, call: GatedCall, matter: RoleChange, language: Language
) -> Asked:
    role = shipped_roles()[matter.role]
    person_id, unit_id = matter.person_id, matter.org_unit_id
    valid_from, valid_to = matter.valid_from, matter.valid_to
    if matter.grant_id is not None:
        grant = await get_grant(conn, grant_id=matter.grant_id)
        person_id, unit_id = grant.person_id, grant.org_unit_id
        valid_from, valid_to = grant.valid_from, grant.valid_to
    facts = [
        Fact(label="action", words=label(language, "role_action", matter.action)),
        Fact(label="role", words=role.name_in(language)),
    ]
    if person_id is not None:
        person = await get_person(conn, public_id=person_id)
        words = f"{person.display_name} {person.volunteer_no}"
        facts.append(Fact(label="person", words=words))
    facts.append(Fact(label="scope", words=await scope_words(conn, call, unit_id, language)))
    if valid_from is not None:
        facts.append(Fact(label="from", words=_day_of(valid_from, language)))
    if valid_to is not None:
        facts.append(Fact(label="to", words=_day_of(valid_to, language)))
    return Asked(facts)


async def _units(
    conn: AsyncConnection, _call: GatedCall, matter: OrgUnitChange, language: Language
) -> Asked:
    told = await unit_facts(conn, matter, language)
    return Asked([Fact(label=name, words=words) for name, words in told])


async def _whose_sign_in(
    conn: AsyncConnection,
    _call: GatedCall,
    matter: SecondFactorReset | SignInInvitation,
    _language: Language,
) -> Asked:
    person = await get_person(conn, public_id=matter.person_id)
    words = f"{person.display_name} {person.volunteer_no}"
    return Asked([Fact(label="person", words=words)], [])


async def scope_words(
    conn: AsyncConnection, call: GatedCall, org_unit_id: UUID | None, language: Language
) -> str:
    """Where a role asked for here reaches: the tenant, a unit, or the platform."""
    if call.tenant_or_none is not None:
        return call.tenant.name
    if org_unit_id is None:
        return text(language, "approval.whole_platform")
    return (await get_unit_history(conn, org_unit_id=org_unit_id)).name_on(today())


_Reader = Callable[[AsyncConnection, GatedCall, Any, Language], Awaitable[Asked]]
_READERS: Mapping[type[Matter], _Reader] = {
    Reversal: _reversal,
    PeriodReopening: _reopening,
    RoleChange: _role,
    SecondFactorReset: _whose_sign_in,
    SignInInvitation: _whose_sign_in,
    OrgUnitChange: _units,
}


def result_href(call: GatedCall, approval: Approval) -> str | None:
    """The voucher that came of it."""
    if approval.result_id is None or approval.kind not in ("reversal", "adjustment", "payout"):
        return None
    return f"/{call.tenant.form}s/{call.tenant.public_id}/books/entries/{approval.result_id}"
