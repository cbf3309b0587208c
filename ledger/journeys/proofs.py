"""The proofs that programmes add to those of the engine."""

import importlib
import pkgutil

import ledger.programmes

_PREFIX = f"{ledger.programmes.__name__}."


def register_programme_proofs() -> None:
    """Register the proofs of every programme that has a module ``proofs``."""
    for module in pkgutil.walk_packages(ledger.programmes.__path__, _PREFIX):
        if module.name.rpartition(".")[2] == "proofs":
            importlib.import_module(module.name)
