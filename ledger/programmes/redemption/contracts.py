"""Contracts with merchants: what points are worth there, version by version, never backwards.

A version is in force from its day until the next begins, so there are neither gaps nor overlaps.
"""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, fetch_one, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.policies import policy_value

_PACKAGE = "ledger.programmes.redemption"
_AGREE = load_sql(_PACKAGE, "agree_contract")
_LIST = load_sql(_PACKAGE, "list_contracts")
LARGEST_RATE = 1_000_000
WHOLE_BP = 10_000
#: Whoever types a rate so many times the community's has mistaken its unit or its decimal point.
_TIMES_UNUSUAL = 5


class ContractRetroactive(LedgerError):
    """A version reprices nothing captured, overtakes no later one, precedes no first month."""

    template = "A new version can begin on {earliest} at the earliest."


class RateTooHigh(LedgerError):
    """Nobody means a rate so far above the community's own."""

    template = "{rate} fen for 100 points is far above the community's rate; at most {highest}."


class Contract(msgspec.Struct, frozen=True):
    """One version of what a merchant agreed to."""

    merchant_id: UUID
    valid_from: date
    #: active, or ended: no points are accepted from that day.
    status: str
    #: Rate: fen for 100.00 points. 10 fen a point are 1,000.
    fen_per_100_points: int
    #: Share of the value that the merchant bears, 1/10000.
    discount_share_bp: int
    refunds_allowed: bool
    recorded_at: datetime


class UsualRates(msgspec.Struct, frozen=True):
    """Between which rates a typed one is taken without asking; fen for 100.00 points."""

    lowest: int
    highest: int


async def usual_rates(conn: AsyncConnection, *, tenant_id: int, on: date) -> UsualRates:
    """A fifth to five times the rate of the policy ``settle.rate``; any, where that pays nothing.

    Above it nothing is agreed; a merchant may well take less.
    """
    rule = await policy_value(conn, tenant_id=tenant_id, key="settle.rate", on=on)
    rate = int(rule.value) * 100
    if not rate:
        return UsualRates(0, LARGEST_RATE)
    return UsualRates(rate // _TIMES_UNUSUAL, min(rate * _TIMES_UNUSUAL, LARGEST_RATE))


async def agree_contract(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    merchant_id: UUID,
    valid_from: date,
    caller_id: int,
    fen_per_100_points: int | None = None,
    discount_share_bp: int = 0,
    refunds_allowed: bool = True,
    status: str = "active",
) -> Contract:
    """Record a version of a merchant's contract; the same version again changes nothing.

    No rate: that of the policy ``settle.rate`` on ``valid_from``.

    Raises:
        NotFound: not a merchant of this programme.
        ContractRetroactive: something was captured on or after that day, a later version exists,
            or the programme's first month begins later.
        RateTooHigh: more than five times the rate of the policy on that day.
        InvalidInput: a rate or share out of range.
    """
    if fen_per_100_points is None:
        rule = await policy_value(conn, tenant_id=tenant_id, key="settle.rate", on=valid_from)
        fen_per_100_points = int(rule.value) * 100
    usual = await usual_rates(conn, tenant_id=tenant_id, on=valid_from)
    if fen_per_100_points > usual.highest:
        raise RateTooHigh(rate=fen_per_100_points, highest=usual.highest)
    for field, value, limit in (
        ("fen_per_100_points", fen_per_100_points, LARGEST_RATE),
        ("discount_share_bp", discount_share_bp, WHOLE_BP),
    ):
        if not 0 <= value <= limit:
            raise InvalidInput(field=field, value=value, remedy=f"Give 0 to {limit}.")
    row = await fetch_one(
        conn,
        _AGREE,
        tenant_id,
        merchant_id,
        valid_from,
        status,
        fen_per_100_points,
        discount_share_bp,
        refunds_allowed,
        caller_id,
    )
    if not row.is_merchant:
        raise NotFound(kind="merchant", id=str(merchant_id))
    versions = await list_contracts(conn, tenant_id=tenant_id, merchant_id=merchant_id)
    wanted = (valid_from, status, fen_per_100_points, discount_share_bp, refunds_allowed)
    version = versions[-1] if versions else None
    if version is None or wanted != _terms(version):
        raise ContractRetroactive(earliest=row.earliest)
    return version


def _terms(version: Contract) -> tuple[date, str, int, int, bool]:
    return (
        version.valid_from,
        version.status,
        version.fen_per_100_points,
        version.discount_share_bp,
        version.refunds_allowed,
    )


async def list_contracts(
    conn: AsyncConnection, *, tenant_id: int, merchant_id: UUID
) -> Sequence[Contract]:
    """Every version, the oldest first."""
    rows = await fetch_all(conn, _LIST, tenant_id, merchant_id)
    return [Contract(*tuple(row)) for row in rows]


async def find_contract(
    conn: AsyncConnection, *, tenant_id: int, merchant_id: UUID, on: date
) -> Contract | None:
    """The version in force on a day; None: none, or the contract has ended."""
    versions = await list_contracts(conn, tenant_id=tenant_id, merchant_id=merchant_id)
    begun = [version for version in versions if version.valid_from <= on]
    return begun[-1] if begun and begun[-1].status == "active" else None


def price(points: int, fen_per_100_points: int) -> int:
    """Fen for points (1/100 point), half up; as ``programmes.price_points``."""
    return (points * fen_per_100_points + WHOLE_BP // 2) // WHOLE_BP


def less_discount(value_fen: int, share_bp: int) -> int:
    """Fen left for the merchant after its share, half up; as ``programmes.less_discount``."""
    return value_fen - (value_fen * share_bp + WHOLE_BP // 2) // WHOLE_BP
