"""The audit log: who did what to whom, in the transaction that did it. Append-only.

It names people by their ids alone, never by name or number. Every request that writes leaves a
line: that of the operation where it writes one itself, else one named after the route.
"""

from contextvars import ContextVar

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now
from ledger.database import current_act, execute, load_sql
from ledger.foundation.client_addresses import current_client_address

#: The request being served, set by the edge so that log lines and problems can be told together.
current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)


class RequestAct:
    """What a request does, until it is on record; one of it in each request that writes."""

    def __init__(
        self,
        *,
        caller_id: int,
        action: str,
        tenant_id: int | None,
        object_kind: str | None = None,
        object_id: str | None = None,
    ) -> None:
        self.caller_id = caller_id
        self.action = action
        self.tenant_id = tenant_id
        self.object_kind = object_kind
        self.object_id = object_id
        self._is_recorded = False
        self._noted = False
        self._is_act = True

    def begin(self) -> None:
        """A transaction begins, perhaps once more: what an earlier attempt noted is gone."""
        self._noted = False
        self._is_act = True

    def note(self) -> None:
        """The operation has written its own line."""
        self._noted = True

    def leave_out(self) -> None:
        """No act at all: a repetition, a refusal that is kept, an attempt counted."""
        self._is_act = False

    async def finish(self, conn: AsyncConnection) -> None:
        """Write the line, unless there is one."""
        if self._is_act and not self._noted and not self._is_recorded:
            await record_action(
                conn,
                caller_id=self.caller_id,
                action=self.action,
                tenant_id=self.tenant_id,
                object_kind=self.object_kind,
                object_id=self.object_id,
            )

    def committed(self) -> None:
        """One line is enough for a request."""
        self._is_recorded = self._is_recorded or self._noted


def leave_out_of_audit_log() -> None:
    """Say that the present transaction is no act of the caller."""
    act = current_act.get()
    if isinstance(act, RequestAct):
        act.leave_out()


def noted_in_audit_log() -> None:
    """Say that the present transaction has a line of its own, which a statement wrote."""
    act = current_act.get()
    if isinstance(act, RequestAct):
        act.note()


async def record_action(
    conn: AsyncConnection,
    *,
    caller_id: int,
    action: str,
    tenant_id: int | None = None,
    object_kind: str | None = None,
    object_id: str | None = None,
    behalf_person_id: int | None = None,
    reason: str | None = None,
) -> None:
    """Add one line; it stands or falls with the caller's transaction."""
    noted_in_audit_log()
    await execute(
        conn,
        load_sql("ledger.foundation", "record_action"),
        now(),
        caller_id,
        behalf_person_id,
        tenant_id,
        action,
        object_kind,
        object_id,
        reason,
        current_request_id.get(),
        current_client_address.get(),
    )
