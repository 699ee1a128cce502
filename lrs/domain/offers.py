"""What the modules of a folder offer: a new one is a new file, and no list is edited."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Any


def offers(folder: ModuleType, attribute: str) -> dict[str, Any]:
    """
    The objects that modules of a package have under this attribute, by their own `name`.

    Modules without it only help the others.
    """
    found = {}
    for module in pkgutil.iter_modules(folder.__path__):
        offered = getattr(
            importlib.import_module(f"{folder.__name__}.{module.name}"), attribute, None
        )
        if offered is not None:
            found[offered.name] = offered
    return found
