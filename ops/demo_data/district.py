"""The district: three communities and their programmes, shops, branches, and two estates."""

import msgspec

from ops.demo_data.chance import chance_for, percent
from ops.demo_data.estates import ESTATES, EstatePlan, plan_estate
from ops.demo_data.names import iter_names, phone_number

DISTRICT, SUBDISTRICT = "兰汀区", "清荷街道"
_PARTY_SHARE_PERCENT = 25


class Shape(msgspec.Struct, frozen=True):
    """How much of the district is built."""

    programmes: int
    estates: int
    members: int
    merchants: int
    months: int
    #: Buildings of each estate; None: all it has.
    buildings: int | None = None


FULL = Shape(programmes=3, estates=2, members=300, merchants=12, months=12)
SMALL = Shape(programmes=1, estates=1, members=20, merchants=3, months=2, buildings=1)


class ShopPlan(msgspec.Struct, frozen=True):
    """A merchant: its contract and what it sells. Points in 1/100."""

    name: str
    fen_per_100_points: int
    discount_share_bp: int
    refunds_allowed: bool
    opens: int
    closes: int
    prices: tuple[int, ...]


class MemberPlan(msgspec.Struct, frozen=True):
    """A member of one programme."""

    number: int
    name: str
    phone: str
    #: 0: rarely helps; 3: is there every other week; 4: nearly every third day.
    activity: int
    in_party: bool


class ProgrammePlan(msgspec.Struct, frozen=True):
    """A community and its programme."""

    key: str
    community: str
    name: str
    members: tuple[MemberPlan, ...]
    shops: tuple[ShopPlan, ...]
    branches: tuple[str, ...]

    def party_members(self) -> tuple[MemberPlan, ...]:
        """Members of a Party branch."""
        return tuple(member for member in self.members if member.in_party)


class DistrictPlan(msgspec.Struct, frozen=True):
    """Everything there is on the first day."""

    shape: Shape
    programmes: tuple[ProgrammePlan, ...]
    estates: tuple[EstatePlan, ...]
    #: Names for staff, shopkeepers and committees, in the order they are needed.
    other_names: tuple[str, ...]
    #: Names for those who come when the history is over: auditors, owners, guardians.
    newcomers: tuple[str, ...]


COMMUNITIES = ("梧桐里社区", "荷风社区", "石桥社区")

_SHOPS = (
    ShopPlan("福满多便利店", 1000, 0, True, 7, 22, (300, 500, 800, 1200, 2000)),
    ShopPlan("老李理发店", 1000, 2000, False, 9, 19, (1000, 1500, 2500)),
    ShopPlan("康宁大药房", 1000, 1000, False, 8, 21, (600, 900, 1500, 2800)),
    ShopPlan("早安豆浆铺", 1000, 0, False, 6, 11, (200, 300, 500, 600)),
    ShopPlan("好邻居生鲜", 1000, 500, True, 7, 20, (500, 800, 1500, 2200)),
    ShopPlan("洁丽洗衣店", 1000, 1500, False, 9, 19, (800, 1500, 2000)),
    ShopPlan("阿强家电维修", 1000, 2000, False, 9, 18, (1500, 3000, 4500)),
    ShopPlan("荷塘书屋", 1000, 1000, True, 10, 20, (1000, 1800, 2600)),
    ShopPlan("桥头面馆", 1000, 0, False, 7, 20, (800, 1000, 1200)),
    ShopPlan("小陈修锁配匙", 1000, 1000, False, 8, 18, (300, 500, 2500)),
    ShopPlan("果香园水果店", 1000, 500, True, 8, 22, (500, 1000, 1600, 2400)),
    ShopPlan("麦香面包房", 1000, 0, True, 7, 21, (400, 700, 1200)),
)
_BRANCHES = ("第一党支部", "第二党支部")
_OTHERS, _NEWCOMERS = 80, 20


def plan_district(shape: Shape) -> DistrictPlan:
    """The district in a given size; the same every time."""
    names = iter_names(chance_for("people"))
    counts = _shares(shape.members, shape.programmes)
    shops = _shares(shape.merchants, shape.programmes)
    programmes = []
    for place, community in enumerate(COMMUNITIES[: shape.programmes]):
        before, shops_before = sum(counts[:place]), sum(shops[:place])
        chance = chance_for("members", community)
        members = tuple(
            MemberPlan(
                number=number,
                name=next(names),
                phone=phone_number(before + number),
                activity=chance.choices((0, 1, 2, 3), weights=(2, 4, 3, 1))[0]
                if before + number
                else 4,
                in_party=number > 0 and percent(chance, _PARTY_SHARE_PERCENT),
            )
            for number in range(counts[place])
        )
        programmes.append(
            ProgrammePlan(
                key=f"programme-{place + 1}",
                community=community,
                name=f"{community}时间银行",
                members=members,
                shops=_SHOPS[shops_before : shops_before + shops[place]],
                branches=tuple(f"{community}{name}" for name in _BRANCHES),
            )
        )
    owners = iter_names(chance_for("owners"))
    return DistrictPlan(
        shape=shape,
        programmes=tuple(programmes),
        estates=tuple(
            plan_estate(form, owners, shape.buildings) for form in ESTATES[: shape.estates]
        ),
        other_names=tuple(next(names) for _ in range(_OTHERS)),
        newcomers=tuple(next(names) for _ in range(_NEWCOMERS)),
    )


def _shares(total: int, parts: int) -> list[int]:
    """A whole number in parts as equal as can be, the larger ones first."""
    whole, rest = divmod(total, parts)
    return [whole + (place < rest) for place in range(parts)]
