"""Every event of the catalogue, posted on a real database and compared with a hand-made table."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountName, open_accounts
from ledger.books.proofs import ENGINE_PROOFS, run_proofs
from ledger.database import fetch_all, read_transaction, write_transaction
from ledger.foundation.chart import chart_positions
from ledger.foundation.event_catalogue import list_events
from ledger.foundation.events import EventCommand, post_event, post_events
from ledger.identifiers import uuid7
from tests.events import points, programme_fund, stars, time, trust
from tests.events.books import CALLER, HAPPENED_AT, create_estate, create_programme, fund, holder
from tests.events.cases import LAST_DAY, Case

CASES = [*time.CASES, *points.CASES, *stars.CASES, *programme_fund.CASES, *trust.CASES]

_LINE = re.compile(
    r"(?P<book>[A-Z]{2}) (?P<debit>\d{4})(?::(?P<debtor>[a-z_#0-9]+))?"
    r" > (?P<credit>\d{4})(?::(?P<creditor>[a-z_#0-9]+))?"
    r" : (?P<amount>\d+)(?P<until> until)?\Z"
)
_TRANSFERS = """
SELECT d.book_code, d.account_code AS debit, d.holder_id AS debtor, c.account_code AS credit,
    c.holder_id AS creditor, t.amount, nullif(t.expires_on, 'infinity') AS expires_on
FROM books.transfer t
JOIN books.account d ON d.tenant_id = t.tenant_id AND d.account_id = t.debit_account_id
JOIN books.account c ON c.tenant_id = t.tenant_id AND c.account_id = t.credit_account_id
WHERE t.tenant_id = $1 AND t.entry_id = $2
ORDER BY t.line_no
"""

Posted = tuple[AccountName, AccountName, int, date | None]


def expected(case: Case) -> list[Posted]:
    """The transfers a case asks for."""
    found = []
    for text in case.lines:
        match = _LINE.match(text)
        assert match, text
        debit, credit = (
            AccountName(match["book"], match[side], match[who] and holder(case.event, match[who]))
            for side, who in (("debit", "debtor"), ("credit", "creditor"))
        )
        found.append((debit, credit, int(match["amount"]), LAST_DAY if match["until"] else None))
    return found


def owners(case: Case) -> dict[str, UUID | list[UUID | None]]:
    """The holders a case names: one, or a list where they are numbered."""
    given: dict[str, UUID | list[UUID | None]] = {}
    longest = max(len(a) if isinstance(a, list) else 1 for a in case.amounts.values())
    for label in dict.fromkeys(re.findall(r":([a-z_]+(?:#\d)?)", " ".join(case.lines))):
        role, _, number = label.partition("#")
        if number:
            listed = given.setdefault(role, [None] * longest)
            assert isinstance(listed, list)
            listed[int(number) - 1] = holder(case.event, label)
        else:
            given[role] = holder(case.event, label)
    return given


def emptied(lines: list[Posted]) -> Iterator[tuple[AccountName, int, date | None]]:
    """The accounts with a floor that the transfers take from, and how much."""
    for debit, credit, amount, until in lines:
        for name, taking_side in ((debit, "credit"), (credit, "debit")):
            row = chart_positions()[name.book_code, name.account_code]
            if row.floor == "zero" and row.normal_side == taking_side:
                yield name, amount, until if row.tracks_expiry == "yes" else None


async def post(conn: AsyncConnection, tenant_id: int, case: Case) -> list[Posted]:
    """Post a case on accounts that have just enough, and read its transfers back."""
    wanted = expected(case)
    names = list({name: None for debit, credit, *_ in wanted for name in (debit, credit)})
    await open_accounts(conn, tenant_id=tenant_id, names=names)
    for name, amount, until in emptied(wanted):
        await fund(conn, tenant_id=tenant_id, name=name, amount=amount, expires_on=until)
    outcome = await post_event(
        conn,
        case.event,
        tenant_id=tenant_id,
        key=uuid7(),
        caller_id=CALLER,
        occurred_at=HAPPENED_AT,
        amounts=case.amounts,
        owners=owners(case),
        accounts=case.accounts,
        expires_on=LAST_DAY if case.dated else None,
    )
    return [
        (
            AccountName(row.book_code, row.debit, row.debtor),
            AccountName(row.book_code, row.credit, row.creditor),
            row.amount,
            row.expires_on,
        )
        for row in await fetch_all(conn, _TRANSFERS, tenant_id, outcome.entry_id)
    ]


@pytest.mark.no_proofs  # posted without their programmes: only the engine's own proofs can hold
async def test_every_event_posts_the_transfers_of_the_rules(engine: AsyncEngine) -> None:
    """Accounts, holders, amounts, dates and order are those of the hand-written table."""
    programme, estate = await create_programme(engine), await create_estate(engine)
    for case in CASES:
        tenant_id = estate if case.event.startswith("TR") else programme
        posted = await write_transaction(
            engine,
            lambda conn, case=case, tenant_id=tenant_id: post(conn, tenant_id, case),
            tenant_id=tenant_id,
        )
        assert posted == expected(case), case.event
    async with read_transaction(engine) as conn:
        results = [
            result
            for tenant_id in (programme, estate)
            for result in await run_proofs(conn, tenant_id=tenant_id)
        ]
    assert not [r for r in results if r.name in ENGINE_PROOFS and not r.holds]


def test_every_event_of_the_catalogue_has_one_expectation() -> None:
    """No event goes untried, and no expectation is for an event that is gone."""
    tried = Counter(case.event for case in CASES)
    assert set(tried) == {event.event_code for event in list_events()}
    assert set(tried.values()) == {1}


async def test_one_refused_event_spares_its_neighbours(engine: AsyncEngine) -> None:
    """A batch of events answers each on its own."""
    programme = await create_programme(engine)
    giver, receiver = holder("giver"), holder("receiver")

    async def enrol_and_post(conn: AsyncConnection) -> list[str | None]:
        names = [AccountName("TB", "2101", giver), AccountName("TB", "2101", receiver)]
        await open_accounts(conn, tenant_id=programme, names=names)
        outcomes = await post_events(
            conn,
            tenant_id=programme,
            commands=[
                _command("TB07", {"granted": 60}, member=giver),
                _command("TB08", {"given": 61}, giver=giver, receiver=receiver),
                _command("TB08", {"given": 60}, giver=giver, receiver=receiver),
            ],
        )
        return [outcome.refusal for outcome in outcomes]

    refusals = await write_transaction(engine, enrol_and_post, tenant_id=programme)
    assert refusals == [None, "insufficient_balance", None]


def _command(event: str, amounts: dict[str, int], **roles: UUID) -> EventCommand:
    return EventCommand(
        event=event,
        key=uuid7(),
        caller_id=CALLER,
        occurred_at=HAPPENED_AT,
        amounts=amounts,
        owners=roles,
    )
