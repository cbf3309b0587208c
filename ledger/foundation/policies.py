"""Policies: what a rule says on a business day, in the nearest unit that has decided it.

A value holds from its first day until the next decision of the same unit; at any day there is
exactly one answer, because the latest row is found and no end is written down. A decision without
a value hands the rule back to the wider unit. Nothing holds retroactively.

Source: docs/decisions/0011-policies.md
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.clock import business_date, now
from ledger.database import execute, fetch_all, fetch_optional, load_sql
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.policy_rules import get_rule
from ledger.identifiers import uuid7

_PACKAGE = "ledger.foundation"
#: The version of the defaults that ship with the program.
SHIPPED = 0


class PolicyRetroactive(LedgerError):
    """A rule may not change for days that have begun."""

    template = "{key} cannot change from {valid_from}; it can from the day after {decided_on}."


class PolicyAlreadyApproved(LedgerError):
    """A proposal is approved once."""

    template = "The proposal for {key} was approved before."


class ApproverIsProposer(LedgerError):
    """The second person must be another one."""

    template = "Somebody else must approve what you proposed."


class PolicyValue(msgspec.Struct, frozen=True):
    """What a rule says, and the version that entries made by it store."""

    value: Any
    version: int
    #: The unit that decided it; None: the platform, or nobody.
    org_unit_id: UUID | None = None


class Decision(msgspec.Struct, frozen=True):
    """One approved value of a rule."""

    version: int
    key: str
    org_unit_id: UUID | None
    value: Any
    valid_from: date
    document_no: str
    proposed_by: int
    approved_by: int
    approved_at: datetime


class Policies(msgspec.Struct, frozen=True):
    """Several rules as of one day."""

    values: Mapping[str, PolicyValue]

    def __getitem__(self, key: str) -> Any:
        return self.values[key].value

    @property
    def version(self) -> int:
        """The newest version among them: with day and unit it determines them all."""
        return max(value.version for value in self.values.values())


async def get_policies(
    conn: AsyncConnection,
    *,
    keys: Collection[str],
    on: date,
    tenant_id: int | None = None,
    org_unit_id: UUID | None = None,
) -> Policies:
    """What these rules say on a day, for a tenant or for a unit.

    Raises:
        InvalidInput: there is no such rule.
    """
    rules = {key: get_rule(key) for key in keys}
    statement = load_sql(_PACKAGE, "list_policy_values")
    rows = await fetch_all(conn, statement, tenant_id, org_unit_id, list(rules), on)
    values = {key: PolicyValue(rule.read(rule.default), SHIPPED) for key, rule in rules.items()}
    for row in rows:
        value = rules[row.key].read(row.value)
        values[row.key] = PolicyValue(value, row.version, row.org_unit_id)
    return Policies(values)


async def policy_value(
    conn: AsyncConnection,
    *,
    key: str,
    on: date,
    tenant_id: int | None = None,
    org_unit_id: UUID | None = None,
) -> PolicyValue:
    """What one rule says on a day, for a tenant or for a unit.

    Raises:
        InvalidInput: there is no such rule.
    """
    policies = await get_policies(
        conn, keys=(key,), on=on, tenant_id=tenant_id, org_unit_id=org_unit_id
    )
    return policies.values[key]


async def propose_policy(
    conn: AsyncConnection,
    *,
    org_unit_id: UUID | None,
    key: str,
    value: Any,
    valid_from: date,
    document_no: str,
    caller_id: int,
    at: datetime | None = None,
    proposal_id: UUID | None = None,
) -> UUID:
    """Enter a value for a rule; it holds once somebody else approves it.

    ``value`` in the rule's unit, as JSON types; None: inherit again. No unit: the whole platform.

    Raises:
        InvalidInput: no such rule, or a value outside its bounds.
    """
    check_value(key, value)
    proposal_id = proposal_id or uuid7()
    await execute(
        conn,
        load_sql(_PACKAGE, "propose_policy"),
        proposal_id,
        org_unit_id,
        key,
        None if value is None else msgspec.json.encode(value).decode(),
        valid_from,
        document_no,
        caller_id,
        at or now(),
    )
    return proposal_id


def check_value(key: str, value: Any) -> None:
    """Look at a value in the rule's unit, as JSON types; None: inherit again.

    Raises:
        InvalidInput: no such rule, or a value outside its bounds.
    """
    rule = get_rule(key)
    if value is None:
        return
    try:
        rule.check(value)
    except ValueError as problem:
        raise InvalidInput(field=key, value=value, remedy=str(problem)) from problem


async def approve_policy(
    conn: AsyncConnection, *, proposal_id: UUID, caller_id: int, at: datetime | None = None
) -> int:
    """Let a proposal hold from its first day; returns its version.

    The first day must lie after the day of approval, except for a unit that begins only then.

    Raises:
        NotFound: no such proposal.
        ApproverIsProposer: one person did both.
        PolicyRetroactive: its first day has begun.
        PolicyAlreadyApproved: it was approved before.
    """
    proposal = await fetch_optional(conn, load_sql(_PACKAGE, "find_policy_proposal"), proposal_id)
    if proposal is None:
        raise NotFound(kind="policy proposal", id=str(proposal_id))
    if proposal.approved_version is not None:
        raise PolicyAlreadyApproved(key=proposal.key)
    if proposal.proposed_by == caller_id:
        raise ApproverIsProposer
    approved_at = at or now()
    decided_on = business_date(approved_at)
    is_new_unit = proposal.unit_began is not None and proposal.unit_began >= decided_on
    if proposal.valid_from <= decided_on and not is_new_unit:
        raise PolicyRetroactive(
            key=proposal.key, valid_from=proposal.valid_from, decided_on=decided_on
        )
    statement = load_sql(_PACKAGE, "approve_policy")
    row = await fetch_optional(conn, statement, proposal_id, caller_id, approved_at)
    if row is None:
        raise PolicyAlreadyApproved(key=proposal.key)
    assert isinstance(row.version, int)
    return row.version


async def list_decisions(
    conn: AsyncConnection, *, limit: int, key: str | None = None, after_version: int = 0
) -> list[Decision]:
    """A page of decisions in the order of approval, of one rule or of all."""
    statement = load_sql(_PACKAGE, "list_policies")
    rows = await fetch_all(conn, statement, key, after_version, limit)
    return [
        Decision(
            row.version,
            row.key,
            row.org_unit_id,
            row.value,
            row.valid_from,
            row.document_no,
            row.proposed_by,
            row.approved_by,
            row.approved_at,
        )
        for row in rows
    ]
