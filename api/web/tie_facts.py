"""A tie between two people as it was written down, shown before it is confirmed or ended."""

from collections.abc import Sequence

from api.web.act_types import Fact, Scene
from api.web.callers import list_caller_names
from api.web.formatting import format_day, format_moment, mask_name
from ledger.clock import today
from ledger.errors import NotFound
from ledger.foundation.guardians import Guardianship, list_guardianships
from ledger.foundation.kin_rules import kin_relations
from ledger.foundation.kinship import Kin, list_kin
from ledger.foundation.organisations import get_member


async def guardian_facts(scene: Scene) -> Sequence[Fact]:
    """The guardianship as it was written down, people by masked name and number.

    Raises:
        NotFound: the member has no such open guardianship.
    """
    tie_id = scene.tie()
    listed = await list_guardianships(
        scene.conn, tenant_id=scene.call.tenant_id, ward_member_id=scene.subject, limit=None
    )
    tie = next((one for one in listed if one.guardianship_id == tie_id), None)
    if tie is None or tie.ends_on is not None:
        raise NotFound(kind="guardianship", id=str(tie_id))
    return (
        Fact("people.ward", f"{mask_name(tie.ward_name)} {tie.ward_no}"),
        Fact("people.guardian", f"{mask_name(tie.guardian_name)} {tie.guardian_no}"),
        Fact("people.guardian_why", scene.words(f"guardian_kind.{tie.kind}")),
        *await _written(scene, tie),
    )


async def kin_facts(scene: Scene) -> Sequence[Fact]:
    """The kinship as it was written down, people by masked name, members also by number.

    Raises:
        NotFound: the member has no such open kinship.
    """
    tie_id, place = scene.tie(), scene.call.tenant_id
    member = await get_member(scene.conn, tenant_id=place, member_id=scene.subject)
    listed = await list_kin(
        scene.conn,
        tenant_id=place,
        member_id=scene.subject,
        keys=scene.call.service.personal_keys,
        limit=None,
    )
    tie = next((one for one in listed if one.kinship_id == tie_id), None)
    if tie is None or tie.ends_on is not None:
        raise NotFound(kind="kinship", id=str(tie_id))
    other = mask_name(tie.relative_name) if tie.relative_name else scene.words("people.erased")
    relation = kin_relations()[tie.relation]
    return (
        Fact("people.this_member", f"{mask_name(member.display_name)} {member.volunteer_no}"),
        Fact("people.other", f"{other} {tie.volunteer_no or ''}".strip()),
        Fact("people.relation", relation.en if scene.form.language == "en" else relation.zh),
        *await _written(scene, tie),
    )


async def _written(scene: Scene, tie: Guardianship | Kin) -> Sequence[Fact]:
    """What was seen, since when it holds, who wrote it down and when."""
    language, callers = scene.form.language, [tie.verified_by]
    names = await list_caller_names(scene.conn, callers=callers, language=language)
    moment = format_moment(tie.verified_at, language, today=today())
    return (
        Fact("people.evidence", tie.evidence),
        Fact("people.since", format_day(tie.begins_on, language)),
        Fact("people.written_by", f"{names[tie.verified_by]} · {moment}"),
    )
