"""Tables as readable metadata; importing this package registers every table of the product."""

import importlib
import pkgutil

from ledger.schema.base import metadata

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["metadata"]
