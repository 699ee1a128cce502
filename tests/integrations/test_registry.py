"""The folder is the registry, and every file in it is held to the contract."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from integrations import sources
from integrations.registry import integrations
from tests.integrations.contract import IntegrationContract


def test_every_file_in_the_folder_is_an_integration() -> None:
    files = {path.stem for path in Path(sources.__path__[0]).glob("[a-z]*.py")}

    assert set(integrations()) == files


def test_every_integration_is_held_to_the_contract() -> None:
    for path in Path(__file__).parent.glob("test_*.py"):
        import_module(f"tests.integrations.{path.stem}")

    assert {test.name for test in IntegrationContract.__subclasses__()} == set(integrations())
