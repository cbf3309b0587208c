"""The four commands of a purchase, each on the batched path: authorise, capture, void, refund.

A purchase's id is its hold's id: the entry id of the authorisation. Refusals are outcomes, and
they must be committed like successes: a wrong code is counted in the transaction that refuses it,
so raise ``outcome.error()`` only after the commit.
"""

from collections.abc import Hashable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

import ledger.programmes.redemption.refusals  # noqa: F401  (registers the codes)
from ledger.books.command_kinds import CommandKind
from ledger.books.holds import VOID
from ledger.books.posting import Command, Outcome, check_batch_size, command_arrays, read_outcomes
from ledger.database import fetch_one, load_sql

_PACKAGE = "ledger.programmes.redemption"


class Authorisation(Command, frozen=True, kw_only=True):
    """A purchase asked for: by the hash of a code presented, or for a member named."""

    event_code: str = "SP01"
    merchant_id: UUID
    #: 1/100 point.
    amount: int
    hold_seconds: int
    #: Keyed hash of the code, from ``CodeKeys``; None: ``member_id`` is given.
    code_hash: bytes | None = None
    member_id: UUID | None = None
    #: Terminal of the merchant; empty: not told.
    terminal: str = ""
    #: The merchant's own transaction number, unique at its terminal.
    merchant_reference: str | None = None
    #: 1/100 point a member may spend on the business day, in all and at this merchant.
    daily_cap: int | None = None
    merchant_cap: int | None = None
    policy_version: int | None = None

    def exclusive(self) -> Hashable:
        """What no second authorisation of one batch may share."""
        return self.code_hash or self.entry_id


class Capture(Command, frozen=True, kw_only=True):
    """An authorised purchase to be taken. ``amount`` None: all of it."""

    event_code: str = "SP02"
    part_event_code: str = "SP03"
    redemption_id: UUID
    merchant_id: UUID
    amount: int | None = None
    terminal: str = ""


class Void(Command, frozen=True, kw_only=True):
    """An authorised purchase to be released; ``merchant_id`` None: whoever's it is."""

    event_code: str = "SP04"
    redemption_id: UUID
    merchant_id: UUID | None = None
    action: str = VOID


class Refund(Command, frozen=True, kw_only=True):
    """Captured points to be given back. ``amount`` None: all that is left."""

    event_code: str = "SP05"
    redemption_id: UUID
    merchant_id: UUID
    amount: int | None = None
    terminal: str = ""
    #: Days after the capture in which a refund is possible; None: no limit.
    window_days: int | None = None
    #: Days that points live on which have expired meanwhile.
    grace_days: int = 30


def authorise_arguments(tenant_id: int, requests: Sequence[Authorisation]) -> tuple[Any, ...]:
    """The arrays ``programmes.authorise_batch`` takes."""
    for request in requests:
        assert (request.code_hash is None) != (request.member_id is None), "a code or a member"
    return (
        tenant_id,
        *command_arrays(requests),
        [request.merchant_id for request in requests],
        [request.terminal for request in requests],
        [request.merchant_reference for request in requests],
        [request.code_hash for request in requests],
        [request.member_id for request in requests],
        [request.amount for request in requests],
        [request.hold_seconds for request in requests],
        [request.daily_cap for request in requests],
        [request.merchant_cap for request in requests],
        [request.policy_version for request in requests],
    )


def capture_arguments(tenant_id: int, requests: Sequence[Capture]) -> tuple[Any, ...]:
    """The arrays ``programmes.capture_batch`` takes."""
    return (
        tenant_id,
        *command_arrays(requests),
        [request.merchant_id for request in requests],
        [request.terminal for request in requests],
        [request.redemption_id for request in requests],
        [request.amount for request in requests],
        [request.part_event_code for request in requests],
    )


def void_arguments(tenant_id: int, requests: Sequence[Void]) -> tuple[Any, ...]:
    """The arrays ``programmes.void_batch`` takes."""
    return (
        tenant_id,
        *command_arrays(requests),
        [request.merchant_id for request in requests],
        [request.redemption_id for request in requests],
        [request.action for request in requests],
    )


def refund_arguments(tenant_id: int, requests: Sequence[Refund]) -> tuple[Any, ...]:
    """The arrays ``programmes.refund_batch`` takes."""
    return (
        tenant_id,
        *command_arrays(requests),
        [request.merchant_id for request in requests],
        [request.terminal for request in requests],
        [request.redemption_id for request in requests],
        [request.amount for request in requests],
        [request.window_days for request in requests],
        [request.grace_days for request in requests],
    )


def _purchase(command: Capture | Void | Refund) -> Hashable:
    return command.redemption_id


AUTHORISE = CommandKind(
    "authorise", load_sql(_PACKAGE, "authorise_batch"), authorise_arguments, Authorisation.exclusive
)
CAPTURE = CommandKind("capture", load_sql(_PACKAGE, "capture_batch"), capture_arguments, _purchase)
VOID_PURCHASE = CommandKind("void", load_sql(_PACKAGE, "void_batch"), void_arguments, _purchase)
REFUND = CommandKind("refund", load_sql(_PACKAGE, "refund_batch"), refund_arguments, _purchase)


async def run_commands(
    conn: AsyncConnection, kind: CommandKind, *, tenant_id: int, requests: Sequence[Command]
) -> list[Outcome]:
    """Run commands of one kind in one batch; each stands or falls alone.

    Raises:
        BatchTooLarge: more than 1,000 commands.
    """
    check_batch_size(len(requests))
    if not requests:
        return []
    row = await fetch_one(conn, kind.sql, *kind.arguments(tenant_id, requests))
    return read_outcomes(row, requests)
