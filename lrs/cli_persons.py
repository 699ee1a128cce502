"""`lrs persons …` and `lrs consents …`: who is who, and who may be recorded."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from lrs.services.lrs import Lrs
    from lrs.services.rosters import Report

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
_BY = "command line"


@click.group()
def persons() -> None:
    """People: their identifiers and attributes, dated."""


@persons.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only tell what would become of each row.")
@click.option("--home", default="", help="Home page of the column `account`.")
@click.option("--employee-home", default="", help="Home page under which numbers are accounts.")
@click.option("--account", "accounts", multiple=True, metavar="COLUMN=HOMEPAGE", help="Another.")
@click.option("--dates", type=click.Choice(["d-m-y", "m-d-y"]), help="What 03/04/2026 means.")
@click.option("--evidence", default="", help="What it rests on; the name of FILE by default.")
@JSON
def import_persons(as_json: bool, file: Path, **given: Any) -> None:
    """
    Take in an HR roster: CSV or TSV of any delimiter and encoding, or XLSX.

    Columns are known by their names in English or Dutch: e-mail, account, employee number, name,
    department, role, manager, start, end, valid from, valid to. The same file may be sent again.
    """
    from lrs.services.rosters import Options, import_roster

    columns = dict(_split(one) for one in given["accounts"])
    day_first = {"d-m-y": True, "m-d-y": False}.get(given["dates"])
    options = Options(given["home"], given["employee_home"], columns, day_first, given["dry_run"])
    evidence = given["evidence"] or file.name
    body, everyone = file.read_bytes(), _lrs().persons
    with click.progressbar(length=1, label=file.name, hidden=as_json) as bar:

        def progress(done: int, rows: int) -> None:
            bar.length = rows
            bar.update(done - bar.pos)

        report = import_roster(
            everyone, body, options, by=_BY, evidence=evidence, progress=progress
        )
    _tell(report, as_json, given["dry_run"])


@persons.command("show")
@click.argument("identifier")
@click.option("--on", help="Who held it that day; today by default.")
def show_person(identifier: str, on: str | None) -> None:
    """Print the person who holds IDENTIFIER, as JSON."""
    from lrs.domain import identifiers, timestamps
    from lrs.services.person_views import shown

    at = time.time_ns() // 1000 if on is None else timestamps.instant(on, "on")
    register = _lrs().persons.register()
    person = register.holder(identifiers.read(identifier), at)
    click.echo(json.dumps(shown(register, person, at), indent=2))


@click.group()
def consents() -> None:
    """Who may be recorded."""


def _options(command: Any) -> Any:
    for option in (
        JSON,
        click.option("--evidence", default="", help="What it rests on."),
        click.option("--at", help="From when, a day or a timestamp; now by default."),
        click.option("--source", help="One source; all by default."),
        click.argument("identifier"),
    ):
        command = option(command)
    return command


@consents.command("give")
@_options
def give_consent(**given: Any) -> None:
    """Record that who holds IDENTIFIER agrees to be recorded."""
    _say(_lrs().consent.give, **given)


@consents.command("withdraw")
@_options
def withdraw_consent(**given: Any) -> None:
    """Record that who holds IDENTIFIER does not agree; it holds within a second."""
    _say(_lrs().consent.withdraw, **given)


@consents.command("object")
@_options
def object_to_recording(**given: Any) -> None:
    """Record that who holds IDENTIFIER objects, which sources that ask nobody heed too."""
    _say(_lrs().consent.object_to, **given)


@consents.command("list")
@click.argument("identifier", required=False)
@JSON
def list_consents(identifier: str | None, as_json: bool) -> None:
    """List what was said: by everybody, or by who holds IDENTIFIER."""
    consent = _lrs().consent
    if identifier is not None:
        _print(consent.said(identifier), as_json)
        return
    after = None
    while some := consent.every(after, 500):
        for name, said in some:
            _print([(name, one) for one in said], as_json)
        after = some[-1][0]


def _say(say: Any, as_json: bool, source: str | None, at: str | None, **given: str) -> None:
    from lrs.domain import identifiers, timestamps

    name = identifiers.read(given["identifier"])
    instant = None if at is None else timestamps.instant(at, "at")
    _print([(name, say(source, name, instant, given["evidence"], _BY))], as_json)


def _print(rows: list[tuple[str, Any]], as_json: bool) -> None:
    from lrs.api.consents import shown

    for name, said in rows:
        row = shown(name, said)
        line = f"{row['at']}  {row['decision']}  {row['source'] or 'all sources'}  {name}"
        click.echo(json.dumps(row) if as_json else line)


def _split(one: str) -> tuple[str, str]:
    column, equals, home = one.partition("=")
    if not equals or not home:
        raise click.UsageError("--account is COLUMN=HOMEPAGE")
    return column, home


def _tell(report: Report, as_json: bool, dry_run: bool) -> None:
    words = ("new", "changed", "unchanged", "refused")
    counts = {word: report.counts[word] for word in words}
    refused = [{"line": line, "reason": reason} for line, reason in sorted(report.refused)]
    if as_json:
        click.echo(json.dumps({**counts, "dry_run": dry_run, "rows": refused}))
        return
    for row in refused:
        click.echo(f"line {row['line']}: {row['reason']}")
    told = ", ".join(f"{word} {count}" for word, count in counts.items())
    click.echo(told + (" (dry run: nothing was changed)" if dry_run else ""))


def _lrs() -> Lrs:
    from lrs.app import open_store, use_cases
    from lrs.config import Settings

    settings = Settings()
    return use_cases(settings, open_store(settings))
