"""What a rule says over time: from which day which value, as far as it is decided."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from ledger.database import fetch_all, load_sql
from ledger.foundation.policies import SHIPPED, PolicyValue
from ledger.foundation.policy_rules import get_rule


class PolicyStep(msgspec.Struct, frozen=True):
    """A value, and the first day on which it holds; it does until the next step."""

    first_day: date
    decided: PolicyValue


async def list_policy_steps(
    conn: AsyncConnection,
    *,
    keys: Collection[str],
    first: date,
    last: date | None = None,
    tenant_id: int | None = None,
    org_unit_id: UUID | None = None,
    without: UUID | None = None,
) -> Mapping[str, Sequence[PolicyStep]]:
    """By rule the value on a first day, and each other value that follows until a last day.

    ``last`` None: all that is decided. ``without``: a proposal, as if it had not been approved.

    Raises:
        InvalidInput: there is no such rule.
    """
    rules = {key: get_rule(key) for key in keys}
    statement = load_sql("ledger.foundation", "list_policy_steps")
    found: dict[str, list[PolicyStep]] = {key: [] for key in rules}
    for row in await fetch_all(
        conn, statement, tenant_id, org_unit_id, list(rules), first, last, without
    ):
        rule, steps = rules[row.key], found[row.key]
        decided = PolicyValue(rule.read(rule.default), SHIPPED)
        if row.value is not None:
            decided = PolicyValue(rule.read(row.value), row.version, row.org_unit_id)
        if not steps or steps[-1].decided.value != decided.value:
            steps.append(PolicyStep(row.day, decided))
    return found


def value_on(steps: Sequence[PolicyStep], day: date) -> PolicyValue:
    """What a rule says on a day that is not before the first step."""
    return [one.decided for one in steps if one.first_day <= day][-1]
