"""`lrs analyse refresh|metric|transfer|run|…`: what is measured on the store itself."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from analytics import flat
from analytics.analyse.cli import AnalyseCommand, Refusal
from lrs.config import Settings
from lrs.domain.errors import BadRequest, Conflict, LrsError

if TYPE_CHECKING:
    from analytics.desk import Desk
    from lrs.services.analytics import Asked

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
CSV = click.option("--csv", "csv_file", type=_FILE, help="Write one flat table as CSV.")
PARQUET = click.option("--parquet", "parquet_file", type=_FILE, help="The same as Parquet.")
_UNITS = (
    "Write the learners it is made of, by pseudonym, as .csv or .parquet, for `lrs analyse units`; "
    "those of all programmes together go into FILE-pooled, the departments of a staggered roll-out "
    "into FILE-rollout."
)
_ROWS = (
    "Write what the metric is made of, people by pseudonym, as .csv or .parquet, for the command "
    "that `reproduce` names; further tables go into FILE-NAME."
)
_POLL_SECONDS = 0.5

Report = Callable[[dict[str, Any]], None]


class StoreCommand(AnalyseCommand):
    """A command whose refusals are one line and exit 2."""

    def invoke(self, ctx: click.Context) -> Any:
        from analytics.jobs import RunFailed
        from lrs.services.jobs import Cancelled

        try:
            return super().invoke(ctx)
        except LrsError as error:
            place = f"{error.at}: " if error.at else ""
            raise Refusal(f"{self.name}: {place}{error.detail}") from error
        except Cancelled as error:
            raise click.ClickException("cancelled") from error
        except RunFailed as error:
            raise click.ClickException("an error on our side; it is in the log above") from error


@click.command("refresh", cls=StoreCommand)
@click.option("--rebuild", is_flag=True, help="Make every month anew.")
@JSON
def refresh_facts(rebuild: bool, as_json: bool) -> None:
    """Bring the facts under LRS_DATA up to what the store can answer for now."""
    desk = _desk()
    total = desk.work.lrs.store.counts()["statements"]
    with _progress(quiet=as_json, total=total) as report:
        done = _run(desk, "refresh", report, rebuild=rebuild)
    if as_json:
        click.echo(json.dumps({"statements": done["statements"], "months": done["months"]}))
    else:
        click.echo(f"{done['statements']} Statements new, {len(done['months'])} months written")


@click.command("metric", cls=StoreCommand)
@click.argument("name")
@click.option("--since", help="From this time or day on; twelve months ago without it.")
@click.option("--until", help="Before this time or day; the end of today without it.")
@click.option("--by", help="What to split by, such as department.")
@click.option("--cutoff", help="As known then; a day is its last moment.")
@click.option("--timezone", default="UTC", help="Of days and months.")
@click.option(
    "--ids",
    type=click.IntRange(0),
    default=0,
    help="How many ids of Statements it rests on are told.",
)
@click.option("--option", "options", multiple=True, metavar="NAME=VALUE", help="Of the metric.")
@click.option("--rows", type=_FILE, help=_ROWS)
@CSV
@PARQUET
@JSON
def metric(name: str, rows: Path | None, **given: Any) -> None:
    """
    Measure NAME, such as participation, on the facts of the store.

    A worker makes the facts, and `lrs analyse refresh`. A NAME that is none lists all there are.
    """
    files = {form: given.pop(f"{form}_file") for form in ("csv", "parquet")}
    as_json = given.pop("as_json")
    desk, asked = _desk(), _asked(**given)
    result = desk.metric(name, asked)
    if rows is not None:
        result["reproduce"] = _write_rows(desk, name, asked, rows)
    _show(desk, result, files, as_json=as_json)


@click.command("transfer", cls=StoreCommand)
@click.argument("programme")
@click.option("--units", type=_FILE, help=_UNITS)
@CSV
@PARQUET
@JSON
def transfer(programme: str, as_json: bool, units: Path | None, **files: Any) -> None:
    """Analyse the transfer of PROGRAMME on the facts, keep the result and print it."""
    desk = _desk()
    if units is not None:
        _write_units(desk, programme, units)
    with _progress(quiet=as_json) as report:
        _run(desk, f"transfer/{programme}", report)
    named = {form: files[f"{form}_file"] for form in ("csv", "parquet")}
    _show(desk, desk.transfer(programme), named, as_json=as_json)


@click.command("run", cls=StoreCommand)
@click.argument("job")
@click.option("--wait", is_flag=True, help="Stay until it has ended.")
@JSON
def run(job: str, wait: bool, as_json: bool) -> None:
    """Ask a worker for JOB: refresh, transfer/PROGRAMME or report/NAME."""
    desk = _desk()
    told = desk.ask(job)
    asked = time.monotonic()
    with _progress(quiet=as_json or not wait) as report:
        while wait and (told["asked"] or told["running"]):
            time.sleep(_POLL_SECONDS)  # a worker is at it, and tells in the store only
            told = desk.job(job)
            report(told["progress"] if told["running"] else {"waiting": time.monotonic() - asked})
    _job(told, as_json=as_json)
    if wait and told["error"]:
        raise click.ClickException(told["error"])


@click.command("cancel", cls=StoreCommand)
@click.argument("job")
def cancel(job: str) -> None:
    """Ask JOB to end, or not to begin."""
    _desk().cancel(job)


@click.command("jobs", cls=StoreCommand)
@JSON
def jobs(as_json: bool) -> None:
    """List the runs there are, and how each is getting on."""
    for told in _desk().jobs():
        _job(told, as_json=as_json)


of_the_store = (refresh_facts, metric, transfer, run, cancel, jobs)


def _asked(**given: Any) -> Asked:
    from lrs.domain import calendar
    from lrs.services.analytics import Asked

    zone = calendar.zone(given["timezone"])
    since, until = calendar.last_months(time.time_ns() // 1000, zone)

    def instant(name: str, default: int | None, *, end: bool = False) -> Any:
        text = given[name]
        return default if text is None else calendar.instant(text, zone, name, end=end)

    return Asked(
        since=instant("since", since),
        until=instant("until", until),
        by=given["by"],
        cutoff=instant("cutoff", None, end=True),
        timezone=given["timezone"],
        ids=given["ids"],
        options=dict(_option(text) for text in given["options"]),
    )


def _write_units(desk: Desk, programme: str, path: Path) -> None:
    _write_tables(desk.work.units(programme), path, "units", main="programme")


def _write_rows(desk: Desk, name: str, asked: Asked, path: Path) -> str:
    """What to type to get the same figures from the files that are written."""
    from analytics import asking

    work = desk.work
    made = asking.rows(asking.question(name, asked, work.min_group), work.facts, work.engine)
    files = _write_tables(made.tables, path, "rows", main="rows")
    return made.command.format(**{one: shlex.quote(str(file)) for one, file in files.items()})


def _write_tables(tables: dict[str, Any], path: Path, option: str, *, main: str) -> dict[str, Path]:
    """
    Tables as `lrs analyse` reads them again: nothing in them is put otherwise.

    Returns:
        The file of each; that of the main one is `path`.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise BadRequest("a file that ends in .csv or .parquet", at=option)
    files = {}
    for name, table in tables.items():
        file = files[name] = path if name == main else path.with_stem(f"{path.stem}-{name}")
        if path.suffix == ".csv":
            table.to_csv(file, index=False)
        else:
            file.write_bytes(flat.parquet_of(table))
    return files


