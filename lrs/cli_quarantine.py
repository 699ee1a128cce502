"""`lrs quarantine …`: what marked keys sent and were refused, and its repair."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click
import orjson

if TYPE_CHECKING:
    from lrs.services.lrs import Lrs

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


@click.group()
def quarantine() -> None:
    """Refused Statements of keys that are marked for it (`lrs keys create --quarantine`)."""


@quarantine.command("list")
@click.option("--key", help="Only what this key sent.")
@JSON
def list_kept(key: str | None, as_json: bool) -> None:
    """List what is kept, oldest first, with the first thing that is wrong."""
    for one in _every(_lrs(), key):
        first = one["problems"][0] if one["problems"] else {"at": "", "detail": ""}
        line = f"{one['id']}  {one['name']}  {one['times']}×  {first['at']}: {first['detail']}"
        click.echo(json.dumps(one) if as_json else line)


@quarantine.command()
@click.argument("name", metavar="ID")
def show(name: str) -> None:
    """Print one as JSON, with its body and all that is wrong with it."""
    found = _lrs().quarantine.one(name)
    click.echo(orjson.dumps(found, option=orjson.OPT_INDENT_2))


@quarantine.command()
@click.argument("names", metavar="[ID]…", nargs=-1)
@click.option("--key", help="Without an ID: only what this key sent.")
@click.option("--rule", "rules", multiple=True, help="Instead of those of the key; in this order.")
@click.option("--dry-run", is_flag=True, help="Only tell what would become of each Statement.")
@JSON
def repair(names: tuple[str, ...], key: str | None, rules: tuple[str, ...], **given: Any) -> None:
    """Store what follows the standard, as it was sent or mended by rules; the rest stays."""
    from lrs.api.quarantine import shown

    lrs = _lrs()
    for name in names or [one["id"] for one in _every(lrs, key) if one["kept"]]:
        now = time.time_ns() // 1000
        done = lrs.quarantine.repair(name, rules or None, now=now, dry_run=given["dry_run"])
        if given["as_json"]:
            click.echo(json.dumps({"id": name, "dry_run": given["dry_run"], **shown(done)}))
            continue
        for one in done:
            how = ", ".join(one.rules) or one.outcome
            said = one.statement or one.why
            click.echo(f"{name}[{one.index}]: {one.outcome} ({how}): {said}")


@quarantine.command()
@click.argument("names", metavar="ID…", nargs=-1, required=True)
def drop(names: tuple[str, ...]) -> None:
    """Forget some."""
    lrs = _lrs()
    for name in names:
        lrs.quarantine.drop(name)


@quarantine.command("rules")
def list_rules() -> None:
    """List the rules of repair with what each does."""
    from lrs.domain.repairs import RULES

    for name, rule in RULES.items():
        click.echo(f"{name:<30} {rule.says}")


def _every(lrs: Lrs, key: str | None) -> Iterator[dict[str, Any]]:
    after = None
    while page := lrs.quarantine.page(key, after):
        yield from page
        after = page[-1]["id"]


def _lrs() -> Lrs:
    from lrs.app import open_store, use_cases
    from lrs.config import Settings

    settings = Settings()
    return use_cases(settings, open_store(settings))
