"""What a run can be told from outside: the LOAD_ variables."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

PREFIX = "LOAD_"
LONGEST_RUN_SECONDS = 600
MOST_USERS = 200
_HERE = frozenset({"127.0.0.1", "localhost", "::1"})
_NUMBERS = {"users": (1, MOST_USERS), "seconds": (1, LONGEST_RUN_SECONDS)}


class LoadRefused(Exception):
    """A run that does not begin; the message says what to do."""


@dataclass(frozen=True)
class Login:
    """A name and a password of the sign-in page."""

    name: str
    password: str


@dataclass(frozen=True)
class LoadSettings:
    """A run: where, how many, how long, as whom."""

    #: Address of a service on this machine; empty: a small demo is started for the run.
    url: str = ""
    users: int = 12
    seconds: int = 30
    #: ``name:password`` of one person of each role, and the key of one of the staff.
    volunteer: str = ""
    merchant: str = ""
    auditor: str = ""
    api_key: str = ""

    def variables(self) -> dict[str, str]:
        """The settings as a process is given them."""
        return {
            f"{PREFIX}{name.upper()}": str(getattr(self, name))
            for name in self.__dataclass_fields__
        }

    def login(self, role: str) -> Login:
        """The login of volunteer, merchant or auditor.

        Raises:
            LoadRefused: none was given.
        """
        name, _, password = str(getattr(self, role)).partition(":")
        if not (name and password):
            raise LoadRefused(f"Say who signs in: {PREFIX}{role.upper()}=name:password")
        return Login(name, password)


def read_load_settings(environment: Mapping[str, str] | None = None) -> LoadSettings:
    """Settings from the environment.

    Raises:
        LoadRefused: an unknown variable, a number out of bounds, or another machine's address.
    """
    given: dict[str, str | int] = {}
    known = LoadSettings.__dataclass_fields__
    for variable, value in (os.environ if environment is None else environment).items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known:
            raise LoadRefused(
                f"{variable} is not known here; known are "
                + ", ".join(f"{PREFIX}{item.upper()}" for item in known)
            )
        given[name] = _number(variable, name, value) if name in _NUMBERS else value
    settings = LoadSettings(**given)  # type: ignore[arg-type]  # numbers are numbers by now
    if settings.url and urlsplit(settings.url).hostname not in _HERE:
        raise LoadRefused("Load is put on this machine only: LOAD_URL=http://127.0.0.1:8000")
    return settings


def _number(variable: str, name: str, value: str) -> int:
    least, most = _NUMBERS[name]
    if not value.isdecimal() or not least <= int(value) <= most:
        raise LoadRefused(f"{variable} takes a number from {least} to {most}.")
    return int(value)
