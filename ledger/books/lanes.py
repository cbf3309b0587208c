"""Lanes: dedicated connections that post what queued up during the last batch.

A tenant always takes the same lane, so two lanes never contend for one tenant's rows. A batch is
one statement, so one transaction and one commit; answers are given only after it. A client that
hangs up cancels nothing.

Source: docs/decisions/0005-lanes.md
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from time import monotonic, perf_counter_ns
from typing import Any

import asyncpg
import msgspec
import structlog

from ledger.books.command_kinds import CommandKind
from ledger.books.posting import Command, Outcome, read_outcomes
from ledger.database import SERVICE_ROLE
from ledger.errors import LedgerError
from ledger.measures import MEASURES

logger = structlog.get_logger(__name__)

LOCK_TIMEOUT_MILLISECONDS = 200
ATTEMPT_TIMEOUT_SECONDS = 5
DEADLINE_SECONDS = 15
RETRY_PAUSE_SECONDS = 0.02

#: The server says that it rolled back: nothing was posted, and the batch may simply run again.
_ROLLED_BACK = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
#: Whether the batch was posted is not known: only posting it again, with its keys, tells.
_AMBIGUOUS = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # the driver lost its place when the wire broke
    asyncpg.QueryCanceledError,
    asyncpg.OperatorInterventionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    OSError,
    TimeoutError,
)

Connect = Callable[[], Awaitable[Any]]


class ServiceBusy(LedgerError):
    """Too many commands wait already, or a lock did not come free in time; nothing was posted."""

    template = "The service is busy; send the same command again in {retry_after_seconds} s."


class OutcomeUnknown(LedgerError):
    """The database did not say whether the command was posted."""

    template = "It is not known whether this was posted; send it again with the same key."


class _Waiting:
    """A command on its way, and the future its sender waits for."""

    __slots__ = ("command", "deadline", "doubtful", "future", "kind", "tenant_id")

    def __init__(
        self, tenant_id: int, kind: CommandKind, command: Command, future: asyncio.Future[Outcome]
    ) -> None:
        self.tenant_id = tenant_id
        self.kind = kind
        self.command = command
        self.future = future
        self.deadline = monotonic() + DEADLINE_SECONDS
        #: An attempt ended without an answer, so it may have been posted.
        self.doubtful = False

    def answer(self, outcome: Outcome) -> None:
        if not self.future.done():
            self.future.set_result(outcome)

    def give_up(self) -> None:
        """The deadline is over: say what is known, never that it was not posted unless it is."""
        self.fail(OutcomeUnknown() if self.doubtful else ServiceBusy(retry_after_seconds=1))

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class Lanes:
    """All lanes of a process."""

    def __init__(self, connect: Connect, *, count: int, batch_cap: int, queue_cap: int) -> None:
        self._lanes = [_Lane(connect, batch_cap) for _ in range(count)]
        self._queue_cap = queue_cap

    async def start(self) -> None:
        """Connect every lane and begin to post."""
        for lane in self._lanes:
            await lane.start()

    async def stop(self) -> None:
        """Post what is queued, then disconnect."""
        for lane in self._lanes:
            await lane.stop()

    def submit(
        self, tenant_id: int, kind: CommandKind, command: Command
    ) -> asyncio.Future[Outcome]:
        """Queue a command; the future gives its outcome once that is durable.

        Raises:
            ServiceBusy: the queue is full; nothing was posted.
        """
        lane = self._lanes[tenant_id % len(self._lanes)]
        if len(lane.queue) >= self._queue_cap:
            raise ServiceBusy(retry_after_seconds=1)
        future = asyncio.get_running_loop().create_future()
        lane.put(_Waiting(tenant_id, kind, command, future))
        return future

    def queued(self) -> int:
        """Commands that wait now, over all lanes."""
        return sum(len(lane.queue) for lane in self._lanes)


def lane_connector(url: str) -> Connect:
    """How a lane connects: the service's role, short lock waits, no just-in-time compilation."""

    async def connect() -> Any:
        return await asyncpg.connect(
            url,
            timeout=ATTEMPT_TIMEOUT_SECONDS,
            server_settings={
                "application_name": "gongzhang-lane",
                "role": SERVICE_ROLE,
                "lock_timeout": str(LOCK_TIMEOUT_MILLISECONDS),
                "jit": "off",
                "timezone": "UTC",
            },
        )

    return connect


