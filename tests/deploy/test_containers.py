"""Image and containers: from pins, without rights, with nothing that compose does not know."""

import json
import re
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest
import yaml

from ops.deploy.is_ready import main as is_ready
from tests.api.live import free_port

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "ops" / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))


def instructions() -> list[str]:
    """The instructions of the Dockerfile, continued lines joined, comments left out."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE))
    return [line for line in joined.splitlines() if line.strip()]


def test_the_image_is_built_from_pins_and_holds_the_program_only() -> None:
    lines = instructions()
    bases = [line.split()[1] for line in lines if line.startswith("FROM")]
    assert all(re.fullmatch(r"python:3\.1[123]-slim-\w+", base) for base in bases)
    assert "--require-hashes" in DOCKERFILE
    assert not [line for line in lines if line.startswith("ADD ")]
    assert [line for line in lines if line.startswith("HEALTHCHECK")]
    user = [line.split()[1] for line in lines if line.startswith("USER")]
    assert user == ["10001"]
    assert lines.index("USER 10001") < next(
        number for number, line in enumerate(lines) if line.startswith("ENTRYPOINT")
    )
    assert "apt-get" not in DOCKERFILE
    assert not re.search(r"^(?:ENV|ARG).*(?:PASSWORD|SECRET|KEY)", DOCKERFILE, re.MULTILINE)
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert (ROOT / line.split()[1]).exists(), line
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert allowed[1] == "*"
    assert {line[1:] for line in allowed if line.startswith("!")} == {
        line.split()[1] for line in lines if line.startswith("COPY ") and "--from" not in line
    }


def test_commands_of_the_image_are_lists_that_need_no_shell() -> None:
    for line in instructions():
        word, _, rest = line.partition(" ")
        if word in {"ENTRYPOINT", "CMD"}:
            assert isinstance(json.loads(rest), list)


def test_secrets_of_containers_come_from_files() -> None:
    for name, service in COMPOSE["services"].items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|URL|KEY", variable):
                assert variable.endswith("_FILE"), (name, variable)
                assert Path(value).name in service["secrets"], (name, variable)
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
    made = (DEPLOY / "make-secrets.sh").read_text(encoding="utf-8")
    for secret in COMPOSE["secrets"].values():
        assert f"keep {Path(secret['file']).name} " in made


def test_containers_have_no_rights_and_everything_they_name() -> None:
    for name, service in COMPOSE["services"].items():
        if service.get("image") == "gongzhang":
            assert service["cap_drop"] == ["ALL"], name
            assert service["read_only"], name
            assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "latest" not in service["image"], name
        for other in service.get("depends_on", {}):
            assert other in COMPOSE["services"], name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            is_ours = source.startswith("./")
            assert (DEPLOY / source).exists() if is_ours else source in COMPOSE["volumes"], volume


class Health(msgspec.Struct, forbid_unknown_fields=True):
    """When a container is well."""

    test: list[str] | None = None
    interval: str | None = None
    retries: int | None = None
    disable: bool = False


class Waits(msgspec.Struct, forbid_unknown_fields=True):
    """How far another container must have come."""

    condition: Literal["service_healthy", "service_completed_successfully"]


class Container(msgspec.Struct, forbid_unknown_fields=True):
    """What we use of https://github.com/compose-spec/compose-spec/blob/main/05-services.md."""

    image: str
    networks: list[str] | dict[str, dict[str, str]]
    logging: dict[str, Any]
    restart: Literal["no", "unless-stopped"]
    build: dict[Literal["context", "dockerfile"], str] | None = None
    read_only: bool = False
    tmpfs: list[str] = []
    cap_drop: list[str] = []
    security_opt: list[str] = []
    command: list[str] = []
    environment: dict[str, str] = {}
    secrets: list[str] = []
    volumes: list[str] = []
    depends_on: list[str] | dict[str, Waits] = []
    healthcheck: Health | None = None
    stop_grace_period: str | None = None
    shm_size: str | None = None
    profiles: list[str] = []
    ports: list[str] = []


def test_containers_say_nothing_that_compose_does_not_know() -> None:
    known = {"name", "services", "networks", "volumes", "secrets"}
    assert {word for word in COMPOSE if not word.startswith("x-")} == known
    services = msgspec.convert(COMPOSE["services"], dict[str, Container])
    for service in services.values():
        assert set(service.secrets) <= set(COMPOSE["secrets"])
        assert set(service.networks) <= set(COMPOSE["networks"])


def test_who_waits_for_the_database_waits_until_it_is_set_up() -> None:
    """Its image begins with a server on a socket, runs roles.sql, and starts anew."""
    check = COMPOSE["services"]["database"]["healthcheck"]["test"]
    assert check[check.index("--host") + 1] == "127.0.0.1"


def test_a_container_that_does_not_answer_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GONGZHANG_PORT", str(free_port()))
    assert is_ready() == 1
