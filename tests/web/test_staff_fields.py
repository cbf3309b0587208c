"""Each field of each act of the staff, wrong in turn: the refusal stands beside that field."""

import re
from collections.abc import Iterator, Mapping

import httpx
import pytest

from api.edge import Edge
from api.web import belonging_acts, merchant_acts, partner_desk, person_acts
from ledger.clock import today
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.test_organisations import act, path_of
from tests.web.visitors import send

_FIELD = re.compile(
    r'<(input|select|textarea)\b[^>]*\bname="([a-z_]+)"[^>]*>(.*?)(?=<label|</form)', re.DOTALL
)
_PROBLEM = re.compile(r'id="([a-z_]+)-problem"')
#: What cannot be right in a field of this name, and is found out only by who knows what it means.
WRONG = {
    "phone": ("12",),
    "id_number": ("123",),
    "rate": ("99999", "abc"),
    **dict.fromkeys(("member", "leader", "guardian", "relative"), ("没有这个人",)),
    **dict.fromkeys(("display_name", "relative_name"), ("\u3164", "1", "=HYPERLINK(1)", "аdmin")),
    **dict.fromkeys(("shop", "name"), ("\u115f", "...", "=1")),
}
_LONG = "长" * 400
#: Acts about one tie of many, which the address names.
_OF_TIES = re.compile(r"-end|till-|leave-|end-|-confirm")


def test_the_tables_of_acts_are_found() -> None:
    assert sum(len(one) for one in tables().values()) > 15


def tables() -> dict[str, Mapping[str, object]]:
    """Acts by the kind of what they are about."""
    return {
        "people": person_acts.ACTS,
        "merchants": merchant_acts.ACTS,
        "partners": partner_desk.ACTS,
        "households": belonging_acts.HOUSEHOLDS.acts,
        "groups": belonging_acts.GROUPS.acts,
    }


def fields_of(page: str) -> dict[str, tuple[str, str]]:
    """By name of each field of a form: date, select or text, and a value that may be right."""
    form = page.split('<form class="form"', 1)[1].split("</form>", 1)[0] + "</form"
    found = {}
    for tag, name, rest in _FIELD.findall(form):
        whole = form[form.index(f'name="{name}"') - 200 : form.index(f'name="{name}"') + 200]
        if name in ("form_token", "form_key") or re.search(rf'type="hidden" name="{name}"', form):
            continue
        if tag == "select":
            options = re.findall(r'<option value="([^"]+)"', rest)
            found[name] = ("select", options[0] if options else "")
        elif re.search(
            rf'<input[^>]*name="{name}"[^>]*type="date"|type="date"[^>]*name="{name}"', whole
        ):
            found[name] = ("date", today().isoformat())
        else:
            found[name] = ("text", "13900139000" if name == "phone" else "冯大勇")
    return found


def wrong_values(name: str, kind: str) -> Iterator[str]:
    yield {"select": "no-such", "date": "2026-02-30", "text": _LONG}[kind]
    yield from WRONG.get(name, ())


async def refused_fields(
    client: httpx.AsyncClient, address: str, optional: frozenset[str]
) -> list[str]:
    """Send each field of a form wrong; what stood elsewhere than beside it."""
    astray = []
    shown = await client.get(address)
    assert shown.status_code == 200, address
    fields = fields_of(shown.text)
    good = {name: value for name, (_, value) in fields.items() if name not in optional}
    for name, (kind, _) in fields.items():
        for value in wrong_values(name, kind):
            answer = await send(client, address, address, **{**good, name: value})
            beside = set(_PROBLEM.findall(answer.text))
            if answer.status_code != 422 or beside != {name}:
                astray.append(f"{address} {name}={value[:12]!r}: {answer.status_code} {beside}")
    return astray


@pytest.mark.parametrize("about", sorted(tables()))
async def test_a_refusal_stands_beside_the_field_that_was_wrong(
    app: Edge, world: World, about: str
) -> None:
    home, day = f"/programmes/{world.programme.public_id}/staff", today().isoformat()
    optional = frozenset(
        {"relative", "relative_name", "rate", "id_number", "birthday", "volunteer_no"}
    )
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        pages = {
            "people": f"{home}/people/{world.member.member_id}",
            "merchants": f"{home}/merchants/{world.merchant.merchant_id}",
            "partners": f"{home}/partners/{world.partner.partner_id}",
        }
        if about == "households":
            sent = {"number": "9", "unit": "none", "begins_on": day}
            pages[about] = path_of(await act(staff, pages["people"], "household", **sent))
        if about == "groups":
            sent = {"name": "巡河队", "leader": "王小明", "begins_on": day}
            pages[about] = path_of(await act(staff, f"{home}/groups", "new", **sent))
        addresses = [f"{pages[about]}/{one}" for one in tables()[about] if not _OF_TIES.search(one)]
        if about != "households":
            addresses.append(f"{home}/{about}/new")
        astray = [
            one for address in addresses for one in await refused_fields(staff, address, optional)
        ]
    assert astray == []


async def test_an_odd_name_is_taken_when_it_is_meant(app: Edge, world: World) -> None:
    home = f"/programmes/{world.programme.public_id}/staff/people"
    sent = {"display_name": "Аnna", "branch": "none"}
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        asked = await act(staff, home, "new", **sent)
        assert asked.status_code == 422
        assert "没有写错，就是这样" in asked.text
        path_of(await act(staff, home, "new", **sent, display_name_meant="yes"))


async def test_a_shop_s_person_needs_a_telephone_and_the_form_says_so(
    app: Edge, world: World
) -> None:
    merchants = f"/programmes/{world.programme.public_id}/staff/merchants"
    async with signed_in(app, await admit(world, "community_staff")) as staff:
        for address in (f"{merchants}/new", f"{merchants}/{world.merchant.merchant_id}/operator"):
            page = (await staff.get(address)).text
            assert "必填，用来分清同名的人" in page
            assert "可不填" not in page
        people = await staff.get(f"/programmes/{world.programme.public_id}/staff/people/new")
        assert "可不填。加密保存，只用来找人" in people.text
