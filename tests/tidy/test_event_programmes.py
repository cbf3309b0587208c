"""The catalogue's list of events that programmes post follows the programmes' code."""

import re
from pathlib import Path

from ledger.foundation.event_catalogue import list_events
from tests.tidy.sources import ROOT, place

PROGRAMMES = ROOT / "ledger" / "programmes"
EVENT_CODE = re.compile(r"\b(?:TB|SP|ST|PG|TR)\d\d[ab]?\b")
#: What no code names yet, though only a programme can post it: TB02 pays out of a recipient's hold
#: for a service, whose record has to say so.
WITHOUT_CODE = {"TB02"}


def programme_of(path: Path) -> str:
    """The package or module right below ``ledger/programmes``."""
    return path.relative_to(PROGRAMMES).parts[0].removesuffix(".py")


def named_in_code() -> list[tuple[str, Path]]:
    """Every event code in the modules and statements of a programme, comments included."""
    files = [path for path in PROGRAMMES.rglob("*") if path.suffix in (".py", ".sql")]
    return [
        (code, path)
        for path in sorted(files)
        for code in EVENT_CODE.findall(path.read_text(encoding="utf-8"))
    ]


def test_an_event_that_a_programme_names_is_posted_by_that_programme() -> None:
    owners = {event.event_code: event.posted_by for event in list_events()}
    found = named_in_code()
    assert len(found) > 50
    assert [
        f"{place(path)} names {code}, posted by {owners.get(code)}"
        for code, path in found
        if owners.get(code) != programme_of(path)
    ] == []


def test_no_event_is_kept_for_a_programme_that_does_not_name_it() -> None:
    kept = {event.event_code: event.posted_by for event in list_events() if event.posted_by}
    named = {(code, programme_of(path)) for code, path in named_in_code()}
    assert {code for code, owner in kept.items() if (code, owner) not in named} == WITHOUT_CODE
