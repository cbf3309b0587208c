"""Holds: place, capture whole or in part, void, refund, read."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import JSONBody
from msgspec import Meta

from api.gate import Call, GatedCall
from api.policies import may
from api.refusals import InvalidBody
from api.v1.entry_forms import PostedView
from api.v1.forms import (
    AccountId,
    Amount,
    Command,
    EventCode,
    Moment,
    PathId,
    Total,
    UnitCode,
    both,
    sent_values,
)
from api.v1.posting import posted
from ledger.books import holds
from ledger.books.accounts import Account, list_accounts_by_public_id
from ledger.books.command_kinds import REFUND_HOLD, RESOLVE_HOLD
from ledger.books.idempotency import fingerprint
from ledger.books.refusals import AccountNotFound, HoldNotFound
from ledger.database import read_transaction
from ledger.foundation.named_accounts import (
    Move,
    check_free_event,
    check_hold_move,
    position_of,
)
from ledger.foundation.named_holders import NamedLine, check_holders, check_not_own
from ledger.foundation.named_holds import check_capture, check_refund, check_void
from ledger.foundation.named_posting import NAMED_HOLD, check_holder_takes_part
from ledger.identifiers import uuid7
from ledger.programmes.redemption.purchases import check_no_purchase

HoldStatusName = Literal["open", "captured", "void", "expired"]
_STATUS_NAMES: tuple[HoldStatusName, ...] = ("open", "captured", "void", "expired")


class NewHold(Command, frozen=True):
    """Units to reserve: moved from an available to a held account until then."""

    event_code: EventCode
    occurred_at: Moment
    account: AccountId
    held_account: AccountId
    amount: Amount
    expires_at: Moment
    booked_on: date | None = None
    subject_id: UUID | None = None


class Capture(Command, frozen=True):
    """What is taken of a hold; the rest is free again."""

    event_code: EventCode
    occurred_at: Moment
    capture_account: AccountId
    amount: Annotated[
        Amount | None, Meta(description="Absent: all of it; in part: part_event_code is posted.")
    ] = None
    part_event_code: EventCode | None = None
    booked_on: date | None = None
    subject_id: UUID | None = None


class Release(Command, frozen=True):
    """Give a hold back."""

    event_code: EventCode
    occurred_at: Moment
    booked_on: date | None = None
    subject_id: UUID | None = None


class Refund(Command, frozen=True):
    """Give back what was captured, whole or in part."""

    event_code: EventCode
    occurred_at: Moment
    amount: Amount
    expires_from: Annotated[
        date | None, Meta(description="Restored units that expired meanwhile last until then.")
    ] = None
    booked_on: date | None = None
    subject_id: UUID | None = None


class HoldView(msgspec.Struct, frozen=True):
    """A hold as it stands."""

    id: UUID
    account: UUID
    capture_account: UUID | None
    amount: Total
    captured: Total
    refunded: Total
    unit: UnitCode
    status: HoldStatusName
    expires_at: datetime
    resolving_entry_id: UUID | None


async def _accounts(call: GatedCall, *public_ids: UUID) -> list[Account]:
    """The accounts in the order asked for."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        found = await list_accounts_by_public_id(
            conn, tenant_id=call.tenant_id, public_ids=public_ids
        )
    for line, public_id in enumerate(public_ids, start=1):
        if public_id not in found:
            raise AccountNotFound(account=str(public_id), line=line)
    return [found[public_id] for public_id in public_ids]


def _position(account: Account) -> str:
    return position_of(account.book_code, account.account_code)


@post(both("/holds"), opt=may("holds.place"), summary="Place a hold", tags=["holds"])
async def place(call: Call, data: JSONBody[NewHold]) -> PostedView:
    """Reserve units; the hold's id is the id of this entry."""
    event_code = check_free_event(data.event_code)
    if data.expires_at <= data.occurred_at:
        raise InvalidBody(field="expires_at", reason="must be later than occurred_at")
    account, held_account = await _accounts(call, data.account, data.held_account)
    named = NamedLine(
        Move(_position(account), _position(held_account)), account.holder_id, held_account.holder_id
    )
    check_hold_move(event_code, named.move)
    check_not_own(call.who.permissions.own_holders(call.tenant_id), (named,))
    check_holders(event_code, (named,))
    names, values = sent_values(data)
    request = holds.HoldRequest(
        entry_id=uuid7(),
        caller_id=call.caller_id,
        key=call.key,
        fingerprint=fingerprint(call.route, values),
        field_names=names,
        occurred_at=data.occurred_at,
        booked_on=data.booked_on,
        event_code=event_code,
        account_id=account.account_id,
        held_account_id=held_account.account_id,
        amount=data.amount,
        expires_at=data.expires_at,
        subject_id=data.subject_id,
    )
    return posted(await call.service.lanes.submit(call.tenant_id, NAMED_HOLD, request))


