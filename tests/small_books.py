"""A tenant with a small chart, and short names for its accounts: V1, M1, P.

Everything is made through the public functions of the engine.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import Account, AccountName, AccountStatus, open_accounts
from ledger.books.accounts import set_account_status as set_status
from ledger.books.balances import Balance, list_balances, list_expiring
from ledger.books.holds import HoldRefund, HoldRequest, HoldResolution
from ledger.books.idempotency import fingerprint, idempotency_key
from ledger.books.posting import EntryRequest, Line, Outcome, post_batch
from ledger.books.reversals import ReversalRequest
from ledger.books.tenants import CREDIT_NORMAL, DEBIT_NORMAL, Book, ChartAccount, create_tenant
from ledger.clock import now
from ledger.database import read_transaction, write_transaction
from ledger.identifiers import uuid7

CALLER = 1
FIRST_PERIOD = date(2024, 1, 1)
LONG = timedelta(days=1)

_NAMESPACE = UUID("5f9e3c0a-3f5e-4a54-b4f1-2c1f6c1d8c55")

BOOKS = (
    Book("TB", "minute", numbers_vouchers=False),
    Book("SP", "point", numbers_vouchers=False),
    Book("PG", "fen", numbers_vouchers=True),
    Book("TR", "fen", numbers_vouchers=True),
)
UNIT_BOOKS = {"minutes": "TB", "points": "SP", "fen": "PG"}

# letter → code, normal side, floor, tracks expiry; the same positions in every book
POSITIONS = {
    "I": ("5101", DEBIT_NORMAL, None, False),  # issued; in yuan: the bank
    "V": ("2101", CREDIT_NORMAL, 0, True),  # a volunteer's available units
    "H": ("2102", CREDIT_NORMAL, 0, True),  # a volunteer's held units
    "P": ("2201", CREDIT_NORMAL, 0, False),  # a pool
    "M": ("2301", CREDIT_NORMAL, None, False),  # a merchant
    "L": ("2401", CREDIT_NORMAL, -500, False),  # may owe up to 500
    "R": ("1201", DEBIT_NORMAL, 0, False),  # a receivable
    "X": ("4103", CREDIT_NORMAL, None, False),  # expired
}
#: Positions every tenant has once; the others have a holder.
WITHOUT_HOLDER = frozenset("IPX")


def chart(books: Iterable[Book] = BOOKS) -> list[ChartAccount]:
    """Every position in every book."""
    return [
        ChartAccount(book.book_code, code, letter, letter, side, "none", floor, tracks)
        for book in books
        for letter, (code, side, floor, tracks) in POSITIONS.items()
    ]


def holder(name: str) -> UUID:
    """The holder behind a short name; H1 is held by V1."""
    return uuid5(_NAMESPACE, name.replace("H", "V"))


def account_name(name: str, book_code: str = "TB") -> AccountName:
    """What ``V1`` or ``PG:V1`` means."""
    if ":" in name:
        book_code, name = name.split(":")
    code = POSITIONS[name[0]][0]
    return AccountName(book_code, code, None if name[0] in WITHOUT_HOLDER else holder(name))


@dataclass
class SmallBooks:
    """One tenant, its accounts opened when they are first named, and short forms of commands."""

    engine: AsyncEngine
    tenant_id: int
    accounts: dict[AccountName, Account] = field(default_factory=dict)

    async def open(self, *names: str, book_code: str = "TB") -> list[Account]:
        """The accounts of these names; missing ones are opened."""
        wanted = [account_name(name, book_code) for name in names]
        missing = [name for name in dict.fromkeys(wanted) if name not in self.accounts]
        if missing:
            opened = await write_transaction(
                self.engine,
                lambda conn: open_accounts(conn, tenant_id=self.tenant_id, names=missing),
            )
            self.accounts.update(zip(missing, opened, strict=True))
        return [self.accounts[name] for name in wanted]

    async def id_of(self, name: str, book_code: str = "TB") -> int:
        """The internal number of one account."""
        (account,) = await self.open(name, book_code=book_code)
        return account.account_id

    async def line(
        self,
        debit: str,
        credit: str,
        amount: int,
        *,
        until: date | None = None,
        book_code: str = "TB",
    ) -> Line:
        """One transfer between two short names."""
        return Line(
            await self.id_of(debit, book_code), await self.id_of(credit, book_code), amount, until
        )

    async def post(self, *requests: EntryRequest) -> list[Outcome]:
        """Post in one transaction of its own."""
        return await self.run(post_batch, requests)

    async def run(self, function: Any, requests: Sequence[Any]) -> list[Outcome]:
        """Give commands to one of the engine's functions, in one transaction of its own."""
        outcomes: list[Outcome] = await write_transaction(
            self.engine,
            lambda conn: function(conn, tenant_id=self.tenant_id, requests=requests),
        )
        return outcomes

    async def issue(
        self, name: str, amount: int, *, until: date | None = None, book_code: str = "TB"
    ) -> EntryRequest:
        """Post units out of nothing; returns the request."""
        request = entry(await self.line("I", name, amount, until=until, book_code=book_code))
        (outcome,) = await self.post(request)
        assert outcome.refusal is None, outcome
        return request

    async def set_status(self, name: str, status: AccountStatus, book_code: str = "TB") -> None:
        """Freeze, close or reopen."""
        (account,) = await self.open(name, book_code=book_code)
        await write_transaction(
            self.engine,
            lambda conn: set_status(
                conn,
                tenant_id=self.tenant_id,
                account=account,
                status=status,
                reason="because the test says so",
                caller_id=CALLER,
            ),
        )

    async def read(self, *names: str, book_code: str = "TB") -> list[Balance]:
        """Balances now, in the order of the names."""
        accounts = await self.open(*names, book_code=book_code)
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            found = {
                balance.account_id: balance
                for balance in await list_balances(
                    conn,
                    tenant_id=self.tenant_id,
                    account_ids=[account.account_id for account in accounts],
                )
            }
        return [found[account.account_id] for account in accounts]

    async def balance(self, name: str, book_code: str = "TB") -> int:
        """One balance on the account's normal side."""
        (balance,) = await self.read(name, book_code=book_code)
        return balance.balance

    async def buckets(self, name: str, book_code: str = "TB") -> dict[date, int]:
        """What of an account expires when."""
        (account,) = await self.open(name, book_code=book_code)
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            return {
                item.expires_on: item.amount
                for item in await list_expiring(
                    conn, tenant_id=self.tenant_id, account_id=account.account_id
                )
            }


