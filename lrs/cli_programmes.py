"""`lrs programmes …` and `lrs topics …`: trainings as declared, and what people call things."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lrs.domain.programmes import Declared
    from lrs.services.lots import Draw
    from lrs.services.lrs import Lrs

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_BY = "command line"


@click.group()
def programmes() -> None:
    """Trainings: declared before data are looked at, never changed, only followed by a version."""


@programmes.command("declare")
@FILE
@JSON
def declare(file: Path, as_json: bool) -> None:
    """Declare the programme of FILE (YAML or JSON), or its next version; docs/programmes.md."""
    from lrs.domain import yaml_text

    mapping = yaml_text.loads(file.read_bytes())
    _print(_lrs().programmes.declare(mapping, by=_BY, now=_now()), as_json)


@programmes.command("list")
@JSON
def list_programmes(as_json: bool) -> None:
    """List programmes in their newest version."""
    for declared in _lrs().programmes.all():
        _print(declared, as_json)


@programmes.command("show")
@click.argument("programme")
@click.option("--version", type=click.IntRange(min=1), help="The newest by default.")
@JSON
def show(programme: str, version: int | None, as_json: bool) -> None:
    """Print a programme as it was declared, with everything that was left out."""
    from lrs.domain.programme_forms import told

    found = told(_lrs().programmes.get(programme, version))
    click.echo(json.dumps(found) if as_json else _yaml(found))


@programmes.command("openings")
@click.argument("programme", required=False)
@JSON
def openings(programme: str | None, as_json: bool) -> None:
    """List when which department's community opens: of all programmes, or of one."""
    from lrs.domain import timestamps

    everything = _lrs().programmes
    found = [everything.get(programme)] if programme else everything.all()
    rows = [
        (opening.at, one.programme.id, opening.department)
        for one in found
        for opening in one.programme.openings
    ]
    for at, name, department in sorted(rows):
        row = {"programme": name, "department": department, "at": timestamps.text(at)}
        click.echo(json.dumps(row) if as_json else f"{row['at']}  {name}  {department}")


@programmes.command("invite")
@click.argument("programme")
@click.argument("file", type=click.File(encoding="utf-8-sig"), required=False)
@click.option("--joiners", is_flag=True, help="They joined later: draw on for those without a lot.")
@JSON
def invite(programme: str, file: Any, joiners: bool, as_json: bool) -> None:
    """
    Draw by lot who is invited, out of FILE or of the roster; recorded for good, never drawn again.

    FILE has a line for each unit: a department, or a person as an e-mail address
    (mailto:ann@example.org), an account or an id. Without FILE: everyone who is employed now, or
    their departments.
    """
    from lrs.domain.errors import BadRequest
    from lrs.services import lots

    lrs, now = _lrs(), _now()
    declared = lrs.programmes.get(programme)
    scheme = declared.programme.invitations
    if scheme is None:
        raise BadRequest("this programme declares no invitations", at="invitations")
    register = lrs.persons.register()
    if file is None:
        units = lots.on_the_roster(register, scheme.unit, now)
    else:
        units = [line.strip() for line in file if line.strip()]
        units = units if scheme.unit == "department" else lots.person_units(register, units, now)
    drawn = lrs.programmes.draw(declared, units, by=_BY, now=now, joiners=joiners)
    _tell(drawn, as_json)


@programmes.command("invitations")
@click.argument("programme")
@JSON
def invitations(programme: str, as_json: bool) -> None:
    """Print who was invited and who was not, as CSV; with --json the draws."""
    from lrs.services.lots import exported

    lrs = _lrs()
    lrs.programmes.get(programme)
    draws = lrs.programmes.draws(programme)
    if as_json:
        click.echo(json.dumps([draw.listed() for draw in draws]))
    else:
        click.echo(exported(draws), nl=False)


@click.group()
def topics() -> None:
    """The organisation's vocabulary: topics and what people call them, in English and Dutch."""


@topics.command("put")
@FILE
@JSON
def put_topics(file: Path, as_json: bool) -> None:
    """Replace the vocabulary by that of FILE (YAML or JSON); the next refresh makes facts anew."""
    from lrs.domain import yaml_text

    vocabulary = _lrs().topics.put(yaml_text.loads(file.read_bytes()), by=_BY, now=_now())
    told = vocabulary.told()
    many = f"version {vocabulary.version}: {len(vocabulary.topics)} topics"
    click.echo(json.dumps(told) if as_json else many)


@topics.command("show")
@JSON
def show_topics(as_json: bool) -> None:
    """Print the vocabulary, as `put` reads it; with --json also its version."""
    told = _lrs().topics.get().told()
    click.echo(json.dumps(told) if as_json else _yaml(told["topics"]))


def _print(declared: Declared, as_json: bool) -> None:
    from lrs.domain.programme_forms import told

    row = told(declared)
    name = next(iter(declared.programme.name.values()))
    late = "  (declared after results were seen)" if declared.after_results else ""
    line = f"{row['id']}  version {row['version']}  {row['declared']}  {name}{late}"
    click.echo(json.dumps(row) if as_json else line)


def _tell(drawn: Draw, as_json: bool) -> None:
    row = drawn.told()
    line = (
        f"draw {row['draw']}: {row['invited']} of {row['units']} invited from {row['begins']} on "
        f"(version {row['version']}, seed {row['seed']})"
    )
    click.echo(json.dumps(drawn.listed()) if as_json else line)


def _yaml(value: Any) -> str:
    import yaml

    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True).rstrip()


def _now() -> int:
    return time.time_ns() // 1000


def _lrs() -> Lrs:
    from lrs.app import open_store, use_cases
    from lrs.config import Settings

    settings = Settings()
    return use_cases(settings, open_store(settings))
