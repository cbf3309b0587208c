"""A small ledger in memory that decides as the engine must: the oracle of the property tests.

It knows no batches, no locks, no arrays: commands one after another, on dictionaries.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from ledger.books.accounts import Account, AccountStatus
from ledger.books.holds import CAPTURE, EXPIRE, VOID, HoldRefund, HoldRequest, HoldResolution
from ledger.books.posting import MAX_AMOUNT, Command, EntryRequest
from ledger.books.reversals import ReversalRequest
from ledger.clock import business_date, month_of, now

ENTRY, REVERSAL, HOLD, CAPTURED, VOIDED, EXPIRED, REFUND = range(7)
_RELEASING = (VOIDED, EXPIRED)
RESOLVED_AS = {CAPTURE: CAPTURED, VOID: VOIDED, EXPIRE: EXPIRED}

#: Debited account, credited account, amount, expiry date or None for first-expiring-first.
Wanted = tuple[int, int, int, date | None]
Moved = tuple[int, int, int, date]


class Refused(Exception):
    """A refusal by its code."""


@dataclass
class ModelAccount:
    """An account: totals and, where units expire, what expires when."""

    name: Account
    status: AccountStatus = AccountStatus.OPEN
    debits: int = 0
    credits: int = 0
    version: int = 0
    buckets: dict[date, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def balance(self) -> int:
        return (self.debits - self.credits) * self.name.normal_side

    def state(self) -> tuple[int, int, int, dict[date, int]]:
        """What a command may change."""
        return self.debits, self.credits, self.version, dict(self.buckets)

    def restore(self, state: tuple[int, int, int, dict[date, int]]) -> None:
        """Take back what a refused command changed."""
        self.debits, self.credits, self.version, buckets = state
        self.buckets = defaultdict(int, buckets)

    def room(self) -> int:
        """What may still be taken before the floor."""
        assert self.name.floor is not None
        return self.balance - self.name.floor


@dataclass
class ModelHold:
    """A hold and how it ended."""

    request: HoldRequest
    placed: list[Moved]
    kind: int = HOLD
    captured: int = 0
    refunded: int = 0
    target: int | None = None
    taken: list[Moved] = field(default_factory=list)


@dataclass
class Entry:
    """A posted entry."""

    kind: int
    booked_on: date
    moved: list[Moved]
    reversed_by: UUID | None = None


class Model:
    """All of a tenant's books."""

    def __init__(self, first_period: date) -> None:
        self.accounts: dict[int, ModelAccount] = {}
        self.results: dict[UUID, tuple[bytes, str | None]] = {}
        self.entries: dict[UUID, Entry] = {}
        self.holds: dict[UUID, ModelHold] = {}
        self.closed: set[tuple[str, date]] = set()
        self._first_period = first_period

    def add(self, account: Account) -> None:
        """Open an account."""
        self.accounts.setdefault(account.account_id, ModelAccount(account))

    def answer(self, command: Command) -> tuple[str | None, bool]:
        """Code of the refusal (None: posted), and whether it is the answer of an earlier time."""
        if command.key in self.results:
            first, code = self.results[command.key]
            return (code, True) if first == command.fingerprint else ("idempotency_conflict", False)
        saved = {account_id: account.state() for account_id, account in self.accounts.items()}
        try:
            self._obey(command)
            code = None
        except Refused as refusal:
            for account_id, state in saved.items():
                self.accounts[account_id].restore(state)
            code = str(refusal)
        self.results[command.key] = command.fingerprint, code
        return code, False

    def can_close(self, account_id: int) -> bool:
        """Nothing on it, and no hold that may give something back."""
        return self.accounts[account_id].balance == 0 and not any(
            hold.kind == HOLD and hold.request.account_id == account_id
            for hold in self.holds.values()
        )

    def _obey(self, command: Command) -> None:
        match command:
            case EntryRequest():
                lines = [
                    (x.debit_account_id, x.credit_account_id, x.amount, x.expires_on)
                    for x in command.lines
                ]
                self._post(command, ENTRY, lines)
            case HoldRequest(account_id=owner, held_account_id=held, amount=amount):
                moved = self._post(command, HOLD, [(owner, held, amount, None)])
                self.holds[command.entry_id] = ModelHold(command, moved)
            case HoldResolution():
                self._resolve(command)
            case HoldRefund():
                self._refund(command)
            case ReversalRequest():
                self._reverse(command)

    def _resolve(self, command: HoldResolution) -> None:
        hold = self.holds.get(command.hold_id)
        if hold is None:
            raise Refused("hold_not_found")
        amount = hold.request.amount if command.amount is None else command.amount
        capturing, over = command.action == CAPTURE, hold.request.expires_at <= now()
        _refuse(capturing and amount < 1, "invalid_amount")
        _refuse(command.capture_account_id == hold.request.account_id, "same_account")
        _refuse(hold.kind != HOLD, "hold_already_resolved")
        _refuse(command.action == EXPIRE and not over, "hold_not_expired")
        _refuse(capturing and over, "hold_expired")
        _refuse(capturing and amount > hold.request.amount, "capture_exceeds_hold")
        left = amount if capturing else 0
        lines: list[Wanted] = []
        for owner, held, reserved, expires_on in hold.placed:
            part = min(left, reserved)
            left -= part
            if part:
                assert command.capture_account_id is not None
                lines.append((held, command.capture_account_id, part, expires_on))
            if part < reserved:
                lines.append((held, owner, reserved - part, expires_on))
        moved = self._post(command, RESOLVED_AS[command.action], lines)
        hold.kind = RESOLVED_AS[command.action]
        if capturing:
            hold.captured, hold.target = amount, command.capture_account_id
            hold.taken = [line for line in moved if line[1] == command.capture_account_id]

    def _refund(self, command: HoldRefund) -> None:
        hold = self.holds.get(command.hold_id)
        if hold is None:
            raise Refused("hold_not_found")
        _refuse(command.amount < 1, "invalid_amount")
        _refuse(hold.kind != CAPTURED, "hold_not_captured")
        _refuse(command.amount > hold.captured - hold.refunded, "refund_exceeds_capture")
        units = [  # one by one, what was taken last first
            expires_on for *_, amount, expires_on in reversed(hold.taken) for _ in range(amount)
        ][hold.refunded : hold.refunded + command.amount]
        lines: list[Wanted] = []
        day = business_date(command.occurred_at)
        for expires_on in dict.fromkeys(units):
            passed = expires_on < day and command.expires_from is not None
            assert hold.target is not None
            lines.append(
                (
                    hold.target,
                    hold.request.account_id,
                    units.count(expires_on),
                    max(expires_on, command.expires_from or expires_on) if passed else expires_on,
                )
            )
        self._post(command, REFUND, lines)
        hold.refunded += command.amount

    def _reverse(self, command: ReversalRequest) -> None:
        original = self.entries.get(command.original_entry_id)
        if original is None:
            raise Refused("entry_not_found")
        _refuse(original.kind != ENTRY, "entry_not_reversible")
        _refuse(original.reversed_by is not None, "entry_already_reversed")
        early = command.booked_on is not None and command.booked_on < original.booked_on
        _refuse(early, "reversal_before_entry")
        mirror: list[Wanted] = [(c, d, n, until) for d, c, n, until in reversed(original.moved)]
        self._post(command, REVERSAL, mirror, earliest=original.booked_on)
        original.reversed_by = command.entry_id

    def _post(
        self, command: Command, kind: int, lines: Sequence[Wanted], earliest: date = date.min
    ) -> list[Moved]:
        booked_on = command.booked_on or max(business_date(now()), earliest)
        self._check(command.occurred_at, booked_on, kind, lines)
        day = business_date(command.occurred_at)
        moved = [part for line in lines for part in self._move(line, day)]
        self.entries[command.entry_id] = Entry(kind, booked_on, moved)
        return moved

    def _check(
        self, occurred_at: datetime, booked_on: date, kind: int, lines: Sequence[Wanted]
    ) -> None:
        """What is wrong whatever the balances, in the order of docs/refusals.md."""
        sides = [(self.accounts[d], self.accounts[c], amount) for d, c, amount, _ in lines]
        accounts = [account for d, c, _ in sides for account in (d, c)]
        statuses = {account.status for account in accounts}
        _refuse(not lines, "entry_without_lines")
        _refuse(any(not 1 <= n <= MAX_AMOUNT for *_, n in sides), "invalid_amount")
        _refuse(any(d is c for d, c, _ in sides), "same_account")
        _refuse(any(d.name.unit_code != c.name.unit_code for d, c, _ in sides), "unit_mismatch")
        _refuse(any(d.name.book_code != c.name.book_code for d, c, _ in sides), "book_mismatch")
        _refuse(AccountStatus.CLOSED in statuses, "account_closed")
        _refuse(AccountStatus.FROZEN in statuses and kind not in _RELEASING, "account_frozen")
        _refuse(occurred_at > now() + timedelta(minutes=5), "occurred_in_future")
        closed = any((a.name.book_code, month_of(booked_on)) in self.closed for a in accounts)
        far = booked_on > business_date(now()) + timedelta(days=31)
        _refuse(closed or far or booked_on < self._first_period, "period_not_open")

    def _move(self, line: Wanted, day: date) -> list[Moved]:
        """Move one line, split by expiry date where the debited account's units expire."""
        debit, credit, amount, until = line
        source = self.accounts[debit]
        if not source.name.tracks_expiry:
            return [self._transfer(debit, credit, amount, until or date.max)]
        moved = []
        for expires_on in sorted(source.buckets):
            usable = expires_on >= day if until is None else expires_on == until
            part = min(amount, source.buckets[expires_on]) if usable else 0
            if part:
                moved.append(self._transfer(debit, credit, part, expires_on))
                amount -= part
        _refuse(amount > 0, "insufficient_balance")
        return moved

    def _transfer(self, debit: int, credit: int, amount: int, expires_on: date) -> Moved:
        source, target = self.accounts[debit], self.accounts[credit]
        _refuse(max(source.debits, target.credits) + amount > MAX_AMOUNT, "total_too_large")
        for account, side in ((source, -1), (target, 1)):
            if account.name.normal_side == side and account.name.floor is not None:
                _refuse(account.room() < amount, "insufficient_balance")
        source.debits += amount
        target.credits += amount
        source.version += 1
        target.version += 1
        if source.name.tracks_expiry:
            source.buckets[expires_on] -= amount
        if target.name.tracks_expiry:
            target.buckets[expires_on] += amount
        return debit, credit, amount, expires_on


def _refuse(condition: bool, code: str) -> None:
    if condition:
        raise Refused(code)
