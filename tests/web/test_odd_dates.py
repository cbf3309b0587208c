"""Days that nobody means, in the address of every page: an answer, and never a failure."""

import re
from pathlib import Path

import pytest

import api.web
from ledger.foundation.roles import shipped_roles
from tests.api.world import World, running_app
from tests.database_server import Database
from tests.web.people import admit, signed_in
from tests.web.test_approval_pages import admin
from tests.web.test_matrix import RIGHTS, address_of

ODD = ("0001-01-01", "9999-12-31", "2026-02-30", "x")
_READ = re.compile(
    r"(?:read_day\(request\.query_params\.get\(|asked_day\(request, |_day\(form, |"
    r'read_day\(form\.values\[|_midnight\(form\.values\[)"([a-z_]+)"'
)
ADMINISTRATION = "/admin/"


def names_of_days() -> set[str]:
    """Every parameter of an address that a page reads as a day."""
    sources = Path(api.web.__file__).parent.rglob("*.py")
    return {name for path in sources for name in _READ.findall(path.read_text("utf-8"))}


def pages_by_role(form: str) -> dict[str, list[str]]:
    """The paths of all pages of a kind of tenant, each with one role that may open it."""
    found: dict[str, list[str]] = {}
    for route, statuses in RIGHTS.items():
        method, path = route.split(" ")
        if method != "GET":
            continue
        if path.startswith(ADMINISTRATION):
            found.setdefault("platform_admin", []).append(path)
            continue
        admitted = [one for _, roles in sorted(statuses.items()) for one in sorted(roles)]
        usable = [one for one in admitted if form in shipped_roles()[one].given_in]
        if usable:
            found.setdefault(usable[0], []).append(path)
    return found


def test_the_parameters_are_found() -> None:
    assert {"as_of", "from", "to", "on", "since", "until"} <= names_of_days()


@pytest.mark.slow
@pytest.mark.parametrize("form", ["programme", "estate"])
async def test_an_odd_day_in_an_address_is_answered(
    database: Database, world: World, form: str
) -> None:
    tenant = world.programme if form == "programme" else world.estate
    wrong, opened = [], 0
    async with running_app(database.service_url, rate_limit_percent=0) as app:
        for role, paths in pages_by_role(form).items():
            if role == "platform_admin":
                await admin(world, name := "first")
            else:
                name = await admit(world, role, tenant)
            async with signed_in(app, name) as browser:
                for path in paths:
                    for day in ODD:
                        month = path.replace("{month:str}", day[:7])
                        query = dict.fromkeys(names_of_days(), day) | {"q": "2小时"}
                        address = await address_of(world, month, tenant)
                        answer = await browser.get(address, params=query)
                        paged = await browser.get(address, params={"after": f"{day}_1"})
                        opened += answer.status_code == 200
                        if max(answer.status_code, paged.status_code) >= 500:
                            wrong.append(f"{role} at {month} with {day}")
    assert wrong == []
    assert opened > len(ODD)
