"""One PostgreSQL for the session, one migrated template, one clone of it per test.

With pytest-xdist the controlling process owns the server and hands its addresses to the workers.
GONGZHANG_TEST_DATABASE_URL (a superuser's address) replaces the embedded server.
"""

import os
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ledger.database import create_engine
from ops.embedded_postgres import EmbeddedPostgres
from tests.database_server import (
    Database,
    DatabaseServer,
    create_database,
    drop_database,
    new_data_dir,
    start_server,
    stop_server,
)
from tests.proofs import failed_proofs
from tests.waiting import wait_for

#: What is tested is the English of the command line, also on a Chinese machine.
os.environ["LC_ALL"] = "C.UTF-8"

SEED_KEY = pytest.StashKey[int]()
SERVER_KEY = pytest.StashKey[DatabaseServer]()

hypothesis.settings.register_profile("gongzhang", print_blob=True, deadline=None)
hypothesis.settings.load_profile("gongzhang")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose one seed for hypothesis and for our own random tests; workers get the same one."""
    given = config.getoption("hypothesis_seed", None) or os.environ.get("FAULT_SEED")
    seed = random.SystemRandom().randrange(2**32) if given in (None, "random") else int(given)
    config.option.hypothesis_seed = str(seed)
    config.stash[SEED_KEY] = seed


def pytest_report_header(config: pytest.Config) -> str:
    """Print the seed, so that a failure can be repeated."""
    seed = config.stash[SEED_KEY]
    return f"seed: {seed} (repeat with --hypothesis-seed={seed})"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what uses the session's server, so that it can be run on another one."""
    for item in items:
        if "database_server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.database)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the server to an xdist worker; called in the controlling process."""
    node.workerinput["database_server"] = _server_of(node.config).to_json()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, in the process that started it."""
    server = config.stash.get(SERVER_KEY, None)
    if server is not None:
        stop_server(server)


def _server_of(config: pytest.Config) -> DatabaseServer:
    """The session's server, started at first use."""
    if SERVER_KEY not in config.stash:
        config.stash[SERVER_KEY] = start_server()
    return config.stash[SERVER_KEY]


@pytest.fixture(scope="session")
def seed(pytestconfig: pytest.Config) -> int:
    """Seed for `random.Random`; printed in the header."""
    return pytestconfig.stash[SEED_KEY]


@pytest.fixture(scope="session")
def database_server(pytestconfig: pytest.Config) -> DatabaseServer:
    """The session's server with its migrated template database."""
    given = getattr(pytestconfig, "workerinput", {}).get("database_server")
    return _server_of(pytestconfig) if given is None else DatabaseServer.from_json(given)


@pytest.fixture
def template(database_server: DatabaseServer) -> str:
    """What the test's database is a clone of: migrated and empty, unless its folder has more."""
    return database_server.template


@pytest.fixture
def database(
    database_server: DatabaseServer, template: str, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """An own database; afterwards every proof is run over every tenant."""
    clone = wait_for(create_database(database_server, template=template))
    yield clone
    try:
        if request.node.get_closest_marker("no_proofs") is None:
            failures = wait_for(failed_proofs(clone.admin_url))
            assert not failures, f"proofs failed after the test: {failures}"
    finally:
        wait_for(drop_database(database_server, clone))


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """An engine with the service's role: what the program itself may do."""
    service = create_engine(database.service_url)
    yield service
    await service.dispose()


@pytest.fixture
async def admin_engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """An engine with every right, for tampering and for looking behind the guards."""
    admin = create_engine(database.admin_url, role=None)
    yield admin
    await admin.dispose()


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    """A started embedded server of the test's own, with durable settings, free to be killed."""
    with new_data_dir() as data_dir, EmbeddedPostgres(data_dir, durable_setup=False) as server:
        yield server


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """An empty directory that also the unprivileged server user can reach."""
    with new_data_dir() as path:
        yield path
