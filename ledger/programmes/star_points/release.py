"""After publicity: points take effect, deductions are taken (ST02 to ST04). Twice is once.

A deduction above what is there is carried, and what is carried is taken from later points first.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.idempotency import idempotency_key
from ledger.books.refusals import InsufficientBalance
from ledger.clock import SHANGHAI, now
from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import NotFound
from ledger.foundation.events import EventCommand, post_event, post_events
from ledger.programmes.star_points.items import PACKAGE
from ledger.programmes.star_points.refusals import ResultNotPublished

LARGEST_RUN = 400
#: A member may spend between our look and our posting; then we look again.
_LOOKS = 5


class StarRelease(msgspec.Struct, frozen=True):
    """What one run did."""

    tried: int
    effective: int
    #: Result → code of the refusal; tried again on a later day.
    refused: dict[UUID, str]


class _Run(msgspec.Struct, frozen=True):
    """What every entry of a run shares."""

    conn: AsyncConnection
    tenant_id: int
    on: date
    caller_id: int

    def command(
        self,
        row: Any,
        event: str,
        amounts: Mapping[str, int],
        *,
        expires_on: date | None = None,
        look: int = 0,
    ) -> EventCommand:
        """An entry about a result. Each attempt has its own keys: a refusal must not last."""
        attempt = f"{row.release_attempts} {look}"
        return EventCommand(
            event=event,
            key=idempotency_key(f"stars {row.result_id} {event} {attempt}"),
            caller_id=self.caller_id,
            occurred_at=datetime.combine(self.on, time.min, SHANGHAI),
            amounts=amounts,
            owners={"member": row.member_id},
            expires_on=expires_on,
            booked_on=self.on,
            subject_id=row.result_id,
            policy_version=row.policy_version,
        )

    async def balances(self, rows: Sequence[Any]) -> dict[UUID, tuple[int, int]]:
        """What each member can use, and what is carried."""
        found = await fetch_all(
            self.conn,
            load_sql(PACKAGE, "list_star_balances"),
            self.tenant_id,
            [row.member_id for row in rows],
            self.on,
        )
        return {row.member_id: (row.usable, row.carried) for row in found}

    async def release(self, rows: Sequence[Any]) -> dict[UUID, str]:
        """Let the points of each result take effect; returns the refusals by result."""
        scored = [row for row in rows if row.released]
        commands = [
            self.command(row, "ST02", {"released": row.released}, expires_on=row.expires_on)
            for row in scored
        ]
        outcomes = await post_events(self.conn, tenant_id=self.tenant_id, commands=commands)
        return {
            row.result_id: outcome.refusal
            for row, outcome in zip(scored, outcomes, strict=True)
            if outcome.refusal is not None
        }

    async def take(self, rows: Sequence[Any], look: int) -> list[Any]:
        """Take what is carried and what is deducted now; returns the rows to look at again."""
        balances = await self.balances(rows)
        planned: list[tuple[Any, EventCommand]] = []
        for row in rows:
            usable, carried = balances.get(row.member_id, (0, 0))
            recovered = min(usable, carried)
            deducted = min(usable - recovered, row.deduction)
            left = usable - recovered - deducted
            balances[row.member_id] = left, carried - recovered + row.deduction - deducted
            if recovered:
                amounts = {"recovered": recovered}
                planned.append((row, self.command(row, "ST12", amounts, look=look)))
            if row.deduction:
                amounts = {"deducted": deducted}
                event = "ST03"
                if deducted < row.deduction:
                    event, amounts["carried"] = "ST04", row.deduction - deducted
                planned.append((row, self.command(row, event, amounts, look=look)))
        commands = [command for _, command in planned]
        outcomes = await post_events(self.conn, tenant_id=self.tenant_id, commands=commands)
        again = []
        for (row, command), outcome in zip(planned, outcomes, strict=True):
            if outcome.refusal is None:
                continue
            if outcome.refusal != InsufficientBalance.code:
                raise outcome.error()
            if command.event != "ST12":
                again.append(row)
        return again


async def release_stars(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    on: date,
    caller_id: int,
    limit: int = LARGEST_RUN,
) -> StarRelease:
    """Let results take effect whose publicity ended before ``on``; call until ``tried`` is 0.

    Raises:
        InsufficientBalance: a member kept spending while a deduction was taken; run it again.
        LedgerError: the books took a member's points but refused the deduction.
    """
    statement = load_sql(PACKAGE, "lock_results_to_release")
    rows = await fetch_all(conn, statement, tenant_id, on, limit)
    run = _Run(conn, tenant_id, on, caller_id)
    refused = await run.release(rows)
    open_rows = [row for row in rows if row.result_id not in refused]
    for look in range(_LOOKS):
        open_rows = await run.take(open_rows, look)
        if not open_rows:
            break
    else:
        raise InsufficientBalance(account="ST-2101", available="?", needed="?", unit="star")
    await execute(
        conn,
        load_sql(PACKAGE, "mark_results_tried"),
        tenant_id,
        [row.result_id for row in rows],
        [row.result_id not in refused for row in rows],
        on,
        datetime.combine(on, time.min, SHANGHAI),
    )
    return StarRelease(len(rows), len(rows) - len(refused), refused)


async def cancel_result(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    result_id: UUID,
    caller_id: int,
    at: datetime | None = None,
) -> None:
    """Cancel what is under publicity, after an objection was upheld (ST15); no deduction is taken.

    Raises:
        NotFound: no such result here.
        ResultNotPublished: it has taken effect, or is cancelled already.
    """
    row = await fetch_optional(conn, load_sql(PACKAGE, "lock_result"), tenant_id, result_id)
    if row is None:
        raise NotFound(kind="star result", id=str(result_id))
    if row.status != "published":
        raise ResultNotPublished(status=row.status)
    if row.released:
        await post_event(
            conn,
            "ST15",
            tenant_id=tenant_id,
            key=idempotency_key(f"stars {result_id} cancelled"),
            caller_id=caller_id,
            occurred_at=at or now(),
            amounts={"cancelled": row.released},
            owners={"member": row.member_id},
            expires_on=row.expires_on,
            subject_id=result_id,
            policy_version=row.policy_version,
        )
    await execute(conn, load_sql(PACKAGE, "cancel_result"), tenant_id, result_id)
