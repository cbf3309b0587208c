"""From a named event to its transfers: pure, and every refusal has its class."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from ledger.books.accounts import AccountName
from ledger.errors import LedgerError
from ledger.foundation.chart import chart_positions
from ledger.foundation.event_catalogue import Event, EventTransfer, Side, event_catalogue

#: Smallest units of the book; a list for a repeated transfer.
Amounts = Mapping[str, int | Sequence[int]]
#: Role → public id of the holder; a list beside the amounts of a repeated transfer.
Owners = Mapping[str, UUID | Sequence[UUID | None] | None]
#: Choice → account code; a list likewise.
Accounts = Mapping[str, str | Sequence[str]]
#: Last day of use of the units issued, or of the units taken; None: never.
Expiry = date | Sequence[date | None] | None


class UnknownEvent(LedgerError):
    """The catalogue has no such event."""

    template = "There is no event {event} in the catalogue."


class EventInputMissing(LedgerError):
    """An amount, owner or account that a transfer needs was not given."""

    template = "Event {event} needs the {kind} {name}."


class EventInputUnknown(LedgerError):
    """Something was given that no transfer of the event uses."""

    template = "Event {event} has no {kind} {name}."


class EventAmountInvalid(LedgerError):
    """Not a whole number, below zero, zero where it must not be, or a list where one is wanted."""

    template = "Event {event}: {value!r} is not an amount for {name}."


class EventAccountNotAllowed(LedgerError):
    """The account is not in the list of the choice."""

    template = "Event {event}: account {account} is not one of {allowed} for {name}."


class EventListsDiffer(LedgerError):
    """Lists given beside the amounts of a repeated transfer must be as long as they are."""

    template = "Event {event}: {kind} {name} has {given} elements; its amounts have {needed}."


class EventMovesNothing(LedgerError):
    """Every optional amount is zero."""

    template = "Event {event} would move nothing: every amount is zero."


class EventLine(msgspec.Struct, frozen=True):
    """One transfer of an event before its accounts are looked up."""

    debit: AccountName
    credit: AccountName
    amount: int
    expires_on: date | None = None


def get_event(event_code: str) -> Event:
    """An event of the catalogue.

    Raises:
        UnknownEvent: there is none of that code.
    """
    event = event_catalogue().get(event_code)
    if event is None:
        raise UnknownEvent(event=event_code)
    return event


def build_lines(
    event_code: str,
    *,
    amounts: Amounts,
    owners: Owners | None = None,
    accounts: Accounts | None = None,
    expires_on: Expiry = None,
) -> tuple[EventLine, ...]:
    """The transfers of an event, in the order of the catalogue. Looks nothing up.

    Raises:
        UnknownEvent, EventInputMissing, EventInputUnknown, EventAmountInvalid,
        EventAccountNotAllowed, EventListsDiffer, EventMovesNothing: see there.
    """
    event = get_event(event_code)
    draft = _Draft(event, amounts, owners or {}, accounts or {}, expires_on)
    draft.refuse_unknown_names()
    lines = tuple(line for transfer in event.transfers for line in draft.lines(transfer))
    if not lines:
        raise EventMovesNothing(event=event_code)
    return lines


class _Draft(msgspec.Struct, frozen=True):
    """An event with what was given for it."""

    event: Event
    amounts: Amounts
    owners: Owners
    accounts: Accounts
    expires_on: Expiry

    def refuse_unknown_names(self) -> None:
        """Refuse what no transfer of the event uses."""
        event = self.event
        for kind, given, known in (
            ("amount", self.amounts, {transfer.amount for transfer in event.transfers}),
            ("owner", self.owners, set(event.roles)),
            ("account", self.accounts, set(event.choices)),
        ):
            for name in given:
                if name not in known:
                    raise EventInputUnknown(event=event.event_code, kind=kind, name=name)
        if self.expires_on is not None and not any(t.dated for t in event.transfers):
            raise EventInputUnknown(event=event.event_code, kind="date", name="expires_on")

    def lines(self, transfer: EventTransfer) -> Iterator[EventLine]:
        amounts = self.amounts_of(transfer)
        for place, amount in enumerate(amounts):
            if amount == 0:
                continue
            debit = self.account(transfer, transfer.debit, place, len(amounts))
            credit = self.account(transfer, transfer.credit, place, len(amounts))
            expires_on = None
            if transfer.dated and (_tracks_expiry(debit) or _tracks_expiry(credit)):
                expires_on = self.element(
                    "date", "expires_on", self.expires_on, place, len(amounts)
                )
            yield EventLine(debit, credit, amount, expires_on)

    def amounts_of(self, transfer: EventTransfer) -> Sequence[int]:
        """The amounts of a transfer; none when it is optional and was left out."""
        name = transfer.amount
        given = self.amounts.get(name)
        if given is None:
            if transfer.optional:
                return ()
            raise EventInputMissing(event=self.event.event_code, kind="amount", name=name)
        if isinstance(given, int):
            given = (given,)
        elif not transfer.repeated or not given:
            raise EventAmountInvalid(event=self.event.event_code, name=name, value=given)
        for amount in given:
            if type(amount) is not int or amount < 0 or (amount == 0 and not transfer.optional):
                raise EventAmountInvalid(event=self.event.event_code, name=name, value=amount)
        return given

    def account(self, transfer: EventTransfer, side: Side, place: int, count: int) -> AccountName:
        code = side.account if side.choice is None else self.chosen(side.choice, place, count)
        assert code is not None
        if side.role is None or not _has_holder(transfer.book_code, code):
            return AccountName(transfer.book_code, code)
        holder = self.element("owner", side.role, self.owners.get(side.role), place, count)
        if holder is None:
            raise EventInputMissing(event=self.event.event_code, kind="owner", name=side.role)
        return AccountName(transfer.book_code, code, holder)

    def chosen(self, choice: str, place: int, count: int) -> str:
        """The account code chosen, from the list allowed."""
        code: str | None = self.element("account", choice, self.accounts.get(choice), place, count)
        if code is None:
            raise EventInputMissing(event=self.event.event_code, kind="account", name=choice)
        allowed = self.event.choices[choice]
        if code not in allowed:
            raise EventAccountNotAllowed(
                event=self.event.event_code, name=choice, account=code, allowed=list(allowed)
            )
        return code

    def element(self, kind: str, name: str, given: Any, place: int, count: int) -> Any:
        """One of a list given beside the amounts, or the one thing given for all of them."""
        if not isinstance(given, list | tuple):
            return given
        if len(given) != count:
            raise EventListsDiffer(
                event=self.event.event_code, kind=kind, name=name, given=len(given), needed=count
            )
        return given[place]


def _has_holder(book_code: str, account_code: str) -> bool:
    return chart_positions()[book_code, account_code].holder_kind != "none"


def _tracks_expiry(name: AccountName) -> bool:
    return chart_positions()[name.book_code, name.account_code].tracks_expiry == "yes"
