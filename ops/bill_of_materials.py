"""Write the bill of materials (SBOM) of the service: its pinned packages, as CycloneDX 1.6.

    python -m ops.bill_of_materials build/sbom.json

Names and versions are those of requirements.txt, licences and dependencies what the installed
packages say of themselves. The same pins give the same file: it carries no time and no address.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9._-]+")
UNKNOWN = "NOASSERTION"
#: What packages write that do not use the identifiers of SPDX.
_SPDX = {
    "BSD License": "BSD-3-Clause",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "MIT License": "MIT",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "Apache Software License": "Apache-2.0",
}
_IDENTIFIERS = re.compile(r"[A-Za-z0-9.+-]+(?: (?:AND|OR|WITH) [A-Za-z0-9.+-]+)*\Z")


def pinned_packages(pins: str) -> dict[str, str]:
    """Versions by normal name."""
    return {normal_name(found["name"]): found["version"] for found in _PIN.finditer(pins)}


def normal_name(name: str) -> str:
    """As registries compare names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def licence_of(found: Distribution | None) -> str:
    """The licence as an expression of SPDX; NOASSERTION: not installed here, or it does not say."""
    if found is None:
        return UNKNOWN
    said_of = found.metadata.json
    if expression := said_of.get("license_expression"):
        return str(expression)
    said = next(iter(str(said_of.get("license") or "").strip().splitlines()), "")
    if said in _SPDX:
        return _SPDX[said]
    if _IDENTIFIERS.match(said):
        return said
    classifiers = said_of.get("classifier") or []
    named = [one.rsplit(" :: ", 1)[1] for one in classifiers if one.startswith("License :: ")]
    known = sorted({_SPDX[name] for name in named if name in _SPDX})
    return " OR ".join(known) or UNKNOWN


def bill_of_materials(pins: str, *, version: str) -> dict[str, Any]:
    """The whole bill; ``version`` is the service's own."""
    packages = pinned_packages(pins)
    components = [_component(name, packages[name]) for name in sorted(packages)]
    own = f"pkg:generic/gongzhang@{version}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, own + json.dumps(components))}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": own,
                "name": "gongzhang",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": components,
        "dependencies": [
            {"ref": own, "dependsOn": [_reference(name, packages[name]) for name in packages]},
            *_dependencies(packages),
        ],
    }


def _component(name: str, version: str) -> dict[str, Any]:
    licence = licence_of(_installed(name))
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": _reference(name, version),
        "name": name,
        "version": version,
        "purl": _reference(name, version),
    }
    if licence != UNKNOWN:
        is_one = " " not in licence
        stated = {"license": {"id": licence}} if is_one else {"expression": licence}
        component["licenses"] = [stated]
    return component


def _dependencies(packages: dict[str, str]) -> Iterator[dict[str, Any]]:
    """What each package asks for, as far as it is pinned."""
    for name in sorted(packages):
        found = _installed(name)
        asked = (found.requires or ()) if found else ()
        needed = {
            normal_name(match[0])
            for one in asked
            if "extra ==" not in one and (match := _NAME.match(one))
        }
        yield {
            "ref": _reference(name, packages[name]),
            "dependsOn": [_reference(one, packages[one]) for one in sorted(needed & set(packages))],
        }


def _reference(name: str, version: str) -> str:
    return f"pkg:pypi/{name}@{version}"


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:  # pinned for other systems than this one
        return None


def main() -> int:
    """Write the bill to the file that the command line names."""
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    bill = bill_of_materials(pins, version=project["version"])
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(bill, ensure_ascii=False, indent=1)
    target.write_text(f"{text}\n", encoding="utf-8")
    print(f"{len(bill['components'])} packages in {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
