"""What is told of settings, and how their values get in: files of secrets, lists of networks."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Meta

EMPTY_ADDRESS = "write the address into it, or leave it out for the embedded database"
PREFIX = "GONGZHANG_"
_LAST_PORT = 65535
#: Behind a host of an address, or as a parameter.
_PORT = re.compile(r"(?::|[?&]port=)(\d+)(?=[,/?&]|\Z)")


class UnknownSetting(Exception):
    """A GONGZHANG_ variable that no setting has: most often a typing error."""


def not_a_setting(variable: str, known: Iterable[str]) -> UnknownSetting:
    """What to say to a variable that no setting has: those that are written most like it."""
    near = ", ".join(get_close_matches(variable, sorted(known), n=3))
    if not near:
        return UnknownSetting(f"{variable} is not a setting of 共账; docs/settings.md lists them")
    return UnknownSetting(f"{variable} is not a setting of 共账; the nearest: {near}")


def about(zh: str, en: str, *, secret: bool = False, **limits: Any) -> Meta:
    """What a setting means in both languages, and its limits; ``secret``: its value is not shown.

    ``docs/settings.md`` and ``gongzhang settings`` are made from this and nothing else.
    """
    return Meta(description=en, extra={"zh": zh, "secret": secret}, **limits)


class SettingFact(msgspec.Struct, frozen=True):
    """One setting as people read about it."""

    variable: str
    default: str
    meaning_zh: str
    meaning_en: str
    #: Its value is not shown.
    is_secret: bool


def facts_of(settings: type[msgspec.Struct]) -> list[SettingFact]:
    """What every setting of a struct says about itself, in the order of declaration."""
    facts = []
    hints = get_type_hints(settings, include_extras=True)
    for field in msgspec.structs.fields(settings):
        meta = next(one for one in get_args(hints[field.name])[1:] if isinstance(one, Meta))
        assert meta.description is not None, f"{field.name} says nothing about itself"
        assert meta.extra is not None, f"{field.name} says nothing about itself"
        facts.append(
            SettingFact(
                variable=PREFIX + field.name.upper(),
                default=setting_text(field.default),
                meaning_zh=meta.extra["zh"],
                meaning_en=meta.description,
                is_secret=meta.extra["secret"],
            )
        )
    return facts


def setting_text(value: object) -> str:
    """A value as it is written in the environment."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def secret_files(facts: Iterable[SettingFact]) -> dict[str, str]:
    """The variables that name a file with a secret → the setting."""
    facts = list(facts)
    settings = {fact.variable for fact in facts}
    return {
        f"{fact.variable}_FILE": fact.variable.removeprefix(PREFIX).lower()
        for fact in facts
        if fact.is_secret and f"{fact.variable}_FILE" not in settings
    }


def read_secret_files(source: Mapping[str, str], files: Mapping[str, str]) -> dict[str, str]:
    """Secrets that lie in files, as containers and systemd hand them over.

    Raises:
        UnknownSetting: a file that cannot be read, or holds nothing: an empty address would mean
            another database.
    """
    given = {}
    for variable, name in files.items():
        if path := source.get(variable):
            try:
                given[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it is no text"
                raise UnknownSetting(
                    f"{variable} names {path}, which cannot be read: {reason}. Correct the path, "
                    "or let the user that runs this program read the file"
                ) from error
            if not given[name]:
                raise UnknownSetting(
                    f"{variable} names {path}, which is empty. Write the value into it, or leave "
                    f"{variable} out"
                )
    return given


def check_addresses(given: Mapping[str, str]) -> None:
    """Refuse addresses that can be none, of databases and of proxies.

    Raises:
        UnknownSetting: with what to give instead.
    """
    check_ports(given)
    check_proxies(given.get("trusted_proxies", ""))


def check_ports(given: Mapping[str, str]) -> None:
    """Refuse a port that none can have; whatever else is wrong is said when one connects.

    Raises:
        UnknownSetting: says in which address, and nothing of it.
    """
    for name in ("database_url", "admin_database_url"):
        ports = _PORT.findall(given.get(name, "").rpartition("@")[2])  # nothing of a password
        if any(not 1 <= int(port[:6]) <= _LAST_PORT for port in ports):
            raise UnknownSetting(
                f"{PREFIX}{name.upper()} has a value that cannot be used: "
                f"its port is not from 1 to {_LAST_PORT}"
            )


def check_proxies(text: str) -> None:
    """Refuse what is no list of networks, and networks that mean everybody.

    Raises:
        UnknownSetting: with what to give instead.
    """
    try:
        networks = [ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise UnknownSetting(
            f"{PREFIX}TRUSTED_PROXIES has a value that cannot be used: {error}; give addresses or "
            "networks such as 10.0.0.7, 192.168.1.0/24"
        ) from error
    if any(network.prefixlen == 0 for network in networks):
        raise UnknownSetting(
            f"{PREFIX}TRUSTED_PROXIES would believe everybody; name your own proxies only"
        )