async def create_small_books(engine: AsyncEngine) -> SmallBooks:
    """A new tenant with all four books."""

    async def create(conn: AsyncConnection) -> int:
        return await create_tenant(
            conn, public_id=uuid7(), books=BOOKS, chart=chart(), first_period=FIRST_PERIOD
        )

    return SmallBooks(engine, await write_transaction(engine, create))


def command_fields(key: str | None, route: str, content: Sequence[object]) -> dict[str, Any]:
    """Id, caller, key, fingerprint and moment of a new command."""
    entry_id = uuid7()
    return {
        "entry_id": entry_id,
        "caller_id": CALLER,
        "key": idempotency_key(key or f"test-{entry_id}"),
        "fingerprint": fingerprint(route, [str(value) for value in content]),
        "occurred_at": now(),
    }


def entry(*lines: Line, key: str | None = None, event: str = "TEST", **more: Any) -> EntryRequest:
    """An entry asked for; ``more`` are further fields of the request."""
    fields = command_fields(key, "entry", [lines, sorted(more.items())])
    names = ("lines", "more")
    return EntryRequest(
        **{**fields, "event_code": event, "lines": lines, "field_names": names, **more}
    )


def hold(
    account_id: int,
    held_account_id: int,
    amount: int,
    *,
    expires_at: datetime | None = None,
    key: str | None = None,
    **more: Any,
) -> HoldRequest:
    """A hold asked for."""
    fields = command_fields(key, "hold", [account_id, held_account_id, amount])
    return HoldRequest(
        **{
            **fields,
            "event_code": "HOLD",
            "account_id": account_id,
            "held_account_id": held_account_id,
            "amount": amount,
            "expires_at": expires_at or now() + LONG,
            **more,
        }
    )


def resolution(
    hold_id: UUID,
    action: str,
    amount: int | None = None,
    *,
    to: int | None = None,
    key: str | None = None,
    **more: Any,
) -> HoldResolution:
    """Capture, void or expiry of a hold."""
    fields = command_fields(key, action, [hold_id, amount, to])
    return HoldResolution(
        **{
            **fields,
            "event_code": action.upper(),
            "hold_id": hold_id,
            "action": action,
            "amount": amount,
            "capture_account_id": to,
            **more,
        }
    )


def refund(hold_id: UUID, amount: int, *, key: str | None = None, **more: Any) -> HoldRefund:
    """Captured units asked back."""
    fields = command_fields(key, "refund", [hold_id, amount])
    return HoldRefund(
        **{**fields, "event_code": "REFUND", "hold_id": hold_id, "amount": amount, **more}
    )


def reversal(original: UUID, *, key: str | None = None, **more: Any) -> ReversalRequest:
    """A mirror of an entry asked for."""
    return ReversalRequest(
        **{**command_fields(key, "reverse", [original]), "original_entry_id": original, **more}
    )
