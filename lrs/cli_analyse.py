"""`lrs analyse refresh`: the facts of the store."""

from __future__ import annotations

import json
import time

import click

from lrs.config import Settings


@click.command("refresh")
@click.option("--rebuild", is_flag=True, help="Make every month anew.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def refresh_facts(rebuild: bool, as_json: bool) -> None:
    """Bring the facts under LRS_DATA up to what the store can answer for now."""
    from analytics import facts
    from analytics.facts import Knowledge, Options
    from lrs.app import open_store, use_cases

    settings = Settings()
    lrs = use_cases(settings, open_store(settings))
    options = Options(knowledge=Knowledge(people=lrs.persons.snapshot()), rebuild=rebuild)
    done = facts.refresh(
        lrs.store, settings.data / "facts", now=time.time_ns() // 1000, options=options
    )
    if as_json:
        click.echo(json.dumps({"statements": done.statements, "months": list(done.months)}))
    else:
        click.echo(f"{done.statements} Statements new, {len(done.months)} months written")
