"""What a kind of analysis is, and how those of this folder are found: a new one is a new file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click

import analytics.analyse
from analytics.analyse.tables import Table

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """
    One kind of analysis, a module's `KIND`.

    Args:
        name: As typed after `lrs analyse`.
        options: Click options. Column names arrive as typed; `run` checks them on the table.
        run: Table and option values (click's names, and always `no_minimum`) to the JSON result:
            dicts, lists, texts, booleans, None and numbers (NumPy's too). Floats are rounded to
            ten significant digits and NaN becomes null on the way out. Raises `UsageProblem`.
        summary: One line for `--help`.
        takes_file: Whether FILE is read; otherwise `run` gets an empty table.
    """

    name: str
    options: tuple[click.Option, ...]
    run: Callable[[Table, Options], dict[str, Any]]
    summary: str
    takes_file: bool = True


def discover() -> list[Kind]:
    """The kinds of this folder by name. Cheap: their modules import heavy libraries late."""
    names = [found.name for found in pkgutil.iter_modules(analytics.analyse.__path__)]
    modules = [
        importlib.import_module(f"analytics.analyse.{name}")
        for name in names
        if not name.startswith("_")
    ]
    kinds = [module.KIND for module in modules if isinstance(getattr(module, "KIND", None), Kind)]
    return sorted(kinds, key=lambda kind: kind.name)
