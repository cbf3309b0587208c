"""Stories of purchases, one line a command with what is expected of it.

``points V1 10 [until DATE]`` · ``code C1 V1 [limit 5] [at M1]`` · ``authorise P1 C1 M1 10`` ·
``capture P1 [5]`` · ``void P1`` · ``refund P1 [5]`` · ``suspend M1`` · ``readmit M1`` ·
``member V1 available held`` · ``merchant M1 points``. After ``=`` stands the refusal expected.
"""

from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.redemption.market import Market, create_market, points

STORIES = {
    "captured in full": """
        code      C1 V1
        authorise P1 C1 M1 30
        member    V1 70 30
        capture   P1
        member    V1 70 0
        merchant  M1 30
    """,
    "captured in part, the rest is released": """
        authorise P1 V1 M1 50
        capture   P1 30
        member    V1 70 0
        merchant  M1 30
        capture   P1 20      = hold_already_resolved
    """,
    "capture of more than is held": """
        authorise P1 V1 M1 50
        capture   P1 50.01   = capture_exceeds_hold
        capture   P1 0       = invalid_amount
        capture   P1 50
    """,
    "void before and after": """
        authorise P1 V1 M1 40
        void      P1
        member    V1 100 0
        void      P1         = hold_already_resolved
        capture   P1         = hold_already_resolved
        refund    P1         = hold_not_captured
    """,
    "refund up to what was captured": """
        authorise P1 V1 M1 50
        refund    P1 10      = hold_not_captured
        capture   P1 40
        refund    P1 15
        refund    P1 25.01   = refund_exceeds_capture
        refund    P1
        refund    P1         = refund_exceeds_capture
        void      P1         = hold_already_resolved
        member    V1 100 0
        merchant  M1 0
    """,
    "no more than is there": """
        authorise P1 V1 M1 60
        authorise P2 V1 M2 40.01  = insufficient_balance
        authorise P3 V2 M1 1      = insufficient_balance
        authorise P4 V1 M1 0      = invalid_amount
        authorise P5 V1 M1 -5     = invalid_amount
        authorise P6 V1 M1 40
        member    V1 0 100
    """,
    "a code pays once, and survives a refusal that is not its fault": """
        code      C1 V1
        authorise P1 C1 M1 100.01 = insufficient_balance
        authorise P2 C1 M1 10
        authorise P3 C1 M1 10     = code_already_used
        void      P2
        authorise P4 C1 M1 10     = code_already_used
    """,
    "a newer code replaces the older": """
        code      C1 V1
        code      C2 V1
        code      C3 V2
        authorise P1 C1 M1 10     = code_replaced
        authorise P2 C2 M1 10
    """,
    "limit and merchant of a code": """
        code      C1 V1 limit 20 at M2
        authorise P1 C1 M1 10     = code_not_for_this_merchant
        authorise P2 C1 M2 20.01  = code_limit_exceeded
        authorise P3 C1 M2 20
    """,
    "unknown digits": """
        authorise P1 00000000 M1 10 = code_not_known
        member    V1 100 0
    """,
    "a suspended merchant takes nothing, but gives back": """
        authorise P1 V1 M1 10
        authorise P2 V1 M1 10
        capture   P1
        suspend   M1
        authorise P3 V1 M1 10     = merchant_not_active
        capture   P2              = merchant_not_active
        refund    P1
        void      P2
        readmit   M1
        authorise P4 V1 M1 10
    """,
    "a suspended member spends nothing": """
        code      C1 V1
        suspend   V1
        authorise P1 C1 M1 10     = member_not_active
        authorise P2 V1 M1 10     = member_not_active
    """,
    "what was held for a member who is suspended meanwhile is not taken, and comes back": """
        authorise P1 V1 M1 10
        authorise P2 V1 M1 10
        capture   P1
        authorise P3 V1 M1 10
        suspend   V1
        capture   P2              = member_not_active
        refund    P1
        void      P2
        member    V1 90 10
        readmit   V1
        capture   P3
        member    V1 90 0
    """,
    "first-expiring points are spent first and come back under their dates": """
        points    V2 10 until 2031-03-31
        points    V2 10 until 2030-06-30
        points    V2 10
        authorise P1 V2 M1 25
        dates     V2 never 5
        capture   P1 15
        dates     V2 2031-03-31 5 never 10
        refund    P1 7
        dates     V2 2030-06-30 2 2031-03-31 10 never 10
        refund    P1
        dates     V2 2030-06-30 10 2031-03-31 10 never 10
    """,
}


@pytest.mark.parametrize("title", STORIES)
async def test_story(engine: AsyncEngine, title: str) -> None:
    market = await create_market(engine)
    for line in STORIES[title].strip().splitlines():
        said, _, expected = line.partition("=")
        found = await market.refusal(tell(market, *said.split()))
        assert found == (expected.strip() or "ok"), line


async def tell(market: Market, verb: str, *words: str) -> Any:
    """Do what a line says, or look whether it is so."""
    match verb, *words:
        case "points", member, amount, *until:
            day = date.fromisoformat(until[1]) if until else None
            return await market.give(member, points(amount), day)
        case "code", code, member, *rest:
            return await market.issue(code, member, **code_options(market, rest))
        case "authorise", purchase, source, merchant, amount:
            return await market.authorise(purchase, source, merchant, points(amount))
        case "capture" | "refund", purchase, *amount:
            act = market.capture if verb == "capture" else market.refund
            return await act(purchase, points(amount[0]) if amount else None)
        case "void", purchase:
            return await market.void(purchase)
        case "suspend" | "readmit", name:
            return await market.set_status(name, "suspended" if verb == "suspend" else "active")
    return await look(market, verb, *words)


async def look(market: Market, verb: str, *words: str) -> None:
    """Compare what a line says with what is."""
    match verb, *words:
        case "member", name, available, held:
            found = [await market.balance(name, code) for code in ("2101", "2102")]
            assert found == [points(available), points(held)]
        case "merchant", name, payable:
            assert await market.balance(name, "2301") == points(payable)
        case "dates", name, *pairs:
            assert await market.expiring(name) == {
                date.max if day == "never" else date.fromisoformat(day): points(amount)
                for day, amount in zip(pairs[::2], pairs[1::2], strict=True)
            }
        case _:
            raise AssertionError(f"not understood: {verb} {words}")


def code_options(market: Market, words: list[str]) -> dict[str, Any]:
    """What narrows a code."""
    options = dict(zip(words[::2], words[1::2], strict=True))
    limit, merchant = options.get("limit"), options.get("at")
    return {
        "amount_limit": points(limit) if limit else None,
        "merchant_id": market.ids[merchant] if merchant else None,
    }
