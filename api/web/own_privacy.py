"""``/account/privacy``: one's own data, consents, who looked, corrections, and leaving for good."""

from contextlib import suppress
from uuid import UUID

import msgspec
from litestar import get, post
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.policies import signed_in
from api.web.consent_forms import put_down_once, read_consent
from api.web.form_once import OperationRefused, once_for_form
from api.web.formatting import Language
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    done_of,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    see,
    show,
)
from api.web.privacy_words import consent_rows, duty_words
from api.web.refused import words_of_refusal
from api.web.security import own_session
from ledger.database import read_transaction, write_transaction
from ledger.errors import InvalidInput
from ledger.foundation.consents import list_consents
from ledger.foundation.correctable import CORRECTABLE
from ledger.foundation.corrections import (
    CorrectionWaiting,
    ask_correction,
    list_corrections,
)
from ledger.foundation.disclosures import list_disclosures, read_personal_data
from ledger.foundation.erasures import (
    Erasure,
    ErasureAlreadyDecided,
    ErasureWaiting,
    ask_erasure,
    find_erasure,
    withdraw_erasure,
)
from ledger.foundation.people import Person
from ledger.journeys.erasure import list_duties

HOME = "/account/privacy"
_SHOWN_LOOKS = 50
_DONE = frozenset({"consent", "correction", "erasure", "withdrawn"})


class NewCorrection(msgspec.Struct, frozen=True):
    """What is to be corrected, for the fingerprint of its form."""

    field: str
    value: str
    reason: str


class CorrectionAsked(msgspec.Struct, frozen=True):
    """The answer that is kept for the form's key."""

    correction_id: UUID


@get(HOME, opt=signed_in())
async def privacy_page(request: PageRequest, call: Call) -> Page:
    """What is known of oneself, who may use it, and who looked."""
    return await _privacy_page(request, call, empty_form(request))


@post(HOME + "/consents", opt=signed_in())
async def consent_sent(request: PageRequest, call: Call) -> Page:
    """Agree, or agree no longer."""
    person, _ = own_session(call)
    form = await read_form(request)
    said = read_consent(form)
    if said is None:
        return await _privacy_page(request, call, form, status=422)
    await put_down_once(call, said, person_id=person.person_id, through="self")
    return see(f"{HOME}?done=consent#consents")


@post(HOME + "/corrections", opt=signed_in())
async def correction_sent(request: PageRequest, call: Call) -> Page:
    """Ask that something be corrected; staff look at it."""
    person, _ = own_session(call)
    form = await read_form(request)
    field = form.choice("field", frozenset(CORRECTABLE))
    value, reason = form.text("value"), form.text("reason")
    if field is None or value is None or reason is None:
        return await _privacy_page(request, call, form, status=422)

    key_of_form(call)

    async def ask(conn: AsyncConnection) -> CorrectionAsked:
        asked = await ask_correction(
            conn,
            person_id=person.person_id,
            field=field,
            value=value,
            reason=reason,
            asked_by=person.caller_id,
            keys=call.service.personal_keys,
        )
        return CorrectionAsked(asked)

    try:
        await once_for_form(call, NewCorrection(field, value, reason), ask, personal=True)
    except OperationRefused as refused:
        if isinstance(refused.refusal, CorrectionWaiting):
            form.refuse("field", "privacy.waits")
        elif isinstance(refused.refusal, InvalidInput):
            form.errors["value"] = words_of_refusal(refused.refusal, form.language)
        else:
            raise refused.refusal from refused
    if form.errors:
        return await _privacy_page(request, call, form, status=422)
    return see(f"{HOME}?done=correction#corrections")


@post(HOME + "/erasure", opt=signed_in(step_up=True))
async def erasure_sent(request: PageRequest, call: Call) -> Page:
    """Ask to be erased, or take the request back."""
    person, _ = own_session(call)
    form = await read_form(request)
    act = form.choice("act", frozenset({"ask", "withdraw"}))
    if act == "ask" and form.values.get("sure") != "yes":
        form.refuse("sure", "privacy.be_sure")
    if form.errors:
        return await _privacy_page(request, call, form, status=422)
    gives_up = form.values.get("gives_up") == "yes"

    async def change(conn: AsyncConnection) -> None:
        if act == "ask":
            await ask_erasure(
                conn,
                person_id=person.person_id,
                asked_by=person.caller_id,
                through="self",
                gives_up=gives_up,
            )
            return
        waiting = await find_erasure(conn, person_id=person.person_id)
        if waiting is not None:
            await withdraw_erasure(conn, erasure=waiting, caller_id=person.caller_id)

    # asked twice, or decided meanwhile: the page shows how it stands
    with suppress(ErasureWaiting, ErasureAlreadyDecided):
        await write_transaction(call.service.engine, change)
    return see(f"{HOME}?done={'erasure' if act == 'ask' else 'withdrawn'}#erasure")


async def _privacy_page(request: PageRequest, call: Call, form: Form, *, status: int = 200) -> Page:
    person, _ = own_session(call)
    keys, language = call.service.personal_keys, language_of_page(request)
    async with read_transaction(call.service.engine) as conn:
        values = await read_personal_data(conn, person_id=person.person_id, keys=keys)
        consents = await list_consents(conn, person_id=person.person_id, keys=keys)
        looks = await list_disclosures(
            conn, person_id=person.person_id, keys=keys, limit=_SHOWN_LOOKS
        )
        corrections = await list_corrections(conn, person_id=person.person_id, keys=keys)
        erasure = await find_erasure(conn, person_id=person.person_id)
        waiting = erasure if erasure is not None and erasure.state == "requested" else None
        duties = [] if waiting is None else await _duties(conn, person, waiting, language)
    return show(
        request,
        "account/privacy.html",
        None,
        status=status,
        form=form,
        done=done_of(request, _DONE),
        values=values,
        consents=consent_rows(consents, language),
        history=consents,
        looks=looks,
        corrections=corrections,
        correctable=CORRECTABLE,
        erasure=erasure,
        waits=waiting is not None,
        duties=duties,
    )


async def _duties(
    conn: AsyncConnection, person: Person, erasure: Erasure, language: Language
) -> list[str]:
    found = await list_duties(
        conn,
        person_id=person.person_id,
        caller_id=person.caller_id,
        gives_up=erasure.gives_up,
    )
    return [duty_words(one, language) for one in found]


ROUTES = [privacy_page, consent_sent, correction_sent, erasure_sent]
