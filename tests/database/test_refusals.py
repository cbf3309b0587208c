"""What is refused, for which of several reasons, and that nothing else happens then."""

import asyncio
import re
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.books.accounts import AccountName, AccountStatus, get_accounts
from ledger.books.command_kinds import ENTRY
from ledger.books.holds import CAPTURE, EXPIRE, VOID, place_holds, refund_holds, resolve_holds
from ledger.books.lanes import Lanes, lane_connector
from ledger.books.posting import MAX_AMOUNT, MAX_BATCH, EntryRequest, Line, post_batch
from ledger.books.refusals import REFUSALS, AccountNotFound, BatchTooLarge
from ledger.books.reversals import reverse_batch
from ledger.clock import now
from ledger.database import fetch_value, read_transaction, write_transaction
from ledger.identifiers import uuid7
from tests.database_server import Database
from tests.small_books import (
    SmallBooks,
    create_small_books,
    entry,
    hold,
    refund,
    resolution,
    reversal,
)
from tests.tidy.sources import ROOT

DOCUMENT = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
FUNCTIONS = ROOT / "ledger" / "books" / "sql" / "functions"
#: Faults of a request as a whole; the others are faults of one of its lines.
WHOLE = {
    "occurred_in_future": {"occurred_at": now() + timedelta(days=1)},
    "period_not_open": {"booked_on": date(2023, 12, 31)},
    "idempotency_conflict": {"key": "taken"},
}


def documented(*titles: str) -> list[str]:
    """The codes a part of docs/refusals.md lists, in order."""
    sections = dict(
        re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", DOCUMENT, flags=re.MULTILINE | re.DOTALL)
    )
    return [
        code
        for title in titles
        for code in re.findall(r"^\d+\. `(\w+)`", sections[title], re.MULTILINE)
    ]


def in_function(name: str, pattern: str) -> list[str]:
    """The codes a posting function tells, in order of precedence."""
    return re.findall(pattern, (FUNCTIONS / f"{name}.sql").read_text(encoding="utf-8"))


def test_precedence_is_documented_as_it_is_coded() -> None:
    source = (FUNCTIONS / "post_batch.sql").read_text(encoding="utf-8")
    (listed,) = re.findall(r"c_refusals CONSTANT text\[\] := ARRAY\[(.*?)\]", source, re.DOTALL)
    late = re.findall(r"THEN '(\w+)' ELSE '(\w+)' END;", source)
    assert documented("An entry") == [*re.findall(r"'(\w+)'", listed), *late[0]]


@pytest.mark.parametrize(
    ("part", "function"),
    [
        ("Capture, void and expiry", "resolve_holds"),
        ("Refund", "refund_holds"),
        ("A reversal", "reverse_batch"),
        ("Closing an account", "set_account_status"),
    ],
)
def test_each_function_checks_in_the_documented_order(part: str, function: str) -> None:
    text = DOCUMENT.replace("Capture, void and expiry:", "## Capture, void and expiry")
    text = text.replace("\nRefund:", "\n## Refund")
    section = text.split(f"## {part}\n")[1].split("\n## ")[0]
    codes = re.findall(r"^\d+\. `(\w+)`", section, re.MULTILINE)
    assert codes == in_function(function, r"(?:THEN|RETURN)\s+'(\w+)'")


def test_every_refusal_is_documented() -> None:
    engine_refusals = {code for code, kind in REFUSALS.items() if "books" in kind.__module__}
    assert engine_refusals <= set(re.findall(r"`(\w+)`", DOCUMENT))


async def faulty_lines(books: SmallBooks) -> dict[str, Line]:
    """A line for each fault that a line can have."""
    await books.set_status("V8", AccountStatus.FROZEN)
    await books.set_status("V9", AccountStatus.CLOSED)
    await books.issue("M7", MAX_AMOUNT, book_code="PG")
    line = books.line
    return {
        "invalid_amount": await line("I", "V1", 0),
        "same_account": await line("V1", "V1", 1),
        "unit_mismatch": Line(await books.id_of("I", "TB"), await books.id_of("V1", "SP"), 1),
        "book_mismatch": Line(await books.id_of("I", "PG"), await books.id_of("V1", "TR"), 1),
        "account_closed": await line("I", "V9", 1),
        "account_frozen": await line("I", "V8", 1),
        "total_too_large": await line("I", "P", 1, book_code="PG"),
        "insufficient_balance": await line("V3", "M1", 5),
    }


