"""Forms that no page of ours sends: an answer of the right kind, nothing done, never a failure."""

from collections.abc import Iterator
from typing import NamedTuple

import httpx
import pytest
from litestar import Litestar, post
from litestar._parsers import parse_url_encoded_form_data

from api.bodies import LARGEST_OPEN_BODY
from api.edge import Edge
from api.policies import POLICY, PolicyMissing, anyone, check_policies, iterate_routes
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"
_UTF_7 = b"+ADw-script+AD4-"


class HostileForm(NamedTuple):
    """A body, how it is labelled, and the statuses that may come."""

    name: str
    body: bytes
    content_type: str
    statuses: frozenset[int]


def part(disposition: bytes, content: bytes, *headers: bytes) -> bytes:
    lines = [b"Content-Disposition: form-data; " + disposition, *headers]
    return b"--x\r\n" + b"\r\n".join(lines) + b"\r\n\r\n" + content + b"\r\n"


def hostile_forms(guard: dict[str, str]) -> Iterator[HostileForm]:
    """Every case; those with the session's token reach the handler."""
    token = "&".join(f"{name}={value}" for name, value in guard.items()).encode()
    parts = b"".join(
        part(f'name="{name}"'.encode(), value.encode()) for name, value in guard.items()
    )
    end = b"--x--\r\n"
    wrong, refused = frozenset({400, 403, 422}), frozenset({403})
    label = frozenset({415})
    yield HostileForm("nothing", b"", URLENCODED, refused)
    yield HostileForm("no token", b"url=x", URLENCODED, refused)
    yield HostileForm("JSON", b"{}", "application/json", label)
    yield HostileForm("plain text", token, "text/plain", label)
    yield HostileForm("no type", token, "", label)
    yield HostileForm("another charset", token, f"{URLENCODED}; charset=gbk", label)
    yield HostileForm("UTF-7", token + b"&url=" + _UTF_7, f"{URLENCODED}; charset=utf-7", label)
    yield HostileForm("bytes that are no UTF-8", token + b"&url=%FF%FE", URLENCODED, wrong)
    yield HostileForm("NUL", token + b"&url=%00", URLENCODED, wrong)
    yield HostileForm("direction override", token + b"&url=%E2%80%AE", URLENCODED, wrong)
    yield HostileForm("NUL in a name", token + b"&a%00b=1", URLENCODED, wrong)
    yield HostileForm("a field twice", token + b"&url=a&url=b", URLENCODED, wrong)
    yield HostileForm("the token twice", token + b"&" + token + b"&url=", URLENCODED, wrong)
    too_large = frozenset({413})
    yield HostileForm("1,001 fields", token + b"&a=1" * 1001, URLENCODED, too_large)
    yield HostileForm("ten thousand fields", token + b"&a=1" * 10_000, URLENCODED, too_large)
    names = b"".join(b"&a%d=1" % number for number in range(90_000))
    yield HostileForm("90,000 names", token + names, URLENCODED, too_large)
    yield HostileForm("300,000 times nothing", token + b"&" * 300_000, URLENCODED, too_large)
    yield HostileForm("a field of a megabyte", token + b"&url=" + b"a" * 900_000, URLENCODED, wrong)
    yield HostileForm("two megabytes", token + b"&url=" + b"a" * 2_000_000, URLENCODED, too_large)
    yield HostileForm("half an escape", token + b"&url=%E", URLENCODED, wrong)
    yield HostileForm("semicolons", token.replace(b"&", b";"), URLENCODED, wrong)
    yield HostileForm("no boundary", parts + end, "multipart/form-data", wrong)
    yield HostileForm("another boundary", parts + end, "multipart/form-data; boundary=y", wrong)
    yield HostileForm("a boundary of 10 kB", b"--x", MULTIPART + "x" * 10_000, wrong)
    yield HostileForm("no end", parts, MULTIPART, wrong)
    yield HostileForm("cut in a header", parts + b"--x\r\nContent-Dispo", MULTIPART, wrong)
    yield HostileForm("a part without a name", parts + part(b"", b"1") + end, MULTIPART, wrong)
    yield HostileForm("a part without headers", parts + b"--x\r\n\r\n1\r\n" + end, MULTIPART, wrong)
    many = b"".join(part(b'name="a"', b"1") for _ in range(3000))
    yield HostileForm("3,000 parts", parts + many + end, MULTIPART, wrong | too_large)
    long = part(b'name="a"', b"1", b"X: " + b"a" * 100_000)
    yield HostileForm("a header of 100 kB", parts + long + end, MULTIPART, wrong | too_large)
    nested = part(b'name="a"', b"--y--", b"Content-Type: multipart/mixed; boundary=y")
    yield HostileForm("a form in a form", parts + nested + end, MULTIPART, wrong)
    encoded = part(b'name="a"', b"YQ==", b"Content-Transfer-Encoding: base64")
    yield HostileForm("base64", parts + encoded + end, MULTIPART, wrong)
    odd = part(b'name="a"', b"\xff", b"Content-Type: text/plain; charset=utf-7")
    yield HostileForm("a charset of a part", parts + odd + end, MULTIPART, wrong)
    for number, filename in enumerate(
        (
            b'filename="../../etc/passwd"',
            b'filename="C:\\\\windows\\\\a.jpg"',
            b'filename="a\x00.jpg"',
            b'filename="a\r\nSet-Cookie: x=1"',
            b"filename*=UTF-8''%E2%80%AEgpj.exe",
            b"filename*=utf-7''a",
            b"filename*0=a; filename*1=b",
            b'filename=""',
            b'filename="' + b"a" * 100_000 + b'"',
            b'filename="a.jpg"; filename="b.exe"',
        )
    ):
        body = parts + part(b'name="url"; ' + filename, b"data") + end
        yield HostileForm(f"file name {number}", body, MULTIPART, wrong | too_large)


