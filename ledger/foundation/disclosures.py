"""Full view of personal data: for a purpose and in words, on record, so often a day, told to her.

Source: docs/decisions/0049-personal-data.md
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import SHANGHAI, business_date, now
from ledger.database import execute, fetch_all, fetch_one, fetch_optional, fetch_value, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.audit_log import current_request_id, record_action
from ledger.foundation.consents import SEEN_BY_ALL, find_consent, has_consent
from ledger.foundation.free_words import told_reason
from ledger.foundation.guardians import is_guardian_of
from ledger.foundation.notices import Facts, notify
from ledger.foundation.people import get_person_by_id
from ledger.foundation.personal_data import PersonalDataKeys, PersonErased, open_words
from ledger.foundation.policies import policy_value
from ledger.foundation.shared_people import require_all_places
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
#: What can be seen in full, in the order in which it is shown.
FIELDS = ("name", "phone", "id_number", "birthday", "address", "bank_account")
#: What one looks for; the words of each are ``purpose.<code>`` of the pages.
PURPOSES = ("identify", "contact", "emergency", "payment", "legal")
#: Looking up a telephone to call somebody needs her consent; an emergency does not.
_NEEDS_CONSENT = {"contact": "contact_by_phone"}
#: What any place of hers may look up when she is in need, whatever the others know of her.
_SHOWN_IN_NEED = frozenset({"name", "phone"})
#: How long what was looked up can be read again without a new reason.
SHOWN_FOR = timedelta(minutes=10)
LARGEST_PAGE = 200


class DailyViewsExhausted(LedgerError):
    """Nobody needs to look at so many people in one day."""

    template = "You have looked at {limit} people's data in full today; go on tomorrow."


class ConsentMissing(LedgerError):
    """The person has not agreed to this."""

    template = "The person has not agreed to this: {purpose}."


class DisclosureOver(LedgerError):
    """What was looked up is shown for some minutes; another look needs a reason of its own."""

    template = "What you looked up was shown for {minutes} minutes. Give a reason to look again."


class Disclosure(msgspec.Struct, frozen=True):
    """One look, as the person reads about it."""

    disclosure_id: UUID
    seen_at: datetime
    fields: Sequence[str]
    purpose: str
    #: The reason in the viewer's words; None once the person's key is gone.
    words: str | None
    viewer: str | None
    tenant: str | None


async def disclose(
    conn: AsyncConnection,
    *,
    person_id: int,
    tenant_id: int,
    seen_by: int,
    fields: Sequence[str],
    purpose: str,
    words: str,
    keys: PersonalDataKeys,
    at: datetime | None = None,
) -> UUID:
    """Put a look on record; ``read_disclosed`` then shows what it is about.

    The person is told, once a day however many look: each look stands under her own data.

    Raises:
        InvalidInput: nothing to show, no known purpose, no reason, or one with somebody's numbers.
        PersonErased: nothing is left.
        ConsentMissing: this purpose needs the person's consent.
        BelongsElsewhere: the viewer may not look in some place of hers, she has not agreed, and it
            is no emergency, or asks for more than name and telephone.
        DailyViewsExhausted: the viewer has looked at enough people today.
    """
    moment = at or now()
    told = _check(fields, purpose, words)
    if await fetch_optional(conn, load_sql(_PACKAGE, "lock_viewer"), seen_by) is None:
        raise NotFound(kind="person", id="")
    row = await fetch_one(conn, load_sql(_PACKAGE, "find_sealed_data"), person_id)
    if row.data_key is None:
        raise PersonErased
    needed = _NEEDS_CONSENT.get(purpose)
    if needed and not await has_consent(conn, person_id=person_id, purpose=needed):
        raise ConsentMissing(purpose=needed)
    if purpose != "emergency" or not _SHOWN_IN_NEED.issuperset(fields):
        await _check_places(conn, person_id, seen_by)
    await _check_limit(conn, tenant_id, seen_by, moment)
    disclosure_id = uuid7()
    await execute(
        conn,
        load_sql(_PACKAGE, "record_disclosure"),
        disclosure_id,
        person_id,
        seen_by,
        tenant_id,
        list(fields),
        purpose,
        keys.seal(bytes(row.data_key), "disclosure_words", told),
        moment,
        current_request_id.get(),
    )
    await record_action(
        conn,
        caller_id=seen_by,
        action="personal_data.view",
        tenant_id=tenant_id,
        object_kind="disclosure",
        object_id=str(disclosure_id),
        behalf_person_id=person_id,
        reason=purpose,
    )
    await _tell(conn, person_id, seen_by, moment)
    return disclosure_id


async def _tell(conn: AsyncConnection, person_id: int, seen_by: int, moment: datetime) -> None:
    await notify(
        conn,
        kind="data_seen",
        person_id=person_id,
        except_caller_id=seen_by,
        facts=Facts(day=business_date(moment)),
        at=moment,
    )


def _check(fields: Sequence[str], purpose: str, words: str) -> str:
    """The reason as it is kept, without blanks around it."""
    if not fields or not set(fields) <= set(FIELDS):
        raise InvalidInput(field="fields", value="…", remedy=f"Name some of {', '.join(FIELDS)}.")
    if purpose not in PURPOSES:
        raise InvalidInput(
            field="purpose", value=purpose, remedy=f"Name one of {', '.join(PURPOSES)}."
        )
    return told_reason(words, field="words")


async def _check_places(conn: AsyncConnection, person_id: int, seen_by: int) -> None:
    """Refuse to show what other places know, unless she, or her guardian of today, agreed to it.

    A paper that staff put down counts as far as they and the viewer together reach.
    """
    rights = [(seen_by, "personal_data.view")]
    person = await get_person_by_id(conn, person_id=person_id)
    consent = await find_consent(conn, person_id=person_id, purpose=SEEN_BY_ALL)
    if consent is not None:
        if consent.through == "self":
            return
        agreed_by = consent.recorded_by
        if consent.through == "guardian" and await is_guardian_of(
            conn, caller_id=agreed_by, ward_caller_id=person.caller_id
        ):
            return
        rights.append((agreed_by, "consents.record"))
    await require_all_places(conn, person_caller_id=person.caller_id, rights=rights)


async def _check_limit(
    conn: AsyncConnection, tenant_id: int, seen_by: int, moment: datetime
) -> None:
    day = business_date(moment)
    rule = await policy_value(conn, key="privacy.full_views_per_day", on=day, tenant_id=tenant_id)
    midnight = datetime.combine(day, time.min, SHANGHAI)
    looks = await fetch_value(conn, load_sql(_PACKAGE, "count_disclosures"), seen_by, midnight)
    if looks >= rule.value:
        wait = midnight + timedelta(days=1) - moment
        raise DailyViewsExhausted(
            limit=rule.value, retry_after_seconds=max(1, int(wait.total_seconds()))
        )


async def read_disclosed(
    conn: AsyncConnection,
    *,
    disclosure_id: UUID,
    seen_by: int,
    tenant_id: int,
    keys: PersonalDataKeys,
    at: datetime | None = None,
) -> tuple[int, Mapping[str, str | None]]:
    """The person and the values of a look, for the viewer alone and for some minutes.

    Raises:
        NotFound: not a look of this viewer in this programme.
        DisclosureOver: it was shown long enough.
    """
    row = await fetch_optional(conn, load_sql(_PACKAGE, "find_disclosure"), disclosure_id, seen_by)
    if row is None or row.scope_tenant_id != tenant_id:
        raise NotFound(kind="disclosure", id=str(disclosure_id))
    if (at or now()) - row.seen_at > SHOWN_FOR:
        raise DisclosureOver(minutes=SHOWN_FOR // timedelta(minutes=1))
    values = await read_personal_data(conn, person_id=row.person_id, keys=keys)
    return row.person_id, {field: values[field] for field in FIELDS if field in row.fields}


async def read_personal_data(
    conn: AsyncConnection, *, person_id: int, keys: PersonalDataKeys
) -> dict[str, str | None]:
    """Everything known of a person in clear, by field; the caller answers for who may see it."""
    row = await fetch_one(conn, load_sql(_PACKAGE, "find_sealed_data"), person_id)
    values: dict[str, str | None] = {"name": row.display_name}
    for field in FIELDS[1:]:
        sealed = getattr(row, f"{field}_sealed")
        known = row.data_key is not None and sealed is not None
        values[field] = keys.open(bytes(row.data_key), field, bytes(sealed)) if known else None
    return values


async def list_disclosures(
    conn: AsyncConnection,
    *,
    person_id: int,
    keys: PersonalDataKeys,
    limit: int | None = LARGEST_PAGE,
) -> list[Disclosure]:
    """Who saw a person's data in full, when and why, the latest first; all without a ``limit``."""
    person = await fetch_one(conn, load_sql(_PACKAGE, "find_sealed_data"), person_id)
    rows = await fetch_all(conn, load_sql(_PACKAGE, "list_disclosures"), person_id, limit)
    return [
        Disclosure(
            row.disclosure_id,
            row.seen_at,
            row.fields,
            row.purpose,
            open_words(keys, person.data_key, "disclosure_words", row.words_sealed),
            row.viewer,
            row.tenant,
        )
        for row in rows
    ]
