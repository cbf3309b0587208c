"""A change of a rule in words: today's value, and what the rule would say without the change."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import GatedCall
from api.web.formatting import Language, format_day
from api.web.policy_words import value_words
from api.web.texts import text
from ledger.clock import today
from ledger.foundation.approvals import Approval
from ledger.foundation.org_units import get_unit_history
from ledger.foundation.policy_rules import PolicyRule, get_rule
from ledger.foundation.policy_steps import PolicyStep, list_policy_steps, value_on
from ledger.journeys.approvals.matters import PolicyChange


class PolicyFacts(NamedTuple):
    """Labels below ``approval_fact`` with their words, and whether the unit is gone by then."""

    facts: list[tuple[str, str]]
    unit_ends: bool


def coming_words(rule: PolicyRule, steps: Sequence[PolicyStep], language: Language) -> list[str]:
    """The values that follow after today, each with its first day."""
    return [
        text(
            language,
            "policy.from_day",
            day=format_day(one.first_day, language),
            value=value_words(rule, one.decided.value, language),
        )
        for one in steps
        if one.first_day > today()
    ]


async def policy_facts(
    conn: AsyncConnection,
    call: GatedCall,
    approval: Approval,
    matter: PolicyChange,
    language: Language,
) -> PolicyFacts:
    """Everything that whoever decides about the change must see."""
    rule = get_rule(matter.key)
    facts = [("rule", rule.zh if language == "zh-CN" else rule.en)]
    unit_ends = False
    if matter.org_unit_id is None:
        facts.append(("scope", text(language, "approval.whole_platform")))
    else:
        unit = await get_unit_history(conn, org_unit_id=matter.org_unit_id)
        facts.append(("scope", unit.name_on(matter.valid_from)))
        if unit.ends_on is not None and unit.ends_on <= matter.valid_from:
            unit_ends = True
            facts.append(("unit_ends", format_day(unit.ends_on, language)))
    facts += await _without(conn, call, approval, matter, language)
    new = text(language, "approval.inherited")
    if matter.value is not None:
        new = value_words(rule, rule.read(matter.value), language)
    facts += [
        ("value_after", new),
        ("valid_from", format_day(matter.valid_from, language)),
        ("document_no", matter.document_no),
    ]
    return PolicyFacts(facts, unit_ends)


async def _without(
    conn: AsyncConnection,
    call: GatedCall,
    approval: Approval,
    matter: PolicyChange,
    language: Language,
) -> list[tuple[str, str]]:
    """What the rule says without the change: on its day, and while it waits today and later."""
    rule, place = get_rule(matter.key), matter.org_unit_id
    if call.tenant_or_none is not None:
        place = call.tenant.org_unit_id  # a unit that only begins by then says nothing of today
    found = await list_policy_steps(
        conn,
        keys=(matter.key,),
        first=min(today(), matter.valid_from),
        org_unit_id=place,
        without=approval.result_id,
    )
    steps = found[matter.key]
    there = value_words(rule, value_on(steps, matter.valid_from).value, language)
    if approval.state != "waiting":
        return [("value_without", there)]
    return [
        ("value_today", value_words(rule, value_on(steps, today()).value, language)),
        *(("value_coming", words) for words in coming_words(rule, steps, language)),
        ("value_without", there),
    ]