class _Retry(msgspec.Struct, frozen=True):
    """A group to be posted again as it is, not before a moment."""

    group: list[_Waiting]
    ready_at: float


class _Lane:
    """One connection and the task that feeds it."""

    def __init__(self, connect: Connect, batch_cap: int) -> None:
        self.queue: deque[_Waiting] = deque()
        self._retries: deque[_Retry] = deque()
        self._connect = connect
        self._batch_cap = batch_cap
        self._connection: Any = None
        self._filled = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._connection = await self._connect()
        self._task = asyncio.create_task(self._work(), name="posting-lane")

    async def stop(self) -> None:
        self._stopping = True
        self._filled.set()
        if self._task is not None:
            await self._task
        if self._connection is not None:
            await self._connection.close()

    def put(self, waiting: _Waiting) -> None:
        self.queue.append(waiting)
        self._filled.set()

    async def _work(self) -> None:
        """Post until told to stop and nothing is left; new commands and retries take turns."""
        while self.queue or self._retries or not self._stopping:
            for group in self._take():
                await self._post(group)
            if self._retries and self._retries[0].ready_at <= monotonic():
                await self._post(self._retries.popleft().group)
            elif not self.queue:
                await self._wait()

    async def _wait(self) -> None:
        """Sleep until a command arrives or the next retry is due."""
        self._filled.clear()
        if self._stopping and not self._retries:
            return
        pause = self._retries[0].ready_at - monotonic() if self._retries else None
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._filled.wait(), pause)

    def _take(self) -> list[list[_Waiting]]:
        """What waits, up to the cap, by tenant and kind in order of arrival.

        A second command on the same hold or original waits for the next batch.
        """
        groups: dict[tuple[int, str], list[_Waiting]] = {}
        excluded: set[Hashable] = set()
        later: list[_Waiting] = []
        for _ in range(min(len(self.queue), self._batch_cap)):
            waiting = self.queue.popleft()
            if waiting.kind.exclusive is not None:
                mark = (waiting.tenant_id, waiting.kind.exclusive(waiting.command))
                if mark in excluded:
                    later.append(waiting)
                    continue
                excluded.add(mark)
            groups.setdefault((waiting.tenant_id, waiting.kind.name), []).append(waiting)
        self.queue.extendleft(reversed(later))
        return list(groups.values())

    async def _post(self, group: list[_Waiting]) -> None:
        """Post one group in one transaction, and answer it or decide what is tried again."""
        commands = [waiting.command for waiting in group]
        try:
            if self._connection is None:
                self._connection = await self._connect()
            began = perf_counter_ns()
            row = await self._connection.fetchrow(
                group[0].kind.sql,
                *group[0].kind.arguments(group[0].tenant_id, commands),
                timeout=ATTEMPT_TIMEOUT_SECONDS,
            )
        except Exception as error:  # noqa: BLE001  whatever it is, every sender gets an answer
            self._recover(group, error)
        else:
            took = perf_counter_ns() - began
            outcomes = read_outcomes(row, commands)
            for waiting, outcome in zip(group, outcomes, strict=True):
                waiting.answer(outcome)
            MEASURES.count_batch(len(group), took, sum(one.replayed for one in outcomes))

    def _recover(self, group: list[_Waiting], error: Exception) -> None:
        if isinstance(error, asyncpg.LockNotAvailableError):
            # halves go on by themselves, so that others pass the busy account
            middle = len(group) // 2
            self._again(group[:middle])
            self._again(group[middle:])
        elif isinstance(error, _ROLLED_BACK):
            self._again(group)
        elif isinstance(error, _AMBIGUOUS):
            if self._connection is not None:  # else it could not connect: nothing was sent
                logger.warning("lane_connection_lost", error=type(error).__name__)
                self._drop_connection()
                for waiting in group:
                    waiting.doubtful = True
            self._again(group)
        elif len(group) > 1:  # a bug: find the one command that causes it
            for waiting in group:
                self._again([waiting])
        else:
            group[0].fail(error)

    def _again(self, group: list[_Waiting]) -> None:
        """Post the same commands again, with their keys, until their deadline."""
        moment = monotonic()
        for waiting in group:
            if moment >= waiting.deadline:
                waiting.give_up()
        rest = [waiting for waiting in group if not waiting.future.done()]
        if rest:
            self._retries.append(_Retry(rest, moment + RETRY_PAUSE_SECONDS))

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
