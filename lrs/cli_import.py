"""`lrs import FILE`: course records as tables, and Statements as JSON."""

from __future__ import annotations

import gzip
import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from lrs.domain.errors import BadRequest

if TYPE_CHECKING:
    from integrations.imports import Report
    from integrations.intake import Intake
    from integrations.source import Source

_KIND = "csv_records"
_GZIP = b"\x1f\x8b"
_MAP = "Which column holds what, over what its header says."


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--source", "name", help="A configured source; its settings hold, its Authority stands."
)
@click.option("--instance", help="Else the address of the LMS or HR system the table is of.")
@click.option("--map", "mapped", metavar="FIELD=HEADER,…", help=_MAP)
@click.option(
    "--dates", type=click.Choice(["iso", "d-m-y", "m-d-y"]), help="What 03/04/2026 means."
)
@click.option("--timezone", help="Of times without one, such as Europe/Amsterdam; UTC by default.")
@click.option(
    "--act", help="What every row tells was done, such as complete; by default its status."
)
@click.option("--xapi", default="2.0.0", help="The version of Statements that do not say theirs.")
@click.option(
    "--attachments",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of attachment data that `lrs export` wrote beside Statements.",
)
@click.option("--dry-run", is_flag=True, help="Only tell what would become of each row.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def import_file(file: Path, as_json: bool, dry_run: bool, **given: Any) -> None:
    """
    Take in FILE: a table of course records, or Statements.

    A table is CSV or TSV of any delimiter and encoding, or XLSX. Its columns are known by their
    names in English or Dutch: person, name, course, title, date, status, score. Statements are
    JSON (one, a list, an LRS's answer) or one on each line; so are a system's own events or log
    rows, which the source of --source reads. Each may be packed by gzip. The same file may be sent
    again.
    """
    from integrations.imports import import_records
    from integrations.json_items import is_json

    intake = open_here()
    with unpacked(file) as body, showing(file.name, quiet=as_json) as progress:
        if not is_json(body):
            body.seek(0)
            table, source = body.read(), _source(intake, given)
            report = import_records(
                intake, source, table, file.stem, dry_run=dry_run, progress=progress
            )
            intake.flush()
        else:
            report = _json(intake, body, given, dry_run=dry_run, progress=progress)
    tell(report, as_json)


def _json(
    intake: Intake, body: BinaryIO, given: dict[str, Any], *, dry_run: bool, progress: Any
) -> Report:
    """Statements, or events of the system that the source is of."""
    from integrations.event_files import holds_statements, import_events
    from integrations.json_items import items_of
    from integrations.keeping import authority
    from integrations.statement_files import import_statements, importer
    from lrs.domain.versions import requested
    from lrs.stores.files import AttachmentFiles

    data = AttachmentFiles(given["attachments"]) if given["attachments"] else None
    url, depth = intake.lrs.public_url, intake.lrs.statements.limits.max_json_depth
    items = items_of(body, depth, data)
    named = intake.sources.named(given["name"]) if given["name"] else None
    if named is not None and not holds_statements(items):
        report = import_events(intake, named, items, dry_run=dry_run, progress=progress)
        intake.flush()
        return report
    return import_statements(
        intake.lrs,
        authority(named, url) if named else importer(url),
        items,
        version=requested(given["xapi"]),
        dry_run=dry_run,
        progress=progress,
    )


@contextmanager
def seekable(file: Path) -> Iterator[BinaryIO]:
    """A file that is open; what comes through a pipe is put on disk first."""
    with file.open("rb") as given:
        if given.seekable():
            yield given
            return
        with tempfile.TemporaryFile() as copied:
            shutil.copyfileobj(given, copied)
            copied.seek(0)
            yield copied


@contextmanager
def unpacked(file: Path) -> Iterator[BinaryIO]:
    """
    What a file holds, also where gzip has packed it.

    Raises:
        BadRequest: It is broken off or damaged; seen when it is read so far.
    """
    with seekable(file) as plain:
        packed = plain.read(len(_GZIP)) == _GZIP
        plain.seek(0)
        if not packed:
            yield plain
            return
        try:
            with gzip.open(plain) as body:
                yield cast("BinaryIO", body)
        except (gzip.BadGzipFile, EOFError, zlib.error) as wrong:
            raise BadRequest(f"gzip cannot unpack this file: {wrong}") from wrong


def _source(intake: Intake, given: dict[str, Any]) -> Source:
    """The source a table is of, with what the command line says of it."""
    from integrations.base import Act
    from integrations.imports import mapping, with_options
    from integrations.registry import configured

    if given["act"] and given["act"] not in list(Act):
        raise BadRequest(f"this must be one of: {', '.join(Act)}", at="act")
    if given["timezone"]:
        check_zone(given["timezone"])
    if given["name"]:
        source = intake.sources.named(given["name"])
        if source.integration != _KIND:
            raise BadRequest(f"tables are imported to a source of the kind {_KIND}", at="source")
    elif given["instance"]:
        source = configured({"name": "import", "integration": _KIND, "instance": given["instance"]})
    else:
        raise BadRequest("say whose records these are: --source NAME or --instance URL")
    told = {name: given[name] for name in ("act", "dates", "timezone")}
    return with_options(source, {**told, "map": mapping(given["mapped"] or "")})


def check_zone(name: str) -> None:
    """Raise BadRequest where there is no such time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadRequest("there is no such time zone", at="timezone") from None


@contextmanager
def showing(name: str, *, quiet: bool) -> Iterator[Any]:
    """A bar on a terminal; nothing elsewhere."""
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=1, label=name, hidden=hidden, file=sys.stderr) as bar:

        def progress(done: int, rows: int) -> None:
            bar.length = rows
            bar.update(done - bar.pos)

        yield progress


def tell(report: Report, as_json: bool) -> None:
    """Every row of a dry run; of an import those that were left out."""
    if as_json:
        rows = [row.shown() for row in report.rows]
        click.echo(json.dumps({**report.counts, "dry_run": report.dry_run, "rows": rows}))
        return
    for row in report.rows:
        if report.dry_run or row.outcome in ("skipped", "refused"):
            click.echo(
                f"line {row.line}: {row.outcome}" + (f": {row.reason}" if row.reason else "")
            )
    told = ", ".join(f"{outcome} {count}" for outcome, count in report.counts.items())
    click.echo(told + (" (dry run: nothing was stored)" if report.dry_run else ""))


def open_here() -> Intake:
    """The way in to the store of the settings."""
    from lrs.app import open_intake, open_store, use_cases
    from lrs.config import Settings

    settings = Settings()
    return open_intake(use_cases(settings, open_store(settings)))
