"""What the staff does about households and teams: who joins, leaves, leads."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from api.gate import GatedCall
from api.web.act_types import Act, Field, Scene, acts_by_name, chosen_member, title_field
from api.web.person_acts import day_field, member_field
from api.web.places import staff_home
from ledger.foundation.groups import (
    create_group,
    end_group,
    get_group,
    join_group,
    leave_group,
    list_group_members,
    set_group_leader,
)
from ledger.foundation.households import (
    Belonging,
    get_household,
    join_household,
    leave_household,
    list_household_members,
    set_household_head,
)


class Kind(NamedTuple):
    """Households or teams: how one is found, shown and changed."""

    #: households or groups; also the part of the address.
    name: str
    get: Callable[..., Awaitable[Any]]
    members: Callable[..., Awaitable[list[Belonging]]]
    id_name: str
    acts: dict[str, Act]

    def home(self, call: GatedCall) -> str:
        """Where they are listed."""
        return f"{staff_home(call.tenant)}/{self.name}"


async def _join_fields(_: Scene) -> Sequence[Field]:
    return (member_field("member", "people.who"), day_field("begins_on", "people.since"))


async def _who_fields(_: Scene) -> Sequence[Field]:
    return (member_field("member", "people.who"),)


async def _leave_fields(_: Scene) -> Sequence[Field]:
    return (member_field("member", "people.who"), day_field("ends_on", "people.until"))


async def _end_fields(_: Scene) -> Sequence[Field]:
    return (day_field("ends_on", "people.until"),)


def _on_member(function: Callable[..., Awaitable[None]], id_name: str, day: str = "") -> Any:
    """An act on the member whom the form names."""

    async def run(scene: Scene) -> None:
        member = await chosen_member(scene, "member")
        days = {day: scene.day(day)} if day else {}
        subject = {id_name: scene.subject}
        await function(scene.conn, member_id=member.member_id, **subject, **days, **scene.facts())

    return run


async def _lead(scene: Scene) -> None:
    member = await chosen_member(scene, "member")
    await set_group_leader(
        scene.conn,
        group_id=scene.subject,
        member_id=member.member_id,
        keys=scene.call.service.personal_keys,
        **scene.facts(),
    )


async def _end_group(scene: Scene) -> None:
    await end_group(
        scene.conn, group_id=scene.subject, ends_on=scene.day("ends_on"), **scene.facts()
    )


HOUSEHOLDS = Kind(
    "households",
    get_household,
    list_household_members,
    "household_id",
    dict(
        acts_by_name(
            Act("move-in", _join_fields, _on_member(join_household, "household_id", "begins_on")),
            Act(
                "leave-home", _leave_fields, _on_member(leave_household, "household_id", "ends_on")
            ),
            Act("head", _who_fields, _on_member(set_household_head, "household_id")),
        )
    ),
)
GROUPS = Kind(
    "groups",
    get_group,
    list_group_members,
    "group_id",
    dict(
        acts_by_name(
            Act("join", _join_fields, _on_member(join_group, "group_id", "begins_on")),
            Act("leave", _leave_fields, _on_member(leave_group, "group_id", "ends_on")),
            Act("leader", _who_fields, _lead),
            Act("end-group", _end_fields, _end_group, is_grave=True),
        )
    ),
)


async def _new_group_fields(_: Scene) -> Sequence[Field]:
    return (
        title_field("name", "people.team_name"),
        member_field("leader", "people.leads"),
        day_field("begins_on", "people.since"),
    )


async def _found_group(scene: Scene) -> str:
    leader = await chosen_member(scene, "leader")
    group_id = await create_group(
        scene.conn,
        name=scene.typed("name"),
        leader_member_id=leader.member_id,
        begins_on=scene.day("begins_on"),
        keys=scene.call.service.personal_keys,
        **scene.facts(),
    )
    return f"{GROUPS.home(scene.call)}/{group_id}"


NEW_GROUP = Act("found-group", _new_group_fields, _found_group)
