"""A purchase with many faults is refused for one reason, always the same."""

import re
from importlib.resources import files

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.redemption.market import Market, create_market
from tests.tidy.sources import ROOT

DOCUMENT = (ROOT / "docs" / "refusals.md").read_text(encoding="utf-8")
FUNCTIONS = files("ledger.programmes.redemption") / "sql" / "functions"


@pytest.mark.parametrize(
    ("title", "function"),
    [
        ("Authorising a purchase", "authorise_batch"),
        ("Capturing a purchase", "capture_batch"),
        ("Refunding a purchase", "refund_batch"),
    ],
)
def test_precedence_is_documented_as_it_is_coded(title: str, function: str) -> None:
    section = DOCUMENT.split(f"## {title}\n")[1].split("\n## ")[0]
    listed = re.findall(r"^\d+\. `(\w+)`", section, re.MULTILINE)
    source = (FUNCTIONS / f"{function}.sql").read_text(encoding="utf-8")
    assert listed == re.findall(r"THEN '(\w+)'\n", source)


async def test_faults_are_named_in_order_as_one_after_the_other_is_mended(
    engine: AsyncEngine,
) -> None:
    market = await create_market(engine)
    await market.add_merchant("M3", agreed=False)
    await market.set_status("M3", "suspended")
    await market.set_status("V1", "suspended")
    await market.issue("C1", "V1", amount_limit=20000)
    await market.issue("C2", "V2")
    market.terms = msgspec.structs.replace(market.terms, daily_cap=15000, merchant_cap=12000)
    attempt = {"source": "C1", "merchant": "M3", "amount": 0, "terminal": "T1"}

    async def expect(refusal: str | None) -> None:
        outcome = await market.authorise("P", **attempt)
        assert outcome.refusal == refusal

    await expect("invalid_amount")
    attempt["amount"] = 20001
    await expect("merchant_not_active")
    await market.set_status("M3", "active")
    await expect("merchant_without_contract")
    await market.agree("M3")
    await wrong_codes(market, "T1")
    await expect("too_many_wrong_codes")
    attempt["terminal"] = "T2"
    await expect("code_limit_exceeded")
    attempt["amount"] = 20000
    await expect("member_not_active")
    await market.set_status("V1", "active")
    await expect("daily_cap_exceeded")
    attempt["amount"] = 15000
    await expect("merchant_cap_exceeded")
    attempt["amount"] = 12000
    await expect("insufficient_balance")
    attempt["amount"] = 10000
    await expect(None)
    await expect("code_already_used")


async def wrong_codes(market: Market, terminal: str) -> None:
    """As many unknown codes as a terminal may try."""
    for digits in range(5):
        await market.authorise("P", f"{digits:08d}", "M3", 1, terminal=terminal)


async def test_a_capture_names_its_faults_in_order(engine: AsyncEngine) -> None:
    market = await create_market(engine)
    assert (await market.authorise("P", "V1", "M1", 1000)).refusal is None
    for name, status, refusal in (
        ("V1", "left", "member_not_active"),
        ("M1", "suspended", "merchant_not_active"),
        ("M1", "active", "member_not_active"),
        ("V1", "active", None),
    ):
        await market.set_status(name, status)
        assert (await market.capture("P")).refusal == refusal
