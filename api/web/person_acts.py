"""What the staff does about a member: standing, name, household, kin, guardians."""

from collections.abc import Sequence
from uuid import UUID

from api.web.act_types import (
    Act,
    Field,
    Scene,
    acts_by_name,
    chosen_member,
    name_field,
    no_fields,
)
from api.web.places import staff_home
from api.web.tie_facts import guardian_facts, kin_facts
from ledger.clock import today
from ledger.foundation.guardian_rules import Kind
from ledger.foundation.guardians import (
    add_guardian,
    confirm_guardian,
    end_guardianship,
)
from ledger.foundation.households import (
    create_household,
    find_household_of,
    leave_household,
)
from ledger.foundation.kin_rules import kin_relations
from ledger.foundation.kinship import add_kinship, end_kinship
from ledger.foundation.member_search import correct_name
from ledger.foundation.names import check_name, check_title, is_odd_name, is_odd_title
from ledger.foundation.org_units import list_org_units
from ledger.foundation.organisations import get_member
from ledger.foundation.participation import FOLLOWING, Standing, set_standing
from ledger.foundation.party_branches import list_branches
from ledger.foundation.people import get_person_by_id, is_erased
from ledger.foundation.personal_data import PersonErased
from ledger.journeys.branches import change_branch, found_branch

GUARDIAN_KINDS: tuple[Kind, ...] = ("minor", "incapacity")
NOWHERE = "none"
NEW_BRANCH = "new"


def reason_field() -> Field:
    """Why something is done."""
    return Field("reason", "people.reason", kind="area", hint="people.reason_hint")


def day_field(name: str, label: str) -> Field:
    """A day that is today unless another is chosen."""
    return Field(name, label, kind="date", value=today().isoformat())


def evidence_field() -> Field:
    """What was seen."""
    return Field("evidence", "people.evidence", kind="area", hint="people.evidence_hint")


def member_field(name: str, label: str, *, required: bool = True) -> Field:
    """A member, by number or name."""
    return Field(name, label, hint="people.member_hint", required=required, limit=60)


async def _status_fields(scene: Scene) -> Sequence[Field]:
    member = await get_member(scene.conn, tenant_id=scene.call.tenant_id, member_id=scene.subject)
    if await is_erased(scene.conn, person_id=member.person_id):
        raise PersonErased
    following = FOLLOWING[member.status]  # type: ignore[index]
    choices = [(one, scene.words(f"standing_act.{one}")) for one in following]
    return (
        Field("status", "people.status_to", kind="select", choices=choices),
        day_field("effective_on", "people.effective_on"),
        reason_field(),
    )


async def _set_status(scene: Scene) -> None:
    status: Standing = scene.form.values["status"]  # type: ignore[assignment]
    await set_standing(
        scene.conn,
        kind="member",
        subject_id=scene.subject,
        status=status,
        reason=scene.typed("reason"),
        effective_on=scene.day("effective_on"),
        **scene.facts(),
    )


async def _name_fields(_: Scene) -> Sequence[Field]:
    return (name_field("display_name", "people.right_name"), reason_field())


async def _correct_name(scene: Scene) -> None:
    member = await get_member(scene.conn, tenant_id=scene.call.tenant_id, member_id=scene.subject)
    await correct_name(
        scene.conn,
        person_id=member.person_id,
        display_name=scene.typed("display_name"),
        reason=scene.typed("reason"),
        keys=scene.call.service.personal_keys,
        **scene.facts(),
    )


async def _branch_fields(scene: Scene) -> Sequence[Field]:
    member = await get_member(scene.conn, tenant_id=scene.call.tenant_id, member_id=scene.subject)
    branches = await list_branches(scene.conn, tenant_id=scene.call.tenant_id)
    others = [one for one in branches if one.branch_id != member.branch_id]
    choices = [(str(one.branch_id), one.name) for one in others]
    choices.append((NEW_BRANCH, scene.words("people.new_branch")))
    if member.branch_id is not None:
        choices.append((NOWHERE, scene.words("people.no_branch")))
    return (
        Field("branch_id", "people.branch_to", kind="select", choices=choices),
        Field(
            "branch_name",
            "people.branch_name",
            hint="people.branch_name_hint",
            required=False,
            limit=60,
            check=check_title,
            doubt=is_odd_title,
        ),
    )


async def _change_branch(scene: Scene) -> None:
    chosen, name = scene.form.values["branch_id"], scene.typed("branch_name")
    if bool(name) != (chosen == NEW_BRANCH):
        scene.form.refuse("branch_name", "people.name_new_branch")
        scene.form.finish()
    branch_id = None if chosen in (NOWHERE, NEW_BRANCH) else UUID(chosen)
    if name:
        branch_id = (await found_branch(scene.conn, name=name, **scene.facts())).branch_id
    await change_branch(scene.conn, member_id=scene.subject, branch_id=branch_id, **scene.facts())


