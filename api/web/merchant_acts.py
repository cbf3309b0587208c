"""What the staff does about a merchant: standing, tills, operators, contracts."""

from collections.abc import Sequence

from api.gate import GatedCall
from api.web.act_types import Act, Field, Scene, acts_by_name, name_field, title_field
from api.web.frame import read_uuid
from api.web.people import phone_field
from api.web.person_acts import day_field, reason_field
from api.web.places import staff_home
from ledger.foundation.details import read_details
from ledger.foundation.organisations import get_merchant
from ledger.foundation.participation import FOLLOWING, Standing, set_standing
from ledger.foundation.people import Person
from ledger.foundation.terminals import (
    bind_key,
    create_terminal,
    end_operator,
    get_terminal,
)
from ledger.journeys.enrolment import admit_operator, enrol_merchant, know_person
from ledger.programmes.redemption.contracts import RateTooHigh, agree_contract


def merchants_home(call: GatedCall) -> str:
    """Where the merchants are listed."""
    return f"{staff_home(call.tenant)}/merchants"


def person_fields() -> Sequence[Field]:
    """Somebody by name and telephone: known before, or new."""
    return (name_field("display_name", "people.name"), phone_field(required=True))


async def named_person(scene: Scene) -> Person:
    """The person of these fields, known or new; the same human being is one person."""
    return await know_person(
        scene.conn,
        display_name=scene.typed("display_name"),
        keys=scene.call.service.personal_keys,
        details=read_details(phone=scene.typed("phone")),
        known_by=scene.call.caller_id,
    )


async def _new_fields(_: Scene) -> Sequence[Field]:
    return (title_field("shop", "merchants.name"), *person_fields())


async def _enrol(scene: Scene) -> str:
    call = scene.call
    person = await named_person(scene)
    merchant = await enrol_merchant(
        scene.conn, tenant_id=call.tenant_id, name=scene.typed("shop"), enrolled_by=call.caller_id
    )
    await admit_operator(
        scene.conn,
        tenant_id=call.tenant_id,
        person=person,
        merchant_id=merchant.merchant_id,
        admitted_by=call.caller_id,
    )
    return f"{merchants_home(call)}/{merchant.merchant_id}"


async def _status_fields(scene: Scene) -> Sequence[Field]:
    merchant = await get_merchant(
        scene.conn, tenant_id=scene.call.tenant_id, merchant_id=scene.subject
    )
    following = FOLLOWING[merchant.status]  # type: ignore[index]
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
        kind="merchant",
        subject_id=scene.subject,
        status=status,
        reason=scene.typed("reason"),
        effective_on=scene.day("effective_on"),
        **scene.facts(),
    )


async def _till_fields(_: Scene) -> Sequence[Field]:
    return (
        Field("number", "merchants.till_no", hint="merchants.till_no_hint", limit=40),
        title_field("name", "merchants.till_name", hint="merchants.till_name_hint"),
    )


async def _add_till(scene: Scene) -> None:
    await create_terminal(
        scene.conn,
        merchant_id=scene.subject,
        number=scene.typed("number"),
        name=scene.typed("name"),
        **scene.facts(),
    )


async def _till_status_fields(scene: Scene) -> Sequence[Field]:
    return (reason_field(),)


async def _turn_till(scene: Scene) -> None:
    """Suspend a till that works; take up again one that does not."""
    till = await get_terminal(
        scene.conn,
        tenant_id=scene.call.tenant_id,
        merchant_id=scene.subject,
        terminal_id=scene.tie(),
    )
    await set_standing(
        scene.conn,
        kind="terminal",
        subject_id=till.terminal_id,
        status="suspended" if till.status == "active" else "active",
        reason=scene.typed("reason"),
        **scene.facts(),
    )


async def _key_fields(_: Scene) -> Sequence[Field]:
    hint = "merchants.key_hint"
    return (Field("api_key", "merchants.key", hint=hint, required=False, limit=40),)


async def _bind_key(scene: Scene) -> None:
    typed = scene.typed("api_key")
    key = read_uuid(typed)
    if typed and key is None:
        scene.form.refuse("api_key", "merchants.key_wrong")
        scene.form.finish()
    till = await get_terminal(
        scene.conn,
        tenant_id=scene.call.tenant_id,
        merchant_id=scene.subject,
        terminal_id=scene.tie(),
    )
    await bind_key(scene.conn, terminal_id=till.terminal_id, api_key_id=key, **scene.facts())


async def _operator_fields(_: Scene) -> Sequence[Field]:
    return person_fields()


async def _add_operator(scene: Scene) -> None:
    await admit_operator(
        scene.conn,
        tenant_id=scene.call.tenant_id,
        person=await named_person(scene),
        merchant_id=scene.subject,
        admitted_by=scene.call.caller_id,
    )


async def _reason_fields(_: Scene) -> Sequence[Field]:
    return (reason_field(),)


async def _end_operator(scene: Scene) -> None:
    await end_operator(
        scene.conn,
        merchant_id=scene.subject,
        grant_id=scene.tie(),
        reason=scene.typed("reason"),
        **scene.facts(),
    )


async def _contract_fields(scene: Scene) -> Sequence[Field]:
    states = [(one, scene.words(f"contract_status.{one}")) for one in ("active", "ended")]
    return (
        day_field("valid_from", "merchants.contract_from"),
        Field("rate", "merchants.rate", hint="merchants.rate_hint", required=False, limit=7),
        Field("status", "people.status", kind="select", choices=states, value="active"),
    )


async def _agree(scene: Scene) -> None:
    valid_from = scene.day("valid_from")
    assert valid_from is not None
    rate = _typed_rate(scene)
    try:
        await agree_contract(
            scene.conn,
            merchant_id=scene.subject,
            valid_from=valid_from,
            fen_per_100_points=rate,
            status=scene.form.values["status"],
            **scene.facts(),
        )
    except RateTooHigh:
        scene.form.refuse("rate", "merchants.rate_high")
        scene.form.finish()


def _typed_rate(scene: Scene) -> int | None:
    """Fen for 100 points; None: by the programme's rule.

    Raises:
        FormRefused: no amount.
    """
    typed = scene.typed("rate")
    if not typed:
        return None
    rate = 0 if typed == "0" else scene.form.amount("rate", "fen")
    scene.form.finish()
    return rate


ENROL = Act("enrol-merchant", _new_fields, _enrol)
ACTS = acts_by_name(
    Act("merchant-status", _status_fields, _set_status, is_grave=True),
    Act("till", _till_fields, _add_till),
    Act("till-status", _till_status_fields, _turn_till, is_grave=True),
    Act("till-key", _key_fields, _bind_key),
    Act("operator", _operator_fields, _add_operator),
    Act("operator-end", _reason_fields, _end_operator, is_grave=True),
    Act("contract", _contract_fields, _agree),
)
