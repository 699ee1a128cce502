"""`lrs analyse report NAME`: a report on the store as HTML and PDF."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lrs.cli_analyse import StoreCommand
from lrs.config import Settings

if TYPE_CHECKING:
    from lrs.services.analytics import Asked

_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("report", cls=StoreCommand)
@click.argument("name")
@click.option("--since", help="From this time or day on; twelve months ago without it.")
@click.option("--until", help="Before this time or day; the end of today without it.")
@click.option("--by", help="What to split by where a metric can be, such as department.")
@click.option("--cutoff", help="As known then; a day is its last moment.")
@click.option("--timezone", default="UTC", help="Of days and months.")
@click.option("--programme", help="What NAME transfer is about.")
@click.option("--version", type=click.IntRange(1), help="Of the programme; the newest without it.")
@click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "nl"]),
    default="en",
    help="Of its texts; en without it.",
)
@click.option("--html", "html_file", type=_FILE, help="Write one HTML file.")
@click.option("--pdf", "pdf_file", type=_FILE, help="Write the same content as PDF.")
def report(name: str, html_file: Path | None, pdf_file: Path | None, **given: Any) -> None:
    """
    Make the report NAME (overview or transfer) on the facts of the store.

    A worker makes the facts, and `lrs analyse refresh`. HTML goes to standard output where no file
    is named.
    """
    from analytics.reports import Request, make
    from lrs.app import open_desk, open_store, use_cases

    about = {word: given.pop(word) for word in ("programme", "version", "language")}
    asked = _asked(**given)
    settings = Settings()
    desk = open_desk(settings, use_cases(settings, open_store(settings)))
    made = make(name, desk, Request(asked, **about))
    if html_file:
        html_file.write_bytes(made.html)
    if pdf_file:
        pdf_file.write_bytes(made.pdf)
    if not (html_file or pdf_file):
        click.echo(made.html, nl=False)


def _asked(
    since: str | None, until: str | None, by: str | None, cutoff: str | None, timezone: str
) -> Asked:
    from lrs.domain import calendar
    from lrs.services.analytics import Asked

    zone = calendar.zone(timezone)
    first, last = calendar.last_months(time.time_ns() // 1000, zone)
    return Asked(
        since=first if since is None else calendar.instant(since, zone, "since"),
        until=last if until is None else calendar.instant(until, zone, "until"),
        by=by,
        cutoff=None if cutoff is None else calendar.instant(cutoff, zone, "cutoff", end=True),
        timezone=timezone,
    )
