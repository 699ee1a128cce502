"""`python -m analytics.simulate`: simulate organisations and print what the targets say."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click

from analytics.simulate import chunks
from analytics.simulate.studies import STUDIES, Record
from analytics.simulate.targets import (
    Target,
    bias,
    coverage,
    errors_of,
    rejections,
    targets,
)

_METHODS = ("crude", "ols", "aipw_crossfit", "within")


@click.command()
@click.option("--organisations", default=1000, show_default=True, help="Of every scenario.")
@click.option(
    "--scenario",
    "chosen",
    multiple=True,
    type=click.Choice(list(STUDIES)),
    help="Only this one; may be given several times.",
)
@click.option("--processes", default=2, show_default=True)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("build/simulate"),
    show_default=True,
    help="Where what is done is kept, so that a run can be taken up again.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON on stdout.")
def simulate(
    organisations: int, chosen: tuple[str, ...], processes: int, folder: Path, *, as_json: bool
) -> None:
    """Simulate organisations with known truth; exit code 1 unless every target is met."""
    records = chunks.records(
        chosen or tuple(STUDIES),
        organisations,
        folder,
        processes=processes,
        progress=_progress(),
    )
    found = targets(records)
    if as_json:
        body = {
            "organisations": organisations,
            "code": chunks.code_digest(),
            "targets": [target.row() for target in found],
            "met": all(target.met for target in found),
            "scenarios": {name: _figures(rows) for name, rows in records.items()},
        }
        click.echo(json.dumps(body, ensure_ascii=False, indent=1))
    else:
        _print(records, found)
    sys.exit(0 if all(target.met for target in found) else 1)


def _progress() -> Callable[[int, int], None]:
    """Tells on stderr how far it is, at most every two seconds."""
    begun = time.monotonic()
    told = [begun]
    here = [0]

    def tell(done: int, every: int) -> None:
        here[0] += 1
        now = time.monotonic()
        if now - told[0] < 2 and done < every:  # noqa: PLR2004
            return
        told[0] = now
        left = (every - done) * (now - begun) / here[0]
        click.echo(f"{done} of {every} chunks, {left:.0f} s left", err=True)

    return tell


def _figures(rows: list[Record]) -> dict[str, dict[str, float]]:
    """By method: bias, coverage, share that rejects zero, share reported."""
    if "methods" not in rows[0]:
        return {}
    out = {}
    for method in (*_METHODS, None):
        errors = errors_of(rows, method)
        if len(errors):
            out[method or "reported"] = {
                "bias": round(bias(errors), 4),
                "coverage": round(coverage(errors), 4),
                "rejects": round(rejections(rows, method), 4),
                "given": round(len(errors) / len(rows), 4),
            }
    return out


def _print(records: dict[str, list[Record]], found: list[Target]) -> None:
    columns = (*_METHODS, "reported")
    click.echo(f"{'bias / coverage':<18}" + "".join(f"{name:>18}" for name in columns))
    for name, rows in records.items():
        figures = _figures(rows)
        if figures:
            cells = [
                f"{one['bias']:+.3f} / {one['coverage']:.3f}"
                if (one := figures.get(method))
                else "–"
                for method in columns
            ]
            click.echo(f"{name:<18}" + "".join(f"{cell:>18}" for cell in cells))
    click.echo()
    for target in found:
        met = "met    " if target.met else "NOT MET"
        click.echo(
            f"{target.number}  {met}  {target.what}: {target.measured} (wanted {target.wanted})"
        )
