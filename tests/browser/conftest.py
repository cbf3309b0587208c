"""A small district with two months of history, the service as a process, and a browser before it.

Needs Chromium: CHROMIUM names it, else the one on the path, else what playwright has installed.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from ledger.clock import now
from ledger.database import create_engine, write_transaction
from ledger.foundation.events import post_event
from ledger.foundation.grants import grant_role
from ledger.foundation.personal_data import PersonalDataKeys
from ledger.identifiers import uuid7
from ledger.programmes.time_bank import convert_minutes
from ops.demo_data.build import Demo, build_demo
from ops.demo_data.days import span_until
from ops.demo_data.district import SMALL
from tests.browser.screens import SIZES, Screens
from tests.database_server import Database, DatabaseServer, create_database, drop_database
from tests.proofs import failed_proofs
from tests.waiting import wait_for

SECRET = "a secret of the browser tests, long enough to be one"
SYSTEM = 1
GRANTED_MINUTES, CONVERTED_MINUTES = 600, 300
START_SECONDS = 30
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

SignIn = Callable[..., Page]


@pytest.fixture(scope="session")
def district(database_server: DatabaseServer) -> Iterator[Database]:
    """The database of these tests; its proofs are run when all of them are over."""
    clone = wait_for(create_database(database_server))
    yield clone
    try:
        assert not wait_for(failed_proofs(clone.admin_url))
    finally:
        wait_for(drop_database(database_server, clone))


@pytest.fixture(scope="session")
def demo(district: Database, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The district of the demo, small; its volunteer has ten hours more, half of them spent.

    The secretary sits on an owners' committee as well.
    """
    return wait_for(_build(district, tmp_path_factory.mktemp("bank-files")))


async def _build(district: Database, files: Path) -> Demo:
    engine = create_engine(district.service_url)
    try:
        built = await build_demo(
            engine,
            shape=SMALL,
            span=span_until(now(), months=SMALL.months),
            keys=PersonalDataKeys(SECRET),
            files=files,
        )
        programme, estate = built.district.programmes[0], built.district.estates[0]
        tenant_id, member = programme.tenant.tenant_id, programme.members[0].member

        async def provide(conn: object) -> None:
            await post_event(
                conn,
                "TB07",
                tenant_id=tenant_id,
                key=uuid7(),
                caller_id=SYSTEM,
                occurred_at=now(),
                amounts={"granted": GRANTED_MINUTES},
                owners={"member": member.member_id},
            )
            await grant_role(
                conn,
                caller_id=programme.secretary.caller_id,
                role="committee_member",
                tenant_id=estate.tenant.tenant_id,
                granted_by=SYSTEM,
            )
            await convert_minutes(
                conn,
                tenant_id=tenant_id,
                member_id=member.member_id,
                minutes=CONVERTED_MINUTES,
                key=uuid7(),
                caller_id=SYSTEM,
            )

        await write_transaction(engine, provide, tenant_id=tenant_id)
        return built
    finally:
        await engine.dispose()


@pytest.fixture(scope="session")
def address(
    district: Database, demo: Demo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the service listens."""
    port = _free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("GONGZHANG_")},
        "GONGZHANG_DATABASE_URL": district.service_url,
        "GONGZHANG_SECRET_KEY": SECRET,
        "GONGZHANG_PORT": str(port),
        "GONGZHANG_SECOND_FACTOR": "offered",  # stories of its own tell of the second factor
        "GONGZHANG_DATA_DIR": str(tmp_path_factory.mktemp("data")),
    }
    log = tmp_path_factory.mktemp("log") / "serve.log"
    with log.open("wb") as output:
        service = subprocess.Popen(
            [sys.executable, "-m", "ops.cli.main", "serve"],
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(url, service, log)
        yield url
        assert b"request_failed" not in log.read_bytes(), log.read_text()
    finally:
        service.terminate()
        service.wait(timeout=START_SECONDS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, service: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert service.poll() is None, log.read_text()
        with contextlib.suppress(OSError), urlopen(f"{url}/health/ready") as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(f"not ready in {START_SECONDS} seconds: {log.read_text()}")


@contextlib.contextmanager
def launched_browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        if path is None and not Path(playwright.chromium.executable_path).exists():
            pytest.skip("needs Chromium: CHROMIUM names it, or the package chromium brings it")
        launched = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with launched_browser() as launched:
        yield launched


@pytest.fixture
def sign_in(browser: Browser, address: str, demo: Demo) -> Iterator[SignIn]:
    """Sign in as one of the people of the demo, on a phone unless told otherwise."""
    contexts: list[BrowserContext] = []
    passwords = {one.sign_in_name: one.password for one in demo.sign_ins}

    def start(name: str | None, *, size: str = "phone", scripts: bool = True) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            base_url=address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            viewport={"width": width, "height": height},
            java_script_enabled=scripts,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
        page.goto("/sign-in")
        if name is not None:
            page.get_by_label("账号").fill(name)
            page.get_by_label("密码").fill(passwords[name])
            page.get_by_role("main").get_by_role("button", name="登录").click()
            # a key pressed before the next page is there would be lost
            page.wait_for_url(lambda url: "/sign-in" not in url)
        return page

    yield start
    for context in contexts:
        context.close()


@pytest.fixture
def screens(browser: Browser, address: str) -> Iterator[Screens]:
    """Takes the pictures and holds every page to its limits."""
    context = browser.new_context(base_url=address)
    yield Screens(Path(__file__).parents[2] / "build" / "screens", context.new_page())
    context.close()


@pytest.fixture
def unique() -> str:
    """Words that no other test writes."""
    return secrets.token_hex(3)
