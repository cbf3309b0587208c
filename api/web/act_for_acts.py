"""What the staff does in a member's place (代办): checked in words first, with its ground."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.tills import takes_points_at
from api.web.act_types import Act, Check, Fact, Field, Scene, acts_by_name
from api.web.formatting import format_amount, format_clock, mask_name, unit_of_book
from api.web.grounds import ground_fields, ground_of
from api.web.looked import digest_of, require_looked_at
from api.web.member_books import read_member_books
from api.web.refused import refuse_shortage
from ledger.books.command_kinds import CommandKind
from ledger.books.posting import Command
from ledger.books.refusals import InsufficientBalance
from ledger.clock import now, today
from ledger.foundation.acting_for import begin_acts_for
from ledger.foundation.audit_log import noted_in_audit_log
from ledger.foundation.earning import points_for
from ledger.foundation.organisations import LARGEST_PAGE, Merchant, get_member, list_merchants
from ledger.foundation.policies import policy_value
from ledger.programmes.redemption.checkout import new_authorisation, new_void
from ledger.programmes.redemption.commands import AUTHORISE, VOID_PURCHASE, run_commands
from ledger.programmes.redemption.purchases import Purchase, PurchaseStatus, list_purchases
from ledger.programmes.redemption.terms import get_terms
from ledger.programmes.time_bank import convert_minutes

#: Of a member's purchases the latest are looked at; a hold lasts minutes.
LATEST_PURCHASES = 50
_SECONDS_A_MINUTE = 60
#: Of a conversion the hours; beside them stand the points they come to.
_LOOKED_AT = ("hours",)


async def _begin(scene: Scene) -> None:
    await begin_acts_for(
        scene.conn, member_ids=[scene.subject], ground=ground_of(scene), **scene.facts()
    )


async def _ground_facts(scene: Scene) -> list[Fact]:
    """For whom it is, and why; below what it comes to."""
    member = await get_member(scene.conn, tenant_id=scene.call.tenant_id, member_id=scene.subject)
    whom = f"{mask_name(member.display_name)} {member.volunteer_no}"
    return [Fact("act_for.whom", whom), Fact("act_for.reason", ground_of(scene))]


async def _left(scene: Scene, book: str, field: str, complaint: str, needed: int) -> int:
    """What would be left of what the member has available in a book.

    Raises:
        FormRefused: it is not as much; the field says how much is missing.
    """
    books = await read_member_books(
        scene.conn, tenant_id=scene.call.tenant_id, member_id=scene.subject
    )
    available = books[book].available
    if needed > available:
        short = InsufficientBalance(available=available, needed=needed, unit=unit_of_book(book))
        refuse_shortage(scene.form, field, complaint, short)
    scene.form.finish()
    return available - needed


async def _run(scene: Scene, kind: CommandKind, command: Command) -> None:
    """One command of the books in this transaction, whose own SQL writes the audit log.

    Raises:
        LedgerError: it was refused.
    """
    (outcome,) = await run_commands(
        scene.conn, kind, tenant_id=scene.call.tenant_id, requests=[command]
    )
    if outcome.refusal is not None:
        raise outcome.error()
    noted_in_audit_log()


async def _convert_fields(scene: Scene) -> Sequence[Field]:
    return (
        Field("hours", "convert.hours", hint="convert.hours_hint", limit=12),
        *ground_fields(scene),
    )


def _minutes(scene: Scene) -> int:
    minutes = scene.form.minutes("hours")
    scene.form.finish()
    assert minutes is not None, "a field without complaint has a value"
    return minutes


async def _check_conversion(scene: Scene) -> Check:
    minutes = _minutes(scene)
    left = await _left(scene, "TB", "hours", "act_for.too_many_hours", minutes)
    rate = await policy_value(
        scene.conn, key="points.rate_per_hour", on=today(), tenant_id=scene.call.tenant_id
    )
    points = points_for(minutes, rate_per_hour=rate.value)
    facts = [
        Fact("convert.gives", amount=minutes, unit="minute"),
        Fact("convert.gets", amount=points, unit="point"),
        Fact("convert.left", amount=left, unit="minute"),
    ]
    looked = digest_of(scene.form, _LOOKED_AT, str(points))
    return Check([*facts, *await _ground_facts(scene)], "act_for.one_way", looked)


async def _convert(scene: Scene) -> None:
    minutes = _minutes(scene)
    await _begin(scene)
    try:
        done = await convert_minutes(
            scene.conn,
            member_id=scene.subject,
            minutes=minutes,
            key=scene.call.key,
            **scene.facts(),
        )
    except InsufficientBalance as refusal:
        refuse_shortage(scene.form, "hours", "act_for.too_many_hours", refusal)
        scene.form.finish()
    else:
        require_looked_at(scene.form, _LOOKED_AT, str(done.points))


async def _purchase_fields(scene: Scene) -> Sequence[Field]:
    merchants = await _merchants(scene.conn, scene.call)
    choices = [(str(one.merchant_id), one.name) for one in merchants]
    return (
        Field("merchant", "act_for.merchant", kind="select", choices=choices),
        Field("points", "act_for.points", hint="act_for.points_hint", limit=12),
        *ground_fields(scene),
    )


async def _merchants(conn: AsyncConnection, call: GatedCall) -> list[Merchant]:
    """Every merchant that takes part, by name; not the caller's own shop.

    Whoever takes points at a counter does not give them out in a member's place as well.
    """
    found: list[Merchant] = []
    after: tuple[str, UUID] | None = None
    while True:
        page = await list_merchants(conn, tenant_id=call.tenant_id, limit=LARGEST_PAGE, after=after)
        found += page
        if len(page) < LARGEST_PAGE:
            break
        after = (page[-1].name_sort_key, page[-1].merchant_id)
    return [
        one
        for one in found
        if one.status == "active" and not takes_points_at(call, one.merchant_id)
    ]


def _points(scene: Scene) -> int:
    points = scene.form.points("points")
    scene.form.finish()
    assert points is not None, "a field without complaint has a value"
    return points


async def _check_purchase(scene: Scene) -> Check:
    points = _points(scene)
    left = await _left(scene, "SP", "points", "act_for.too_many_points", points)
    terms = await get_terms(scene.conn, tenant_id=scene.call.tenant_id, on=today())
    shops = dict((await _purchase_fields(scene))[0].choices)
    lasts = scene.words("act_for.minutes", count=terms.hold_seconds // _SECONDS_A_MINUTE)
    facts = [
        Fact("act_for.merchant", shops[scene.form.values["merchant"]]),
        Fact("act_for.held", amount=points, unit="point"),
        Fact("act_for.left", amount=left, unit="point"),
        Fact("act_for.lasts", lasts),
    ]
    return Check([*facts, *await _ground_facts(scene)], "act_for.merchant_confirms")


async def _purchase(scene: Scene) -> None:
    points = _points(scene)
    await _begin(scene)
    command = new_authorisation(
        key=scene.call.key,
        caller_id=scene.call.caller_id,
        terms=await get_terms(scene.conn, tenant_id=scene.call.tenant_id, on=today()),
        merchant_id=UUID(scene.form.values["merchant"]),
        amount=points,
        member_id=scene.subject,
    )
    try:
        await _run(scene, AUTHORISE, command)
    except InsufficientBalance as refusal:
        refuse_shortage(scene.form, "points", "act_for.too_many_points", refusal)
        scene.form.finish()


async def list_held(conn: AsyncConnection, *, tenant_id: int, member_id: UUID) -> list[Purchase]:
    """What is held of a member's points for merchants that have not taken it yet."""
    found = await list_purchases(
        conn, tenant_id=tenant_id, member_id=member_id, limit=LATEST_PURCHASES
    )
    return [
        one for one in found if one.status == PurchaseStatus.AUTHORISED and one.expires_at > now()
    ]


