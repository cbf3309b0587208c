"""Compose file, units, scripts and runbook say nothing that program and clone do not know."""

import os
import pwd
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ledger.settings import list_settings
from ops.cli.main import COMMANDS
from tests.database_server import Database, with_database

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "ops" / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
PROGRAM = "/opt/gongzhang/.venv/bin/gongzhang"
HARDENED = (
    "User=gongzhang",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "CapabilityBoundingSet=\n",
    "SystemCallFilter=@system-service",
)


def texts() -> dict[str, str]:
    """Every file of the deployment, the runbook and the guides, by name."""
    paths = [
        *(path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".pyc"),
        *(ROOT / "docs").glob("runbook*.md"),
        *(ROOT / "docs" / "guides").glob("*.md"),
    ]
    return {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in paths}


def test_every_variable_is_a_setting() -> None:
    known = {fact.variable for fact in list_settings()}
    known |= {f"{fact.variable}_FILE" for fact in list_settings() if fact.is_secret}
    found = {
        (name, variable)
        for name, text in texts().items()
        for variable in re.findall(r"\bGONGZHANG_[A-Z_]+\b", text)
        if variable not in known
    }
    assert found == set()


def test_every_command_exists() -> None:
    found = {
        (name, word)
        for name, text in texts().items()
        for word in re.findall(
            r"(?:bin/gongzhang|gongzhang-run|run --rm \w+|^gongzhang) ([a-z][a-z-]+)",
            text,
            re.MULTILINE,
        )
        if word not in COMMANDS
    }
    assert found == set()
    for service in COMPOSE["services"].values():
        if service.get("image") == "gongzhang":
            assert service["command"][0] in COMMANDS


def test_every_path_of_the_clone_exists() -> None:
    found = {
        (name, path)
        for name, text in texts().items()
        for path in re.findall(r"\bops/deploy/[\w./-]*\w", text)
        if not (ROOT / path).exists() and not path.startswith("ops/deploy/secrets")
    }
    assert found == set()


def test_only_who_migrates_or_backs_up_knows_the_login_that_may() -> None:
    who = {
        name
        for name, service in COMPOSE["services"].items()
        if "admin-database-url" in service.get("secrets", [])
    }
    assert who == {"migrate", "backup"}
    units = {unit.name for unit in UNITS if "admin-database-url" in unit.read_text()}
    assert units == {"gongzhang-backup.service"}


def test_units_are_hardened_and_start_by_their_own_timers() -> None:
    services = {unit.stem for unit in UNITS if unit.suffix == ".service"}
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        if unit.suffix == ".timer":
            assert unit.stem in services
            assert "OnCalendar=" in text
            assert "Asia/Shanghai" in text, "the machine may live in another zone"
        else:
            assert [line for line in HARDENED if line not in text] == [], unit.name


@pytest.mark.skipif(NGINX is None, reason="no nginx on this machine")
def test_nginx_understands_its_configuration(tmp_path: Path) -> None:
    where = "/etc/letsencrypt/live/gongzhang.example.cn/"
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert text.count(where) == 2
    (tmp_path / "site.conf").write_text(text.replace(where, f"{tmp_path}/"))
    words = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost"]
    words += ["-keyout", str(tmp_path / "privkey.pem"), "-out", str(tmp_path / "fullchain.pem")]
    subprocess.run(words, capture_output=True, check=True)
    paths = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"error_log stderr; pid {tmp_path}/pid; events {{}}\n"
        f"http {{ access_log off; {paths} include {tmp_path}/site.conf; }}\n"
    )
    said = subprocess.run(
        [str(NGINX), "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd on this machine")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / unit.name).write_text(text.replace("WorkingDirectory=/opt/gongzhang", ""))
    said = subprocess.run(
        ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.stdout, said.stderr) == ("", "")


