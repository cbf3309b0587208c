"""Rules with what they say today and later, in a programme, in a unit or on the whole platform."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from litestar import get
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may, may_on_platform
from api.web.approvals import approvals_home, place_here
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    language_of_page,
    read_uuid,
    show,
)
from api.web.policy_facts import coming_words
from api.web.policy_words import value_words
from api.web.texts import text
from ledger.clock import today
from ledger.database import read_transaction
from ledger.foundation.org_units import (
    OrgUnit,
    get_org_unit,
    get_unit_in_force,
    list_org_units,
)
from ledger.foundation.organisations import Tenant
from ledger.foundation.policies import SHIPPED, PolicyValue
from ledger.foundation.policy_rules import policy_rules
from ledger.foundation.policy_steps import PolicyStep, list_policy_steps

IN_PROGRAMME = "/programmes/{programme_id:uuid}/staff/policies"
ON_PLATFORM = "/admin/policies"
PROPOSE = "policies.propose"


class Area(NamedTuple):
    """Where rules are looked at: the unit of a programme, a unit chosen, or the whole platform."""

    unit: OrgUnit | None
    #: A programme that lies in no unit has the platform's rules and decides none itself.
    decides: bool = True

    @property
    def unit_id(self) -> UUID | None:
        """Its id; None: the whole platform."""
        return None if self.unit is None else self.unit.org_unit_id


def policies_home(call: GatedCall) -> str:
    """Where the rules of this place are listed."""
    return approvals_home(call).removesuffix("approvals") + "policies"


def address_in(call: GatedCall, area: Area, key: str = "") -> str:
    """The page of all rules there, or of one."""
    path = f"{policies_home(call)}/{key}" if key else policies_home(call)
    chosen = call.tenant_or_none is None and area.unit_id is not None
    return f"{path}?unit={area.unit_id}" if chosen else path


async def area_asked(conn: AsyncConnection, request: PageRequest, call: GatedCall) -> Area:
    """Where the address looks.

    Raises:
        NotFound, UnitNotBegun, UnitEnded: there is no such unit today.
    """
    if call.tenant_or_none is None:
        unit_id = read_uuid(request.query_params.get("unit"))
        if unit_id is None:
            return Area(None)
        return Area(await get_org_unit(conn, org_unit_id=unit_id, on=today()))
    return await area_of_programme(conn, call.tenant, today())


async def area_of_programme(conn: AsyncConnection, programme: Tenant, on: date) -> Area:
    """The unit in which a programme lies on a day: after a merger or split the one that follows."""
    if programme.org_unit_id is None:
        return Area(None, decides=False)
    return Area(await get_unit_in_force(conn, org_unit_id=programme.org_unit_id, on=on))


async def steps_in(
    conn: AsyncConnection, area: Area, keys: Collection[str]
) -> Mapping[str, Sequence[PolicyStep]]:
    """What rules say there today, and each value that is decided for a day to come."""
    return await list_policy_steps(conn, keys=keys, first=today(), org_unit_id=area.unit_id)


async def _list_page(request: PageRequest, call: GatedCall) -> Page:
    language = language_of_page(request)
    async with read_transaction(call.service.engine) as conn:
        area = await area_asked(conn, request, call)
        steps = await steps_in(conn, area, policy_rules())
        units = await list_org_units(conn, on=today())
    names = {one.org_unit_id: one.name for one in units}
    rows = [
        (
            rule.zh if language == "zh-CN" else rule.en,
            value_words(rule, steps[key][0].decided.value, language),
            coming_words(rule, steps[key], language),
            _decided_by(steps[key][0].decided, names, request),
            address_in(call, area, key),
        )
        for key, rule in policy_rules().items()
    ]
    return show(
        request,
        "approvals/policies.html",
        place_here(call),
        home=policies_home(call),
        approvals_href=f"{approvals_home(call)}?view=mine",
        form=empty_form(request, unit=str(area.unit_id or "")),
        units=[(str(one.org_unit_id), one.name) for one in units]
        if call.tenant_or_none is None
        else [],
        area=area,
        rows=rows,
    )


def _decided_by(value: PolicyValue, names: Mapping[UUID, str], request: PageRequest) -> str:
    """Which unit decided a value."""
    language = language_of_page(request)
    if value.version == SHIPPED:
        return text(language, "policy.shipped")
    if value.org_unit_id is None:
        return text(language, "approval.whole_platform")
    return names.get(value.org_unit_id, "")


@get(IN_PROGRAMME, opt=may(PROPOSE))
async def programme_policies(request: PageRequest, call: Call) -> Page:
    """The rules that hold in a programme."""
    return await _list_page(request, call)


@get(ON_PLATFORM, opt=may_on_platform(PROPOSE))
async def platform_policies(request: PageRequest, call: Call) -> Page:
    """The rules of the platform, or of one of its units."""
    return await _list_page(request, call)


ROUTES = [programme_policies, platform_policies]
