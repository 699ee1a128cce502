"""`lrs sources …`: the tools that deliver or are harvested."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from integrations.desk import Desk
    from integrations.harvest import Harvests
    from integrations.harvest import Progress as Harvested

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
_SECRET = "Valid for its deliveries; a second one while it takes over."  # noqa: S105
_MORE = "Any other setting; KEY may be options.KEY or access.KEY, and VALUE may be JSON."


@click.group()
def sources() -> None:
    """Social tools and LMSs that deliver to /hooks/<name> or are harvested."""


@sources.command()
@click.argument("name", required=False)
@click.option("--integration", help="The kind of system.")
@click.option("--instance", help="Its address, such as https://forum.example.")
@click.option("--secret", "secrets", multiple=True, help=_SECRET)
@click.option("--set", "more", multiple=True, metavar="KEY=VALUE", help=_MORE)
@click.option("--file", type=click.Path(exists=True, path_type=Path), help="All of it as JSON.")
@JSON
def add(as_json: bool, file: Path | None, more: tuple[str, ...], **given: Any) -> None:
    """Add the source NAME, or replace the one there is."""
    _show(_desk().add(settings_of(file, more, **given)), as_json)


def settings_of(file: Path | None, more: tuple[str, ...], **given: Any) -> dict[str, Any]:
    """The settings that the options of `add` tell; a later one goes before an earlier."""
    settings: dict[str, Any] = json.loads(file.read_text()) if file else {}
    given["secrets"] = list(given["secrets"])
    settings |= {name: value for name, value in given.items() if value}
    for one in more:
        _set(settings, one)
    return settings


@sources.command("list")
@JSON
def list_sources(as_json: bool) -> None:
    """List sources with their health."""
    for told in _desk().sources():
        _show(told, as_json)


@sources.command()
@click.argument("name")
@JSON
def health(name: str, as_json: bool) -> None:
    """Say how a source is: last delivery, lag, counts, dead letters, missing numbers."""
    told = _desk().source(name)["health"]
    click.echo(json.dumps(told, indent=None if as_json else 2))


@sources.command()
@click.argument("name")
def remove(name: str) -> None:
    """Forget a source; its Statements stay."""
    _desk().remove(name)


@sources.command()
@click.argument("name")
@click.option("--since", help="Begin anew from this day or time, such as 2026-11-01.")
@JSON
def run(name: str, since: str | None, as_json: bool) -> None:
    """Harvest a source now, from where the last run got to."""
    from integrations.http import Later, Refused

    with _progress(quiet=as_json) as report:
        try:
            progress = _harvests().run(name, _moment(since), report)
        except (Later, Refused) as error:
            raise click.ClickException(str(error)) from error
    _counts({**progress.shown(), "name": name}, as_json)


@sources.command()
@click.argument("name")
def cancel(name: str) -> None:
    """Ask the run that is under way to end after its page."""
    _desk().cancel(name)


@sources.command()
@click.argument("name")
@click.option("--raw", is_flag=True, help="Read the raw deliveries that are kept, too.")
@JSON
def replay(name: str, raw: bool, as_json: bool) -> None:
    """Read dead letters again; those that can be read now become Statements."""
    desk = _desk()
    told = {"dead letters": desk.replay(name)}
    if raw:
        told["raw deliveries"] = desk.replay_raw(name)
    _counts(told, as_json)


@sources.command("dead-letters")
@click.argument("name")
@click.option("--show", metavar="ID", help="Print the body of one of them.")
@JSON
def dead_letters(name: str, show: str | None, as_json: bool) -> None:
    """List deliveries that could not be read, oldest first."""
    desk, after = _desk(), None
    if show is not None:
        sys.stdout.buffer.write(desk.body(name, show))
        return
    while page := desk.dead_letters(name, after, 100):
        for letter in page:
            line = f"{letter['id']}  {letter['event']}  {letter['why']}"
            click.echo(json.dumps(letter) if as_json else line)
        after = page[-1]["id"]


def _set(settings: dict[str, Any], text: str) -> None:
    """Put KEY=VALUE into settings."""
    name, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{text}: KEY=VALUE is needed")
    within, dot, key = name.partition(".")
    place = settings.setdefault(within, {}) if dot else settings
    try:
        place[key or within] = json.loads(value)
    except json.JSONDecodeError:
        place[key or within] = value


def _moment(since: str | None) -> datetime | None:
    if since is None:
        return None
    try:
        moment = datetime.fromisoformat(since)
    except ValueError:
        raise click.UsageError(f"--since {since}: no day or time") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Any]:
    """A bar that a harvest reports to; a pulse where the vendor does not tell how much there is."""
    if quiet:
        yield lambda _progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("harvest", total=None)

        def report(progress: Harvested) -> None:
            said = f"{progress.items} items, {progress.counts['stored']} new Statements"
            bar.update(task, completed=progress.items, total=progress.total, description=said)

        yield report


def _show(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told))
        return
    held = told["health"]
    last = held["last_delivery"] or "nothing yet"
    counts = ", ".join(f"{name} {_sum(count)}" for name, count in held["counts"].items())
    click.echo(f"{told['name']}  {told['integration']}  {told['instance']}  {last}  {counts}")


def _counts(told: dict[str, Any], as_json: bool) -> None:
    click.echo(json.dumps(told, indent=None if as_json else 2))


def _sum(count: int | dict[str, int]) -> int:
    return sum(count.values()) if isinstance(count, dict) else count


def _harvests() -> Harvests:
    from lrs.app import open_harvests, open_store, use_cases
    from lrs.config import Settings

    settings = Settings()
    return open_harvests(settings, use_cases(settings, open_store(settings)))


def _desk() -> Desk:
    from integrations.desk import Desk

    return Desk(_harvests())
