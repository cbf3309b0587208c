"""Build the demo: plan the history up to now, found the district, carry the plans out, close."""

import asyncio
from pathlib import Path

import msgspec
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.foundation.personal_data import PersonalDataKeys
from ops.demo_data.api_keys import DemoKeys, make_api_keys
from ops.demo_data.built import BuiltDistrict
from ops.demo_data.closing import close_months
from ops.demo_data.days import Span
from ops.demo_data.district import DistrictPlan, Shape, plan_district
from ops.demo_data.founding import found_district
from ops.demo_data.people import Crowd
from ops.demo_data.programme_money import run_money
from ops.demo_data.progress import Progress
from ops.demo_data.running_programmes import run_programme
from ops.demo_data.running_stars import run_branch
from ops.demo_data.running_trusts import run_estate, write_fresh_file
from ops.demo_data.services import plan_services
from ops.demo_data.sign_ins import SignIn, make_sign_ins
from ops.demo_data.spending_points import Window, plan_windows
from ops.demo_data.stars import StarMonth, plan_stars
from ops.demo_data.trust_events import TrustPlan
from ops.demo_data.trust_year import BankPeriod, bank_periods, plan_trust
from ops.demo_data.waiting_approvals import ask_for_approvals


class History(msgspec.Struct, frozen=True):
    """Everything that will happen, programme by programme and estate by estate."""

    district: DistrictPlan
    windows: tuple[list[Window], ...]
    #: Of the first programme's first branch.
    stars: list[StarMonth]
    trusts: tuple[TrustPlan, ...]
    periods: tuple[list[BankPeriod], ...]

    def steps(self) -> int:
        """How much work it is, as `Progress` counts it."""
        in_programmes = sum(
            len(window.services) + len(window.conversions) + len(window.purchases)
            for windows in self.windows
            for window in windows
        )
        of_stars = sum(len(month.claims) for month in self.stars)
        in_trusts = sum(len(trust.events) for trust in self.trusts)
        at_banks = sum(len(p.movements) for periods in self.periods for p in periods[:-1])
        members = sum(len(programme.members) for programme in self.district.programmes)
        return members + in_programmes + of_stars + in_trusts + at_banks


class Demo(msgspec.Struct, frozen=True):
    """What was built, and what its visitors need."""

    district: BuiltDistrict
    sign_ins: list[SignIn]
    #: Bank files that wait to be imported.
    files: list[Path]
    api_keys: DemoKeys


def plan_history(shape: Shape, span: Span) -> History:
    """The whole history as a plan; touches nothing."""
    district = plan_district(shape)
    trusts = tuple(plan_trust(estate, span) for estate in district.estates)
    return History(
        district,
        windows=tuple(
            plan_windows(programme, plan_services(programme, span), span)
            for programme in district.programmes
        ),
        stars=plan_stars(district.programmes[0], span),
        trusts=trusts,
        periods=tuple(
            bank_periods(estate, trust, span)
            for estate, trust in zip(district.estates, trusts, strict=True)
        ),
    )


async def build_demo(
    engine: AsyncEngine, *, shape: Shape, span: Span, keys: PersonalDataKeys, files: Path
) -> Demo:
    """Build everything into an empty database; bank files to import go into `files`.

    Raises:
        PlanRefused: the books refused something planned.
    """
    history = plan_history(shape, span)
    progress = Progress(history.steps())
    progress.begin("人员与机构 people and organisations")
    built = await found_district(
        engine, history.district, history.trusts, first=span.first, keys=keys, progress=progress
    )
    progress.begin("一年的账 a year of entries")
    running = [
        run_programme(engine, programme, windows, span, progress)
        for programme, windows in zip(built.programmes, history.windows, strict=True)
    ]
    running += [run_money(engine, programme, span) for programme in built.programmes]
    running.append(run_branch(engine, built.programmes[0], history.stars, span, progress))
    for estate, trust, periods in zip(built.estates, history.trusts, history.periods, strict=True):
        running.append(run_estate(engine, estate, trust, periods, span, keys, progress))
    await asyncio.gather(*running)
    progress.begin("结账 closing the months")
    await close_months(engine, built, span)
    fresh = [
        write_fresh_file(estate, periods[-1], files)
        for estate, periods in zip(built.estates, history.periods, strict=True)
    ]
    newcomers = Crowd(iter(history.district.newcomers), keys)
    sign_ins = await make_sign_ins(engine, built, newcomers)
    await ask_for_approvals(engine, built.programmes[0], built.estates[0])
    api_keys = await make_api_keys(engine, built)
    progress.finish()
    return Demo(built, sign_ins, fresh, api_keys)
