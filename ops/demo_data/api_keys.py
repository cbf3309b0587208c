"""The API keys of the demo: a connected system, one of the staff, and a merchant's till."""

from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ledger.database import write_transaction
from ledger.foundation.api_keys import create_api_key
from ledger.foundation.grants import grant_role
from ops.demo_data.built import BuiltDistrict
from ops.demo_data.people import SYSTEM

#: What the key of the staff is limited to.
STAFF_SCOPES = ("accounts.read", "members.read", "merchants.read", "redemptions.authorise")


class DemoKeys(msgspec.Struct, frozen=True):
    """Secrets of the keys, all of the first programme."""

    #: Role integration.
    system: str
    #: Whoever signs in as staff.
    staff: str
    #: The till of the merchant whose operator signs in.
    till: str


async def make_api_keys(engine: AsyncEngine, built: BuiltDistrict) -> DemoKeys:
    """One key of each kind."""
    first = built.programmes[0]

    async def of_system(
        conn: AsyncConnection, name: str, role: str, object_id: UUID | None = None
    ) -> str:
        made = await create_api_key(conn, name=name, created_by=SYSTEM)
        await grant_role(
            conn,
            caller_id=made.key.caller_id,
            role=role,
            tenant_id=first.tenant.tenant_id,
            object_id=object_id,
            granted_by=SYSTEM,
        )
        return made.secret

    async def make(conn: AsyncConnection) -> DemoKeys:
        staff = await create_api_key(
            conn,
            name="演示工作人员",
            created_by=SYSTEM,
            caller_id=first.verifier.caller_id,
            scopes=STAFF_SCOPES,
        )
        merchant = first.shops[0].merchant
        return DemoKeys(
            system=await of_system(conn, "演示对接系统", "integration"),
            staff=staff.secret,
            till=await of_system(conn, "演示收银机", "merchant_operator", merchant.merchant_id),
        )

    return await write_transaction(engine, make)
