"""Awards and openings that wait: when they take effect, and how they are taken back."""

from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.web.coming import list_coming
from api.web.member_books import read_member_books
from ledger.books.accounts import AccountName, get_accounts
from ledger.books.refusals import InsufficientBalance
from ledger.clock import SHANGHAI, now, today
from ledger.database import read_transaction, write_transaction
from ledger.foundation.approvals import Approval
from ledger.foundation.events import post_event
from ledger.foundation.named_accounts import EventBelongsToProgramme
from ledger.foundation.policies import approve_policy, propose_policy
from ledger.identifiers import uuid7
from ledger.journeys.approvals.matters import Adjustment, Move, Reversal
from ledger.programmes.service_records.release import ReleaseRun, release_awards
from tests.approvals.people import SYSTEM, Office, create_office, person_with

BEFORE = datetime(2024, 12, 1, 9, tzinfo=SHANGHAI)
LAST_DAY = today() + timedelta(days=400)
#: Given today, objections on the three days after it.
EFFECTIVE = today() + timedelta(days=4)


@pytest.fixture
async def office(engine: AsyncEngine) -> Office:
    return await create_office(engine)


@pytest.fixture
async def quick(office: Office) -> Office:
    """Nobody can object there: what is given takes effect with the next run."""
    await at_once(office)
    return office


async def at_once(office: Office) -> None:
    """The rule is of last year: what was given today was given under it."""
    proposer, approver = [await person_with(office.engine, None) for _ in range(2)]

    async def decide(conn: AsyncConnection) -> None:
        proposal_id = await propose_policy(
            conn,
            org_unit_id=None,
            key="service.objection_days",
            value=0,
            valid_from=date(2025, 1, 1),
            document_no="测试",
            caller_id=proposer.caller_id,
            at=BEFORE,
        )
        await approve_policy(conn, proposal_id=proposal_id, caller_id=approver.caller_id, at=BEFORE)

    await write_transaction(office.engine, decide)


async def given(
    office: Office,
    amount: int,
    event: str = "SP22",
    other: str = "5102",
    booked_on: date | None = None,
) -> Approval:
    """Points put into the member's pending account, asked for and approved."""
    book = event[:2]
    names = [AccountName(book, other), AccountName(book, "2103", office.member_id)]
    async with read_transaction(office.engine, tenant_id=office.tenant_id) as conn:
        debit, credit = await get_accounts(conn, tenant_id=office.tenant_id, names=names)
    move = Move(
        debit_account=debit.public_id,
        credit_account=credit.public_id,
        amount=amount,
        expires_on=LAST_DAY,
    )
    matter = Adjustment(event_code=event, occurred_at=now(), transfers=(move,), booked_on=booked_on)
    return await office.approve(await office.ask(matter))


async def reverse(office: Office, entry_id: UUID | None) -> None:
    assert entry_id is not None
    await office.approve(await office.ask(Reversal(entry_id=entry_id, occurred_at=now())))


async def release(office: Office, on: date | None = None) -> ReleaseRun:
    return await office.run(release_awards, on=on or today(), caller_id=SYSTEM)


async def points(office: Office, book: str = "SP") -> tuple[int, int]:
    """What the member has pending and available."""
    async with read_transaction(office.engine, tenant_id=office.tenant_id) as conn:
        who = {"tenant_id": office.tenant_id, "member_id": office.member_id}
        found = (await read_member_books(conn, **who))[book]
    return found.pending, found.available


async def coming(office: Office) -> list[tuple[date, str, int]]:
    async with read_transaction(office.engine, tenant_id=office.tenant_id) as conn:
        who = {"tenant_id": office.tenant_id, "member_id": office.member_id}
        books = await read_member_books(conn, **who)
        found = await list_coming(conn, office.tenant_id, office.member_id, books)
    return [(one.day, one.kind, one.amount) for one in found]


async def test_an_award_takes_effect_after_its_days_once_and_is_taken_back_whole(
    office: Office,
) -> None:
    award = await given(office, 5000)
    assert await coming(office) == [(EFFECTIVE, "points_available", 5000)]
    for on in (today(), EFFECTIVE - timedelta(days=1)):
        assert (await release(office, on)).tried == 0
    assert await points(office) == (5000, 0)
    assert (await release(office, EFFECTIVE)).tried == 1  # refused: that day has not come
    await at_once(office)
    assert (await release(office)).effective == 1
    assert (await release(office)).tried == 0
    assert (await release(office, EFFECTIVE)).tried == 0
    assert await points(office) == (0, 5000)
    assert await coming(office) == []
    await reverse(office, award.result_id)
    assert await points(office) == (0, 0)
    assert (await release(office)).tried == 0


async def test_an_award_takes_effect_on_its_accounting_date_at_the_earliest(quick: Office) -> None:
    later = today() + timedelta(days=5)
    await given(quick, 500, booked_on=later)
    assert await coming(quick) == [(later, "points_available", 500)]
    assert (await release(quick)).tried == 0
    assert await points(quick) == (500, 0)


async def test_an_award_of_yesterday_is_taken_back_on_its_day(quick: Office) -> None:
    yesterday = today() - timedelta(days=1)
    award = await given(quick, 500, booked_on=yesterday)
    assert (await release(quick)).effective == 1
    assert award.result_id is not None
    matter = Reversal(entry_id=award.result_id, occurred_at=now(), booked_on=yesterday)
    await quick.approve(await quick.ask(matter))
    assert await points(quick) == (0, 0)


async def test_what_was_spent_of_an_award_cannot_be_taken_back(quick: Office) -> None:
    award = await given(quick, 500)
    await release(quick)
    await quick.run(
        post_event,
        event="SP34",
        key=uuid7(),
        caller_id=SYSTEM,
        occurred_at=now(),
        amounts={"donated": 1},
        owners={"member": quick.member_id},
    )
    with pytest.raises(InsufficientBalance):
        await reverse(quick, award.result_id)
    assert await points(quick) == (0, 499)


async def test_only_what_is_left_of_awards_takes_effect(quick: Office) -> None:
    """Reversed before: nothing of it. Corrected downwards: the oldest takes effect for less."""
    gone = await given(quick, 100)
    await given(quick, 30)
    await given(quick, 7, "SP43", "5105")
    await reverse(quick, gone.result_id)
    await quick.run(
        post_event,
        event="SP45",
        key=uuid7(),
        caller_id=SYSTEM,
        occurred_at=now(),
        amounts={"corrected": 10},
        accounts={"account": "2103"},
        owners={"holder": quick.member_id},
    )
    assert await points(quick) == (27, 0)
    assert [amount for _, _, amount in await coming(quick)] == [20, 7]
    await release(quick)
    assert await points(quick) == (0, 27)


async def test_minutes_opened_as_pending_take_effect_too_and_a_release_stays_with_them(
    quick: Office,
) -> None:
    await given(quick, 60, "TB30", "5103")
    assert (await release(quick)).effective == 1
    assert await points(quick, "TB") == (0, 360)
    async with read_transaction(quick.engine, tenant_id=quick.tenant_id) as conn:
        rows = await conn.exec_driver_sql(
            "SELECT entry_id FROM books.entry WHERE event_code='TB04'"
        )
        (entry_id,) = rows.scalars()
    with pytest.raises(EventBelongsToProgramme):
        await quick.ask(Reversal(entry_id=entry_id, occurred_at=now()))
