"""Switching the language of a form that was only looked at, or refused, loses nothing of it."""

import re
from html import unescape

import httpx
import pytest

from api.edge import Edge
from api.web.form_words import FormField, FormOnPage, answers_of, read_forms
from ledger.foundation.organisations import Tenant
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.test_act_for import GROUND, page_of, provided
from tests.web.test_payments import GOOD, deposit, estate
from tests.web.test_payments import page_of as payment_page
from tests.web.visitors import hidden, send

__all__ = ["deposit", "estate", "provided"]  # fixtures

CARRIED = re.compile(r'name="(kept|next|stage|wrong)" value="([^"]*)"')
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


async def switch(client: httpx.AsyncClient, page: httpx.Response, query: str) -> httpx.Response:
    """Press a switch in the head of a page."""
    found = {name: unescape(value) for name, value in CARRIED.findall(page.text)}
    assert "kept" in found, "the switches carry nothing"
    shown = await client.post(f"/account/kept?{query}", data={**hidden(page), **found})
    assert shown.status_code == 200, shown.text
    return shown


def form_of(page: httpx.Response) -> dict[str, str]:
    """What the one button of a kept form sends."""
    main = page.text.split("<main", 1)[1]
    return {name: unescape(value) for name, value in FIELD.findall(main)}


@pytest.mark.usefixtures("provided")
async def test_acting_for_somebody_is_checked_in_either_language_without_typing_again(
    app: Edge, world: World
) -> None:
    page = f"{page_of(world)}/for-convert"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        checked = await send(staff, page, page, hours="1", **GROUND)
        english = await switch(staff, checked, "lang=en")
        for words in ("Go on", "The form: ", "Nothing was done", GROUND["reason"]):
            assert words in english.text, words
        again = await staff.post(page, data=form_of(english))
        assert (again.status_code, 'value="confirm"' in again.text) == (200, True)
        assert GROUND["reason"] in again.text
        # back to the form to change it: that page keeps it as well
        changed = await staff.post(page, data={**form_of(english), "step": "change"})
        large = await switch(staff, changed, "type=large")
        assert GROUND["reason"] in large.text


async def test_a_payment_looked_at_says_in_another_language_what_it_is_and_to_whom(
    app: Edge, world: World, estate: Tenant, deposit: str
) -> None:
    page = payment_page(estate, deposit)
    async with signed_in(app, await admit(world, "trustee", estate)) as trustee:
        (bank,) = re.findall(r'<option value="([^"]+)" selected', (await trustee.get(page)).text)
        looked = await send(trustee, page, page, act="look", bank_account=bank, **GOOD)
        assert looked.status_code == 200
        heading = re.findall(r"<h1>(.*?)</h1>", looked.text)[0]
        large = await switch(trustee, looked, "type=large")
        assert f"<strong>{heading}</strong>" in large.text
        assert "春晖苑" in large.text.split("<h1>", 1)[1].split("<dl", 1)[0]
        assert GOOD["purpose"] in large.text
        again = await trustee.post(page, data=form_of(large))
        assert (again.status_code, 'value="ask"' in again.text) == (200, True)
        asked = {**form_of(large), "act": "ask", "looked": "0" * 64}
        unseen = await trustee.post(page, data=asked)
        pressed = await switch(trustee, unseen, "lang=zh-CN")
        answers = re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", pressed.text)
        assert ("按的是", "提出申请") in answers
        assert not {"ask", "look", "0" * 64} & {words for _, words in answers}


async def test_a_refused_form_says_what_to_change_and_leads_back_to_itself(
    app: Edge, world: World, estate: Tenant, deposit: str
) -> None:
    page = payment_page(estate, deposit)
    async with signed_in(app, await admit(world, "trustee", estate)) as trustee:
        bad = {"purpose": "", "bank_account": "", "amount": "abc"}
        refused = await send(trustee, page, page, act="look", **bad)
        assert refused.status_code == 422
        large = await switch(trustee, refused, "type=large")
        assert "要改的：金额、" in large.text
        assert "回到填好的表" in large.text
        assert "现在提交" not in large.text
        normal = await switch(trustee, large, "type=normal")
        assert "要改的：金额、" in normal.text, "switched again"
        problems = re.findall(r'<li><a href="#(\w+)">', refused.text)
        assert problems == ["amount", "bank_account", "purpose"], "in the order of the page"
        back = await trustee.post(page, data=form_of(normal))
        assert (back.status_code, 'value="abc"' in back.text) == (422, True)


def test_a_button_is_never_called_by_its_code() -> None:
    field = FormField("act", choices={"look": "看结果"}, is_button=True)
    for form in (FormOnPage("/somewhere", {"act": field}), FormOnPage("/somewhere"), None):
        (one,) = answers_of(form, [("act", "ask")], {"ask": "提出申请"})
        assert (one.words, one.is_button) == ("提出申请", True)
        assert answers_of(form, [("act", "other")], {"ask": "提出申请"}) == []


def test_a_form_is_named_by_the_heading_and_the_place_of_its_page() -> None:
    (form,) = read_forms(
        '<p class="place no-print"><span>东湖 · 财务</span><a>换</a></p><h1>更正 · 2101</h1>'
        '<form action="/x"><p><span>其他</span></p></form>'
    )
    assert (form.title, form.place) == ("更正 · 2101", "东湖 · 财务")
