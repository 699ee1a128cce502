"""`lrs verify`: whether the store is sound."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from lrs.stores.port import StoreFormatError, StoreUnavailable

if TYPE_CHECKING:
    from lrs.services.soundness import Soundness

_CANNOT_BE_READ = 2


@click.command()
@click.option("--first", default=20, show_default=True, help="How many problems to tell.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def verify(first: int, as_json: bool) -> None:
    """
    Say whether the store is sound (exit 0), has problems (1) or cannot be read (2).

    Looks whether the database finds itself whole, each Statement reads and is found by all that it
    must be found by, voided ones are marked, attachments are there and unaltered, and records
    can be read. Only reads, also while the server runs.
    """
    from lrs.app import open_checks
    from lrs.config import Settings
    from lrs.services import soundness

    try:
        checks = open_checks(Settings())
        try:
            with _bar(quiet=as_json) as progress:
                found = soundness.verify(checks, most=first, progress=progress)
        finally:
            checks.close()
    except (StoreUnavailable, StoreFormatError) as why:
        click.echo(f"Error: {why}", err=True)
        sys.exit(_CANNOT_BE_READ)
    if as_json:
        click.echo(json.dumps(found.shown()))
    else:
        _tell(found)
    sys.exit(not found.sound)


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal; steps of which nobody knows how much there is show a number only."""
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(
        length=1, label="verify", hidden=hidden, file=sys.stderr, item_show_func=lambda said: said
    ) as bar:

        def progress(step: str, done: int, every: int) -> None:
            if every:
                bar.length = every
                bar.update(done - bar.pos, f"{step}: {done:,}")
            else:
                bar.update(0, f"{step}: {done:,}")

        yield progress


def _tell(found: Soundness) -> None:
    for flaw in found.first:
        click.echo(f"{flaw.about}  {flaw.name}{'  ' if flaw.name else ''}{flaw.detail}")
    problems = sum(found.problems.values())
    if problems > len(found.first):
        click.echo(f"and {problems - len(found.first)} more")
    looked = ", ".join(f"{count} {name}" for name, count in found.shown()["checked"].items())
    click.echo(f"looked at {looked}")
    if found.unchecked:
        click.echo(f"not looked at: {found.unchecked}")
    by = ", ".join(f"{about} {count}" for about, count in sorted(found.problems.items()))
    click.echo("sound" if found.sound else f"problems: {problems} ({by})")
