"""The bill of materials names what the pins name, and every licence is one that we may pass on."""

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest

from ops.bill_of_materials import (
    UNKNOWN,
    bill_of_materials,
    licence_of,
    normal_name,
    pinned_packages,
)

PINS = (Path(__file__).parents[2] / "requirements.txt").read_text(encoding="utf-8")
#: Licences under which a package may be passed on with ours (Apache-2.0). Weak copyleft by file
#: (MPL-2.0) is fine for packages that nobody here changes; others of its kind are not.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU",
    "MPL-2.0", "PSF-2.0", "PostgreSQL", "Unlicense", "Zlib",
}  # fmt: skip
#: Pinned for other systems; looked up by hand.
ELSEWHERE = {"colorama": "BSD-3-Clause"}


def is_allowed(expression: str) -> bool:
    """Of alternatives one is enough; of what holds together, all must be allowed."""
    return any(
        all(one.strip("() ") in ALLOWED for one in together.split(" AND "))
        for together in expression.split(" OR ")
    )


@pytest.fixture(scope="module")
def bill() -> dict[str, Any]:
    return bill_of_materials(PINS, version="1.2.3")


def test_it_names_every_pinned_package_once(bill: dict[str, Any]) -> None:
    pinned = pinned_packages(PINS)
    assert len(pinned) > 40
    named = {one["name"]: one["version"] for one in bill["components"]}
    assert named == pinned
    assert len(bill["components"]) == len(pinned)
    references = {one["bom-ref"] for one in bill["components"]}
    told = {one["ref"]: set(one["dependsOn"]) for one in bill["dependencies"]}
    assert set().union(*told.values()) <= references
    assert f"pkg:pypi/h11@{pinned['h11']}" in told[f"pkg:pypi/httpcore@{pinned['httpcore']}"]
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")


def test_the_same_pins_give_the_same_bill_and_it_names_no_place(bill: dict[str, Any]) -> None:
    assert bill_of_materials(PINS, version="1.2.3") == bill
    assert bill_of_materials(PINS, version="1.2.4")["serialNumber"] != bill["serialNumber"]
    text = json.dumps(bill)
    assert "://" not in text
    assert "timestamp" not in text


def test_every_licence_is_one_that_we_may_pass_on() -> None:
    found = {}
    for name in pinned_packages(PINS):
        try:
            found[name] = licence_of(distribution(name))
        except PackageNotFoundError:
            found[name] = ELSEWHERE.get(name, UNKNOWN)
    assert {name: said for name, said in found.items() if not is_allowed(said)} == {}


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-3.0-only", False),
        ("MIT OR GPL-3.0-only", True),
        ("MIT AND GPL-3.0-only", False),
        (UNKNOWN, False),
    ],
)
def test_what_must_not_be_passed_on_is_noticed(expression: str, allowed: bool) -> None:
    assert is_allowed(expression) == allowed


def test_names_are_compared_as_registries_do() -> None:
    assert normal_name("Prometheus_Client") == "prometheus-client"