async def test_a_hostile_form_gets_its_answer_and_never_a_failure(app: Edge, world: World) -> None:
    address = f"/programmes/{world.programme.public_id}/staff/webhooks"
    async with signed_in(app, await admit(world, "programme_accountant")) as browser:
        guard = hidden(await browser.get(address))
        cases = list(hostile_forms(guard))
        wrong = {}
        for case in cases:
            headers = {"content-type": case.content_type} if case.content_type else {}
            answer = await browser.post(address, content=case.body, headers=headers)
            if answer.status_code not in case.statuses or "Traceback" in answer.text:
                wrong[case.name] = (answer.status_code, answer.text[:200])
            assert "set-cookie" not in answer.headers or "x=1" not in answer.headers["set-cookie"]
        page = await browser.get(address)
    assert wrong == {}
    assert len(cases) >= 40
    assert "还没有回调地址" in page.text


async def test_who_is_not_signed_in_sends_little_and_few_fields(
    app: Edge, stranger: httpx.AsyncClient
) -> None:
    many = b"&".join(b"a%d=1" % number for number in range(1001))
    labelled = {"content-type": URLENCODED}
    ended = {**labelled, "cookie": "gongzhang=no-session-any-more"}
    kept = await stranger.post("/account/security/password", content=many, headers=ended)
    assert (kept.status_code, kept.headers["location"][:8]) == (303, "/sign-in")
    paths = [
        path
        for path, handler in iterate_routes(app.app)
        if handler.opt[POLICY].who == "anyone" and "POST" in handler.http_methods
    ]
    assert len(paths) >= 5
    for path in paths:
        for body in (many, b"name=" + b"a" * 64 * 1024):
            answer = await stranger.post(path, content=body, headers=labelled)
            assert answer.status_code == 413, (path, body[:20])
            assert "没有任何变动" in answer.text
        assert (await stranger.post(path, content=b"a=1", headers=labelled)).status_code != 413


async def test_no_form_and_no_password_stays_in_the_frameworks_cache(
    stranger: httpx.AsyncClient,
) -> None:
    before = parse_url_encoded_form_data.cache_info().currsize
    sent = {"name": "nobody", "password": "never to be remembered"}
    assert (await stranger.post("/sign-in", data=sent)).status_code == 401
    assert parse_url_encoded_form_data.cache_info().currsize == before


def test_a_route_for_anyone_that_reads_much_does_not_start() -> None:
    @post("/loose", opt=anyone(), request_max_body_size=LARGEST_OPEN_BODY + 1)
    async def loose() -> None: ...

    with pytest.raises(PolicyMissing, match="/loose"):
        check_policies(Litestar([loose], openapi_config=None))


@pytest.mark.parametrize("method", ["OPTIONS", "GET", "POST"])
async def test_no_other_site_is_let_in(
    stranger: httpx.AsyncClient, world: World, method: str
) -> None:
    base = f"/v1/programmes/{world.programme.public_id}/accounts"
    for origin in ("https://evil.test", "null", "http://books.test.evil.test"):
        headers = {
            "origin": origin,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization, idempotency-key",
        }
        for path in (base, "/sign-in", "/health/live"):
            answer = await stranger.request(method, path, headers=headers)
            assert answer.status_code < 500
            assert [name for name in answer.headers if name.startswith("access-control-")] == []
