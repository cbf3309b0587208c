"""The installation's secret is replaced while two processes serve: nothing anybody does fails."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.edge import Edge
from ledger.clock import today
from ledger.database import execute, fetch_all, read_transaction, write_transaction
from ledger.foundation.people import PersonalDetails, create_person, find_people_by_phone
from ledger.foundation.personal_data import PersonalDataKeys, PersonalDataUnreadable
from ledger.foundation.secrets import SecretRing
from ops.cli.frame import CommandFailed
from ops.key_uses import check_unused, list_uses, put_under_current
from ops.secret_file import write_secrets
from reconciliation.bank_accounts import (
    account_no_digests,
    find_bank_accounts,
    list_bank_accounts,
    register_bank_account,
)
from tests.api.actors import Actor
from tests.api.world import (
    SECRET,
    SYSTEM,
    World,
    client_of,
    create_world,
    running_app,
)
from tests.database_server import Database
from tests.web.visitors import hidden, home_of, sign_in, visitor

NEW = "another secret of the tests, long enough to be one"
ACCOUNT_NO = "3100 6512 3456 7890"
KNOWN_PHONE = "13800138000"
PEOPLE = 250


async def people_of_before(engine: AsyncEngine) -> None:
    """People of the time before, the last without an id of the secret, as older rows are."""
    old = PersonalDataKeys(SECRET)

    async def create(conn: AsyncConnection) -> None:
        for number in range(PEOPLE):
            details = PersonalDetails(
                phone=str(int(KNOWN_PHONE) + number), id_number=f"11010119900307{number:04d}"
            )
            await create_person(conn, display_name="孙七", keys=old, details=details)
        await execute(conn, "UPDATE foundation.person SET key_id = NULL WHERE person_id % 2 = 0")

    await write_transaction(engine, create)


class Neighbourhood:
    """What people go on doing, each through either of two processes."""

    def __init__(self, world: World, apps: tuple[Edge, Edge]) -> None:
        self.world, self.apps = world, apps
        self.done: Counter[str] = Counter()

    def keys(self, which: int) -> PersonalDataKeys:
        found: PersonalDataKeys = self.apps[which].app.state.service.personal_keys
        return found

    async def actor(self, which: int, role: str, object_id: Any = None) -> Actor:
        secret = await self.world.key(role, object_id=object_id)
        return Actor(client_of(self.apps[which], secret), self.world.base)

    async def signs_in(self, which: int) -> None:
        async with visitor(self.apps[which]) as browser:
            assert (await sign_in(browser)).status_code == 303

    async def sends_a_form_opened_elsewhere(self, browsers: list[httpx.AsyncClient]) -> None:
        page = f"{home_of(self.world)}/code"
        opened = await browsers[0].get(page)
        browsers[1].cookies = browsers[0].cookies
        sent = await browsers[1].post(page, data=hidden(opened))
        assert sent.status_code == 200, sent.text

    async def enrols(self, which: int, staff: list[Actor]) -> None:
        phone = f"139{self.done['enrolled']:08d}"
        made = await staff[which].do("/members", {"display_name": "周八", "phone": phone})
        async with read_transaction(self.world.engine) as conn:
            found = await find_people_by_phone(conn, phone=phone, keys=self.keys(1 - which))
        assert [one.volunteer_no for one in found] == [made["volunteer_no"]]
        self.done["enrolled"] += 1

    async def looks_up(self, which: int) -> None:
        async with read_transaction(self.world.engine) as conn:
            assert await find_people_by_phone(conn, phone=KNOWN_PHONE, keys=self.keys(which))
        async with read_transaction(self.world.engine, tenant_id=self.estate_id) as conn:
            digests = account_no_digests(self.keys(which), ACCOUNT_NO.replace(" ", ""))
            assert await find_bank_accounts(conn, tenant_id=self.estate_id, digests=digests)

    @property
    def estate_id(self) -> int:
        return self.world.estate.tenant_id

    async def redeems(self, which: int, members: list[Actor], tills: list[Actor]) -> None:
        code = await members[which].do(
            "/redemption-codes", {"member_id": str(self.world.member.member_id)}
        )
        shown = code["token"] if self.done["redeemed"] % 2 else code["digits"]
        order = {
            "merchant_id": str(self.world.merchant.merchant_id), "code": shown, "amount": 100
        }  # fmt: skip
        await tills[1 - which].do("/redemptions", order)
        self.done["redeemed"] += 1


async def test_nothing_fails_while_the_secret_is_replaced(
    engine: AsyncEngine, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "secret-key"
    write_secrets(file, [SECRET])
    world = await create_world(engine)
    await people_of_before(engine)
    await write_transaction(
        engine,
        lambda conn: register_bank_account(
            conn,
            tenant_id=world.estate.tenant_id,
            bank="工商银行",
            account_name="幸福里",
            account_no=ACCOUNT_NO,
            keys=PersonalDataKeys(SECRET),
            caller_id=SYSTEM,
        ),
        tenant_id=world.estate.tenant_id,
    )
    settings = {"secret_key_file": str(file)}
    async with (
        running_app(database.service_url, **settings) as first,
        running_app(database.service_url, **settings) as second,
    ):
        life = Neighbourhood(world, (first, second))
        one_round = await everyday(life)
        await one_round()
        for secrets in ([SECRET, NEW], [NEW, SECRET]):
            write_secrets(file, secrets)
            await until_known(life, secrets, one_round)
        ring = SecretRing([NEW, SECRET])
        with pytest.raises(CommandFailed, match="still under an old secret"):
            check_unused(await list_uses(engine, ring), at_once=True)
        await asyncio.gather(put_under_current(engine, ring), one_round())
        await put_under_current(engine, ring)
        uses = await list_uses(engine, ring)
        assert [(one.state, one.bank_accounts) for one in uses] == [("current", 1), ("accepted", 0)]
        with pytest.raises(CommandFailed, match="last day"):
            check_unused(uses, at_once=False)
        check_unused(uses, at_once=True)
        write_secrets(file, [NEW])
        await until_known(life, [NEW], one_round)
        await one_round()
    assert life.done["enrolled"] == life.done["redeemed"] > 4
    await nothing_opens_with_the_old_secret(engine)


async def everyday(life: Neighbourhood) -> Callable[[], Awaitable[None]]:
    """One round of everything, from either process to the other, all at once."""
    world = life.world
    staff = [await life.actor(which, "community_staff") for which in (0, 1)]
    members = [await life.actor(which, "volunteer", world.member.member_id) for which in (0, 1)]
    tills = [
        await life.actor(which, "merchant_operator", world.merchant.merchant_id) for which in (0, 1)
    ]
    browsers = [visitor(life.apps[0]), visitor(life.apps[1])]
    assert (await sign_in(browsers[0])).status_code == 303
    await staff[0].do(
        f"/merchants/{world.merchant.merchant_id}/contracts",
        {"valid_from": today().isoformat(), "fen_per_100_points": 1000},
    )
    await world.give(100_000, "SP")

    async def one_round() -> None:
        for which in (0, 1):
            await asyncio.gather(
                life.signs_in(which),
                life.sends_a_form_opened_elsewhere(browsers),
                life.enrols(which, staff),
                life.looks_up(which),
            )
            await life.redeems(which, members, tills)

    return one_round


async def until_known(
    life: Neighbourhood, secrets: list[str], one_round: Callable[[], Awaitable[None]]
) -> None:
    """Life goes on, until both processes have seen the change of the file."""
    expected = SecretRing(secrets).key_ids()
    while any(app.app.state.service.secrets.key_ids() != expected for app in life.apps):
        await one_round()


async def nothing_opens_with_the_old_secret(engine: AsyncEngine) -> None:
    old, new = PersonalDataKeys(SECRET), PersonalDataKeys(NEW)
    async with read_transaction(engine) as conn:
        rows = await fetch_all(
            conn, "SELECT data_key, phone_sealed FROM foundation.person WHERE phone_sealed NOTNULL"
        )
        assert len(rows) > PEOPLE
        for row in rows:
            assert new.open(row.data_key, "phone", row.phone_sealed)
            with pytest.raises(PersonalDataUnreadable):
                old.open(row.data_key, "phone", row.phone_sealed)
        assert not await find_people_by_phone(conn, phone=KNOWN_PHONE, keys=old)


async def test_an_account_whose_number_was_never_kept_holds_the_old_secret(
    engine: AsyncEngine,
) -> None:
    world = await create_world(engine)
    tenant_id = world.estate.tenant_id

    async def register(conn: AsyncConnection) -> None:
        await register_bank_account(
            conn,
            tenant_id=tenant_id,
            bank="工商银行",
            account_name="幸福里",
            account_no=ACCOUNT_NO,
            keys=PersonalDataKeys(SECRET),
            caller_id=SYSTEM,
        )
        await execute(
            conn,
            "UPDATE reconciliation.bank_account SET account_no_sealed = NULL, key_id = NULL"
            " WHERE tenant_id = $1",
            tenant_id,
        )

    await write_transaction(engine, register, tenant_id=tenant_id)
    ring = SecretRing([NEW, SECRET])
    await put_under_current(engine, ring)
    with pytest.raises(CommandFailed, match="1 bank accounts"):
        check_unused(await list_uses(engine, ring), at_once=True)
    async with read_transaction(engine, tenant_id=tenant_id) as conn:
        (account,) = await list_bank_accounts(conn, tenant_id=tenant_id)
    assert account.account_no_last4 == "7890"