def test_secrets_are_made_once_and_closed_to_others(tmp_path: Path) -> None:
    where = tmp_path / "secrets"
    words = ["sh", str(DEPLOY / "make-secrets.sh"), str(where), "db.example.cn"]
    subprocess.run(words, capture_output=True, check=True)
    files = {path.name: path.read_text() for path in where.iterdir()}
    subprocess.run(words, capture_output=True, check=True)
    assert {path.name: path.read_text() for path in where.iterdir()} == files
    assert where.stat().st_mode & 0o777 == 0o700
    assert len(set(files.values())) == len(files)
    password = files["app-password"].strip()
    assert (
        files["database-url"] == f"postgresql://gongzhang_app:{password}@db.example.cn/gongzhang\n"
    )
    assert min(len(text) for text in files.values()) > 40


def test_the_database_is_named_by_host_port_or_socket(tmp_path: Path) -> None:
    for host, told in (
        ("db.example.cn:5433", "@db.example.cn:5433/gongzhang\n"),
        ("/run/postgresql", "@/gongzhang?host=/run/postgresql\n"),
    ):
        where = tmp_path / host.replace("/", "-")
        words = ["sh", str(DEPLOY / "make-secrets.sh"), str(where), host]
        subprocess.run(words, capture_output=True, check=True)
        for name in ("database-url", "admin-database-url"):
            assert (where / name).read_text().endswith(told)


def test_the_readme_makes_the_roles_that_the_deployment_makes() -> None:
    """Without CREATEDB a backup cannot be restored into a new database."""
    role = re.compile(r"^CREATE ROLE (\w+ [A-Z ]+) PASSWORD", re.MULTILINE)
    made = [
        role.findall(path.read_text(encoding="utf-8"))
        for path in (ROOT / "README.md", DEPLOY / "roles.sql")
    ]
    assert made[0] == made[1] != []


