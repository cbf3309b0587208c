"""What an effect is told: what was asked, by whom, who agreed, and what it is to bring about."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the approver may add to a payment: when it happened, its month, the order's number."""

    key: UUID | None = None
    occurred_at: datetime | None = None
    booked_on: date | None = None
    order_no: str | None = None


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """An approval about to have its effect, in the transaction that records it."""

    tenant_id: int
    approval_id: UUID
    reason: str
    asked_by: int
    approved_by: int
    #: The entry, proposal, change or grant that comes of it.
    result_id: UUID
    at: datetime = msgspec.field(default_factory=now)


@asynccontextmanager
async def tried_only(conn: AsyncConnection) -> AsyncIterator[None]:
    """Whatever is written inside is forgotten at its end."""
    trial = await conn.begin_nested()
    try:
        yield
    finally:
        await trial.rollback()
