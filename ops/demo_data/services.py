"""Services of a year: who helped whom, when, where, and when it was recorded and verified."""

from datetime import date, datetime, timedelta
from random import Random

import msgspec

from ops.demo_data.chance import chance_for, one_in, percent
from ops.demo_data.days import Span, at
from ops.demo_data.district import MemberPlan, ProgrammePlan

#: Days out of ten on which a member of each activity may help, and the chance of each in a hundred.
_HELPS = ((1, 2), (1, 8), (1, 17), (1, 50), (3, 85))
#: Minutes are credited in multiples of this; the rule time.rounding as it ships.
_ROUNDING_MINUTES = 30


class Category(msgspec.Struct, frozen=True):
    """A kind of service as the rule service.categories names it, with what is done."""

    code: str
    activities: tuple[str, ...]
    places: tuple[str, ...]
    minutes: tuple[int, ...]
    for_a_person: bool = False


_HOME, _HALL, _YARD = ("入户",), ("党群服务中心",), ("小区公共区域",)
_OFFICES = ("街道卫生服务中心", "银行网点")
_CATEGORIES = (
    Category("emotional_comfort", ("陪独居老人聊天", "电话问候"), _HOME, (60, 75, 90), True),
    Category("assistance", ("代买药品", "帮办医保手续", "维修灯具"), _HOME, (45, 60, 90), True),
    Category("escort", ("陪同就医", "陪同取养老金"), _OFFICES, (120, 150, 180), True),
    Category("culture_sports", ("合唱队排练", "广场舞领操"), ("社区文化活动室",), (60, 90, 120)),
    Category("health_education", ("量血压", "健康讲座"), _HALL, (60, 90, 120)),
    Category("risk_guidance", ("防诈骗宣传", "手机课堂"), _HALL, (60, 90)),
    Category("cleaning", ("楼道清理", "绿地捡拾", "垃圾分类引导"), _YARD, (60, 90, 120)),
    Category("patrol", ("平安巡逻", "消防通道检查"), ("小区及周边",), (120, 150)),
    Category("mediation", ("邻里调解",), ("居民议事厅",), (45, 90, 120)),
    Category("publicity", ("入户宣传", "张贴公告"), _YARD, (60, 90)),
)


class ServicePlan(msgspec.Struct, frozen=True):
    """One service. People by their number among the members."""

    member: int
    recipient: int | None
    category: str
    activity: str
    place: str
    started_at: datetime
    ended_at: datetime
    #: Recorded by the member, or by staff.
    recorded_by_member: bool
    recorded_at: datetime
    #: None: still to be verified.
    verified_at: datetime | None
    declined: bool = False

    @property
    def credited_minutes(self) -> int:
        """What the member will be credited with: one service a day is planned for each."""
        if self.declined or self.verified_at is None:
            return 0
        minutes = (self.ended_at - self.started_at) // timedelta(minutes=1)
        return minutes // _ROUNDING_MINUTES * _ROUNDING_MINUTES


def plan_services(programme: ProgrammePlan, span: Span) -> list[ServicePlan]:
    """The services of a programme up to now, in the order in which they were recorded."""
    chance = chance_for("services", programme.key)
    planned = []
    day = span.first
    while day <= span.today:
        for member in programme.members:
            times, share = _HELPS[member.activity]
            for on in chance.sample(range(10), times):
                if percent(chance, share):
                    service = _service(programme, member, day + timedelta(days=on), chance)
                    planned.append(service)
        day += timedelta(days=10)
    planned += _fresh(programme, span, chance)
    seen: set[tuple[int, date]] = set()
    kept = []
    for service in planned:
        member_day = (service.member, service.started_at.date())
        if span.has_passed(service.recorded_at) and member_day not in seen:
            seen.add(member_day)
            kept.append(_as_of_now(service, span))
    return sorted(kept, key=lambda service: service.recorded_at)


def _service(
    programme: ProgrammePlan, member: MemberPlan, day: date, chance: Random
) -> ServicePlan:
    category = chance.choice(_CATEGORIES)
    started_at = at(day, chance.randrange(8, 18), chance.choice((0, 15, 30, 45)))
    ended_at = started_at + timedelta(minutes=chance.choice(category.minutes))
    recipient = None
    if category.for_a_person:
        others = [other.number for other in programme.members if other.number != member.number]
        recipient = chance.choice(others)
    recorded_at = ended_at + timedelta(hours=chance.randrange(1, 30))
    verified_at = recorded_at + timedelta(hours=chance.randrange(4, 50))
    return ServicePlan(
        member=member.number,
        recipient=recipient,
        category=category.code,
        activity=chance.choice(category.activities),
        place=chance.choice(category.places),
        started_at=started_at,
        ended_at=ended_at,
        recorded_by_member=percent(chance, 60),
        recorded_at=recorded_at,
        verified_at=verified_at,
        declined=one_in(chance, 60),
    )


def _fresh(programme: ProgrammePlan, span: Span, chance: Random) -> list[ServicePlan]:
    """A few services of yesterday that wait to be verified."""
    members = chance.sample(programme.members, 3)
    yesterday = span.today - timedelta(days=1)
    fresh = (_service(programme, member, yesterday, chance) for member in members)
    return [
        msgspec.structs.replace(
            service,
            recorded_at=min(service.ended_at + timedelta(minutes=20), span.moment),
            verified_at=None,
        )
        for service in fresh
    ]


def _as_of_now(service: ServicePlan, span: Span) -> ServicePlan:
    if service.verified_at is None or span.has_passed(service.verified_at):
        return service
    return msgspec.structs.replace(service, verified_at=None)