def test_both_addresses_change_to_the_restored_database_again_and_again_or_neither(
    tmp_path: Path,
) -> None:
    files = [tmp_path / name for name in ("database-url", "admin-database-url")]
    files[0].write_text("postgresql://gongzhang_app:s-e_c@db.example:5432/gongzhang\n")
    files[1].write_text("postgresql://gongzhang_admin:k@db.example/gongzhang?sslmode=require\n")

    def use(name: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", str(DEPLOY / "use-database.sh"), name, str(tmp_path)]
        known = {**os.environ, "PROGRAM": "/bin/true"}  # the one that looks into the database
        return subprocess.run(command, env=known, capture_output=True, text=True, check=False)

    for name, before in (("restored_1", "gongzhang"), ("restored_2", "restored_1")):
        done = use(name)
        assert done.returncode == 0
        assert done.stdout.count(f": {before} -> {name}\n") == 2
        assert "s-e_c" not in done.stdout
    texts_now = [path.read_text() for path in files]
    assert texts_now == [
        "postgresql://gongzhang_app:s-e_c@db.example:5432/restored_2\n",
        "postgresql://gongzhang_admin:k@db.example/restored_2?sslmode=require\n",
    ]
    for wrong in ("restored_2", "a#b", ""):
        assert use(wrong).returncode != 0
    files[1].write_text("postgresql://gongzhang_admin:k@db.example\n")
    refused = use("restored_3")
    assert refused.returncode == 1
    assert "Nothing was changed" in refused.stderr
    assert files[0].read_text() == texts_now[0]


def test_services_are_pointed_at_no_database_that_they_could_not_use(
    database: Database, tmp_path: Path
) -> None:
    before = with_database(database.service_url, "elsewhere")
    files = [tmp_path / name for name in ("database-url", "admin-database-url")]
    program = tmp_path / "gongzhang"
    program.write_text(
        f'#!/bin/sh\ncd {ROOT} && exec {sys.executable} -m ops.cli.main "$@"\n', encoding="utf-8"
    )
    program.chmod(0o755)

    def use(name: str, language: str = "C") -> subprocess.CompletedProcess[str]:
        for file in files:
            file.write_text(f"{before}\n")
        kept = {name: value for name, value in os.environ.items() if "GONGZHANG" not in name}
        known = {**kept, "PROGRAM": str(program), "LC_ALL": language}
        command = ["sh", str(DEPLOY / "use-database.sh"), name, str(tmp_path)]
        return subprocess.run(command, env=known, capture_output=True, text=True, check=False)

    for name, told in (("no_such", "no database of that name"), ("postgres", "not been set up")):
        refused = use(name)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert told in refused.stderr
        assert "Nothing was changed" in refused.stderr
        assert [file.read_text() for file in files] == [f"{before}\n"] * 2
    assert "什么也没有改" in use("no_such", "zh_CN.UTF-8").stderr
    assert use(database.name).stdout.count(f"elsewhere -> {database.name}\n") == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the wrapper")
def test_the_wrapper_runs_the_program_as_the_service_with_what_the_services_are_given(
    data_dir: Path,
) -> None:
    etc, home, clone = data_dir / "etc", data_dir / "home", data_dir / "clone"
    (etc / "secrets").mkdir(parents=True)
    for name in ("database-url", "admin-database-url"):
        (etc / "secrets" / name).write_text(f"postgresql://{name}\n")
    (etc / "gongzhang.env").write_text(
        'export=1\n# GONGZHANG_PORT=1\nGONGZHANG_LOG_LEVEL="debug"\nGONGZHANG_POOL_SIZE=7'
    )
    home.mkdir()
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    bin_dir = clone / ".venv" / "bin"
    bin_dir.mkdir(parents=True)
    (bin_dir / "python").symlink_to("/bin/sh")
    (bin_dir / "gongzhang").write_text('#!/bin/sh\nid -un; pwd; echo "$@"; env\n')
    (bin_dir / "gongzhang").chmod(0o755)
    text = (DEPLOY / "gongzhang-run").read_text(encoding="utf-8")
    for ours, theirs in (
        ("--reuid gongzhang --regid gongzhang", f"--reuid {nobody.pw_uid} --regid {nobody.pw_gid}"),
        ("/etc/gongzhang", str(etc)),
        ("/var/lib/gongzhang", str(home)),
        ("/opt/gongzhang", str(clone)),
    ):
        assert ours in text
        text = text.replace(ours, theirs)

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        command = ["sh", "-c", text, "gongzhang-run", *words]
        given = {"PATH": os.environ["PATH"], **variables}
        return subprocess.run(command, env=given, capture_output=True, text=True, check=False)

    done = run("jobs", "list", GONGZHANG_BACKUP_KEY_FILE="/old-key")
    user, place, words, *variables = done.stdout.splitlines()
    assert (user, place, words) == ("nobody", str(home), "jobs list")
    assert set(variables) >= {
        "GONGZHANG_LOG_LEVEL=debug",
        "GONGZHANG_POOL_SIZE=7",
        "GONGZHANG_DATABASE_URL=postgresql://database-url",
        "GONGZHANG_ADMIN_DATABASE_URL=postgresql://admin-database-url",
        "GONGZHANG_BACKUP_KEY_FILE=/old-key",
        f"HOME={home}",
        "COMMAND_TYPED=gongzhang-run",
    }
    assert not [one for one in variables if one.startswith(("export", "GONGZHANG_PORT"))]
    shutil.chown(home, "root", "root")
    assert "may not write" in run("serve").stderr
    assert "gongzhang-run: 用户 gongzhang 不能写" in run("serve", LANG="zh_CN.UTF-8").stderr
    (etc / "secrets" / "database-url").write_text("\n")
    refused = run("serve")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "an address in" in refused.stderr
    (etc / "secrets" / "admin-database-url").unlink()
    refused = run("serve")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "admin-database-url is missing: put" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert "gongzhang-run: 缺少" in run("serve", LANG="zh_CN.UTF-8").stderr
