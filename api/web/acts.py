"""Acts of the staff: one small form a page, done once, back to the page of what it was about.

An act says which fields it asks for and what it does; everything a form owes its reader happens
here: what was typed stays, complaints stand beside their fields, sending twice acts once. An act
that moves amounts says in words what would happen, and is done when that was confirmed.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.web.act_types import Act, Field, Scene
from api.web.form_once import OperationRefused, once_for_form
from api.web.forms import Form, FormRefused
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    read_uuid,
    see,
    show,
)
from api.web.holders import list_holder_names
from api.web.looked import NotLookedAt
from api.web.places import staff_place
from api.web.refused import words_of_refusal
from ledger.database import read_transaction
from ledger.errors import InvalidInput, LedgerError, NotFound

#: What the buttons below a check say.
_CONFIRM, _CHANGE = "confirm", "change"


class Sent(msgspec.Struct, frozen=True):
    """What a form says, for its fingerprint."""

    act: str
    values: dict[str, str]


class Done(msgspec.Struct, frozen=True):
    """The answer that is kept for the form's key."""

    address: str


async def act_page(
    request: PageRequest,
    call: GatedCall,
    act: Act,
    *,
    subject_id: UUID | None,
    back: str,
    current: str = "nav.people",
    form: Form | None = None,
    status: int = 200,
) -> Page:
    """The form of an act."""
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        scene = _scene(request, call, conn, subject_id, form or empty_form(request))
        fields = asked_fields(scene.form, await act.fields(scene))
        facts = () if act.facts is None else await act.facts(scene)
        whom = await list_holder_names(conn, tenant_id=call.tenant_id, holders=[subject_id])
    if form is None:
        form = empty_form(request, **{one.name: one.value for one in fields if one.value})
    return show(
        request,
        "staff/act.html",
        staff_place(call.tenant, call.who.permissions),
        current=current,
        status=status,
        act=act,
        keeps_sent=True,
        whom=next(iter(whom.values()), None),
        facts=facts,
        fields=fields,
        form=form,
        here=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        back=back,
    )


async def act_sent(
    request: PageRequest,
    call: GatedCall,
    act: Act,
    *,
    subject_id: UUID | None,
    back: str,
    current: str = "nav.people",
) -> Page:
    """Do it and show what it was about, or show the form again with what is wrong."""
    form = await read_form(request)
    key_of_form(call)

    about: Any = {"subject_id": subject_id, "back": back, "current": current}
    again = partial(act_page, request, call, act, form=form, status=422, **about)
    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        fields = asked_fields(form, await act.fields(_scene(request, call, conn, subject_id, form)))
    if not read_fields(form, fields) or (act.nothing and not fields):
        return await again()
    if act.check is not None and form.values.get("step") != _CONFIRM:
        return await _check_page(request, call, act, fields, form, **about)

    async def perform(conn: AsyncConnection) -> Done:
        address = await act.run(_scene(request, call, conn, subject_id, form))
        return Done(address or back)

    sent = Sent(act.name, {one.name: form.values.get(one.name, "") for one in fields})
    try:
        answer = await once_for_form(call, sent, perform, personal=True)
    except FormRefused:
        return await again()
    except NotLookedAt:
        return await _check_page(request, call, act, fields, form, unseen=True, **about)
    except OperationRefused as refused:
        if isinstance(refused.refusal, NotFound) and refused.refusal.attributes()["id"] == "":
            raise refused.refusal from refused
        _note(form, fields, refused.refusal, language_of_page(request))
        return await again()
    content: Any = answer.content
    address = msgspec.json.decode(content, type=Done).address
    return see(f"{address}{'&' if '?' in address else '?'}done={act.name}")


async def _check_page(
    request: PageRequest,
    call: GatedCall,
    act: Act,
    fields: Sequence[Field],
    form: Form,
    *,
    subject_id: UUID | None,
    back: str,
    current: str,
    unseen: bool = False,
) -> Page:
    """What would happen, with everything typed in hidden fields; or the form, to change it."""
    check = None
    if act.check is not None and form.values.get("step") != _CHANGE:
        with suppress(FormRefused):
            async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
                check = await act.check(_scene(request, call, conn, subject_id, form))
    if check is None:
        return await act_page(
            request,
            call,
            act,
            subject_id=subject_id,
            back=back,
            current=current,
            form=form,
            status=422 if form.errors else 200,
        )
    return show(
        request,
        "staff/act_check.html",
        staff_place(call.tenant, call.who.permissions),
        current=current,
        keeps_sent=True,
        status=409 if unseen else 200,
        act=act,
        check=check,
        unseen=unseen,
        typed=[(one.name, form.values.get(one.name, "")) for one in fields],
        here=request.url.path,
        back=back,
    )


def asked_fields(form: Form, fields: Sequence[Field]) -> list[Field]:
    """The fields, and below one that holds something unusual the question whether it is meant."""
    asked: list[Field] = []
    for one in fields:
        asked.append(one)
        if one.doubt is not None and one.doubt(form.values.get(one.name, "")):
            asked.append(Field(_meant(one), "form.meant", kind="check", required=False))
    return asked


def _meant(field: Field) -> str:
    return f"{field.name}_meant"


def read_fields(form: Form, fields: Sequence[Field]) -> bool:
    """Whether every field holds what it asks for; all that is wrong is noted at once."""
    for one in fields:
        typed = form.values.get(one.name, "").strip()
        if one.kind == "select" and (typed or one.required):
            form.choice(one.name, dict(one.choices))
        elif one.kind == "date" and (typed or one.required):
            form.day(one.name)
        elif one.kind in ("text", "area"):
            form.text(one.name, limit=one.limit, required=one.required)
        if one.check is not None and typed and one.name not in form.errors:
            try:
                one.check(form.text(one.name) or "")
            except InvalidInput as wrong:
                form.errors[one.name] = words_of_refusal(wrong, form.language)
        if one.doubt is not None and one.doubt(typed) and not form.values.get(_meant(one)):
            form.refuse(one.name, "form.unusual_name")
    return not form.errors


def _note(form: Form, fields: Sequence[Field], refusal: LedgerError, language: Any) -> None:
    """Put a refusal beside the field it is about, else beside the first one."""
    names = [one.name for one in fields] or ["form"]
    about = refusal.attributes().get("field")
    if about not in names:
        about = str(about).removesuffix("_member_id")
    place = about if about in names else names[0]
    form.errors.setdefault(str(place), words_of_refusal(refusal, language))


def _scene(
    request: PageRequest,
    call: GatedCall,
    conn: AsyncConnection,
    subject_id: UUID | None,
    form: Form,
) -> Scene:
    return Scene(call, conn, subject_id, form, read_uuid(request.query_params.get("tie")))
