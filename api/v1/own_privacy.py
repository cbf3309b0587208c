"""One's own data: what one agreed to, who looked, everything to take along; never by an API key."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import JSONBody
from litestar.response import Stream
from msgspec import Meta
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.idempotency import once
from api.own_archive import MEDIA_TYPE, take_along
from api.policies import signed_in
from api.problems import language_of
from api.v1.forms import Command, view
from api.v1.own_sign_in import person_signed_in
from ledger.database import read_transaction
from ledger.foundation.consents import (
    Consent,
    Through,
    consent_purposes,
    list_consents,
    record_consent,
)
from ledger.foundation.disclosures import list_disclosures

_SHOWN_LOOKS = 200
Purpose = Annotated[
    str, Meta(min_length=1, max_length=40, description="What for.", examples=["publish_name"])
]


class ConsentView(msgspec.Struct, frozen=True):
    """Something to agree to, and what the person says about it now."""

    purpose: str
    name_zh: str
    name_en: str
    text_zh: str
    text_en: str
    text_version: Annotated[int, Meta(description="Version of the text in force.")]
    given: Annotated[bool, Meta(description="She agrees to the text in force.")]
    said_version: Annotated[
        int | None, Meta(description="Version that she spoke of last; absent: never asked.")
    ]
    through: Annotated[Through | None, Meta(description="Who sent it.")]
    paper_no: str | None
    reason: Annotated[str | None, Meta(description="Why staff withdrew it without a paper.")]
    recorded_at: datetime | None


class ConsentList(msgspec.Struct, frozen=True):
    """Every purpose, in the order of the list."""

    items: list[ConsentView]


class NewConsent(Command, frozen=True):
    """Agreeing to the text in force, or agreeing no longer."""

    purpose: Purpose
    given: bool


class ConsentRecorded(msgspec.Struct, frozen=True):
    """What was written down."""

    purpose: str
    given: bool
    text_version: int


class LookView(msgspec.Struct, frozen=True):
    """Somebody saw the caller's data in full."""

    disclosure_id: UUID
    seen_at: datetime
    fields: list[str]
    purpose: str
    words: Annotated[str | None, Meta(description="The reason in the viewer's words.")]
    viewer: str | None
    tenant: Annotated[str | None, Meta(description="The programme in which it was needed.")]


class LookList(msgspec.Struct, frozen=True):
    """Who looked, the latest first; at most 200."""

    items: list[LookView]


def consent_list(consents: Sequence[Consent]) -> ConsentList:
    """Every purpose with the latest word about it."""
    latest: dict[str, Consent] = {}
    for one in consents:
        latest.setdefault(one.purpose, one)
    return ConsentList(
        [
            ConsentView(
                purpose=code,
                name_zh=known.zh,
                name_en=known.en,
                text_zh=known.text_zh,
                text_en=known.text_en,
                text_version=known.version,
                given=said is not None and said.in_force,
                said_version=None if said is None else said.text_version,
                through=None if said is None else said.through,
                paper_no=None if said is None else said.paper_no,
                reason=None if said is None else said.reason,
                recorded_at=None if said is None else said.recorded_at,
            )
            for code, known in consent_purposes().items()
            for said in [latest.get(code)]
        ]
    )


@get("/v1/me/consents", opt=signed_in(), summary="List my consents", tags=["privacy"])
async def list_own_consents(call: Call) -> ConsentList:
    """What there is to agree to, and what the caller says about it; not for API keys."""
    person, keys = person_signed_in(call), call.service.personal_keys
    async with read_transaction(call.service.engine) as conn:
        found = await list_consents(conn, person_id=person.person_id, keys=keys)
    return consent_list(found)


@post("/v1/me/consents", opt=signed_in(), summary="Agree, or agree no longer", tags=["privacy"])
async def record_own_consent(call: Call, data: JSONBody[NewConsent]) -> Response[ConsentRecorded]:
    """The latest word of a purpose holds; not for API keys."""
    person = person_signed_in(call)

    async def record(conn: AsyncConnection) -> ConsentRecorded:
        await record_consent(
            conn,
            person_id=person.person_id,
            purpose=data.purpose,
            given=data.given,
            through="self",
            recorded_by=person.caller_id,
            keys=call.service.personal_keys,
        )
        version = consent_purposes()[data.purpose].version
        return ConsentRecorded(data.purpose, data.given, version)

    return await once(call, data, record)


@get("/v1/me/looks", opt=signed_in(), summary="List who saw my data", tags=["privacy"])
async def list_own_looks(call: Call) -> LookList:
    """Who saw the caller's data in full, when and why; not for API keys."""
    person, keys = person_signed_in(call), call.service.personal_keys
    async with read_transaction(call.service.engine) as conn:
        found = await list_disclosures(
            conn, person_id=person.person_id, keys=keys, limit=_SHOWN_LOOKS
        )
    return LookList([view(LookView, one) for one in found])


@post(
    "/v1/me/data",
    opt=signed_in(step_up=True, needs_key=False),
    summary="Take all my data along",
    tags=["privacy"],
    status_code=200,
    media_type=MEDIA_TYPE,
)
async def take_own_data(request: Request[Any, Any, Any], call: Call) -> Stream:
    """One archive with JSON, a workbook and files; each one is on record. Not for API keys."""
    person = person_signed_in(call)
    return await take_along(call, person, language_of(request.headers.get("accept-language")))


ROUTES = (list_own_consents, record_own_consent, list_own_looks, take_own_data)
