"""A name stands once in a programme: what nobody can tell apart is one name, or none."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.errors import InvalidInput
from ledger.foundation.groups import GroupNameTaken, create_group
from ledger.foundation.organisations import MerchantNameTaken, create_merchant
from ledger.foundation.partners import PartnerNameTaken, create_partner
from ledger.foundation.terminals import create_terminal
from tests.community import KEYS, Community, create_community

SHOP = "福满多便利戶店"
SAME = ("福满多便利戶店 ", "\u3000福满多便利戶店", "福满多便利⼾店")
UNSEEN = (
    "福满多便利戶店\ufe00",
    "福满多便利戶店\u034f",
    "福\U000e0100满多便利戶店",
    "福满多便利戶店\u180b",
)


@pytest.fixture
async def community(engine: AsyncEngine) -> Community:
    made = await create_community(engine)
    await made.enrol("王芳")
    return made


async def test_a_name_that_looks_the_same_is_taken_or_is_none(community: Community) -> None:
    caller = await community.clerk("社工")
    leader = community.members["王芳"].member_id
    kinds: list[tuple[Any, Any, dict[str, Any]]] = [
        (create_merchant, MerchantNameTaken, {}),
        (create_partner, PartnerNameTaken, {"kind": "shop", "caller_id": caller}),
        (
            create_group,
            GroupNameTaken,
            {"leader_member_id": leader, "caller_id": caller, "keys": KEYS},
        ),
    ]
    for create, taken, more in kinds:
        await community.run(create, name=f" {SHOP}", **more)
        for name in SAME:
            with pytest.raises(taken):
                await community.run(create, name=name, **more)
        for name in UNSEEN:
            with pytest.raises(InvalidInput, match="nobody can see"):
                await community.run(create, name=name, **more)
        await community.run(create, name="ＡＢＣ 店", **more)
        with pytest.raises(taken):
            await community.run(create, name="ABC\u00a0 店", **more)


async def test_a_till_is_called_by_what_can_be_seen(community: Community) -> None:
    shop = await community.run(create_merchant, name="\u3000便利⼾店 ")
    assert shop.name == "便利戶店"
    facts = {"merchant_id": shop.merchant_id, "caller_id": await community.clerk("社工")}
    till = await community.run(create_terminal, number="A1", name=" 前  台 ", **facts)
    assert till.name == "前 台"
    for number, name in (("A2\ufe00", "后台"), ("A2", "后\u034f台"), ("A2", "后\u0301台")):
        with pytest.raises(InvalidInput):
            await community.run(create_terminal, number=number, name=name, **facts)
