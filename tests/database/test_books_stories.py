"""Stories of the ledger as tables; see tests/scenarios.py for how to read them."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.scenarios import Story
from tests.small_books import create_small_books

STORIES = {
    "units move, and balances follow": """
        issue    V1 100 minutes           posted
        move     V1->V2 30 minutes        posted
        move     V2->M1 10 minutes        posted
        balance  V1 posted 70
        balance  V2 posted 20
        balance  M1 posted 10
        balance  I posted 100
    """,
    "what is not there cannot be spent": """
        issue    V1 100 minutes           posted
        move     V1->M1 101 minutes       insufficient_balance
        balance  V1 posted 100
        move     V1->M1 100 minutes       posted
        move     V1->M1 1 minutes         insufficient_balance
        balance  V1 posted 0
    """,
    "an account with a limit may owe up to it": """
        move     L1->M1 500 minutes       posted
        move     L1->M1 1 minutes         insufficient_balance
        move     M1->L1 200 minutes       posted
        move     L1->M1 200 minutes       posted
        balance  L1 posted -500
    """,
    "a receivable cannot be paid below zero": """
        move     R1->P 30 minutes         posted
        move     P->R1 31 minutes         insufficient_balance
        move     P->R1 30 minutes         posted
        balance  R1 posted 0
    """,
    "a hold counts against what is available": """
        issue    V1 5000 minutes          posted
        hold     H1 V1->M1 1000 minutes   held
        hold     H2 V1->M1 1000 minutes   held
        hold     H3 V1->M1 1000 minutes   held
        hold     H4 V1->M1 1000 minutes   held
        hold     H5 V1->M1 1000 minutes   held
        hold     H6 V1->M1 1000 minutes   insufficient_balance
        balance  V1 posted 0 held 5000
        void     H3                       void
        hold     H6 V1->M1 1000 minutes   held
    """,
    "a part is captured, the rest comes back": """
        issue    V1 50 minutes            posted
        issue    V1 40 minutes            posted
        hold     H1 V1->M1 60 minutes     held
        balance  V1 posted 30 held 60
        capture  H1 75 minutes            capture_exceeds_hold
        capture  H1 40 minutes            captured
        balance  V1 posted 50 held 0
        balance  M1 posted 40
        capture  H1 1 minutes             hold_already_resolved
        void     H1                       hold_already_resolved
        expire   H1                       hold_already_resolved
    """,
    "without an amount the whole hold is captured": """
        issue    V1 60 minutes            posted
        hold     H1 V1->M1 60 minutes     held
        capture  H1                       captured
        balance  M1 posted 60
        balance  V1 posted 0 held 0
    """,
    "a void hold gives everything back, once": """
        issue    V1 60 minutes            posted
        hold     H1 V1->M1 60 minutes     held
        void     H1                       void
        void     H1                       hold_already_resolved
        capture  H1 60 minutes            hold_already_resolved
        refund   H1 1 minutes             hold_not_captured
        balance  V1 posted 60 held 0
    """,
    "from its moment on a hold cannot be captured any more": """
        issue    V1 60 minutes            posted
        hold     H1 V1->M1 20 minutes     held
        expire   H1                       hold_not_expired
        hold     H2 V1->M1 20 minutes lapsed    held
        capture  H2 20 minutes            hold_expired
        expire   H2                       expired
        expire   H2                       hold_already_resolved
        capture  H2 20 minutes            hold_already_resolved
        balance  V1 posted 40 held 20
    """,
    "refunds go up to what was captured": """
        issue    V1 60 minutes            posted
        hold     H1 V1->M1 60 minutes     held
        refund   H1 10 minutes            hold_not_captured
        capture  H1 40 minutes            captured
        refund   H1 15 minutes            refunded
        refund   H1 26 minutes            refund_exceeds_capture
        refund   H1 25 minutes            refunded
        refund   H1 1 minutes             refund_exceeds_capture
        balance  V1 posted 60 held 0
        balance  M1 posted 0
    """,
    "amounts of holds are above zero": """
        issue    V1 60 minutes            posted
        hold     H1 V1->M1 0 minutes      invalid_amount
        hold     H1 V1->M1 60 minutes     held
        capture  H1 0 minutes             invalid_amount
        capture  H1 60 minutes            captured
        refund   H1 0 minutes             invalid_amount
    """,
    "what expires first is spent first": """
        issue    V1 30 minutes until never         posted
        issue    V1 20 minutes until 2031-01-31    posted
        issue    V1 10 minutes until 2030-01-31    posted
        move     V1->V2 15 minutes                 posted
        buckets  V1 2031-01-31:15 never:30
        buckets  V2 2030-01-31:10 2031-01-31:5
        move     V1->M1 25 minutes                 posted
        buckets  V1 never:20
    """,
    "what has expired cannot be spent, and can be taken away": """
        issue    V1 10 minutes until 2026-06-30 occurred 2026-06-01                  posted
        issue    V1 20 minutes until 2099-01-31                                      posted
        move     V1->M1 25 minutes                                    insufficient_balance
        move     V1->M1 20 minutes                                                   posted
        balance  V1 posted 10
        move     V1->X 10 minutes until 2026-06-30                                   posted
        buckets  V1
    """,
    "a date can be named": """
        issue    V1 10 minutes until 2030-01-31    posted
        issue    V1 10 minutes until 2031-01-31    posted
        move     V1->V2 5 minutes until 2031-01-31    posted
        move     V1->V2 6 minutes until 2031-01-31    insufficient_balance
        move     V1->V2 5 minutes until 2032-01-31    insufficient_balance
        buckets  V1 2030-01-31:10 2031-01-31:5
        buckets  V2 2031-01-31:5
    """,
    "a hold keeps the dates of what it holds": """
        issue    V1 10 minutes until 2030-01-31    posted
        issue    V1 20 minutes until 2031-01-31    posted
        hold     H1 V1->M1 25 minutes              held
        buckets  V1 2031-01-31:5
        void     H1                                void
        buckets  V1 2030-01-31:10 2031-01-31:20
    """,
    "a capture takes what expires first, a refund gives it back last": """
        issue    V1 10 minutes until 2030-01-31    posted
        issue    V1 20 minutes until 2031-01-31    posted
        hold     H1 V1->M1 30 minutes              held
        capture  H1 15 minutes                     captured
        buckets  V1 2031-01-31:15
        refund   H1 7 minutes                      refunded
        buckets  V1 2030-01-31:2 2031-01-31:20
        refund   H1 8 minutes                      refunded
        buckets  V1 2030-01-31:10 2031-01-31:20
    """,
    "what expired meanwhile comes back with a later date, the rest with its own": """
        issue    V1 10 minutes until 2026-06-30 occurred 2026-06-01    posted
        issue    V1 10 minutes until 2099-01-31                        posted
        hold     H1 V1->M1 20 minutes occurred 2026-06-15              held
        capture  H1 occurred 2026-06-15                                captured
        refund   H1 20 minutes from 2099-06-30                         refunded
        buckets  V1 2099-01-31:10 2099-06-30:10
    """,
    "holds of two people keep apart": """
        issue    V1 10 minutes until 2030-01-31    posted
        issue    V2 10 minutes until 2031-01-31    posted
        hold     H1 V1->M1 10 minutes              held
        hold     H2 V2->M1 10 minutes              held
        capture  H2                                captured
        void     H1                                void
        buckets  V1 2030-01-31:10
        buckets  V2
    """,
    "a reversal is the exact mirror, dates and all": """
        issue    V1 10 minutes until 2030-01-31    posted
        issue    V1 20 minutes until 2031-01-31    posted
        move     E1 V1->V2 25 minutes              posted
        reverse  E1                                reversed
        buckets  V1 2030-01-31:10 2031-01-31:20
        buckets  V2
    """,
    "an entry is reversed once, and a reversal never": """
        issue    E1 V1 10 minutes         posted
        reverse  E2 E1                    reversed
        reverse  E1                       entry_already_reversed
        reverse  E2                       entry_not_reversible
        balance  V1 posted 0
    """,
    "what was spent cannot be taken back": """
        issue    E1 V1 10 minutes until 2030-01-31    posted
        issue    V1 10 minutes until 2031-01-31       posted
        move     V1->M1 3 minutes                     posted
        reverse  E1 key A                             insufficient_balance
        move     M1->V1 3 minutes until 2030-01-31    posted
        reverse  E1 key A                             replayed insufficient_balance
        reverse  E1                                   reversed
        buckets  V1 2031-01-31:10
    """,
    "what has expired is still reversed": """
        issue    E1 V1 10 minutes until 2026-06-30 occurred 2026-06-01    posted
        reverse  E1                                                       reversed
        balance  V1 posted 0
    """,
    "a hold is undone by void and refund, not by reversal": """
        issue    V1 10 minutes            posted
        hold     H1 V1->M1 10 minutes     held
        reverse  H1                       entry_not_reversible
    """,
    "a frozen account takes part in nothing but the release of holds": """
        issue    V1 50 minutes            posted
        hold     H1 V1->M1 10 minutes     held
        hold     H2 V1->M1 10 minutes lapsed    held
        hold     H3 V1->M1 10 minutes     held
        freeze   V1                       frozen
        move     V1->V2 1 minutes         account_frozen
        issue    V1 1 minutes             account_frozen
        hold     H4 V1->M1 1 minutes      account_frozen
        capture  H3 5 minutes             account_frozen
        void     H1                       void
        expire   H2                       expired
        unfreeze V1                       open
        move     V1->V2 1 minutes         posted
    """,
    "a frozen merchant receives nothing": """
        issue    V1 50 minutes            posted
        hold     H1 V1->M1 10 minutes     held
        freeze   M1                       frozen
        capture  H1                       account_frozen
        unfreeze M1                       open
        capture  H1 key again             captured
        freeze   M1                       frozen
        refund   H1 10 minutes            account_frozen
    """,
    "an account is closed when it is empty, and can be reopened": """
        issue    V1 50 minutes            posted
        close    V1                       account_not_empty
        move     V1->V2 50 minutes        posted
        close    V1                       closed
        issue    V1 1 minutes             account_closed
        move     V2->V1 1 minutes         account_closed
        reopen   V1                       open
        issue    V1 1 minutes             posted
    """,
    "an account with an open hold is not closed": """
        issue    V1 50 minutes            posted
        hold     H1 V1->M1 50 minutes     held
        close    V1                       account_not_empty
        void     H1                       void
        balance  V1 posted 50
    """,
    "a key gives its first result for ever": """
        issue    V1 50 minutes key A      posted
        issue    V1 50 minutes key A      replayed posted
        issue    V1 51 minutes key A      idempotency_conflict
        issue    V2 50 minutes key A      idempotency_conflict
        issue    V1 50 minutes key A      replayed posted
        balance  V1 posted 50
    """,
    "a refused key stays refused": """
        move     V1->M1 10 minutes key A  insufficient_balance
        issue    V1 50 minutes            posted
        move     V1->M1 10 minutes key A  replayed insufficient_balance
        move     V1->M1 11 minutes key A  idempotency_conflict
        move     V1->M1 10 minutes key B  posted
        balance  V1 posted 40
    """,
    "holds, captures and refunds replay too": """
        issue    V1 50 minutes                  posted
        hold     H1 V1->M1 20 minutes key A     held
        hold     H1 V1->M1 20 minutes key A     replayed held
        capture  H1 15 minutes key B            captured
        capture  H1 15 minutes key B            replayed captured
        capture  H1 16 minutes key B            idempotency_conflict
        refund   H1 5 minutes key C             refunded
        refund   H1 5 minutes key C             replayed refunded
        balance  V1 posted 40 held 0
    """,
    "reversals replay too": """
        issue    E1 V1 50 minutes         posted
        reverse  E1 key A                 reversed
        reverse  E1 key A                 replayed reversed
        balance  V1 posted 0
    """,
    "a day is that of Shanghai; what is booked lies in a month that takes entries": """
        issue    V1 1 minutes booked 2023-12-31    period_not_open
        issue    V1 1 minutes booked 2024-01-01    posted
        issue    V1 1 minutes booked 2099-01-01    period_not_open
    """,
    "nothing is booked that has not happened": """
        issue    V1 1 minutes occurred 2099-01-01    occurred_in_future
    """,
}


async def test_stories(engine: AsyncEngine, subtests: pytest.Subtests) -> None:
    for title, table in STORIES.items():
        with subtests.test(title):
            await Story(await create_small_books(engine)).run(table)
