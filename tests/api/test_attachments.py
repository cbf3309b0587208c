"""Files as evidence: told by their bytes, written anew, kept once, for who may see the thing."""

import asyncio
import struct
import subprocess
import sys
import zlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from PIL import Image
from sqlalchemy.exc import DBAPIError

from api.attachments import MOST_THINGS
from api.edge import Edge
from ledger.clock import now
from ledger.database import (
    execute,
    fetch_all,
    fetch_value,
    read_transaction,
    write_transaction,
)
from ledger.foundation.file_kinds import (
    LARGEST_SIDE,
    LARGEST_UPLOAD,
    MOST_SCANS,
    TOO_MANY_PIXELS,
    read_file,
)
from ledger.foundation.file_refusal import FileRefused
from ledger.identifiers import uuid7
from tests.api.world import World, client_of, entry, new_key, running_app
from tests.database_server import Database
from tests.web.people import admit, signed_in
from tests.web.test_query_budgets import counted
from tests.web.visitors import hidden

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: Any) -> bytes:
    target = BytesIO()
    Image.new("RGB", size, "teal").save(target, kind, **options)
    return target.getvalue()


def with_place(size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture that says where and by whom it was taken."""
    exif = Image.Exif()
    exif[0x8298] = "机密摄影者"
    exif[0x010F] = "SecretCamera"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(size=size, exif=exif.tobytes(), comment=b"secret comment")


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 40,000 × 40,000 pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_written_anew_and_small(kind: str) -> None:
    kept = read_file(picture(kind, (4000, 1000)))
    assert kept.kind == kind.lower()
    assert (kept.width, kept.height) == (LARGEST_SIDE, LARGEST_SIDE // 4)
    assert kept.preview is not None
    assert kept.preview.startswith(b"\xff\xd8\xff")


def test_what_a_picture_carries_beside_its_pixels_is_gone() -> None:
    sent = with_place() + b"<script>alert(1)</script>" * 10
    assert b"SecretCamera" in sent
    kept = read_file(sent)
    for secret in (b"SecretCamera", "机密摄影者".encode(), b"secret comment", b"<script>", b"Exif"):
        assert secret not in kept.content + (kept.preview or b"")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + b"\0" * 100,
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<html><script>alert(1)</script>",
        b"MZ" + b"\0" * 100,
        b"PK\x03\x04" + b"\0" * 100,
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0nothing more",
        b"RIFF\x00\x00\x00\x00WEBPVP8 ",
        picture()[:200],
        bomb(),
        b"%PDF-1.7\nno end",
        b" " + PDF,
        PDF.replace(b"/Type", b"/OpenAction 2 0 R/Type"),
        PDF.replace(b"/Type", b"/Java#53cript(app.alert(1))/Type"),
        PDF.replace(b"/Type", b"/AA<<>>/Type"),
        PDF.replace(b"trailer<<", b"trailer<</Encrypt 3 0 R"),
        PDF.replace(b"/Type", b"/EmbeddedFiles 4 0 R/Type"),
        b"\xff\xd8\xff" + b"\0" * LARGEST_UPLOAD,
    ],
    ids=range(19),
)
def test_what_is_no_harmless_picture_or_paper_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused):
        read_file(data)


def said_to_be(size: tuple[int, int], mode: str = "RGBA", kind: str = "PNG", **how: Any) -> bytes:
    target = BytesIO()
    Image.new(mode, size).save(target, kind, **how)
    return target.getvalue()


def test_the_worst_picture_that_is_taken_takes_bounded_memory() -> None:
    """In a process of its own: the memory of pixels is none of Python's."""
    read = (
        "import pathlib, re, sys\n"
        "from ledger.foundation.file_kinds import read_file\n"
        "read_file(sys.stdin.buffer.read())\n"
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(re.search(r'VmHWM:\\s*(\\d+) kB', status)[1])"
    )
    for data in (
        said_to_be((2083, 12_000)),
        said_to_be((5000, 5000), "LA"),
        said_to_be((5000, 5000), "P", transparency=0),
        said_to_be((3535, 3535), kind="WEBP", lossless=True, method=0),
        said_to_be((8160, 6120), "RGB", "JPEG", progressive=True, subsampling=0),
    ):
        done = subprocess.run(
            [sys.executable, "-c", read], check=False, input=data, capture_output=True
        )
        assert done.returncode == 0, done.stderr.decode()
        assert int(done.stdout) < 400 * 1024, "KiB"


@pytest.mark.parametrize(
    "data",
    [
        said_to_be((1, 12_001), "1"),
        said_to_be((5001, 5000), "1"),
        said_to_be((12_001, 10), "RGB", "JPEG"),
        said_to_be((12_000, 2_100), "L", "JPEG"),
    ],
    ids=["high", "many", "wide", "wide and many"],
)
def test_a_picture_of_too_many_pixels_is_refused(data: bytes) -> None:
    with pytest.raises(FileRefused) as refused:
        read_file(data)
    assert refused.value.reason == TOO_MANY_PIXELS


@pytest.mark.filterwarnings("error")
def test_a_picture_that_is_read_over_and_over_is_refused() -> None:
    """A scan of 75 bytes takes as long as all pixels; other bytes may look like scans."""
    plain = picture(progressive=True, exif=b"Exif\0\0" + b"\xff\xda\0\0" * 200)
    assert read_file(plain + b"\xff\xda" * 200).kind == "jpeg"
    last = plain[plain.rindex(b"\xff\xda") : -2]
    for between in (b"", b"\xff\x50\xff\xff", b"\xff\xff", b"\xff\xd0"):
        with pytest.raises(FileRefused, match="damaged"):
            read_file(plain[:-2] + (between + last) * MOST_SCANS + b"\xff\xd9")


def test_damaged_metadata_is_dropped_in_silence() -> None:
    tags = struct.pack(">HHLL", 0x010F, 2, 9_999, 60_000) * 100
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", 100) + tags
    assert read_file(picture(exif=exif)).kind == "jpeg"


def test_a_picture_stands_upright_after_it_is_made_small() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG", "WEBP"):
        kept = read_file(picture(kind, (4000, 1000), exif=exif.tobytes()))
        assert (kept.width, kept.height) == (LARGEST_SIDE // 4, LARGEST_SIDE), kind


@pytest.fixture
async def accountant(app: Edge, world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app, await world.key("programme_accountant")) as client:
        yield client


@pytest.fixture
async def posted(accountant: httpx.AsyncClient, world: World) -> str:
    """An entry on the first member's account."""
    await world.give(1000, pool=True)
    pool = await world.account("TB", "2201")
    available = await world.account("TB", "2101", world.member.member_id)
    body = entry(pool, available, event_code="TB06")
    answer = await accountant.post(f"{world.base}/entries", json=body, headers=new_key())
    assert answer.status_code == 201, answer.text
    return str(answer.json()["entry_id"])


async def upload(
    client: httpx.AsyncClient, world: World, entry_id: str, data: bytes, kind: str = "image/jpeg"
) -> httpx.Response:
    return await client.post(
        f"{world.base}/attachments?object_kind=entry&object_id={entry_id}",
        content=data,
        headers=new_key() | {"content-type": kind},
    )


async def test_evidence_is_kept_once_and_fetched_safely(
    accountant: httpx.AsyncClient, world: World, posted: str
) -> None:
    sent = with_place()
    first = await upload(accountant, world, posted, sent)
    assert first.status_code == 201, first.text
    again = await upload(accountant, world, posted, sent)
    assert again.json() == first.json()
    async with read_transaction(world.engine, tenant_id=world.programme.tenant_id) as conn:
        assert await fetch_value(conn, "SELECT count(*) FROM foundation.stored_file") == 1
    file_id = first.json()["file_id"]
    file = await accountant.get(f"{world.base}/files/{file_id}")
    assert file.headers["content-type"] == "image/jpeg"
    assert file.headers["content-disposition"] == f'attachment; filename="{file_id}.jpg"'
    assert file.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert b"SecretCamera" not in file.content


async def test_who_may_not_see_the_thing_may_not_see_its_evidence(
    app: Edge, accountant: httpx.AsyncClient, world: World, posted: str
) -> None:
    made = (await upload(accountant, world, posted, PDF, "application/pdf")).json()
    path = f"{world.base}/files/{made['file_id']}"
    own = await world.key("volunteer", object_id=world.member.member_id)
    other = await world.key("volunteer", object_id=world.second_member.member_id)
    auditor = await world.key("auditor")
    for secret, status in ((own, 200), (other, 404), (auditor, 200)):
        async with client_of(app, secret) as client:
            assert (await client.get(path)).status_code == status
            # reading is not working on it
            refused = await upload(client, world, posted, PDF, "application/pdf")
            assert refused.status_code == (404 if secret == other else 403)
    elsewhere = f"/v1/programmes/{world.other_programme.public_id}"
    secret = await world.key("programme_accountant", world.other_programme)
    async with client_of(app, secret) as stranger:
        assert (await stranger.get(f"{elsewhere}/files/{made['file_id']}")).status_code == 404


async def test_an_upload_says_what_is_wrong(
    accountant: httpx.AsyncClient, world: World, posted: str
) -> None:
    async def code(data: bytes, kind: str = "image/jpeg", entry_id: str = posted) -> Any:
        return (await upload(accountant, world, entry_id, data, kind)).json()["code"]

    assert await code(b"GIF89a") == "file_refused"
    assert await code(picture(), "image/gif") == "media_type_unsupported"
    assert await code(picture(), "image/svg+xml") == "media_type_unsupported"
    assert await code(b"\xff\xd8\xff" + b"\0" * (LARGEST_UPLOAD + 100_000)) == "body_too_large"
    assert await code(picture(), entry_id=str(uuid7())) == "not_found"


async def test_files_are_read_one_after_the_other(
    app: Edge, accountant: httpx.AsyncClient, world: World, posted: str
) -> None:
    turns = app.app.state.service.upload_turns
    sent = await asyncio.gather(
        *(upload(accountant, world, posted, picture(size=(3000, 3000 + one))) for one in range(2))
    )
    assert sorted(one.status_code for one in sent) == [201, 503]
    with ExitStack() as others:
        for one in range(5):
            others.enter_context(turns.take(f"another {one}"))
        refused = await upload(accountant, world, posted, picture())
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
    assert (await upload(accountant, world, posted, picture())).status_code == 201


async def test_a_place_keeps_no_more_than_its_share(
    database: Database, world: World, posted: str
) -> None:
    noise = Image.effect_noise((1500, 1500), 200).convert("RGB")
    target = BytesIO()
    noise.save(target, "PNG")
    secret = await world.key("programme_accountant")
    async with (
        running_app(database.service_url, files_quota_mib=1) as app,
        client_of(app, secret) as client,
    ):
        answer = await upload(client, world, posted, target.getvalue(), "image/png")
    assert (answer.status_code, answer.json()["code"]) == (409, "file_space_full")


async def test_evidence_of_an_entry_stays_whoever_asks(
    accountant: httpx.AsyncClient, world: World, posted: str
) -> None:
    made = (await upload(accountant, world, posted, picture())).json()
    path = f"{world.base}/attachments/{made['attachment_id']}/detaching"
    answer = await accountant.post(path, json={}, headers=new_key())
    assert (answer.status_code, answer.json()["code"]) == (409, "evidence_stays")
    tenant_id = world.programme.tenant_id
    for statement in (
        "DELETE FROM foundation.stored_file WHERE tenant_id = $1",
        "UPDATE foundation.file_attachment SET detached_by = 1 WHERE tenant_id = $1",
    ):
        with pytest.raises(DBAPIError):
            await write_transaction(
                world.engine,
                lambda conn, sql=statement: execute(conn, sql, tenant_id),
                tenant_id=tenant_id,
            )


async def test_evidence_of_service_goes_by_whoever_brought_it_or_decides_and_until_then(
    app: Edge, world: World
) -> None:
    ended = now() - timedelta(hours=1)
    done = {
        "provider_id": str(world.member.member_id),
        "started_at": (ended - timedelta(hours=1)).isoformat(),
        "ended_at": ended.isoformat(),
        "category": "escort",
        "activity": "探访",
        "place": "东湖",
    }
    own = await world.key("volunteer", object_id=world.member.member_id)
    async with (
        client_of(app, own) as her,
        client_of(app, await world.key("integration")) as system,
        client_of(app, await world.key("community_staff")) as staff,
    ):
        record = await her.post(f"{world.base}/service-records", json=done, headers=new_key())
        path = f"{world.base}/attachments"
        about = f"object_kind=service_record&object_id={record.json()['record_id']}"

        async def bring() -> str:
            headers = new_key() | {"content-type": "image/jpeg"}
            made = await her.post(f"{path}?{about}", content=picture(), headers=headers)
            assert made.status_code == 201, made.text
            return str(made.json()["attachment_id"])

        async def take(client: httpx.AsyncClient, one: str) -> tuple[int, str | None]:
            answer = await client.post(f"{path}/{one}/detaching", json={}, headers=new_key())
            return answer.status_code, answer.json().get("code")

        for client in (her, staff):
            one = await bring()
            assert await take(system, one) == (403, "permission_missing")
            assert len((await her.get(f"{path}?{about}")).json()["items"]) == 1
            assert await take(client, one) == (200, None)
            assert (await her.get(f"{path}?{about}")).json()["items"] == []
        one = await bring()
        decision = f"{world.base}/service-records/{record.json()['record_id']}/decision"
        verified = {"decision": "verified"}
        decided = await staff.post(decision, json=verified, headers=new_key())
        assert decided.status_code == 200, decided.text
        for client in (her, system, staff):
            assert await take(client, one) == (409, "evidence_stays")


async def test_a_voucher_shows_its_evidence_and_takes_more(
    app: Edge, world: World, posted: str
) -> None:
    home = f"/programmes/{world.programme.public_id}"
    voucher = f"{home}/books/entries/{posted}"
    async with signed_in(app, await admit(world, "programme_accountant")) as browser:
        page = await browser.get(voucher)
        assert "还没有附件" in page.text
        sent = await browser.post(
            f"{voucher}/files",
            data=hidden(page),
            files={"file": ("../../身份证 <b>.jpg", with_place(), "text/html")},
        )
        assert sent.status_code == 303, sent.text
        page = await browser.get(voucher)
        assert page.text.count("/preview") == 1
        assert "身份证" not in page.text
        wrong = await browser.post(
            f"{voucher}/files",
            data=hidden(page),
            files={"file": ("a.jpg", b"<html>", "image/jpeg")},
        )
        assert wrong.status_code == 422
        assert "只收 JPEG" in wrong.text
        nothing = await browser.post(f"{voucher}/files", data=hidden(page))
        assert nothing.status_code == 422
    async with signed_in(app, await admit(world, "auditor")) as reader:
        page = await reader.get(voucher)
        assert "/preview" in page.text
        assert 'type="file"' not in page.text
        address = page.text.split('<img src="')[1].split('"')[0]
        small = await reader.get(address)
        assert small.headers["content-type"] == "image/jpeg"
        assert UUID(address.split("/")[-2])


async def readings(world: World) -> list[str]:
    """Which files about somebody were taken away by office."""
    async with read_transaction(world.engine) as conn:
        rows = await fetch_all(
            conn,
            "SELECT object_id FROM foundation.audit_log WHERE action = 'file.read'",
        )
    return [row.object_id for row in rows]


async def test_a_member_sees_the_evidence_of_her_own_voucher(
    app: Edge, accountant: httpx.AsyncClient, world: World, posted: str
) -> None:
    made = (await upload(accountant, world, posted, picture())).json()
    home = f"/programmes/{world.programme.public_id}"
    voucher = f"{home}/volunteer/vouchers/{posted}"
    async with signed_in(app, "wang") as browser:
        page = await browser.get(voucher)
        assert page.status_code == 200
        assert f"{home}/files/{made['file_id']}/preview" in page.text
        assert 'type="file"' not in page.text
        assert (await browser.get(f"{home}/files/{made['file_id']}")).status_code == 200
    assert await readings(world) == [], "it is her own"


async def test_evidence_that_shows_others_is_kept_from_each_and_given_by_office_on_record(
    app: Edge, accountant: httpx.AsyncClient, world: World
) -> None:
    await world.give(1000, pool=True)
    pool, member = await world.account("TB", "2201"), world.member.member_id
    body = entry(pool, await world.account("TB", "2101", member), event_code="TB06")
    second = await world.account("TB", "2101", world.second_member.member_id)
    body["transfers"].append(body["transfers"][0] | {"credit_account": str(second)})
    answer = await accountant.post(f"{world.base}/entries", json=body, headers=new_key())
    assert answer.status_code == 201, answer.text
    both = answer.json()["entry_id"]
    made = (await upload(accountant, world, both, picture())).json()
    home = f"/programmes/{world.programme.public_id}"
    async with signed_in(app, "wang") as browser:
        page = await browser.get(f"{home}/volunteer/vouchers/{both}")
        assert "另有 1 份附件" in page.text
        assert made["file_id"] not in page.text
        for end in ("", "/preview"):
            answer = await browser.get(f"{home}/files/{made['file_id']}{end}")
            assert answer.status_code == 404
    async with signed_in(app, await admit(world, "auditor")) as browser:
        for end in ("/preview", "", ""):
            answer = await browser.get(f"{home}/files/{made['file_id']}{end}")
            assert answer.status_code == 200
    assert await readings(world) == [made["file_id"]] * 2, "a small picture is none"


async def test_evidence_about_nobody_leaves_no_line(
    app: Edge, accountant: httpx.AsyncClient, world: World
) -> None:
    body = entry(await world.account("PG", "5101"), await world.account("PG", "2501"))
    posted = await accountant.post(f"{world.base}/entries", json=body, headers=new_key())
    entry_id = posted.json().get("entry_id")
    assert entry_id, posted.text
    made = (await upload(accountant, world, entry_id, picture())).json()
    assert (await accountant.get(f"{world.base}/files/{made['file_id']}")).status_code == 200
    assert await readings(world) == []


async def test_the_same_file_sent_twice_at_once_is_attached_once(
    app: Edge, world: World, posted: str
) -> None:
    sent = picture()
    async with AsyncExitStack() as open_ones:
        senders = [
            await open_ones.enter_async_context(
                client_of(app, await world.key("programme_accountant"))
            )
            for _ in range(5)
        ]
        answers = await asyncio.gather(*(upload(one, world, posted, sent) for one in senders))
    assert {answer.status_code for answer in answers} == {201}, [one.text for one in answers]
    assert len({answer.json()["attachment_id"] for answer in answers}) == 1


async def test_a_paper_that_proves_much_is_found_by_what_is_ones_own(
    app: Edge, accountant: httpx.AsyncClient, world: World, posted: str
) -> None:
    """However many things of others it proves before; nor is each of those looked at."""
    pool = await world.account("TB", "2201")
    other = await world.account("TB", "2101", world.second_member.member_id)
    sent = picture()
    for _ in range(MOST_THINGS + 1):
        body = entry(pool, other, 1, event_code="TB06")
        answer = await accountant.post(f"{world.base}/entries", json=body, headers=new_key())
        made = await upload(accountant, world, answer.json()["entry_id"], sent)
    file = f"/programmes/{world.programme.public_id}/files/{made.json()['file_id']}"
    async with signed_in(app, "wang") as browser:
        with counted(app) as before:
            assert (await browser.get(file)).status_code == 404
        await upload(accountant, world, posted, sent)
        with counted(app) as after:
            assert (await browser.get(file)).status_code == 200
    assert max(len(before), len(after)) <= MOST_THINGS, "not a statement for each thing"
