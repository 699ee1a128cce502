"""`lrs simulate`: a made-up organisation as files, with what is true of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click


@click.command("simulate")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder."
)
@click.option("--people", default=80, show_default=True, type=click.IntRange(2, 100_000))
@click.option("--departments", default=6, show_default=True, type=click.IntRange(1, 1_000))
@click.option("--days", default=365, show_default=True, type=click.IntRange(60, 3_650))
@click.option("--until", default="2026-01-01", show_default=True, help="Day on which it ends.")
@click.option("--seed", default=1, show_default=True, help="The same seed makes the same files.")
def simulate(out: Path, people: int, departments: int, days: int, until: str, seed: int) -> None:
    """Write Statements and deliveries of an organisation that does not exist, and their truth."""
    from analytics.simulate import organisation
    from analytics.simulate.files import write
    from analytics.simulate.plan import Plan

    plan = Plan(until=_midnight(until), days=days, people=people, departments=departments)
    for path in write(organisation.simulate(plan, seed), out):
        click.echo(path)


def _midnight(day: str) -> int:
    """The beginning of a day in UTC, µs."""
    try:
        found = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise click.BadParameter("a day is written 2026-01-01", param_hint="--until") from None
    return int(found.timestamp()) * 1_000_000
