"""The description of the interface: whole, true, and readable without internet."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from api.edge import Edge
from api.statuses import STATUSES
from api.web.texts import catalogue
from tests.api.world import client_of, running_app
from tests.database_server import Database

Operation = tuple[str, str, dict[str, Any]]
#: Most bytes of a page before it is packed; a group that grows beyond is made two.
HEAVIEST_PAGE = 100_000


@pytest.fixture
async def schema(nobody: httpx.AsyncClient) -> dict[str, Any]:
    answer = await nobody.get("/docs/openapi.json")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/vnd.oai.openapi+json")
    return answer.json()


def operations(schema: dict[str, Any]) -> Iterator[Operation]:
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


async def test_every_operation_is_described(schema: dict[str, Any]) -> None:
    for path, method, operation in operations(schema):
        where = f"{method} {path}"
        assert operation["summary"], where
        assert operation["description"], where
        assert operation["tags"], where
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "header":
                assert parameter["description"], where


async def test_operations_have_ids_of_their_own(schema: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(ids) == len(set(ids))


async def test_pages_are_no_part_of_the_interface(schema: dict[str, Any]) -> None:
    assert {path for path in schema["paths"] if not path.startswith(("/v1/", "/health/"))} == set()


#: Nothing stays of a trial; a proof of who one is holds for minutes and is never kept; the file of
#: one's own data is made anew each time.
WITHOUT_KEY = {"/v1/jobs/{job_code}/plan", "/v1/me/data", "/v1/me/proofs"}


async def test_every_write_names_its_key_and_every_route_its_refusals(
    schema: dict[str, Any],
) -> None:
    for path, method, operation in operations(schema):
        if not path.startswith("/v1/"):
            continue
        answers = set(operation["responses"])
        assert {"400", "401", "403", "503"} <= answers, path
        assert "404" in answers or "{" not in path, path
        assert operation["security"] == [{"api_key": []}, {"session": []}], path
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        needs_key = method == "post" and path not in WITHOUT_KEY
        assert ("Idempotency-Key" in names) == needs_key, path


async def test_every_body_gives_an_example_of_its_fields(schema: dict[str, Any]) -> None:
    schemas = schema["components"]["schemas"]
    assert "examples" in schemas["NewEntry"]["properties"]["occurred_at"]
    for name, one in schemas.items():
        assert one.get("description"), name


async def test_every_answer_is_described_by_its_fields(schema: dict[str, Any]) -> None:
    for path, method, operation in operations(schema):
        (done,) = operation["responses"].keys() & {"200", "201"}
        for media_type, content in operation["responses"][done]["content"].items():
            described = "$ref" in content["schema"] or media_type != "application/json"
            assert described, f"{method} {path}"


async def test_references_lead_somewhere(schema: dict[str, Any]) -> None:
    names = set(re.findall(r"#/components/schemas/([A-Za-z_.]+)", str(schema)))
    assert names <= set(schema["components"]["schemas"])


async def test_the_page_needs_nothing_from_outside(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get("/docs")
    assert "style-src 'self'" in answer.headers["content-security-policy"]
    assert 'href="/static/docs.css?v=' in answer.text
    assert "`" not in answer.text
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "/v1/programmes/{programme_id}/entries" in answer.text
    assert 'id="problem-insufficient_balance"' in answer.text
    assert "<script" not in answer.text
    assert re.findall(r'(?:src|href)="(?!/|#)', answer.text) == []


async def test_each_group_has_a_page_and_each_route_stands_on_one(
    schema: dict[str, Any], nobody: httpx.AsyncClient
) -> None:
    first = (await nobody.get("/docs")).text
    pages = set(re.findall(r'href="(/docs/[a-z-]+)"', first))
    tags = {operation["tags"][0] for _, _, operation in operations(schema)}
    assert pages == {f"/docs/{tag.replace(' ', '-')}" for tag in tags}
    described: list[str] = []
    for path in sorted(pages):
        page = await nobody.get(path)
        assert page.status_code == 200
        assert len(page.content) <= HEAVIEST_PAGE, f"{path}: {len(page.content)} bytes"
        described += re.findall(r'<section id="([a-z_]+)">', page.text)
        inside = set(re.findall(r'href="#([^"]+)"', page.text))
        assert inside <= set(re.findall(r'id="([^"]+)"', page.text)), path
        assert re.findall(r'(?:src|href)="(?!/|#)', page.text) == []
        assert "`" not in page.text
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    assert sorted(described) == sorted(ids)


async def test_the_description_is_read_in_both_languages_by_group_and_status(
    schema: dict[str, Any], nobody: httpx.AsyncClient
) -> None:
    chinese, english = [(await nobody.get(f"/docs?lang={one}")).text for one in ("zh-CN", "en")]
    assert "拒绝的代号" in chinese
    assert "Codes of refusals" in english
    assert 'href="/docs/star-points?lang=en"' in english
    for language, words in (("zh-CN", catalogue("zh-CN")), ("en", catalogue("en"))):
        for _, _, operation in operations(schema):
            assert f"docs_group.{operation['tags'][0]}" in words, language
        for status in set(STATUSES.values()):
            assert f"docs_status.{status}" in words, language
    conflict = chinese.split('id="status-409"')[1].split("</section>")[0]
    assert 'id="problem-idempotency_conflict"' in conflict
    assert 'id="problem-permission_missing"' not in conflict


@pytest.mark.parametrize("path", ["nothing", "nothing.json", "star-points/more", "openapi.yaml"])
async def test_what_is_not_below_the_description_is_answered_by_us(
    nobody: httpx.AsyncClient, path: str
) -> None:
    page = await nobody.get(f"/docs/{path}", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "/static/pages.css" in page.text
    problem = await nobody.get(f"/docs/{path}", headers={"accept": "application/json"})
    assert (problem.status_code, problem.json()["code"]) == (404, "route_not_found")


async def test_the_page_can_be_switched_off(database: Database) -> None:
    async with running_app(database.service_url, docs=False) as app, client_of(app) as client:
        assert (await client.get("/docs")).status_code == 404
        assert (await client.get("/docs/openapi.json")).status_code == 404


async def test_probes_answer(app: Edge, nobody: httpx.AsyncClient) -> None:
    assert (await nobody.get("/health/live")).json() == {"status": "live"}
    assert (await nobody.get("/health/ready")).json() == {"status": "ready"}


async def test_operations_are_named_by_verb_and_noun(schema: dict[str, Any]) -> None:
    ids = {operation["operationId"] for _, _, operation in operations(schema)}
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", one) for one in ids), ids
    assert {"post_programme_entry", "post_estate_entry", "authorise_redemption", "get_me"} <= ids


async def test_waiting_is_described_where_it_can_be_asked_for(schema: dict[str, Any]) -> None:
    waiting = {
        status: {
            operation["operationId"]
            for _, _, operation in operations(schema)
            if status in operation["responses"]
        }
        for status in ("429", "503")
    }
    everything = {operation["operationId"] for _, _, operation in operations(schema)}
    assert waiting["429"] == everything - {"check_liveness", "check_readiness"}
    assert waiting["503"] == everything - {"check_liveness"}
    refused = schema["paths"]["/v1/programmes/{programme_id}/redemptions"]["post"]["responses"]
    assert "Retry-After" in refused["429"]["headers"]