def _option(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadRequest(f"{text}: NAME=VALUE is needed", at="option")
    return name, value


def _run(desk: Desk, job: str, report: Report, *, rebuild: bool = False) -> dict[str, Any]:
    """Run here; where a worker is at it, wait until it has ended."""
    while True:
        try:
            return desk.work.run(job, report, rebuild=rebuild)
        except Conflict:
            report({"waiting for a worker": job})
            time.sleep(_POLL_SECONDS)  # until it has ended


def _show(
    desk: Desk, result: dict[str, Any], files: dict[str, Path | None], *, as_json: bool
) -> None:
    """To the files that are named; else to standard output."""
    from analytics.analyse.output import as_json as json_of
    from analytics.analyse.output import as_text

    forms: tuple[Literal["csv", "parquet"], ...] = ("csv", "parquet")
    for form in forms:
        path = files[form]
        if path is not None:
            path.write_bytes(desk.table(result, form))
    if as_json:
        click.echo(json_of(result))
    elif not any(files.values()):
        own = result.get("result")
        rest = {name: value for name, value in result.items() if name != "result"}
        click.echo(as_text({**rest, **(own if isinstance(own, dict) else {})}))


def _job(told: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told))
        return
    state = "running" if told["running"] else "asked for" if told["asked"] else "idle"
    finished = told["finished"] or "never"
    error = f"  {told['error']}" if told["error"] else ""
    click.echo(f"{told['job']}  {state}  last finished: {finished}{error}")


@contextmanager
def _progress(*, quiet: bool, total: int | None = None) -> Iterator[Report]:
    """A bar on standard error; a pulse where nobody knows how much there is to do."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda _progress: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)

        def report(progress: dict[str, Any]) -> None:
            said = ", ".join(
                f"{name} {value:.0f}" if isinstance(value, float) else f"{name} {value}"
                for name, value in progress.items()
            )
            bar.update(task, completed=progress.get("statements", 0), description=said)

        yield report


def _desk() -> Desk:
    from lrs.app import open_desk, open_store, use_cases

    settings = Settings()
    return open_desk(settings, use_cases(settings, open_store(settings)))
