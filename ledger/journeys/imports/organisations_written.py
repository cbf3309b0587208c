"""Ready lines of merchants and partners become such, with who stands or speaks for them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import today
from ledger.errors import LedgerError
from ledger.foundation.grants import RolesExcludeEachOther
from ledger.foundation.organisations import MerchantNameTaken
from ledger.foundation.partners import PartnerNameTaken, add_contact
from ledger.foundation.people import Person, PersonalDetails
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.journeys.enrolment import admit_operator, enrol_merchant, enrol_partner, know_person
from ledger.journeys.imports.lines import Line
from ledger.journeys.imports.organisation_lines import (
    OrganisationKind,
    OrganisationLine,
    judge_organisations,
)
from ledger.journeys.imports.reading import Problem
from ledger.journeys.imports.store import Settled
from ledger.programmes.redemption.contracts import agree_contract


async def write_organisations(
    conn: AsyncConnection,
    *,
    tenant_id: int,
    kind: OrganisationKind,
    lines: Sequence[Line],
    keys: PersonalDataKeys,
    caller_id: int,
) -> list[Settled]:
    """Enrol the merchants or partners of these lines, each with its contact or not at all."""
    judged = list(lines)
    await judge_organisations(conn, tenant_id=tenant_id, kind=kind, lines=judged)
    write = _write_merchant if kind == "merchants" else _write_partner
    settled = []
    for line in judged:
        if line.state != "ready":
            settled.append(Settled(line.line, line.state, line.problems[-1], line.object_id))
            continue
        try:
            async with conn.begin_nested():
                made = await write(conn, tenant_id, line.parsed, keys, caller_id)
        except RolesExcludeEachOther:
            settled.append(Settled(line.line, "error", Problem("contact_name", "roles_exclude")))
        except (MerchantNameTaken, PartnerNameTaken):  # by somebody at this very moment
            settled.append(Settled(line.line, "skipped", Problem("name", "exists")))
        except LedgerError:
            settled.append(Settled(line.line, "error", Problem("name", "refused")))
        else:
            settled.append(Settled(line.line, "done", None, made))
    return settled


async def _write_merchant(
    conn: AsyncConnection,
    tenant_id: int,
    said: OrganisationLine,
    keys: PersonalDataKeys,
    caller_id: int,
) -> UUID:
    merchant = await enrol_merchant(
        conn, tenant_id=tenant_id, name=said.name, enrolled_by=caller_id
    )
    if said.fen_per_100_points is not None:
        await agree_contract(
            conn,
            tenant_id=tenant_id,
            merchant_id=merchant.merchant_id,
            valid_from=today(),
            caller_id=caller_id,
            fen_per_100_points=said.fen_per_100_points,
        )
    person = await _contact(conn, said, keys, caller_id)
    if person is not None:
        await admit_operator(
            conn,
            tenant_id=tenant_id,
            person=person,
            merchant_id=merchant.merchant_id,
            admitted_by=caller_id,
        )
    return merchant.merchant_id


async def _write_partner(
    conn: AsyncConnection,
    tenant_id: int,
    said: OrganisationLine,
    keys: PersonalDataKeys,
    caller_id: int,
) -> UUID:
    assert said.kind is not None, "a partner's line without its kind is wrong"
    partner = await enrol_partner(
        conn, tenant_id=tenant_id, name=said.name, kind=said.kind, enrolled_by=caller_id
    )
    person = await _contact(conn, said, keys, caller_id)
    if person is not None:
        await add_contact(
            conn,
            tenant_id=tenant_id,
            partner_id=partner.partner_id,
            person=person,
            caller_id=caller_id,
            keys=keys,
        )
    return partner.partner_id


async def _contact(
    conn: AsyncConnection, said: OrganisationLine, keys: PersonalDataKeys, caller_id: int
) -> Person | None:
    if said.contact_name is None:
        return None
    return await know_person(
        conn,
        display_name=said.contact_name,
        keys=keys,
        details=PersonalDetails(phone=said.contact_phone),
        known_by=caller_id,
    )
