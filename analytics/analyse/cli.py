"""`lrs analyse`: one command for every kind, with the exit codes of docs/analyse.md."""

from __future__ import annotations

from typing import Any

import click

from analytics.analyse.kinds import Kind, discover
from analytics.analyse.output import as_json, as_text
from analytics.analyse.tables import UsageProblem, empty_table, read_table


class Refusal(click.ClickException):
    """Exit 2 and one line on stderr; click's own message would add the usage above it."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        line = " ".join(self.message.split())
        click.echo(f"lrs analyse: {line}", file=file, err=file is None)


class AnalyseCommand(click.Command):
    """A command whose wrong options are refused in one line."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.UsageError as error:
            raise Refusal(f"{self.name}: {error.format_message()}") from error


class AnalyseGroup(click.Group):
    """A group whose unknown kinds are refused in one line."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            known = ", ".join(self.list_commands(ctx))
            raise Refusal(f"{error.format_message()} There are: {known}") from error


def command_of(kind: Kind) -> click.Command:
    """The click command of a kind: its own options and file, `--json` and `--no-minimum`."""
    params: list[click.Parameter] = [*kind.options]
    if kind.takes_file:
        params.insert(0, click.Argument(["file"], metavar="FILE"))
    params += [
        click.Option(["--json", "as_json"], is_flag=True, help="JSON instead of tables."),
        click.Option(
            ["--no-minimum", "no_minimum"],
            is_flag=True,
            help="Print what is below the minimum sizes too, marked as such.",
        ),
    ]

    def call(**values: Any) -> None:
        json_wanted = values.pop("as_json")
        path = values.pop("file", None)
        try:
            table = read_table(path) if kind.takes_file else empty_table()
            result = {"kind": kind.name, **kind.run(table, values)}
        except UsageProblem as problem:
            raise Refusal(f"{kind.name}: {problem}") from problem
        click.echo(as_json(result) if json_wanted else as_text(result))

    return AnalyseCommand(kind.name, callback=call, params=params, help=kind.summary)


analyse = AnalyseGroup(
    "analyse",
    help="Figures and reports on the facts of the store; analyses of a plain table (a FILE).",
    commands=[command_of(kind) for kind in discover()],
)
