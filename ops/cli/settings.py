"""`gongzhang settings`: every setting with its value, where that comes from, and its meaning."""

import argparse
import os
import re
from typing import Any

import msgspec

from ledger.settings import SettingFact, Settings, list_settings, read_settings, setting_text
from ops.cli.frame import Subparsers, answer, new_parser, table

HIDDEN = "(hidden)"
#: In an address: behind the user's name, or as a parameter. Greedy, so that no odd sign ends it.
_PASSWORD = re.compile(r"(?P<before>://[^:/?#]*:|[?&]password=)(?:.*(?=@)|[^&]*)")


def add_parser(subparsers: Subparsers) -> None:
    """Declare the command."""
    new_parser(
        subparsers,
        "settings",
        summary="Show every setting: value, where it comes from, default, meaning.",
        example="gongzhang settings\nGONGZHANG_PORT=8080 gongzhang settings --json",
    )


def run(args: argparse.Namespace) -> int:
    """Print the settings as this process reads them."""
    settings = read_settings()
    rows = [_row(fact, settings) for fact in list_settings()]
    titles = ("setting", "value", "from", "default", "meaning")
    shown = [titles, *(tuple(row[title] or "-" for title in titles) for row in rows)]
    answer(args, "\n".join(table(shown)), settings=rows)
    return 0


def _row(fact: SettingFact, settings: Settings) -> dict[str, Any]:
    name = fact.variable.removeprefix("GONGZHANG_").lower()
    value = setting_text(msgspec.structs.asdict(settings)[name])
    return {
        "setting": fact.variable,
        "value": _veiled(value) if fact.is_secret else value,
        "from": "environment" if fact.variable in os.environ else "default",
        "default": fact.default,
        "meaning": fact.meaning_en,
    }


def _veiled(value: str) -> str:
    """A secret without what is secret about it: an address keeps all but its password."""
    if "://" in value:
        return _PASSWORD.sub(rf"\g<before>{HIDDEN}", value)
    return value and HIDDEN