async def _void_fields(scene: Scene) -> Sequence[Field]:
    held = await list_held(scene.conn, tenant_id=scene.call.tenant_id, member_id=scene.subject)
    if not held:
        return ()
    choices = [(str(one.redemption_id), _words_of(scene, one)) for one in held]
    return (
        Field("purchase", "act_for.purchase", kind="select", choices=choices),
        *ground_fields(scene),
    )


def _words_of(scene: Scene, one: Purchase) -> str:
    amount = format_amount(one.amount, "point", scene.form.language)
    return f"{one.merchant_name} · {amount} · {format_clock(one.authorised_at)}"


async def _check_void(scene: Scene) -> Check:
    held = await list_held(scene.conn, tenant_id=scene.call.tenant_id, member_id=scene.subject)
    asked = scene.form.values["purchase"]
    chosen = next((one for one in held if str(one.redemption_id) == asked), None)
    if chosen is None:
        scene.form.refuse("purchase", "form.choose")
    scene.form.finish()
    assert chosen is not None
    facts = [
        Fact("act_for.merchant", chosen.merchant_name),
        Fact("act_for.given_back", amount=chosen.amount, unit="point"),
    ]
    return Check([*facts, *await _ground_facts(scene)], "act_for.void_frees")


async def _void(scene: Scene) -> None:
    await _begin(scene)
    command = new_void(
        key=scene.call.key,
        caller_id=scene.call.caller_id,
        redemption_id=UUID(scene.form.values["purchase"]),
    )
    await _run(scene, VOID_PURCHASE, command)


ACTS = acts_by_name(
    Act("for-purchase", _purchase_fields, _purchase, check=_check_purchase),
    Act(
        "for-void",
        _void_fields,
        _void,
        is_grave=True,
        check=_check_void,
        nothing="act_for.nothing_held",
    ),
    Act("for-convert", _convert_fields, _convert, check=_check_conversion),
)
#: What each of them takes, for the whole programme.
PERMISSIONS: Mapping[str, str] = {
    "for-purchase": "redemptions.place",
    "for-void": "redemptions.void",
    "for-convert": "conversions.request",
}
