"""Every form of every page, sent with what nobody would type: an answer, and never a failure.

Each handler gets all names that any form of ours has, with the same odd value in each, so that a
new form is covered the day it is added.
"""

import re
from pathlib import Path
from uuid import uuid4

import pytest

import api.web
from api.app import create_app
from api.policies import POLICY, iterate_routes
from ledger.foundation.roles import shipped_roles
from ledger.settings import Settings
from tests.api.world import SECRET, World, running_app
from tests.database_server import Database
from tests.web.people import admit, signed_in
from tests.web.test_matrix import RIGHTS, address_of
from tests.web.visitors import hidden

_FIELD = re.compile(
    r"""\.(?:text|typed|choice|uuid|points|minutes|day|time_of_day|code|getall|get)\(\s*"([a-z_]+)"
    |values\["([a-z_]+)"\]|Field\(\s*"([a-z_]+)\"""",
    re.VERBOSE,
)
#: What is typed into every field at once.
ODD = {
    "nothing": "",
    "blank": " \u3000 ",
    "long": "长" * 3_000,
    "minus": "-1",
    "zero": "0",
    "huge": "9" * 40,
    "fraction": "1e309",
    "other digits": "１２",
    "superscript": "²",
    "no day": "2026-02-30",
    "early day": "0001-01-01",
    "late day": "9999-12-31",
    "no id": "00000000-0000-0000-0000-00000000000",
    "unknown id": str(uuid4()),
    "markup": '"><script>alert(1)</script>',
    "template": "{{ 7 * 7 }}{% raw %}",
    "quote": "'; DROP TABLE foundation.person; --",
    "direction": "a\u202eb",
    "NUL": "a\x00b",
    "pictures": "\U0001f600\u200d",
    "path": "../../etc/passwd",
}
#: Ends the session of whoever sends it.
_LEFT_OUT = {"POST /sign-out"}


def field_names() -> list[str]:
    """Every name that a handler of a page looks for."""
    sources = Path(api.web.__file__).parent.glob("*.py")
    found = {
        next(filter(None, groups))
        for path in sources
        for groups in _FIELD.findall(path.read_text("utf-8"))
    }
    return sorted(found - {"form_token", "form_key"})


def forms_by_role() -> dict[str, list[str]]:
    """Addresses of all forms, each with one role that may send it."""
    app = create_app(Settings(database_url="postgresql://nowhere", secret_key=SECRET))
    guarded = {
        path for path, handler in iterate_routes(app.app) if handler.opt[POLICY].who != "anyone"
    }
    found: dict[str, list[str]] = {}
    for route, statuses in RIGHTS.items():
        method, path = route.split(" ")
        admitted = sorted(one for status, roles in statuses.items() for one in roles)
        if method == "POST" and path in guarded and route not in _LEFT_OUT and admitted:
            found.setdefault(admitted[0], []).append(path)
    return found


def test_names_and_forms_are_found() -> None:
    assert {"url", "reason", "amount", "name", "phone"} <= set(field_names())
    assert len(field_names()) > 60
    assert sum(map(len, forms_by_role().values())) > 60


@pytest.mark.parametrize("form", ["programme", "estate"])
async def test_odd_words_in_every_field_are_answered(
    database: Database, world: World, form: str
) -> None:
    names, wrong, sent = field_names(), [], 0
    tenant = world.programme if form == "programme" else world.estate
    async with running_app(database.service_url, rate_limit_percent=0) as app:
        for role, paths in forms_by_role().items():
            if (form == "programme") != ("programme" in shipped_roles()[role].given_in):
                continue
            async with signed_in(app, await admit(world, role, tenant)) as browser:
                token = hidden(await browser.get("/nothing"))["form_token"]
                for path in paths:
                    address = await address_of(world, path, tenant)
                    for title, value in ODD.items():
                        fields = dict.fromkeys(names, value)
                        guard = {"form_token": token, "form_key": str(uuid4())}
                        answer = await browser.post(address, data=fields | guard)
                        sent += 1
                        if answer.status_code >= 500 or "<script>alert" in answer.text:
                            wrong.append(f"{role} at {path} with {title}: {answer.status_code}")
    assert wrong == []
    assert sent > len(ODD)
