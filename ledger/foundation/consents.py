"""Consent: what a person agreed to, by which text, when and through whom; withdrawn as easily.

Source: docs/decisions/0049-personal-data.md
"""

import tomllib
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import now, today
from ledger.database import execute, fetch_all, fetch_one, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError
from ledger.foundation.audit_log import record_action
from ledger.foundation.details import read_birthday
from ledger.foundation.free_words import refuse_name, told_words
from ledger.foundation.guardians import is_guardian_of
from ledger.foundation.identity_numbers import age_on
from ledger.foundation.notices import Facts, notify
from ledger.foundation.personal_data import PersonalDataKeys, PersonErased, open_words
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
_REASON = "consent_reason"
#: What somebody of several places agrees to, so that each of them may look.
SEEN_BY_ALL = "seen_by_all"
#: Below it a guardian agrees: PIPL 31.
AGE_OF_CONSENT = 14

Through = Literal["self", "guardian", "staff", "erasure"]


class GuardianNeeded(LedgerError):
    """A child does not agree for herself."""

    template = "Below the age of {age} a guardian agrees."


class ConsentPurpose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to agree to, with the text in force."""

    version: int
    zh: str
    en: str
    text_zh: str
    text_en: str


class Consent(msgspec.Struct, frozen=True):
    """One row of a person's history of consents."""

    purpose: str
    given: bool
    text_version: int
    through: Through
    paper_no: str | None
    #: Why staff recorded a withdrawal without a paper; None also once the person's key is gone.
    reason: str | None
    recorded_at: datetime
    recorder: str | None
    #: A guardian agreed, to what only a guardian of today agrees to, and is none any more.
    has_lapsed: bool = False

    @property
    def in_force(self) -> bool:
        """It is agreed to, by the text in force."""
        known = consent_purposes().get(self.purpose)
        agreed = self.given and known is not None and self.text_version == known.version
        return agreed and not self.has_lapsed


class ConsentInForce(msgspec.Struct, frozen=True):
    """How a consent came to be that holds now."""

    through: Through
    #: The caller who sent it.
    recorded_by: int


@cache
def consent_purposes() -> Mapping[str, ConsentPurpose]:
    """What can be agreed to, by code, in the order of the list."""
    written = files("ledger.foundation").joinpath("data", "consents.toml").read_text("utf-8")
    tables = tomllib.loads(written)
    return MappingProxyType(
        {code: msgspec.convert(table, ConsentPurpose) for code, table in tables.items()}
    )


async def record_consent(
    conn: AsyncConnection,
    *,
    person_id: int,
    purpose: str,
    given: bool,
    through: Through,
    recorded_by: int,
    keys: PersonalDataKeys,
    paper_no: str | None = None,
    reason: str | None = None,
    tenant_id: int | None = None,
) -> None:
    """Put down that a person agrees to the text in force, or no longer.

    Staff put down a consent by its paper. Withdrawing is as easy as can be: a reason will do.
    What others put down is told to the person.

    Raises:
        InvalidInput: no such purpose, staff with neither a paper nor a reason that will do, or her
            name or number in that of the paper.
        GuardianNeeded: a child agrees for herself.
        PersonErased: nobody is left to agree or not.
    """
    paper_no, reason = (paper_no or "").strip() or None, (reason or "").strip() or None
    known = _check(purpose, through, given, paper_no, reason)
    person = await fetch_one(conn, load_sql(_PACKAGE, "lock_personal_data"), person_id)
    if person.data_key is None:
        raise PersonErased
    if paper_no is not None:
        paper_no = told_words("paper_no", paper_no)
    born = read_birthday(person, keys)
    if given and through == "self" and born and age_on(born, today()) < AGE_OF_CONSENT:
        raise GuardianNeeded(age=AGE_OF_CONSENT)
    if paper_no is not None:
        refuse_name("paper_no", paper_no, person.display_name)
    consent_id = uuid7()
    await execute(
        conn,
        load_sql(_PACKAGE, "record_consent"),
        consent_id,
        person_id,
        purpose,
        given,
        known.version,
        through,
        paper_no,
        recorded_by,
        now(),
        None if reason is None else keys.seal(bytes(person.data_key), _REASON, reason),
    )
    await record_action(
        conn,
        caller_id=recorded_by,
        action="consent.give" if given else "consent.withdraw",
        tenant_id=tenant_id,
        object_kind="consent",
        object_id=purpose,
        behalf_person_id=None if through == "self" else person_id,
    )
    if through in ("staff", "guardian"):
        await notify(
            conn,
            kind="consent_given" if given else "consent_withdrawn",
            person_id=person_id,
            tenant_id=tenant_id,
            subject_id=consent_id,
            facts=Facts(about=purpose),
        )


