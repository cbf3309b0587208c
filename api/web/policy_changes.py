"""Asking for another value of a rule: the present one beside it, from when, on which document."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from litestar import get, post
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncConnection

from api.gate import Call, GatedCall
from api.policies import may, may_on_platform
from api.web.approvals import approvals_home, place_here
from api.web.formatting import format_day
from api.web.forms import Form
from api.web.frame import (
    Page,
    PageRequest,
    empty_form,
    key_of_form,
    language_of_page,
    read_form,
    see,
    show,
)
from api.web.looked import digest_of, was_looked_at
from api.web.policies import (
    IN_PROGRAMME,
    ON_PLATFORM,
    PROPOSE,
    Area,
    address_in,
    area_asked,
    area_of_programme,
    steps_in,
)
from api.web.policy_facts import coming_words
from api.web.policy_words import read_value, unit_words, value_words, written_value
from api.web.refused import words_of_refusal
from api.web.texts import label, text
from ledger.clock import today
from ledger.database import read_transaction, write_transaction
from ledger.errors import InvalidInput, LedgerError, NotFound
from ledger.foundation.approvals import Approval
from ledger.foundation.org_units import UnitEnded
from ledger.foundation.policies import PolicyRetroactive
from ledger.foundation.policy_rules import PolicyRule, policy_rules
from ledger.foundation.policy_steps import PolicyStep, value_on
from ledger.journeys.approvals.deciding import ask
from ledger.journeys.approvals.matters import PolicyChange
from ledger.journeys.approvals.rules import check_policy_change

LONGEST_REASON = 200
LONGEST_VALUE = 2000
LONGEST_DOCUMENT = 60
_ACTS = frozenset({"look", "ask"})
_INHERIT = "inherit"
_FIELDS = ("value", _INHERIT, "valid_from", "document_no", "reason")


class _Unseen(Exception):
    """What was sent is not what was looked at, or the rule has another value by now."""


class _Typed(NamedTuple):
    """A form that can be read; ``value`` None: inherit again."""

    matter: PolicyChange
    reason: str
    #: Where it is to hold from its first day.
    area: Area


async def _read(
    conn: AsyncConnection, call: GatedCall, form: Form, key: str, area: Area
) -> _Typed | None:
    """What was typed and could be asked for now; None when some field is wrong."""
    rule = _rule(key)
    value = None if form.values.get(_INHERIT) else _read_value(form, rule)
    valid_from = form.day("valid_from")
    if valid_from is not None and valid_from <= today():
        form.refuse("valid_from", "policy.not_past")
    document_no = form.text("document_no", limit=LONGEST_DOCUMENT)
    reason = form.text("reason", limit=LONGEST_REASON)
    if form.errors or valid_from is None:
        return None
    if call.tenant_or_none is not None:
        area = await area_of_programme(conn, call.tenant, valid_from)
    matter = PolicyChange(
        org_unit_id=area.unit_id,
        key=key,
        value=value,
        valid_from=valid_from,
        document_no=str(document_no),
    )
    try:
        await check_policy_change(
            conn, tenant_id=call.scope_id, matter=matter, asked_by=call.caller_id
        )
    except UnitEnded as refusal:
        day = format_day(refusal.ended, form.language)
        form.refuse("valid_from", "policy.unit_ended", name=refusal.name, day=day)
        return None
    return _Typed(matter, str(reason), area)


def _read_value(form: Form, rule: PolicyRule) -> Any:
    typed = form.text("value", limit=LONGEST_VALUE, required=rule.kind != "dates")
    if form.errors.get("value"):
        return None
    try:
        value = read_value(rule, typed or "")
        rule.check(value)
    except ValueError:
        least, most = _bounds(rule)
        key = "policy.out_of_bounds" if least else "policy.not_understood"
        form.refuse("value", key, least=least, most=most)
        return None
    return value


def _bounds(rule: PolicyRule) -> tuple[str, str]:
    """The least and the most of a whole number, as they are typed; empty for other kinds."""
    if rule.least is None or rule.most is None:
        return "", ""
    return written_value(rule, rule.least), written_value(rule, rule.most)


async def _rule_page(
    request: PageRequest,
    call: GatedCall,
    key: str,
    form: Form | None = None,
    *,
    looked: bool = False,
    unseen: bool = False,
    status: int = 200,
) -> Page:
    language, rule = language_of_page(request), _rule(key)
    async with read_transaction(call.service.engine) as conn:
        area = await area_asked(conn, request, call)
        steps = (await steps_in(conn, area, (key,)))[key]
        typed = None
        if form is not None and looked and not form.errors and area.decides:
            typed = await _read(conn, call, form, key, area)
    now_value = steps[0].decided.value
    if form is None:
        form = empty_form(request, value=written_value(rule, now_value))
    before = now_value if typed is None else value_on(steps, typed.matter.valid_from).value
    least, most = _bounds(rule)
    return show(
        request,
        "approvals/policy.html",
        place_here(call),
        status=409 if unseen and typed else 422 if looked and typed is None else status,
        home=address_in(call, area),
        keeps_sent=True,
        here=address_in(call, area, key),
        form=form,
        area=area,
        rule=rule,
        name=rule.zh if language == "zh-CN" else rule.en,
        unit=unit_words(rule, language) if rule.kind == "integer" else "",
        choices=[(one, label(language, "policy_option", one)) for one in rule.options],
        hint=label(language, "policy_hint", rule.kind).format(least=least, most=most),
        today_value=value_words(rule, now_value, language),
        coming=coming_words(rule, steps, language),
        before=value_words(rule, before, language),
        typed=typed,
        after=None if typed is None else _after(rule, typed.matter, language),
        looked=digest_of(form, _FIELDS, _beside(rule, steps, typed)),
        unseen=unseen,
    )


def _rule(key: str) -> PolicyRule:
    """The rule of an address.

    Raises:
        NotFound: there is none.
    """
    if key not in policy_rules():
        raise NotFound(kind="rule", id=key)
    return policy_rules()[key]


def _beside(rule: PolicyRule, steps: Sequence[PolicyStep], typed: _Typed | None) -> str:
    """What the look shows beside the fields: the values without it, and where it is to hold."""
    values = [written_value(rule, one.decided.value) for one in steps]
    days = [str(one.first_day) for one in steps[1:]]
    return f"{values} {days} {typed.area.unit_id if typed else None}"


def _after(rule: PolicyRule, matter: PolicyChange, language: Any) -> str:
    if matter.value is None:
        return text(language, "approval.inherited")
    return value_words(rule, rule.read(matter.value), language)


async def _asked(request: PageRequest, call: GatedCall, key: str) -> Page:
    form, rule = await read_form(request), _rule(key)
    if form.choice("act", _ACTS) != "ask":
        return await _rule_page(request, call, key, form, looked=True)
    key_of_form(call)

    async def act(conn: AsyncConnection) -> Approval | None:
        area = await area_asked(conn, request, call)
        typed = await _read(conn, call, form, key, area)
        if typed is None:
            return None
        steps = (await steps_in(conn, area, (key,)))[key]
        if not was_looked_at(form, _FIELDS, _beside(rule, steps, typed)):
            raise _Unseen
        return await ask(
            conn,
            tenant_id=call.scope_id,
            matter=typed.matter,
            reason=typed.reason,
            caller_id=call.caller_id,
        )

    try:
        asked = await write_transaction(call.service.engine, act, tenant_id=call.scope_id)
    except _Unseen:
        return await _rule_page(request, call, key, form, looked=True, unseen=True)
    except (InvalidInput, PolicyRetroactive) as refusal:
        return await _again(request, call, key, form, refusal)
    if asked is None:
        return await _rule_page(request, call, key, form, status=422)
    return see(f"{approvals_home(call)}/{asked.approval_id}")


async def _again(
    request: PageRequest, call: GatedCall, key: str, form: Form, refusal: LedgerError
) -> Page:
    about = "valid_from" if isinstance(refusal, PolicyRetroactive) else "value"
    form.errors[about] = words_of_refusal(refusal, form.language)
    return await _rule_page(request, call, key, form, status=422)


@get(IN_PROGRAMME + "/{key:str}", opt=may(PROPOSE))
async def programme_policy(request: PageRequest, call: Call, key: FromPath[str]) -> Page:
    """One rule, to be changed."""
    return await _rule_page(request, call, key)


@get(ON_PLATFORM + "/{key:str}", opt=may_on_platform(PROPOSE))
async def platform_policy(request: PageRequest, call: Call, key: FromPath[str]) -> Page:
    """The same on the platform or for a unit."""
    return await _rule_page(request, call, key)


@post(IN_PROGRAMME + "/{key:str}", opt=may(PROPOSE, step_up=True))
async def programme_policy_asked(request: PageRequest, call: Call, key: FromPath[str]) -> Page:
    """Show the difference; then ask a second person."""
    return await _asked(request, call, key)


@post(ON_PLATFORM + "/{key:str}", opt=may_on_platform(PROPOSE, step_up=True))
async def platform_policy_asked(request: PageRequest, call: Call, key: FromPath[str]) -> Page:
    """The same on the platform or for a unit."""
    return await _asked(request, call, key)


ROUTES = [programme_policy, platform_policy, programme_policy_asked, platform_policy_asked]
