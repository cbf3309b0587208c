"""Two estates under trust: their households, suppliers, contracts and bank accounts."""

from collections.abc import Iterator

import msgspec

from ops.demo_data.chance import chance_for


class Supplier(msgspec.Struct, frozen=True):
    """Who is paid out of the trust, for what, and about how much a month. Fen."""

    name: str
    expense: str
    purpose: str
    monthly_fen: int
    #: How far a month may be from another, in percent; 0: a fixed price.
    varies_percent: int = 0
    #: Paid every so many months.
    every_months: int = 1


class EstateForm(msgspec.Struct, frozen=True, kw_only=True):
    """An estate on paper."""

    key: str
    name: str
    community: int
    buildings: int
    entrances: int
    floors: int
    doors: int
    fee_fen_per_square_metre: int
    areas: tuple[int, ...]
    bank: str
    bank_account_no: str
    #: Layout of the bank's files: icbc or camt053.
    statement_form: str
    trustee: str
    opening_fen: int
    parking_fen: int
    advertising_fen: int
    site_rent_fen: int
    suppliers: tuple[Supplier, ...]


class Household(msgspec.Struct, frozen=True):
    """A dwelling, who owns it, and what it owes every month."""

    building: str
    entrance: str
    number: str
    square_metres: int
    owner: str
    monthly_fen: int
    bank_account_no: str

    @property
    def room(self) -> str:
        """The address within the estate as people say it."""
        return f"{self.building}栋{self.entrance}单元{self.number}"


class EstatePlan(msgspec.Struct, frozen=True):
    """An estate with its households."""

    form: EstateForm
    households: tuple[Household, ...]

    @property
    def account_name(self) -> str:
        """The name the bank knows the co-managed account by."""
        return f"{self.form.name}业主共管账户"


ESTATES = (
    EstateForm(
        key="estate-1",
        name="梧桐花园小区",
        community=0,
        buildings=3,
        entrances=2,
        floors=7,
        doors=2,
        fee_fen_per_square_metre=180,
        areas=(68, 76, 89, 98, 112, 128),
        bank="中国工商银行",
        bank_account_no="4301020009200876543",
        statement_form="icbc",
        trustee="安和物业服务有限公司",
        opening_fen=6_643_127,
        parking_fen=920_000,
        advertising_fen=750_000,
        site_rent_fen=260_000,
        suppliers=(
            Supplier("宁安保安服务有限公司", "5105", "秩序维护费", 640_000),
            Supplier("清源保洁服务有限公司", "5103", "保洁费", 360_000),
            Supplier("恒达电梯工程有限公司", "5102", "电梯维保费", 180_000),
            Supplier("兰汀供电公司", "5102", "公共用电", 310_000, varies_percent=25),
            Supplier("绿野园林有限公司", "5104", "绿化养护费", 160_000),
            Supplier("兰汀水务有限公司", "5102", "公共用水", 62_000, varies_percent=30),
            Supplier("鼎盛消防设备有限公司", "5102", "消防设施检修", 280_000, every_months=3),
            Supplier("众信会计师事务所", "5502", "审计费", 600_000, every_months=12),
        ),
    ),
    EstateForm(
        key="estate-2",
        name="荷风苑小区",
        community=1,
        buildings=2,
        entrances=2,
        floors=6,
        doors=2,
        fee_fen_per_square_metre=145,
        areas=(62, 74, 85, 96),
        bank="中国银行",
        bank_account_no="341568290017",
        statement_form="camt053",
        trustee="邻里和物业服务有限公司",
        opening_fen=3_118_460,
        parking_fen=280_000,
        advertising_fen=210_000,
        site_rent_fen=120_000,
        suppliers=(
            Supplier("平安里保安服务有限公司", "5105", "秩序维护费", 280_000),
            Supplier("净美保洁服务有限公司", "5103", "保洁费", 180_000),
            Supplier("兰汀供电公司", "5102", "公共用电", 96_000, varies_percent=25),
            Supplier("绿野园林有限公司", "5104", "绿化养护费", 80_000),
            Supplier("兰汀水务有限公司", "5102", "公共用水", 31_000, varies_percent=30),
            Supplier("鼎盛消防设备有限公司", "5102", "消防设施检修", 150_000, every_months=3),
        ),
    ),
)


def plan_estate(form: EstateForm, names: Iterator[str], buildings: int | None) -> EstatePlan:
    """The estate, or so many of its buildings, with an owner in every dwelling."""
    chance = chance_for("households", form.key)
    places = (
        (building, entrance, floor, door)
        for building in range(1, (buildings or form.buildings) + 1)
        for entrance in range(1, form.entrances + 1)
        for floor in range(1, form.floors + 1)
        for door in range(1, form.doors + 1)
    )
    households = []
    for building, entrance, floor, door in places:
        area = chance.choice(form.areas)
        household = Household(
            building=str(building),
            entrance=str(entrance),
            number=f"{floor}{door:02d}",
            square_metres=area,
            owner=next(names),
            monthly_fen=area * form.fee_fen_per_square_metre,
            bank_account_no=f"62220{chance.randrange(10**14):014d}",
        )
        households.append(household)
    return EstatePlan(form, tuple(households))