def _check(
    purpose: str, through: Through, given: bool, paper_no: str | None, reason: str | None
) -> ConsentPurpose:
    known = consent_purposes().get(purpose)
    if known is None:
        remedy = f"Name one of {', '.join(consent_purposes())}."
        raise InvalidInput(field="purpose", value=purpose, remedy=remedy)
    if through == "staff" and paper_no is None and (given or reason is None):
        remedy = "Give the number of the signed paper" + ("." if given else ", or the reason.")
        raise InvalidInput(field="paper_no", value="", remedy=remedy)
    return known


async def list_consents(
    conn: AsyncConnection, *, person_id: int, keys: PersonalDataKeys
) -> list[Consent]:
    """Everything a person agreed to or withdrew, the latest first."""
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_consents"), person_id)
    return [
        Consent(
            row.purpose,
            row.given,
            row.text_version,
            row.through,
            row.paper_no,
            open_words(keys, row.data_key, _REASON, row.reason_sealed),
            row.recorded_at,
            row.recorder,
            await _has_lapsed(conn, row),
        )
        for row in rows
    ]


async def _has_lapsed(conn: AsyncConnection, row: Row[Any]) -> bool:
    """Whether a guardian agreed for as long as the guardianship lasts, and it is over."""
    if not row.given or row.through != "guardian" or row.purpose != SEEN_BY_ALL:
        return False
    return not await is_guardian_of(conn, caller_id=row.recorded_by, ward_caller_id=row.caller_id)


async def has_consent(conn: AsyncConnection, *, person_id: int, purpose: str) -> bool:
    """Whether a person agrees to something by the text in force."""
    return person_id in await list_consenting(conn, person_ids=[person_id], purpose=purpose)


async def find_consent(
    conn: AsyncConnection, *, person_id: int, purpose: str
) -> ConsentInForce | None:
    """How a person agreed to something by the text in force; None: she does not agree."""
    version = consent_purposes()[purpose].version
    statement = load_sql(_PACKAGE, "find_consent_in_force")
    row = await fetch_optional(conn, statement, person_id, purpose, version)
    return None if row is None else ConsentInForce(row.through, row.recorded_by)


async def list_consenting(
    conn: AsyncConnection, *, person_ids: Collection[int], purpose: str
) -> frozenset[int]:
    """Who of several people agrees to something by the text in force; for lists and pages."""
    version = consent_purposes()[purpose].version
    rows = await fetch_all(
        conn, load_sql(_PACKAGE, "list_consenting"), list(person_ids), purpose, version
    )
    return frozenset(row.person_id for row in rows)


async def list_consenting_members(
    conn: AsyncConnection, *, tenant_id: int, member_ids: Collection[UUID], purpose: str
) -> frozenset[UUID]:
    """The same for members of a programme; what publishes a name asks here."""
    version = consent_purposes()[purpose].version
    statement = load_sql(_PACKAGE, "list_consenting_members")
    rows = await fetch_all(conn, statement, tenant_id, list(member_ids), purpose, version)
    return frozenset(row.member_id for row in rows)
