"""The command `lrs`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from analytics.analyse.cli import analyse
from lrs.cli_analyse import of_the_store
from lrs.cli_evidence import evidence
from lrs.cli_export import export_file
from lrs.cli_import import import_file
from lrs.cli_persons import consents, persons
from lrs.cli_programmes import programmes, topics
from lrs.cli_pulses import pulses
from lrs.cli_quarantine import quarantine
from lrs.cli_reports import report
from lrs.cli_simulate import simulate
from lrs.cli_sources import sources
from lrs.cli_verify import verify
from lrs.config import Settings
from lrs.domain.errors import LrsError
from lrs.stores.port import StoreFormatError, StoreUnavailable

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")


class Commands(click.Group):
    """Refusals become one line on stderr and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except LrsError as error:
            place = f"{error.at}: " if error.at else ""
            raise click.UsageError(f"{place}{error.detail}") from error
        except (StoreUnavailable, StoreFormatError) as error:
            cause = f" ({error.__cause__})" if error.__cause__ else ""
            raise click.ClickException(f"{error}{cause}") from error
        except ValidationError as error:  # only the settings are read by pydantic
            wrong = (f"LRS_{one['loc'][0]!s}".upper() + f": {one['msg']}" for one in error.errors())
            raise click.UsageError("; ".join(wrong)) from error


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="social-lrs")
def main() -> None:
    """A Learning Record Store for social and informal learning beside formal learning."""


@main.command()
@click.option("--store-url", help="The store (LRS_STORE_URL).")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the rest (LRS_DATA).")
@click.option("--host", help="Address to listen on (LRS_HOST).")
@click.option("--port", type=int, help="Port to listen on (LRS_PORT).")
@click.option("--workers", type=int, help="Web processes (LRS_WORKERS).")
def serve(**given: Any) -> None:
    """Serve xAPI, the REST API and the pages until SIGTERM or Ctrl-C."""
    from lrs.serve import serve as run

    run(_settings(given))


@main.command()
@click.option("--store-url", help="The store (LRS_STORE_URL).")
@click.option("--data", type=click.Path(path_type=Path), help="Folder of the rest (LRS_DATA).")
@click.option("--broker-url", help="Celery's broker (LRS_BROKER_URL).")
def work(**given: Any) -> None:
    """Harvest and do what else is due (a Celery worker and its beat), until SIGTERM or Ctrl-C."""
    from lrs.config import export

    export(_settings(given))
    from lrs.worker import work as run

    run()


@main.command()
@click.option("--host", help="Address to listen on (LRS_HOST).")
@click.option("--port", type=int, help="Port to listen on (LRS_PORT).")
def up(**given: Any) -> None:
    """Serve and work in one process group until SIGTERM or Ctrl-C."""
    from lrs.up import up as run

    run(_settings(given))


@main.command()
@click.option("--port", type=int, help="Port to listen on (LRS_PORT).")
def demo(**given: Any) -> None:
    """Serve a fresh store, send it Statements, measure, and stay until Ctrl-C."""
    from lrs.demo import run

    run(_settings(given))


@main.group()
def keys() -> None:
    """Credentials of LMSs, tools and people."""


@keys.command("create")
@click.option("--name", required=True, help="For people: who or what uses the key.")
@click.option("--scope", "scopes", multiple=True, required=True, help="May be given several times.")
@click.option("--key", help="Chosen when absent.")
@click.option("--secret", help="Chosen when absent; printed once.")
@click.option("--authority", help="The Agent (JSON) that stands as Authority.")
@click.option("--quarantine", "marked", is_flag=True, help="Keep what it sends and is refused.")
@click.option(
    "--repair", "rules", multiple=True, help="A rule for that; may be given several times."
)
@JSON
def create_key(as_json: bool, authority: str | None, **given: Any) -> None:
    """Create a key and print it with its secret, this once."""
    from lrs.domain import repairs, strict_json

    if authority is not None:
        given["authority"] = strict_json.loads(authority.encode(), strict_json.DEEPEST).plain
    rules = repairs.check(given.pop("rules"), "repair")
    marked = given.pop("marked") or bool(rules)
    access = _use_cases().access
    credential, secret = access.create(**given)
    if marked:
        access.quarantine(credential.key, rules)
    shown = {"key": credential.key, "secret": secret, "name": credential.name}
    shown["scopes"] = sorted(credential.scopes)
    if as_json:
        click.echo(json.dumps(shown))
    else:
        click.echo(f"key     {credential.key}\nsecret  {secret}")


@keys.command("list")
@JSON
def list_keys(as_json: bool) -> None:
    """List keys with their names and scopes."""
    for credential in _use_cases().access.list():
        scopes = sorted(credential.scopes)
        if as_json:
            click.echo(
                json.dumps({"key": credential.key, "name": credential.name, "scopes": scopes})
            )
        else:
            click.echo(f"{credential.key}  {credential.name}  {' '.join(scopes)}")


@keys.command("quarantine")
@click.argument("key")
@click.option("--repair", "rules", multiple=True, help="A rule; may be given several times.")
@click.option("--off", is_flag=True, help="Keep no more; what is kept stays.")
def quarantine_key(key: str, rules: tuple[str, ...], off: bool) -> None:
    """Keep what a key sends and is refused, to be repaired by these rules."""
    _use_cases().access.quarantine(key, None if off else rules)


@keys.command("revoke")
@click.argument("key")
def revoke_key(key: str) -> None:
    """Revoke a key; every process refuses it within a second."""
    _use_cases().access.revoke(key)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--xapi", default="2.0.0", help="The version to check against.")
@JSON
def validate(file: Path, xapi: str, as_json: bool) -> None:
    """Say all that is wrong with the Statements of FILE (exit 0 valid, 1 not, 2 unreadable)."""
    from dataclasses import asdict

    from lrs.domain.validation import problems_in_body, read
    from lrs.domain.versions import requested

    version = requested(xapi)
    sent, found = read(file.read_bytes(), Settings().max_json_depth, version)
    errors = [asdict(problem) for problem in found + problems_in_body(sent, version)]
    if as_json:
        click.echo(json.dumps({"valid": not errors, "errors": errors}))
    else:
        for error in errors:
            click.echo(f"{error['at'] or '(whole)'}: {error['detail']} [{error['spec']}]")
        click.echo("valid" if not errors else f"errors: {len(errors)}")
    sys.exit(bool(errors))


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
def backup(folder: Path) -> None:
    """Copy the embedded store into the new or empty FOLDER, while it is in use."""
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is not empty")
    url = Settings().store_url
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).exists():
        # To open it would make it, and a copy of nothing would look like a backup.
        raise click.ClickException(f"there is no store at {url}")
    folder.mkdir(parents=True, exist_ok=True)
    _use_cases().store.backup(str(folder))
    click.echo(f"backup in {folder}")


for command in of_the_store:
    analyse.add_command(command)
analyse.add_command(report)
main.add_command(analyse)
main.add_command(sources)
main.add_command(persons)
main.add_command(consents)
main.add_command(import_file)
main.add_command(export_file)
main.add_command(verify)
main.add_command(quarantine)
main.add_command(programmes)
main.add_command(pulses)
main.add_command(evidence)
main.add_command(topics)
main.add_command(simulate)


def _settings(given: dict[str, Any]) -> Settings:
    """Those of the environment, with what was given as an option before them."""
    return Settings(**{name: value for name, value in given.items() if value is not None})


def _use_cases() -> Any:
    from lrs.app import open_store, use_cases

    settings = Settings()
    return use_cases(settings, open_store(settings))


if __name__ == "__main__":
    main()
