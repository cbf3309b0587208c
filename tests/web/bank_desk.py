"""An estate with a bank account before somebody who is signed in; March 2025 is its month."""

from datetime import date
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.books.accounts import AccountName, open_accounts
from ledger.database import write_transaction
from ledger.foundation.grants import grant_role
from ledger.foundation.organisations import Tenant
from ledger.journeys.enrolment import create_estate
from reconciliation.bank_accounts import register_bank_account
from tests.api.world import KEYS, SYSTEM, World
from tests.events.books import holder
from tests.reconciliation.bank_files import ACCOUNT, NAME, OPENING, ccb_csv, movement
from tests.reconciliation.estate import Estate, march
from tests.web.visitors import hidden

#: Two fees that the books know, one of a person they do not know, one that the bank took.
MARCH = [
    movement(5, 180_00, "王小明", "1栋3单元402物业费"),
    movement(6, 190_00, "张晓梅", "1栋2单元204物业费"),
    movement(7, 77_00, "赵敏", "赵敏 往来款"),
    movement(9, -5_00, "", "对公转账手续费", summary="手续费"),
]


class Desk:
    """A browser at the pages of one bank account."""

    def __init__(self, client: httpx.AsyncClient, tenant: Tenant, books: Estate) -> None:
        self.client = client
        self.books = books
        self.tenant = tenant
        self.home = f"/estates/{tenant.public_id}/bank-accounts/{books.account.bank_account_id}"

    async def see(self, path: str, **query: str) -> httpx.Response:
        """A page below the account's."""
        return await self.client.get(f"{self.home}{path}", params=query)

    async def upload(self, data: bytes, name: str = "march.csv") -> httpx.Response:
        """Send a file through the form and follow where it leads."""
        opened = await self.see("/import")
        return await self.client.post(
            f"{self.home}/import",
            data=hidden(opened),
            files={"file": (name, data, "text/csv")},
            follow_redirects=True,
        )

    async def send(self, path: str, **values: object) -> httpx.Response:
        """Open a page with a form and send it to the same address, followed."""
        opened = await self.see(path)
        return await self.client.post(
            f"{self.home}{path}",
            data={**hidden(opened), **values},
            follow_redirects=True,
        )


async def open_desk(client: httpx.AsyncClient, world: World, role: str = "auditor") -> Desk:
    """A new estate whose books hold two fees of March, with the signed-in person in a role."""

    async def make(conn: AsyncConnection) -> Tenant:
        tenant = await create_estate(
            conn, name="春晖苑", created_by=SYSTEM, first_period=date(2025, 1, 1)
        )
        await grant_role(
            conn,
            caller_id=world.person.caller_id,
            role=role,
            tenant_id=tenant.tenant_id,
            object_id=holder("unit") if role == "owner" else None,
            granted_by=SYSTEM,
        )
        return tenant

    tenant = await write_transaction(world.engine, make)

    async def register(conn: AsyncConnection) -> Estate:
        account = await register_bank_account(
            conn,
            tenant_id=tenant.tenant_id,
            bank="中国建设银行",
            account_name=NAME,
            account_no=ACCOUNT,
            keys=KEYS,
            caller_id=SYSTEM,
        )
        names = [AccountName("TR", code, holder("unit")) for code in ("1122", "2203")]
        await open_accounts(conn, tenant_id=tenant.tenant_id, names=names)
        return Estate(world.engine, tenant.tenant_id, account)

    books = await write_transaction(world.engine, register, tenant_id=tenant.tenant_id)
    await books.receive(date(2025, 2, 28), OPENING, "期初余额")
    await books.receive(march(4), 180_00, "1栋3单元402 王小明 2025年3月物业费")
    await books.receive(march(5), 190_00, "1栋2单元204 张晓梅 2025年3月物业费")
    return Desk(client, tenant, books)


def march_file(**more: object) -> bytes:
    """The bank's file of the month."""
    return ccb_csv(MARCH, **more)  # type: ignore[arg-type]


def ids_of(page: httpx.Response, before: str, after: str = "") -> list[UUID]:
    """Ids that stand in the addresses of a page between two texts."""
    found = [part.split('"')[0] for part in page.text.split(f'href="{before}')[1:]]
    return [UUID(one.removesuffix(after)) for one in found if one.endswith(after)]