def faulty(codes: Iterable[str], lines: dict[str, Line], good: Line) -> EntryRequest:
    """An entry with all these faults; the line of the gravest comes last."""
    ranked = documented("The key", "An entry")
    wanted = sorted(codes, key=ranked.index, reverse=True)
    more: dict[str, Any] = {}
    for code in wanted:
        more |= WHOLE.get(code, {})
    chosen = [lines[code] for code in wanted if code in lines]
    return entry(*([] if "entry_without_lines" in wanted else [good, *chosen]), **more)


def possible(codes: tuple[str, ...]) -> bool:
    """Without lines no line is wrong; of the two late faults the first line's is told."""
    found = set(codes)
    if "entry_without_lines" in found:
        return found <= {"entry_without_lines", *WHOLE}
    return not {"total_too_large", "insufficient_balance"} <= found


async def test_of_two_and_three_faults_the_first_in_the_list_is_told(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    lines, good = await faulty_lines(books), await books.line("I", "V1", 1)
    (outcome,) = await books.post(entry(good, good, key="taken"))
    assert outcome.refusal is None
    ranked = documented("The key", "An entry")
    cases = [c for n in (1, 2, 3) for c in combinations(ranked, n) if possible(c)]
    assert len(cases) > 150
    outcomes = await books.post(*(faulty(case, lines, good) for case in cases))
    told = {case: o.refusal for case, o in zip(cases, outcomes, strict=True)}
    assert told == {case: min(case, key=ranked.index) for case in cases}
    assert await books.balance("V1") == 2


async def test_the_line_that_is_wrong_is_named(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    lines, good = await faulty_lines(books), await books.line("I", "V1", 1)
    codes = [code for code in documented("An entry") if code in lines]
    outcomes = await books.post(*(entry(good, lines[code], lines[code]) for code in codes))
    assert [outcome.detail and outcome.detail["line"] for outcome in outcomes] == [2] * len(codes)
    by_code = {outcome.refusal: outcome for outcome in outcomes}
    frozen, closed, empty = await books.open("V8", "V9", "V3")
    assert by_code["account_frozen"].detail == {"line": 2, "account": str(frozen.public_id)}
    assert by_code["account_closed"].detail == {"line": 2, "account": str(closed.public_id)}
    assert by_code["insufficient_balance"].detail == {
        "line": 2,
        "account": str(empty.public_id),
        "available": 0,
        "needed": 5,
        "unit": "minute",
    }


async def test_what_is_available_is_told_of_the_account_that_lacks_it(engine: AsyncEngine) -> None:
    """Units with dates pay a receivable that is smaller than the payment."""
    books = await create_small_books(engine)
    await books.issue("V1", 10, until=date(2030, 1, 31))
    await books.issue("V1", 90, until=date(2031, 1, 31))
    await books.post(entry(await books.line("R1", "P", 30)))
    (outcome,) = await books.post(entry(await books.line("V1", "R1", 50)))
    (receivable,) = await books.open("R1")
    assert outcome.detail is not None
    assert outcome.detail["account"] == str(receivable.public_id)
    assert outcome.detail["available"] == 30
    (outcome,) = await books.post(entry(await books.line("V1", "P", 101)))
    assert outcome.detail is not None
    assert outcome.detail["available"] == 100


@pytest.mark.parametrize("amount", [0, -1, MAX_AMOUNT + 1, -(2**63), 2**63 - 1])
async def test_an_amount_that_is_none_is_refused(engine: AsyncEngine, amount: Any) -> None:
    books = await create_small_books(engine)
    (outcome,) = await books.post(entry(await books.line("I", "V1", amount)))
    assert outcome.refusal == "invalid_amount"
    assert outcome.detail == {"line": 1, "amount": amount}


NO_NUMBERS = [1.5, 1.0, float("nan"), float("inf"), Decimal("NaN"), Decimal(1), "1", None]


async def test_what_is_no_whole_number_is_a_bug_of_the_caller(
    engine: AsyncEngine, subtests: pytest.Subtests
) -> None:
    """The driver would cut a fraction off and say nothing."""
    books = await create_small_books(engine)
    good = entry(await books.line("I", "V1", 1))
    ids = await books.id_of("V1"), await books.id_of("H1")
    for amount in NO_NUMBERS:
        with subtests.test(repr(amount)):
            with pytest.raises(TypeError):
                await books.post(good, entry(await books.line("I", "V1", amount)))
            with pytest.raises(TypeError):
                await books.run(place_holds, [hold(*ids, amount)])
            with pytest.raises(TypeError):
                await books.run(refund_holds, [refund(good.entry_id, amount)])
    for amount in (2**63, -(2**64)):
        with pytest.raises(DBAPIError):
            await books.post(good, entry(await books.line("I", "V1", amount)))
    assert await books.balance("V1") == 0


async def test_the_largest_amount_is_exact(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    await books.issue("V1", MAX_AMOUNT)
    await books.post(entry(await books.line("V1", "V2", MAX_AMOUNT - 1)))
    assert [await books.balance(name) for name in ("V1", "V2")] == [1, MAX_AMOUNT - 1]


async def test_totals_end_where_numbers_stop_being_exact(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    await books.issue("P", MAX_AMOUNT)
    await books.post(entry(await books.line("P", "X", MAX_AMOUNT)))
    outcomes = await books.post(
        entry(await books.line("I", "M1", 1)),  # nothing more is issued in this book
        entry(await books.line("M2", "X", 1)),  # nothing more flows into X
        entry(await books.line("P", "M1", 1)),  # also empty, which is told second
        entry(await books.line("M1", "M2", 1)),
    )
    assert [outcome.refusal for outcome in outcomes] == [*["total_too_large"] * 3, None]


async def test_an_entry_of_a_thousand_lines_is_posted_or_refused_as_one(
    engine: AsyncEngine,
) -> None:
    books = await create_small_books(engine)
    lines = [await books.line("I", f"M{number % 7}", 1) for number in range(1_000)]
    outcomes = await books.post(
        entry(*lines), entry(*lines, await books.line("V1", "M1", 1)), entry(*lines)
    )
    assert [o.refusal for o in outcomes] == [None, "insufficient_balance", None]
    assert outcomes[1].detail is not None
    assert outcomes[1].detail["line"] == 1_001
    assert await books.balance("I") == 2_000


async def test_too_large_a_batch_is_not_looked_at(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 1)
    with pytest.raises(BatchTooLarge):
        await books.post(*(entry(line) for _ in range(MAX_BATCH + 1)))
    assert await books.balance("V1") == 0
    assert len(await books.post(*(entry(line) for _ in range(MAX_BATCH)))) == MAX_BATCH


async def test_an_empty_batch_does_nothing(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    for function in (post_batch, place_holds, resolve_holds, refund_holds, reverse_batch):
        assert await books.run(function, []) == []


async def test_an_account_that_was_never_opened_is_named(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    name = AccountName("TB", "2101", uuid7())
    with pytest.raises(AccountNotFound, match=str(name.holder_id)):
        async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
            await get_accounts(conn, tenant_id=books.tenant_id, names=[name])


async def test_an_account_number_that_does_not_exist_stops_the_batch(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    issuer = await books.id_of("I")
    with pytest.raises(DBAPIError, match="does not exist"):
        await books.post(entry(Line(issuer, 999_999, 1)))


async def test_unknown_holds_and_entries_are_refused_without_harm(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    merchant, nowhere = await books.id_of("M1"), uuid7()
    outcomes = [
        *await books.run(resolve_holds, [resolution(nowhere, CAPTURE, 1, to=merchant)]),
        *await books.run(resolve_holds, [resolution(nowhere, VOID)]),
        *await books.run(resolve_holds, [resolution(nowhere, EXPIRE)]),
        *await books.run(refund_holds, [refund(nowhere, 1)]),
        *await books.run(reverse_batch, [reversal(nowhere)]),
    ]
    assert [o.refusal for o in outcomes] == [*["hold_not_found"] * 4, "entry_not_found"]


async def test_another_tenants_holds_and_entries_look_like_missing_ones(
    engine: AsyncEngine,
) -> None:
    books, others = await create_small_books(engine), await create_small_books(engine)
    issued = await others.issue("V1", 10)
    placed = hold(await others.id_of("V1"), await others.id_of("H1"), 5)
    await others.run(place_holds, [placed])
    outcomes = [
        *await books.run(resolve_holds, [resolution(placed.entry_id, VOID)]),
        *await books.run(refund_holds, [refund(placed.entry_id, 1)]),
        *await books.run(reverse_batch, [reversal(issued.entry_id)]),
    ]
    assert [o.refusal for o in outcomes] == ["hold_not_found", "hold_not_found", "entry_not_found"]
    assert await others.balance("V1") == 5


async def test_a_hold_or_entry_named_twice_in_a_batch_is_a_bug_of_the_caller(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two captures of one hold in one batch must never both be decided on an open hold."""
    monkeypatch.setattr("ledger.books.holds._check_named_once", lambda _requests: None)
    books = await create_small_books(engine)
    issued = await books.issue("V1", 10)
    placed = hold(await books.id_of("V1"), await books.id_of("H1"), 5)
    await books.run(place_holds, [placed, hold(placed.account_id, placed.held_account_id, 5)])
    two_voids = [resolution(placed.entry_id, VOID) for _ in range(2)]
    two_refunds = [refund(placed.entry_id, 1) for _ in range(2)]
    two_reversals = [reversal(issued.entry_id) for _ in range(2)]
    for function, requests in (
        (resolve_holds, two_voids),
        (refund_holds, two_refunds),
        (reverse_batch, two_reversals),
    ):
        with pytest.raises(DBAPIError, match="once"):
            await books.run(function, requests)
    assert await books.balance("H1") == 10


async def test_an_entry_id_given_twice_harms_only_itself(
    database: Database, engine: AsyncEngine
) -> None:
    """Ids are made by the application; one given twice is its bug, and a lane contains it."""
    books = await create_small_books(engine)
    line = await books.line("I", "V1", 1)
    first = entry(line)
    with pytest.raises(DBAPIError, match="entry_pkey"):
        await books.post(entry(line), first, entry(line, entry_id=first.entry_id))
    assert await books.balance("V1") == 0
    lanes = Lanes(lane_connector(database.service_url), count=1, batch_cap=64, queue_cap=100)
    await lanes.start()
    requests = [entry(line), first, entry(line, entry_id=first.entry_id), entry(line)]
    answers = await asyncio.gather(
        *(lanes.submit(books.tenant_id, ENTRY, request) for request in requests),
        return_exceptions=True,
    )
    await lanes.stop()
    failed = [answer for answer in answers if isinstance(answer, BaseException)]
    assert [type(error) for error in failed] == [asyncpg.UniqueViolationError]
    assert await books.balance("V1") == 3


async def test_a_refused_entry_leaves_nothing_but_its_refusal(engine: AsyncEngine) -> None:
    books = await create_small_books(engine)
    await books.issue("V1", 10, until=date(2030, 1, 31))
    await books.post(
        entry(
            await books.line("V1", "V2", 4),
            await books.line("I", "M1", 500, book_code="PG"),
            await books.line("V1", "V3", 7),
            memo="this text is not kept",
        )
    )
    async with read_transaction(engine, tenant_id=books.tenant_id) as conn:
        counts = [
            await fetch_value(conn, f"SELECT count(*) FROM books.{table}")
            for table in ("entry", "transfer", "entry_memo", "voucher", "command_refusal")
        ]
    assert counts == [1, 1, 0, 0, 1]
    assert await books.buckets("V1") == {date(2030, 1, 31): 10}
    assert await books.balance("V2") == 0


async def test_a_transaction_that_is_rolled_back_leaves_nothing(engine: AsyncEngine) -> None:
    """Whoever wants to know what would happen posts and rolls back; a new key is not used up."""
    books = await create_small_books(engine)
    request = entry(await books.line("I", "V1", 10), key="asked for the sake of argument")
    async with engine.connect() as conn:
        (asked,) = await post_batch(conn, tenant_id=books.tenant_id, requests=[request])
        await conn.rollback()
    (outcome,) = await write_transaction(
        engine, lambda conn: post_batch(conn, tenant_id=books.tenant_id, requests=[request])
    )
    assert (asked.refusal, asked.replayed) == (outcome.refusal, outcome.replayed) == (None, False)
    assert await books.balance("V1") == 10