async def _household_fields(scene: Scene) -> Sequence[Field]:
    units = await list_org_units(scene.conn, on=today())
    choices = [(NOWHERE, scene.words("people.nowhere"))]
    choices += [
        (str(one.org_unit_id), one.name) for one in units if one.level in ("compound", "quarter")
    ]
    return (
        Field("number", "people.household_no", hint="people.household_no_hint", limit=40),
        Field("unit", "people.lives_in", kind="select", choices=choices, value=NOWHERE),
        day_field("begins_on", "people.since"),
    )


async def _found_household(scene: Scene) -> str:
    unit = scene.form.values["unit"]
    made = await create_household(
        scene.conn,
        number=scene.typed("number"),
        head_member_id=scene.subject,
        org_unit_id=None if unit == NOWHERE else UUID(unit),
        begins_on=scene.day("begins_on"),
        **scene.facts(),
    )
    return f"{staff_home(scene.call.tenant)}/households/{made.household_id}"


async def _leave_fields(_: Scene) -> Sequence[Field]:
    return (day_field("ends_on", "people.until"),)


async def _leave_household(scene: Scene) -> None:
    home = await find_household_of(
        scene.conn, tenant_id=scene.call.tenant_id, member_id=scene.subject
    )
    if home is None:
        scene.form.refuse("ends_on", "people.no_household")
        scene.form.finish()
    assert home is not None
    await leave_household(
        scene.conn,
        household_id=home.household_id,
        member_id=scene.subject,
        ends_on=scene.day("ends_on"),
        **scene.facts(),
    )


async def _kin_fields(scene: Scene) -> Sequence[Field]:
    is_english = scene.form.language == "en"
    choices = [(code, one.en if is_english else one.zh) for code, one in kin_relations().items()]
    return (
        Field("relation", "people.relation", kind="select", choices=choices),
        member_field("relative", "people.relative", required=False),
        Field(
            "relative_name",
            "people.relative_name",
            hint="people.relative_name_hint",
            required=False,
            limit=60,
            check=check_name,
            doubt=is_odd_name,
        ),
        evidence_field(),
        day_field("begins_on", "people.since"),
    )


async def _add_kin(scene: Scene) -> None:
    member, name = scene.typed("relative"), scene.typed("relative_name")
    if bool(member) == bool(name):
        scene.form.refuse("relative", "people.one_relative")
        scene.form.finish()
    relative: UUID | str = name
    if member:
        relative = (await chosen_member(scene, "relative")).member_id
    await add_kinship(
        scene.conn,
        member_id=scene.subject,
        relation=scene.form.values["relation"],
        relative=relative,
        evidence=scene.typed("evidence"),
        begins_on=scene.day("begins_on"),
        keys=scene.call.service.personal_keys,
        **scene.facts(),
    )


async def _ending_fields(scene: Scene) -> Sequence[Field]:
    return (*await _leave_fields(scene), reason_field())


async def _end_kin(scene: Scene) -> None:
    await end_kinship(
        scene.conn,
        member_id=scene.subject,
        kinship_id=scene.tie(),
        reason=scene.typed("reason"),
        ends_on=scene.day("ends_on"),
        **scene.facts(),
    )


async def _guardian_fields(scene: Scene) -> Sequence[Field]:
    kinds = [(one, scene.words(f"guardian_kind.{one}")) for one in GUARDIAN_KINDS]
    return (
        member_field("guardian", "people.guardian"),
        Field("kind", "people.guardian_why", kind="select", choices=kinds),
        evidence_field(),
        day_field("begins_on", "people.since"),
    )


async def _add_guardian(scene: Scene) -> None:
    guardian = await chosen_member(scene, "guardian")
    kind: Kind = scene.form.values["kind"]  # type: ignore[assignment]
    await add_guardian(
        scene.conn,
        guardian=await get_person_by_id(scene.conn, person_id=guardian.person_id),
        ward_member_id=scene.subject,
        kind=kind,
        evidence=scene.typed("evidence"),
        begins_on=scene.day("begins_on"),
        keys=scene.call.service.personal_keys,
        **scene.facts(),
    )


async def _confirm_guardian(scene: Scene) -> None:
    await confirm_guardian(
        scene.conn,
        ward_member_id=scene.subject,
        guardianship_id=scene.tie(),
        keys=scene.call.service.personal_keys,
        **scene.facts(),
    )


async def _end_guardian(scene: Scene) -> None:
    await end_guardianship(
        scene.conn,
        ward_member_id=scene.subject,
        guardianship_id=scene.tie(),
        reason=scene.typed("reason"),
        ends_on=scene.day("ends_on"),
        **scene.facts(),
    )


ACTS = acts_by_name(
    Act("status", _status_fields, _set_status, is_grave=True),
    Act("name", _name_fields, _correct_name),
    Act("branch", _branch_fields, _change_branch),
    Act("household", _household_fields, _found_household),
    Act("move-out", _leave_fields, _leave_household, is_grave=True),
    Act("kin", _kin_fields, _add_kin),
    Act("kin-end", _ending_fields, _end_kin, is_grave=True, facts=kin_facts),
    Act("guardian", _guardian_fields, _add_guardian),
    Act("guardian-confirm", no_fields, _confirm_guardian, facts=guardian_facts),
    Act("guardian-end", _ending_fields, _end_guardian, is_grave=True, facts=guardian_facts),
)
