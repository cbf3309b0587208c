"""One-time codes: unguessable, stored hashed, found in one programme only, good for once."""

import asyncio
import re

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import execute, fetch_all, fetch_value, read_transaction
from ledger.errors import InvalidInput, NotFound
from ledger.identifiers import uuid7
from ledger.programmes.redemption import codes
from ledger.programmes.redemption.codes import hash_presented, read_code
from ledger.programmes.redemption.commands import AUTHORISE
from ledger.programmes.redemption.refusals import CodeOfAnotherProgramme
from tests.redemption.market import CODES, PROGRAMME_ID, Market, create_market


async def test_a_code_has_a_token_for_the_picture_and_eight_digits(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    code = await market.issue("C1", "V1")
    assert re.fullmatch(r"GZ1[A-Z2-7]{52}", code.token)
    assert re.fullmatch(r"\d{8}", code.digits)
    assert read_code(code.token).programme_id == PROGRAMME_ID
    assert len(read_code(code.token).secret) * 8 == 128


async def test_nothing_stored_gives_a_code_away(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    code = await market.issue("C1", "V1")
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        row = await fetch_value(conn, "SELECT c::text FROM programmes.redemption_code AS c")
    for secret in (code.token, code.digits, code.digits.encode().hex()):
        assert secret not in row
    assert read_code(code.token).secret.hex() not in row


@pytest.mark.parametrize("form", ["token", "digits"])
async def test_either_form_pays_and_spends_both(engine: AsyncEngine, form: str) -> None:
    market = await create_market(engine)
    code = await market.issue("C1", "V1")
    first, other = (code.token, code.digits) if form == "token" else (code.digits, code.token)
    outcome = await market.authorise("P1", first, "M1", 100)
    assert outcome.refusal is None
    assert (await market.authorise("P2", other, "M1", 100)).refusal == "code_already_used"


@pytest.mark.parametrize("written", ["1234 5678", "１２３４５６７８", "1234-5678", " 12345678\n"])
def test_digits_are_read_however_they_are_typed(written: str) -> None:
    assert read_code(written).secret == b"12345678"


@pytest.mark.parametrize(
    "written",
    ["", "1234567", "123456789", "GZ1ABC", "一二三四五六七八", "GZ2" + "A" * 52, "x" * 5000],
)
def test_anything_else_is_no_code(written: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_code(written)
    assert caught.value.attributes()["value"] == "…", "a code is not repeated in messages"


async def test_a_code_is_unknown_in_another_programme(engine: AsyncEngine) -> None:
    market, other = await create_market(engine), await create_market(engine)
    code = await market.issue("C1", "V1")
    assert (await other.authorise("P1", code.digits, "M1", 100)).refusal == "code_not_known"
    with pytest.raises(CodeOfAnotherProgramme):
        await hash_presented(
            engine,
            read_code(code.token),
            tenant_id=other.tenant_id,
            programme_id=uuid7(),
            keys=CODES,
        )


async def test_an_old_code_is_refused(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    await market.issue("C1", "V1", life_seconds=1)
    await asyncio.sleep(1.1)
    assert (await market.authorise("P1", "C1", "M1", 100)).refusal == "code_expired"


async def test_codes_of_strangers_and_for_nothing_are_not_issued(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    market.ids["V9"] = uuid7()
    with pytest.raises(NotFound):
        await market.issue("C1", "V9")
    with pytest.raises(InvalidInput):
        await market.issue("C1", "V1", amount_limit=0)


async def test_digits_given_out_today_are_drawn_again(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    market = await create_market(engine)
    draws = iter([11111111, 11111111, 22222222])
    monkeypatch.setattr(codes.secrets, "randbelow", lambda _: next(draws))
    assert (await market.issue("C1", "V1")).digits == "11111111"
    assert (await market.issue("C2", "V2")).digits == "22222222"


async def test_the_same_digits_live_twice_are_no_code_at_all(
    engine: AsyncEngine, admin_engine: AsyncEngine
) -> None:
    """Only over midnight can that be; nobody pays for somebody else."""
    market = await create_market(engine)
    code = await market.issue("C1", "V1")
    async with admin_engine.begin() as conn:
        await execute(
            conn,
            "INSERT INTO programmes.redemption_code SELECT tenant_id, $1::uuid, $2::uuid,"
            " '\\x00', digits_hash, issued_on - 1, issued_at, expires_at"
            " FROM programmes.redemption_code",
            uuid7(),
            market.ids["V2"],
        )
    assert (await market.authorise("P1", code.digits, "M1", 100)).refusal == "code_not_known"
    assert (await market.authorise("P2", code.token, "M1", 100)).refusal is None


async def guess(market: Market, merchant: str, terminal: str, count: int) -> list[str | None]:
    """Try unknown digits one after the other."""
    return [
        (await market.authorise("P", f"{number:08d}", merchant, 100, terminal=terminal)).refusal
        for number in range(count)
    ]


async def test_guessing_is_stopped_at_the_terminal_then_at_the_merchant(
    engine: AsyncEngine,
) -> None:
    market = await create_market(engine)
    found = await guess(market, "M1", "T1", 7)
    assert found == ["code_not_known"] * 5 + ["too_many_wrong_codes"] * 2
    await market.issue("C1", "V1")
    right = await market.authorise("P1", "C1", "M1", 100, terminal="T1")
    assert right.refusal == "too_many_wrong_codes", "a throttled terminal learns nothing"
    assert right.detail is not None
    assert 500 < right.detail["retry_after_seconds"] <= 600
    for terminal in ("T2", "T3", "T4"):
        assert await guess(market, "M1", terminal, 5) == ["code_not_known"] * 5
    assert await guess(market, "M1", "T5", 1) == ["too_many_wrong_codes"]
    assert (await market.authorise("P2", "C1", "M2", 100)).refusal is None, "others go on"


async def test_guesses_of_one_batch_are_counted_one_by_one(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    batch = [
        market.authorisation(f"{number:08d}", "M1", 100, terminal=f"T{number % 3}")
        for number in range(30)
    ]
    outcomes = await market.run(AUTHORISE, *batch)
    found = [outcome.refusal for outcome in outcomes]
    assert found == ["code_not_known"] * 15 + ["too_many_wrong_codes"] * 15


async def test_a_hundred_scans_of_one_code_pay_once(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    await market.issue("C1", "V1")
    commands = [market.authorisation("C1", "M1", 100) for _ in range(100)]
    outcomes = await asyncio.gather(*(market.run(AUTHORISE, command) for command in commands))
    found = sorted(str(outcome.refusal) for (outcome,) in outcomes)
    assert found == ["None"] + ["code_already_used"] * 99
    assert await market.balance("V1", "2102") == 100


async def test_the_same_request_sent_a_hundred_times_gets_the_first_result(
    engine: AsyncEngine,
) -> None:
    market = await create_market(engine)
    await market.issue("C1", "V1")
    key = uuid7()
    commands = [market.authorisation("C1", "M1", 100, key=key) for _ in range(100)]
    outcomes = await asyncio.gather(*(market.run(AUTHORISE, command) for command in commands))
    assert {outcome.refusal for (outcome,) in outcomes} == {None}
    assert len({outcome.entry_id for (outcome,) in outcomes}) == 1
    assert sum(not outcome.replayed for (outcome,) in outcomes) == 1
    async with read_transaction(engine, tenant_id=market.tenant_id) as conn:
        assert len(await fetch_all(conn, "SELECT 1 AS one FROM programmes.redemption")) == 1


async def test_a_replay_of_a_wrong_code_is_not_counted_again(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    key = uuid7()
    for _ in range(10):
        outcome = await market.authorise("P", "00000000", "M1", 100, key=key, terminal="T1")
        assert outcome.refusal == "code_not_known"
    assert await guess(market, "M1", "T1", 4) == ["code_not_known"] * 4
