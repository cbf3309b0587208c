"""What the policies say about purchases on a business day, read once and used many times."""

from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.foundation.policies import get_policies

_SECONDS_A_MINUTE = 60
_KEYS = (
    "points.daily_spend_cap",
    "points.merchant_spend_cap",
    "redeem.code_seconds",
    "redeem.hold_minutes",
    "redeem.refund_days",
)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """The rules for one programme and day; caps in 1/100 point."""

    daily_cap: int | None
    merchant_cap: int | None
    code_seconds: int
    hold_seconds: int
    refund_days: int | None
    #: Newest version of the rules; 0: as shipped.
    policy_version: int


async def get_terms(conn: AsyncConnection, *, tenant_id: int, on: date) -> Terms:
    """What holds for a programme on a business day."""
    policies = await get_policies(conn, tenant_id=tenant_id, keys=_KEYS, on=on)
    return Terms(
        daily_cap=policies["points.daily_spend_cap"],
        merchant_cap=policies["points.merchant_spend_cap"],
        code_seconds=policies["redeem.code_seconds"],
        hold_seconds=policies["redeem.hold_minutes"] * _SECONDS_A_MINUTE,
        refund_days=policies["redeem.refund_days"],
        policy_version=policies.version,
    )