async def _find_plain_hold(call: GatedCall, hold_id: UUID) -> holds.HoldAccounts | None:
    """A purchase is resolved through the redemption routes, which keep its own rows true.

    None: the engine will say that there is no such hold.
    """
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        await check_no_purchase(conn, tenant_id=call.tenant_id, hold_id=hold_id)
        return await holds.find_hold_accounts(conn, tenant_id=call.tenant_id, hold_id=hold_id)


@post(
    both("/holds/{hold_id:uuid}/capture"),
    opt=may("holds.resolve"),
    summary="Capture a hold",
    tags=["holds"],
)
async def capture(call: Call, hold_id: PathId, data: JSONBody[Capture]) -> PostedView:
    """Take all or part of a hold; a hold is resolved once."""
    hold = await _find_plain_hold(call, hold_id)
    event_code = check_free_event(data.event_code)
    part_event_code = data.part_event_code and check_free_event(data.part_event_code)
    (capture_account,) = await _accounts(call, data.capture_account)
    if hold is not None:
        check_capture(
            hold,
            event_code=event_code,
            part_event_code=part_event_code,
            captured_to=_position(capture_account),
            amount=data.amount,
        )
        async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
            await check_holder_takes_part(conn, tenant_id=call.tenant_id, hold=hold)
    names, values = sent_values(data)
    request = holds.HoldResolution(
        entry_id=uuid7(),
        caller_id=call.caller_id,
        key=call.key,
        fingerprint=fingerprint(call.route, values),
        field_names=names,
        occurred_at=data.occurred_at,
        booked_on=data.booked_on,
        event_code=event_code,
        hold_id=hold_id,
        action=holds.CAPTURE,
        amount=data.amount,
        capture_account_id=capture_account.account_id,
        part_event_code=part_event_code,
        subject_id=data.subject_id,
    )
    return posted(await call.service.lanes.submit(call.tenant_id, RESOLVE_HOLD, request))


@post(
    both("/holds/{hold_id:uuid}/void"),
    opt=may("holds.resolve"),
    summary="Void a hold",
    tags=["holds"],
)
async def void(call: Call, hold_id: PathId, data: JSONBody[Release]) -> PostedView:
    """Give the units back; a hold is resolved once."""
    hold = await _find_plain_hold(call, hold_id)
    event_code = check_free_event(data.event_code)
    if hold is not None:
        check_void(hold, event_code=event_code)
    names, values = sent_values(data)
    request = holds.HoldResolution(
        entry_id=uuid7(),
        caller_id=call.caller_id,
        key=call.key,
        fingerprint=fingerprint(call.route, values),
        field_names=names,
        occurred_at=data.occurred_at,
        booked_on=data.booked_on,
        event_code=event_code,
        hold_id=hold_id,
        action=holds.VOID,
        subject_id=data.subject_id,
    )
    return posted(await call.service.lanes.submit(call.tenant_id, RESOLVE_HOLD, request))


@post(
    both("/holds/{hold_id:uuid}/refund"),
    opt=may("holds.refund"),
    summary="Refund a captured hold",
    tags=["holds"],
)
async def refund(call: Call, hold_id: PathId, data: JSONBody[Refund]) -> PostedView:
    """Give captured units back under the dates they had; never more than was captured."""
    hold = await _find_plain_hold(call, hold_id)
    event_code = check_free_event(data.event_code)
    if hold is not None:
        check_refund(hold, event_code=event_code)
    names, values = sent_values(data)
    request = holds.HoldRefund(
        entry_id=uuid7(),
        caller_id=call.caller_id,
        key=call.key,
        fingerprint=fingerprint(call.route, values),
        field_names=names,
        occurred_at=data.occurred_at,
        booked_on=data.booked_on,
        event_code=event_code,
        hold_id=hold_id,
        amount=data.amount,
        expires_from=data.expires_from,
        subject_id=data.subject_id,
    )
    return posted(await call.service.lanes.submit(call.tenant_id, REFUND_HOLD, request))


@get(both("/holds/{hold_id:uuid}"), opt=may("holds.read"), summary="Read a hold", tags=["holds"])
async def read_one(call: Call, hold_id: PathId) -> HoldView:
    """A hold as it stands now."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        hold = await holds.get_hold(conn, tenant_id=call.tenant_id, hold_id=hold_id)
    if not call.reach.includes(hold.holder_id):
        raise HoldNotFound(hold=str(hold_id))
    return HoldView(
        hold.hold_id,
        hold.account_id,
        hold.capture_account_id,
        hold.amount,
        hold.captured,
        hold.refunded,
        hold.unit_code,
        _STATUS_NAMES[hold.status],
        hold.expires_at,
        hold.resolving_entry_id,
    )


ROUTES = (place, capture, void, refund, read_one)
