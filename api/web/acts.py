"""Acts of the staff: one small form a page, done once, back to the page of what it was about.

An act says which fields it asks for and what it does; everything a form owes its reader happens
here: what was typed stays, complaints stand beside their fields, sending twice acts once.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.idempotency import once
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
from api.web.members import may_here
from api.web.places import staff_place
from api.web.refused import words_of_refusal
from api.web.texts import text
from ledger.database import read_transaction
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.member_search import read_search, search_members
from ledger.foundation.organisations import Member, get_member

#: As many as are looked at to tell one from several.
_ONE_OR_MORE = 2


class Field(NamedTuple):
    """One field of an act's form. ``label`` and ``hint`` are keys of the texts."""

    name: str
    label: str
    #: text, area, select, date, check
    kind: str = "text"
    hint: str = ""
    choices: Sequence[tuple[str, str]] = ()
    required: bool = True
    limit: int = 200
    value: str = ""
    #: Refuses with ``InvalidInput`` what cannot be right, whatever the other fields say.
    check: Callable[[str], object] | None = None


class Scene(NamedTuple):
    """Who acts, on what, and the connection to do it with."""

    call: GatedCall
    conn: AsyncConnection
    #: What the page is about; None: something new.
    subject_id: UUID | None
    form: Form
    #: Which of the subject's ties, where the address names one.
    tie_id: UUID | None

    @property
    def subject(self) -> UUID:
        """What the page is about."""
        assert self.subject_id is not None, "this act makes something new"
        return self.subject_id

    def words(self, key: str, **values: object) -> str:
        """A text in the reader's language."""
        return text(self.form.language, key, **values)

    def facts(self) -> dict[str, Any]:
        """What every command of an act takes."""
        return {"tenant_id": self.call.tenant_id, "caller_id": self.call.caller_id}

    def typed(self, name: str) -> str:
        """A field that has been read; empty where nothing was typed."""
        return self.form.text(name, required=False) or ""

    def day(self, name: str) -> date | None:
        """A day that has been read; None where none was chosen."""
        return date.fromisoformat(self.form.values[name]) if self.form.values.get(name) else None

    def tie(self) -> UUID:
        """The tie that the address names.

        Raises:
            NotFound: it names none.
        """
        if self.tie_id is None:
            raise NotFound(kind="tie", id="")
        return self.tie_id


class Act(NamedTuple):
    """One thing to do. ``name`` is its part of the address and its words: ``act.<name>``."""

    name: str
    fields: Callable[[Scene], Awaitable[Sequence[Field]]]
    #: Does it; returns the address of the page to show, None for the page of the subject.
    run: Callable[[Scene], Awaitable[str | None]]
    is_grave: bool = False


class Sent(msgspec.Struct, frozen=True):
    """What a form says, for its fingerprint."""

    act: str
    values: dict[str, str]


class Done(msgspec.Struct, frozen=True):
    """The answer that is kept for the form's key."""

    address: str


class _Refused(Exception):
    """Carries a refusal out of the transaction, so that it is not kept as the form's answer."""

    def __init__(self, refusal: LedgerError) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def acts_by_name(*acts: Act) -> Mapping[str, Act]:
    """A table of acts."""
    return {act.name: act for act in acts}


def find_act(acts: Mapping[str, Act], name: str) -> Act:
    """The act of an address.

    Raises:
        NotFound: there is no such act.
    """
    if name not in acts:
        raise NotFound(kind="page", id=name)
    return acts[name]


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
        fields = await act.fields(scene)
    if form is None:
        form = empty_form(request, **{one.name: one.value for one in fields if one.value})
    return show(
        request,
        "staff/act.html",
        staff_place(call.tenant, call.who.permissions),
        current=current,
        status=status,
        act=act,
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

    async def again() -> Page:
        return await act_page(
            request,
            call,
            act,
            subject_id=subject_id,
            back=back,
            current=current,
            form=form,
            status=422,
        )

    async with read_transaction(call.service.engine, tenant_id=call.tenant_id) as conn:
        fields = await act.fields(_scene(request, call, conn, subject_id, form))
    if not read_fields(form, fields):
        return await again()

    async def perform(conn: AsyncConnection) -> Done:
        try:
            address = await act.run(_scene(request, call, conn, subject_id, form))
        except LedgerError as refusal:
            raise _Refused(refusal) from refusal
        return Done(address or back)

    sent = Sent(act.name, {one.name: form.values.get(one.name, "") for one in fields})
    try:
        answer = await once(call, sent, perform, personal=True)
    except FormRefused:
        return await again()
    except _Refused as refused:
        if isinstance(refused.refusal, NotFound) and refused.refusal.attributes()["id"] == "":
            raise refused.refusal from refused
        _note(form, fields, refused.refusal, language_of_page(request))
        return await again()
    content: Any = answer.content
    address = msgspec.json.decode(content, type=Done).address
    return see(f"{address}{'&' if '?' in address else '?'}done={act.name}")


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
    return not form.errors


def _note(form: Form, fields: Sequence[Field], refusal: LedgerError, language: Any) -> None:
    """Put a refusal beside the field it is about, else beside the first one."""
    names = [one.name for one in fields] or ["form"]
    about = refusal.attributes().get("field")
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


async def no_fields(_: Scene) -> Sequence[Field]:
    """An act that is only confirmed."""
    return ()


async def chosen_member(scene: Scene, name: str) -> Member:
    """The member whom a field names by volunteer number, name, initials or telephone.

    Raises:
        FormRefused: nobody, several of that name, or a name typed by who sees masked ones only.
    """
    call = scene.call
    wanted = read_search(scene.typed(name), by_name=may_here(call, "members.names"))
    found = []
    if wanted is None:
        scene.form.refuse(name, "people.by_number_only")
    else:
        found = await search_members(
            scene.conn,
            tenant_id=call.tenant_id,
            wanted=wanted,
            keys=call.service.personal_keys,
            limit=_ONE_OR_MORE,
        )
    if wanted is not None and len(found) != 1:
        scene.form.refuse(name, "people.several" if found else "people.nobody")
    scene.form.finish()
    return await get_member(scene.conn, tenant_id=call.tenant_id, member_id=found[0].member_id)


def language_choices(language: Any, family: str, values: Sequence[str]) -> list[tuple[str, str]]:
    """Values of a family of words with their words, for a select."""
    return [(value, text(language, f"{family}.{value}")) for value in values]
