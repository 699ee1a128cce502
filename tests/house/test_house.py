"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from lrs.config import Settings
from tests.house.settings_table import README, table, table_of

ROOT = README.parent
CODE = ("lrs", "integrations", "analytics")
ALL_CODE = (*CODE, "tests", "benchmarks")
OLDEST_PYTHON = "3.11.2"
MOST_LINES = 400
MOST_SETTINGS = 30
MOST_HANDLER_LINES = 15
METHODS = {"get", "post", "put", "delete", "head", "options", "patch"}


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


SPELLINGS = [
    "os.environ['A']",
    "os.environ.get('A')",
    "os.getenv('A')",
    "from os import environ",
    "from os import getenv as g",
    "class A(BaseSettings): pass",
]


@pytest.mark.parametrize("folder", ALL_CODE)
def test_no_module_is_longer_than_400_lines(folder: str) -> None:
    lengths = {str(path): len(path.read_text().splitlines()) for path in modules(folder)}

    assert {path: n for path, n in lengths.items() if n > MOST_LINES} == {}


def test_the_readme_has_every_setting_as_it_is() -> None:
    """`make settings-table` puts it right."""
    assert table_of(README.read_text()) == table()


def test_there_are_at_most_30_settings() -> None:
    assert len(Settings.model_fields) <= MOST_SETTINGS


def test_every_setting_says_what_it_is() -> None:
    silent = [name for name, field in Settings.model_fields.items() if not field.description]

    assert silent == []


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for path in modules(*CODE)
        if _reads_environment(path.read_text())
    }

    assert readers <= {"lrs/config.py"}


@pytest.mark.parametrize("source", SPELLINGS)
def test_reading_the_environment_is_seen_in_every_spelling(source: str) -> None:
    assert _reads_environment(source)


def test_setting_a_variable_for_a_library_is_not_reading_it() -> None:
    assert not _reads_environment("os.environ['A'] = 'b'")


def test_no_handler_is_longer_than_15_lines() -> None:
    """A handler reads, calls and answers; what is longer is a use case, for lrs/services."""
    long = {name: n for name, n in _handlers(modules("lrs/api")) if n > MOST_HANDLER_LINES}

    assert long == {}


def test_a_handler_is_measured_without_its_docstring_and_through_its_bases() -> None:
    source = (
        "class Base(Resource): pass\n"
        "class Statements(Base):\n"
        "    def get(self):\n"
        '        """A\n        docstring."""\n'
        "        a = 1\n"
        "        return a\n"
        "class Other:\n"
        "    def get(self):\n"
        "        return 1\n"
    )

    assert dict(_handlers_of(ast.parse(source), _resources([ast.parse(source)]))) == {
        "Statements.get": 2
    }


def test_nothing_is_left_to_be_done_later() -> None:
    words = re.compile(r"\b(?:T[O]DO|F[I]XME)\b")  # so spelled that this line is none of them
    places = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in modules(*ALL_CODE)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if words.search(line)
    ]

    assert places == []


def test_every_make_target_has_a_line_in_make_help() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):(?!=)", makefile, re.MULTILINE))
    phony = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE))
    helped = set(re.findall(r"^([a-z][a-z-]*):.*## \S", makefile, re.MULTILINE))

    assert targets
    assert targets == helped == phony


@pytest.mark.skipif(shutil.which("make") is None, reason="not run: make is absent")
def test_make_help_lists_every_target_and_is_what_make_alone_does() -> None:
    targets = re.findall(r"^([a-z][a-z-]*):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)

    said = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert [line.split()[0] for line in said.stdout.splitlines()] == targets


def test_every_dependency_has_its_reason_in_the_architecture() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| `([\w.-]+)` \| (.+?) \|$", text, re.MULTILINE)
    reasons = {name: reason.strip() for name, reason in rows}

    assert sorted(reasons) == sorted(_dependencies())
    assert all(reasons.values())


def test_every_dependency_is_locked() -> None:
    """A lock that lacks one would let `make setup` take whatever is newest that day."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    locked = {_plain(line.partition("==")[0]) for line in lines if "==" in line}

    assert {_plain(name) for name in _dependencies()} <= locked


def test_the_lock_can_be_installed_on_the_oldest_python() -> None:
    """Debian 12 has 3.11.2; some releases want a later 3.11."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    refusing = [line for line in lines if not _allows(line, OLDEST_PYTHON)]

    assert refusing == []


def _allows(line: str, python: str) -> bool:
    """Whether a locked release runs there; one not installed here is only for another Python."""
    name, _, version = line.partition("==")
    try:
        here = distribution(name)
    except PackageNotFoundError:
        return True
    needs = here.metadata["Requires-Python"] or ""
    return here.version != version or SpecifierSet(needs).contains(python)


def _dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = [each for group in project["optional-dependencies"].values() for each in group]
    return [re.split(r"[\[<>=!~; ]", each)[0] for each in project["dependencies"] + optional]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _reads_environment(source: str) -> bool:
    nodes = list(ast.walk(ast.parse(source)))
    written = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
    }
    return any(_reads(node) for node in nodes if id(node) not in written)


def _reads(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="os"), attr="environ" | "environb" | "getenv"):
            return True
        case ast.ImportFrom(module="os", names=names):
            return any(each.name in ("environ", "environb", "getenv") for each in names)
        case ast.ClassDef(bases=bases):
            return any(_name(base) == "BaseSettings" for base in bases)
    return False


def _name(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", ""))


def _handlers(paths: list[Path]) -> Iterator[tuple[str, int]]:
    trees = {path: ast.parse(path.read_text()) for path in paths}
    resources = _resources(list(trees.values()))
    for path, tree in trees.items():
        for name, lines in _handlers_of(tree, resources):
            yield f"{path.relative_to(ROOT)}: {name}", lines


def _resources(trees: list[ast.Module]) -> set[str]:
    """The names of the classes that are Resources, through whatever stands between."""
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    found = {"Resource"}
    while True:
        more = {each.name for each in classes if any(_name(base) in found for base in each.bases)}
        if more <= found:
            return found
        found |= more


def _handlers_of(tree: ast.Module, resources: set[str]) -> Iterator[tuple[str, int]]:
    for kind in ast.walk(tree):
        if isinstance(kind, ast.ClassDef) and kind.name in resources:
            for function in kind.body:
                if isinstance(function, ast.FunctionDef) and function.name in METHODS:
                    yield f"{kind.name}.{function.name}", _body_lines(function)


def _body_lines(function: ast.FunctionDef) -> int:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
