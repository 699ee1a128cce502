"""docs/sources.md: every system is in it, and every command in it is taken."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest

from integrations.registry import configured, integrations
from lrs.cli_sources import add, settings_of

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "sources.md").read_text("utf-8")
BLOCKS = re.findall(r"```\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [
    line
    for block in BLOCKS
    for line in block.replace("\\\n", " ").splitlines()
    if line.startswith("lrs sources add")
]


def test_every_kind_of_system_is_described() -> None:
    missing = [name for name in integrations() if not re.search(rf"\b{name}\b", TEXT)]

    assert missing == []


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[3])
def test_a_command_that_is_shown_makes_a_source(command: str) -> None:
    words = shlex.split(command, comments=True)

    told = add.make_context("add", words[3:]).params
    del told["as_json"]
    made = configured(settings_of(**told))

    assert made.name == words[3]
    described = "".join(_described(made.integration))
    for option in made.options:
        assert f"`{option}`" in described, option
    for key in made.access:
        assert f"`{key}`" in described, key


def _described(integration: str) -> Iterator[str]:
    """What its translator and its harvester say of their settings."""
    for package in ("sources", "harvesters"):
        with suppress(ModuleNotFoundError):
            module = import_module(f"integrations.{package}.{integration}")
            yield module.__doc__ or ""


def test_there_are_commands_to_try() -> None:
    assert len(COMMANDS) >= 17
