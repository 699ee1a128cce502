"""`lrs export FILE`: Statements as they are kept, one on each line."""

from __future__ import annotations

import gzip
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import click

from lrs.stores.port import StoreUnavailable

if TYPE_CHECKING:
    from lrs.services.exports import Exported, Wanted
    from lrs.stores.port import Store

_STDOUT = "-"
_FILTERS = ("agent", "verb", "activity")
_TOLD = 5


@click.command("export")
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--since", help="Stored later than this time or day (UTC).")
@click.option("--until", help="Stored no later than this time or day (UTC).")
@click.option("--after", help="Go on after what an earlier export printed as its last.")
@click.option("--agent", help="An Agent or identified Group, as JSON.")
@click.option("--verb", help="The IRI of a Verb.")
@click.option("--activity", help="The IRI of an Activity.")
@click.option("--related", is_flag=True, help="Look for Agent and Activity everywhere in it.")
@click.option("--voided", is_flag=True, help="The voided ones too.")
@click.option(
    "--attachments",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put the data of their attachments there, by hash.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def export_file(file: str, attachments: Path | None, as_json: bool, **given: Any) -> None:
    """
    Write the Statements of the store to FILE, oldest first, one on each line, byte for byte.

    FILE is - for standard output; a name that ends in .gz is packed by gzip. The file has its name
    once all of it is on disk. `lrs import` reads it. Ends with 1 where it was broken off, or data
    of attachments is missing in the store.
    """
    from lrs.services.exports import Exported, export
    from lrs.stores.files import AttachmentFiles

    done, wanted, store = Exported(), _wanted(given), _store()
    into = AttachmentFiles(attachments) if attachments else None
    try:
        with _stoppable() as stopped, written(file) as out, _bar(file) as progress:
            for done in export(store, wanted, out.write, into, progress):  # noqa: B007  told below
                if stopped():
                    raise BrokenOff("it was stopped")
    except (BrokenOff, StoreUnavailable) as why:
        raise click.ClickException(_how_to_go_on(file, done, str(why))) from why
    except OSError as why:
        raise click.ClickException(f"nothing is written: {why}") from why
    _tell(done, as_json=as_json, err=file == _STDOUT)
    sys.exit(bool(done.missing))


class BrokenOff(Exception):
    """Between two pages."""


def _wanted(given: dict[str, Any]) -> Wanted:
    from lrs.domain import terms, timestamps
    from lrs.domain.parameters import statement_query
    from lrs.domain.versions import Version
    from lrs.services.exports import Wanted

    told = {name: [given[name]] for name in _FILTERS if given[name] is not None}
    if given["related"]:
        told |= {"related_agents": ["true"], "related_activities": ["true"]}
    starts = [timestamps.instant(given[n], n) for n in ("since", "after") if given[n] is not None]
    until = given["until"]
    return Wanted(
        terms=terms.required(statement_query(told, Version.V2)),
        since=max(starts, default=-1),
        until=None if until is None else timestamps.instant(until, "until", end=True),
        voided=given["voided"],
    )


def _store() -> Store:
    """The store of the settings; to open one that is not there would make it."""
    from lrs.app import open_store, sqlite_file
    from lrs.config import Settings

    settings = Settings()
    file = sqlite_file(settings)
    if file is not None and not file.exists():
        raise click.ClickException(f"there is no store at {file}")
    return open_store(settings)


@contextmanager
def _stoppable() -> Iterator[Callable[[], bool]]:
    """Whether Ctrl-C or SIGTERM came, for who looks between two pages."""
    came: list[int] = []
    before = {
        each: signal.signal(each, lambda number, _: came.append(number))
        for each in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield lambda: bool(came)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def written(file: str) -> Iterator[BinaryIO]:
    """
    A file that has its name when all of it is on disk, and `.part` behind it when it is broken off.

    It is readable for its owner only, for it tells of people.
    """
    if file == _STDOUT:
        # Not sys.stdout.buffer: unbuffered Python writes a part only when a signal comes between.
        with open(sys.stdout.fileno(), "wb", closefd=False) as out:
            yield out
        return
    path = Path(file)
    if path.exists() and not path.is_file():
        raise click.UsageError(f"{file} is no file that can be replaced; - is standard output")
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as raw:
            try:
                with _packed(raw, path) as out:
                    yield out
            except (BrokenOff, StoreUnavailable):
                _finish(raw, Path(made), _part(path))
                raise
            _finish(raw, Path(made), path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def _part(path: Path) -> Path:
    """Of a packed file too, the name tells how to read it."""
    if path.suffix == ".gz":
        return path.with_name(f"{path.stem}.part.gz")
    return path.with_name(f"{path.name}.part")


@contextmanager
def _packed(raw: BinaryIO, path: Path) -> Iterator[BinaryIO]:
    if path.suffix != ".gz":
        yield raw
        return
    # Without name and time in it: the same Statements make the same file.
    with gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed:
        yield cast(BinaryIO, packed)


def _finish(raw: BinaryIO, made: Path, path: Path) -> None:
    raw.flush()
    os.fsync(raw.fileno())
    made.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def _bar(file: str) -> Iterator[Callable[[int, int, int], None]]:
    """A bar on a terminal, along the time at which Statements were stored."""
    began: list[int] = []
    hidden = not sys.stderr.isatty()
    label = "export" if file == _STDOUT else Path(file).name
    with click.progressbar(
        length=1, label=label, hidden=hidden, file=sys.stderr, item_show_func=_count
    ) as bar:

        def progress(done: int, at: int, end: int) -> None:
            if not began:
                began.append(at)
            bar.length = max(1, end - began[0])
            bar.update(at - began[0] - bar.pos, done)

        yield progress


def _count(done: int | None) -> str:
    return "" if done is None else f"{done:,} Statements"


def _how_to_go_on(file: str, done: Exported, why: str) -> str:
    if done.last is None:
        return f"{why}; nothing is written"
    where = "" if file == _STDOUT else f" in {_part(Path(file))}"
    return (
        f"{why}; {done.statements} Statements are written{where}. Go on, into another file, with "
        f"--after {_text(done.last)}"
    )


def _text(stored: int) -> str:
    from lrs.domain import timestamps

    return timestamps.text(stored)


def _tell(done: Exported, *, as_json: bool, err: bool) -> None:
    last = None if done.last is None else _text(done.last)
    if as_json:
        told = {"statements": done.statements, "last": last, "attachments": done.attachments}
        click.echo(json.dumps({**told, "missing": done.missing}), err=err)
        return
    what = f"{done.statements} Statements, {done.attachments} attachments"
    click.echo(what + (f", last stored {last}" if last else ""), err=err)
    for sha2, statement_id in list(done.missing.items())[:_TOLD]:
        click.echo(f"the data {sha2} of Statement {statement_id} is missing", err=True)
    if len(done.missing) > _TOLD:
        click.echo(f"and {len(done.missing) - _TOLD} more", err=True)
