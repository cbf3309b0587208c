"""The form with which one agrees, for oneself or for a ward: read, and put down once."""

from typing import Literal

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call
from api.web.form_once import OperationRefused, once_for_form
from api.web.forms import Form
from api.web.frame import key_of_form
from ledger.foundation.consents import consent_purposes, record_consent


class SaidOfConsent(msgspec.Struct, frozen=True):
    """What somebody says about one purpose."""

    purpose: str
    given: bool


def read_consent(form: Form) -> SaidOfConsent | None:
    """What the form says; None, with the fault noted, when it says nothing known."""
    purpose = form.choice("purpose", frozenset(consent_purposes()))
    given = form.choice("given", frozenset({"yes", "no"}))
    return None if purpose is None or given is None else SaidOfConsent(purpose, given == "yes")


async def put_down_once(
    call: Call,
    said: SaidOfConsent,
    *,
    person_id: int,
    through: Literal["self", "guardian"],
    tenant_id: int | None = None,
) -> None:
    """Put down what was said; the same form sent again changes nothing.

    Raises:
        FormForged: the form is not one of ours.
        GuardianNeeded, PersonErased: as ``record_consent`` raises them.
        IdempotencyConflict, OutcomeUnknown, ServiceBusy: as ``once`` raises them.
    """
    key_of_form(call)

    async def record(conn: AsyncConnection) -> SaidOfConsent:
        await record_consent(
            conn,
            person_id=person_id,
            purpose=said.purpose,
            given=said.given,
            through=through,
            recorded_by=call.caller_id,
            keys=call.service.personal_keys,
            tenant_id=tenant_id,
        )
        return said

    try:
        await once_for_form(call, said, record)
    except OperationRefused as refused:
        raise refused.refusal from refused
