"""`lrs pulses …`: questions after completion, planned, sent, counted, or handed out as links."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lrs.config import Settings
    from lrs.services.lrs import Lrs

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
_TAKEN = "another worker is at it"


@click.group()
def pulses() -> None:
    """Short questions some days after a training (a worker asks them by itself)."""


@pulses.command("plan")
@JSON
def plan(as_json: bool) -> None:
    """Draw lots for who has completed since, and plan what is to be asked."""
    from lrs.app import open_pulses

    settings, lrs = _lrs()
    _tell(open_pulses(settings, lrs).plan(_now()), as_json)


@pulses.command("send")
@JSON
def send(as_json: bool) -> None:
    """Send what is due by LRS_SMTP_URL, remind, and end what is over."""
    from lrs.app import open_sending
    from lrs.pulse_tasks import send as run

    settings, lrs = _lrs()
    if not settings.smtp_url:
        raise click.UsageError("LRS_SMTP_URL is not set; `lrs pulses links` makes a table of links")
    _tell(run(settings, open_sending(settings, lrs)), as_json)


@pulses.command("links")
@click.argument("programme")
@click.option(
    "--csv",
    "file",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file; only its owner can read it.",
)
@JSON
def links(programme: str, file: Path, as_json: bool) -> None:
    """
    Write the links of what is due to a table, to be sent by other means.

    They count as asked from then on; when reminders are due, the next table has them again.
    """
    from lrs.app import open_sending
    from lrs.pulse_letters import by_table

    settings, lrs = _lrs()
    lrs.programmes.get(programme)
    with by_table(file) as post:
        counts = open_sending(settings, lrs).hand_out(programme, post, _now())
    _tell(counts, as_json)


@pulses.command("status")
@click.argument("programme")
@JSON
def status(programme: str, as_json: bool) -> None:
    """Tell how far the pulses of PROGRAMME have come, rounded down to LRS_MIN_GROUP."""
    from lrs.app import open_pulses

    settings, lrs = _lrs()
    told = open_pulses(settings, lrs).status(programme, settings.min_group)
    if as_json:
        click.echo(json.dumps(told))
        return
    click.echo(f"rounded down to multiples of {told['rounded_down_to']}")
    click.echo(f"learners: {_line(told['learners'])}")
    for row in told["pulses"]:
        counts = {name: row[name] for name in row if name not in ("day", "asked")}
        click.echo(f"day {row['day']}, {row['asked']}: {_line(counts)}")
    click.echo(f"undeliverable: {_line(told['undeliverable'])}")


def _tell(counts: Mapping[str, int] | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(None if counts is None else dict(counts)))
    else:
        click.echo(_TAKEN if counts is None else _line(counts))


def _line(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items()) or "none"


def _lrs() -> tuple[Settings, Lrs]:
    from lrs.app import open_store, use_cases
    from lrs.config import Settings

    settings = Settings()
    return settings, use_cases(settings, open_store(settings))


def _now() -> int:
    return time.time_ns() // 1000
