"""Rules of a unit that is split: what waits stays readable, and the next ask finds its place."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from api.edge import Edge
from ledger.clock import today
from ledger.database import write_transaction
from ledger.foundation.org_unit_changes import NewUnit, split_org_unit
from ledger.foundation.org_units import create_org_unit
from ledger.foundation.organisations import Tenant
from ledger.journeys.enrolment import create_programme
from tests.api.world import SYSTEM, World
from tests.web.people import admit, signed_in
from tests.web.test_approval_pages import admin, send
from tests.web.visitors import look_and_ask

RULE = "service.objection_days"
BEFORE, SPLIT = today() + timedelta(days=5), today() + timedelta(days=10)
TYPED = {"value": "9", "document_no": "民〔2026〕7号", "reason": "统一"}


class Town(NamedTuple):
    """A community with a programme."""

    unit: UUID
    programme: Tenant

    @property
    def page(self) -> str:
        """The rule, in the programme."""
        return f"/programmes/{self.programme.public_id}/staff/policies/{RULE}"


@pytest.fixture
async def town(world: World) -> Town:
    async def make(conn: AsyncConnection) -> Town:
        unit = await create_org_unit(
            conn, level="district", name="梧桐里", valid_from=today() - timedelta(days=30)
        )
        programme = await create_programme(
            conn,
            name="梧桐里",
            created_by=SYSTEM,
            first_period=today().replace(day=1),
            org_unit_id=unit.org_unit_id,
        )
        return Town(unit.org_unit_id, programme)

    return await write_transaction(world.engine, make)


async def split(world: World, town: Town) -> None:
    async def end(conn: AsyncConnection) -> None:
        parts = [NewUnit("梧桐东里"), NewUnit("梧桐西里")]
        await split_org_unit(
            conn, org_unit_id=town.unit, into=parts, valid_from=SPLIT, caller_id=SYSTEM
        )

    await write_transaction(world.engine, end)


async def test_a_rule_that_waits_for_a_unit_that_ends_is_read_and_declined_or_withdrawn(
    app: Edge, world: World, town: Town
) -> None:
    await admin(world, "first")
    asks = await admit(world, "community_staff", town.programme)
    decides = await admit(world, "subdistrict_staff", town.programme)
    async with (
        signed_in(app, "first") as first,
        signed_in(app, asks) as maker,
        signed_in(app, decides) as checker,
    ):
        waiting = []
        for value in ("9", "8", "7"):
            typed = {**TYPED, "value": value, "valid_from": str(SPLIT)}
            waiting.append((await look_and_ask(maker, town.page, typed)).headers["location"])
        assert (await send(checker, waiting[2], act="approved")).is_redirect
        change = {"main": "梧桐东里", "others": "梧桐西里", "reason": "区划调整"}
        page = f"/admin/org-units/{town.unit}/split"
        told = await send(first, page, valid_from=str(SPLIT), **change)
        assert "有 2 项规则变更在等待批准" in told.text
        told = await send(first, page, valid_from=str(SPLIT + timedelta(days=1)), **change)
        assert "规则变更在等待批准" not in told.text, "those hold before the unit ends"
        await split(world, town)
        for browser in (maker, checker):
            shown = await browser.get(waiting[0])
            assert shown.status_code == 200
            assert "这项规则批不了" in shown.text
            assert 'value="approved"' not in shown.text
        refused = await send(checker, waiting[0], act="approved")
        assert (refused.status_code, "申请仍在等待" in refused.text) == (409, True)
        assert (await send(checker, waiting[0], act="declined", reason="区划变了")).is_redirect
        assert (await send(maker, waiting[1], act="withdrawn")).is_redirect
        decided = await checker.get(waiting[2])
        assert (decided.status_code, "批不了" in decided.text) == (200, False)


async def test_a_rule_is_asked_for_in_the_unit_that_stands_on_its_day(
    app: Edge, world: World, town: Town
) -> None:
    await admin(world, "first")
    await split(world, town)
    asks = await admit(world, "community_staff", town.programme)
    decides = await admit(world, "subdistrict_staff", town.programme)
    on_platform = f"/admin/policies/{RULE}?unit={town.unit}"
    async with (
        signed_in(app, asks) as maker,
        signed_in(app, decides) as checker,
        signed_in(app, "first") as first,
    ):
        before = await send(maker, town.page, act="look", valid_from=str(BEFORE), **TYPED)
        assert "接替" not in before.text
        after = await send(maker, town.page, act="look", valid_from=str(SPLIT), **TYPED)
        assert "届时“梧桐东里”接替它" in after.text
        asked = await look_and_ask(maker, town.page, {**TYPED, "valid_from": str(SPLIT)})
        assert "梧桐东里" in (await checker.get(asked.headers["location"])).text
        assert (await send(checker, asked.headers["location"], act="approved")).is_redirect
        for act in ("look", "ask"):
            refused = await send(first, on_platform, act=act, valid_from=str(SPLIT), **TYPED)
            assert refused.status_code == 422, act
            assert 'id="valid_from-problem"' in refused.text
            assert "请选更早的日期" in refused.text
            assert "民〔2026〕7号" in refused.text, "what was typed stays"
        fine = await look_and_ask(first, on_platform, {**TYPED, "valid_from": str(BEFORE)})
        assert fine.is_redirect
