"""A programme with members V1, V2 …, merchants M1, M2 …, codes C1 … and purchases P1 …

Everything is made through public functions. Amounts in a story are points: 12.50.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.books.accounts import AccountName, get_accounts
from ledger.books.balances import list_balances, list_expiring
from ledger.books.command_kinds import CommandKind
from ledger.books.posting import Command, Outcome
from ledger.clock import SHANGHAI, now
from ledger.database import execute, read_transaction, write_transaction
from ledger.errors import LedgerError
from ledger.foundation.people import create_person
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from ledger.journeys.enrolment import create_programme, enrol_member, enrol_merchant
from ledger.programmes.redemption.checkout import (
    expire_purchases,
    new_authorisation,
    new_capture,
    new_refund,
    new_void,
)
from ledger.programmes.redemption.codes import CodeKeys, IssuedCode, issue_code, read_code
from ledger.programmes.redemption.commands import (
    AUTHORISE,
    CAPTURE,
    REFUND,
    VOID_PURCHASE,
    run_commands,
)
from ledger.programmes.redemption.contracts import agree_contract
from ledger.programmes.redemption.terms import Terms
from tests.events.books import fund

CALLER = 1
SECRET = "a secret of the tests, long enough to be one"
PERSONAL = PersonalDataKeys(SECRET)
CODES = CodeKeys(SECRET)
PROGRAMME_ID = UUID("0199f0a0-0000-7000-8000-000000000001")
CONTRACT_FROM = date(2025, 1, 1)
RATE = 1000  # fen for 100.00 points: 10 fen a point
TERMS = Terms(
    daily_cap=None,
    merchant_cap=None,
    code_seconds=60,
    hold_seconds=900,
    refund_days=7,
    policy_version=0,
)


def points(text: str) -> int:
    """1/100 points of an amount as people write it."""
    return int(Decimal(text) * 100)


@dataclass
class Market:
    """The programme, its people and merchants by short names, and what happened so far."""

    engine: AsyncEngine
    tenant_id: int
    ids: dict[str, UUID] = field(default_factory=dict)
    codes: dict[str, IssuedCode] = field(default_factory=dict)
    purchases: dict[str, tuple[UUID, UUID]] = field(default_factory=dict)
    terms: Terms = TERMS

    async def write(self, operation: Any) -> Any:
        return await write_transaction(self.engine, operation, tenant_id=self.tenant_id)

    async def add_member(self, name: str) -> UUID:
        """A member with open accounts."""

        async def add(conn: AsyncConnection) -> UUID:
            person = await create_person(conn, display_name=f"张{name}", keys=PERSONAL)
            member = await enrol_member(
                conn, tenant_id=self.tenant_id, person=person, enrolled_by=CALLER
            )
            return member.member_id

        self.ids[name] = await self.write(add)
        return self.ids[name]

    async def add_merchant(self, name: str, **contract: Any) -> UUID:
        """A merchant with open accounts and a contract."""
        merchant = await self.write(
            lambda conn: enrol_merchant(
                conn, tenant_id=self.tenant_id, name=name, enrolled_by=CALLER
            )
        )
        self.ids[name] = merchant.merchant_id
        if contract.pop("agreed", True):
            await self.agree(name, **contract)
        return self.ids[name]

    async def agree(self, merchant: str, **contract: Any) -> Any:
        """A version of a merchant's contract."""
        wanted = {"valid_from": CONTRACT_FROM, "fen_per_100_points": RATE, **contract}
        return await self.write(
            lambda conn: agree_contract(
                conn,
                tenant_id=self.tenant_id,
                merchant_id=self.ids[merchant],
                caller_id=CALLER,
                **wanted,
            )
        )

    async def set_status(self, name: str, status: str) -> None:
        """Suspend a member or merchant, or take it back."""
        kind = "member" if name.startswith("V") else "merchant"
        statement = f"UPDATE foundation.{kind} SET status = $1 WHERE {kind}_id = $2"
        await self.write(lambda conn: execute(conn, statement, status, self.ids[name]))

    async def give(self, member: str, amount: int, until: date | None = None) -> None:
        """Points for a member, out of an opening balance."""
        name = AccountName("SP", "2101", self.ids[member])
        await self.write(
            lambda conn: fund(
                conn, tenant_id=self.tenant_id, name=name, amount=amount, expires_on=until
            )
        )

    async def issue(self, code: str, member: str, **more: Any) -> IssuedCode:
        """A one-time code of a member."""
        wanted = {"life_seconds": 60, **more}
        self.codes[code] = await self.write(
            lambda conn: issue_code(
                conn,
                tenant_id=self.tenant_id,
                programme_id=PROGRAMME_ID,
                member_id=self.ids[member],
                keys=CODES,
                **wanted,
            )
        )
        return self.codes[code]

    def hash_of(self, text: str) -> bytes:
        """The hash of a code as presented."""
        return CODES.hash(self.tenant_id, read_code(text).secret)

    async def run(self, kind: CommandKind, *requests: Command) -> list[Outcome]:
        """Give commands of one kind in one transaction of their own."""
        outcomes: list[Outcome] = await self.write(
            lambda conn: run_commands(conn, kind, tenant_id=self.tenant_id, requests=requests)
        )
        return outcomes

    def authorisation(self, source: str, merchant: str, amount: int, **more: Any) -> Any:
        """The command; the source is a code (C1), its digits, or a member (V1)."""
        if source.startswith("V"):
            who: dict[str, Any] = {"member_id": self.ids[source]}
        else:
            text = self.codes[source].token if source in self.codes else source
            who = {"code_hash": self.hash_of(text)}
        wanted = {"key": uuid7(), "caller_id": CALLER, "terms": self.terms, **more}
        return new_authorisation(merchant_id=self.ids[merchant], amount=amount, **who, **wanted)

    async def authorise(
        self, purchase: str, source: str, merchant: str, amount: int, **more: Any
    ) -> Outcome:
        """Authorise a purchase and remember it."""
        command = self.authorisation(source, merchant, amount, **more)
        (outcome,) = await self.run(AUTHORISE, command)
        self.purchases[purchase] = outcome.entry_id, self.ids[merchant]
        return outcome

    def of(self, purchase: str) -> dict[str, Any]:
        """What every later command of a purchase carries."""
        redemption_id, merchant_id = self.purchases[purchase]
        return {
            "key": uuid7(),
            "caller_id": CALLER,
            "redemption_id": redemption_id,
            "merchant_id": merchant_id,
        }

    async def capture(self, purchase: str, amount: int | None = None, **more: Any) -> Outcome:
        command = new_capture(**{**self.of(purchase), "amount": amount, **more})
        (outcome,) = await self.run(CAPTURE, command)
        return outcome

    async def void(self, purchase: str, **more: Any) -> Outcome:
        (outcome,) = await self.run(VOID_PURCHASE, new_void(**{**self.of(purchase), **more}))
        return outcome

    async def refund(self, purchase: str, amount: int | None = None, **more: Any) -> Outcome:
        wanted = {**self.of(purchase), "amount": amount, "terms": self.terms, **more}
        (outcome,) = await self.run(REFUND, new_refund(**wanted))
        return outcome

    async def expire(self) -> list[Outcome]:
        """The job that releases what is overdue."""
        outcomes: list[Outcome] = await self.write(
            lambda conn: expire_purchases(conn, tenant_id=self.tenant_id, caller_id=CALLER)
        )
        return outcomes

    async def balance(self, name: str, account_code: str) -> int:
        """1/100 points on an account."""
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            (account,) = await get_accounts(
                conn,
                tenant_id=self.tenant_id,
                names=[AccountName("SP", account_code, self.ids[name])],
            )
            (found,) = await list_balances(
                conn, tenant_id=self.tenant_id, account_ids=[account.account_id]
            )
            return found.balance

    async def expiring(self, member: str) -> dict[date, int]:
        """Available points by their last day."""
        async with read_transaction(self.engine, tenant_id=self.tenant_id) as conn:
            (account,) = await get_accounts(
                conn,
                tenant_id=self.tenant_id,
                names=[AccountName("SP", "2101", self.ids[member])],
            )
            found = await list_expiring(
                conn, tenant_id=self.tenant_id, account_id=account.account_id
            )
            return {item.expires_on: item.amount for item in found}

    async def refusal(self, action: Any) -> str:
        """``ok``, or the code of the refusal, whether it is an outcome or an error."""
        try:
            outcome = await action
        except LedgerError as error:
            return error.code
        return getattr(outcome, "refusal", None) or "ok"


async def create_market(engine: AsyncEngine) -> Market:
    """V1 with 100.00 points and V2 with none; merchants M1 and M2 at 10 fen a point."""
    programme = await write_transaction(
        engine,
        lambda conn: create_programme(
            conn, name="春江社区", created_by=CALLER, first_period=CONTRACT_FROM
        ),
    )
    market = Market(engine, programme.tenant_id)
    for name in ("V1", "V2"):
        await market.add_member(name)
    for name in ("M1", "M2"):
        await market.add_merchant(name)
    await market.give("V1", 10000)
    return market


def noon(day: date) -> datetime:
    """Midday in Shanghai."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=SHANGHAI)


def days_ago(days: int) -> datetime:
    """The same time of day, earlier."""
    return now() - timedelta(days=days)
