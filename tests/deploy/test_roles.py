"""`roles.sql` on a real server: what it makes, and that what is there already stays as it is."""

import subprocess
from pathlib import Path

import asyncpg
import msgspec
import pytest

from api.metrics_of_database import DatabaseFigures, DatabaseReader
from ledger.database import SERVICE_ROLE, create_engine
from ops.backup.programs import program_environment, programs_for
from ops.embedded_postgres import EmbeddedPostgres
from ops.migrator import migrate
from tests.database_server import with_database, with_login
from tests.waiting import wait_for

ROLES = Path(__file__).parents[2] / "ops" / "deploy" / "roles.sql"
MADE = """\
SELECT rolname || ' ' || rolpassword || rolcreaterole || rolcreatedb || rolsuper AS fact
FROM pg_authid WHERE rolname LIKE 'theirs%' UNION ALL
SELECT datname || ' of ' || pg_get_userbyid(datdba) FROM pg_database WHERE datname LIKE 'theirs%'
ORDER BY fact"""
MAY_CONNECT = """\
SELECT rolname FROM pg_roles WHERE has_database_privilege(oid, 'theirs', 'CONNECT')
AND NOT rolsuper AND NOT pg_has_role(oid, 'theirs_admin', 'MEMBER') AND rolname !~ '^pg_'"""


@pytest.fixture
def address(own_server: EmbeddedPostgres) -> str:
    """Of a server whose own names are like those of the file: there they are called otherwise."""
    return with_database(own_server.admin_url, "postgres")


def run_roles(address: str, **passwords: str) -> subprocess.CompletedProcess[str]:
    """What psql says to the file."""
    words, environment = program_environment(address)
    major = int(str(wait_for(ask(address, "SHOW server_version"))[0]).split(".")[0])
    return subprocess.run(
        [programs_for(major).program("psql"), *words, "--no-psqlrc", "--quiet", "--file=-"],
        input=ROLES.read_text(encoding="utf-8").replace("gongzhang", "theirs"),
        env={**environment, "SECRETS": "/nowhere", **passwords},
        capture_output=True,
        text=True,
        check=False,
    )


async def ask(address: str, question: str) -> list[str]:
    """The first column of an answer."""
    connection = await asyncpg.connect(address)
    try:
        return [str(row[0]) for row in await connection.fetch(question)]
    finally:
        await connection.close()


def test_the_roles_are_made_once_and_a_run_that_was_cut_off_is_completed(address: str) -> None:
    done = run_roles(address, ADMIN_PASSWORD="first", APP_PASSWORD="first")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    made = wait_for(ask(address, MADE))
    assert [fact.split("SCRAM-SHA-256$")[0] for fact in made] == [
        "theirs of theirs_admin",
        "theirs_admin ",
        "theirs_app ",
    ]
    assert [fact[-len("truetruefalse") :] for fact in made[1:2]] == ["truetruefalse"]
    assert made[2].endswith("falsefalsefalse")
    assert wait_for(ask(address, MAY_CONNECT)) == ["theirs_app"]
    again = run_roles(address, ADMIN_PASSWORD="second", APP_PASSWORD="second")
    assert (again.returncode, again.stderr) == (0, "")
    assert again.stdout.count("is there already and stays") == 3
    assert wait_for(ask(address, MADE)) == made, "also their passwords"
    wait_for(ask(address, "DROP OWNED BY theirs_app"))
    wait_for(ask(address, "REVOKE ALL ON DATABASE theirs FROM theirs_app"))
    wait_for(ask(address, "DROP ROLE theirs_app"))
    rest = run_roles(address, ADMIN_PASSWORD="third", APP_PASSWORD="third")
    assert (rest.returncode, rest.stdout.count("is there already")) == (0, 2)
    completed = wait_for(ask(address, MADE))
    assert completed[:2] == made[:2]
    assert completed[2] != made[2]
    assert wait_for(ask(address, MAY_CONNECT)) == ["theirs_app"]


def test_an_installation_made_with_these_roles_tells_every_figure(address: str) -> None:
    assert run_roles(address, ADMIN_PASSWORD="a", APP_PASSWORD="b").returncode == 0
    # this server has the role already; elsewhere the admin makes it
    wait_for(ask(address, f"GRANT {SERVICE_ROLE} TO theirs_admin WITH ADMIN OPTION"))
    theirs = with_database(address, "theirs")
    wait_for(migrate(with_login(theirs, "theirs_admin", "a"), service_login="theirs_app"))

    async def read() -> DatabaseFigures:
        engine = create_engine(with_login(theirs, "theirs_app", "b"), pool_size=1)
        try:
            return await DatabaseReader().read(engine)
        finally:
            await engine.dispose()

    assert None not in msgspec.structs.astuple(wait_for(read()))


def test_without_passwords_nothing_is_made(address: str) -> None:
    """An empty one would count as none, and whoever runs it often may not read the files."""
    for passwords in ({}, {"ADMIN_PASSWORD": "one of the two"}):
        refused = run_roles(address, **passwords)
        assert refused.returncode != 0
        assert "no password was found: name the directory in SECRETS" in refused.stderr
        assert wait_for(ask(address, MADE)) == []


def test_a_login_that_may_make_roles_and_databases_is_enough(address: str) -> None:
    wait_for(ask(address, "CREATE ROLE maker LOGIN CREATEROLE CREATEDB PASSWORD 'm'"))
    for told in (0, 3):
        done = run_roles(with_login(address, "maker", "m"), ADMIN_PASSWORD="a", APP_PASSWORD="b")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("is there already and stays") == told
    assert wait_for(ask(address, MAY_CONNECT)) == ["theirs_app"]
