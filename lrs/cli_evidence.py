"""`lrs evidence import FILE`: KPIs and ratings that tell whether what was learned is applied."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lrs.cli_import import check_zone, open_here, showing, tell

_MAP = "Which column holds what, over what its header says."


@click.group()
def evidence() -> None:
    """Evidence of transfer to work: who applies what a programme teaches."""


@evidence.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--programme", required=True, help="The programme that declares this evidence.")
@click.option(
    "--grade",
    required=True,
    type=click.Choice(["A", "B", "C"]),
    help="A: a KPI or work product; B: told by another; C: by oneself.",
)
@click.option("--kpi", default="", help="The measure, where no column names it.")
@click.option("--min", "low", type=float, help="The lowest value there is, without a column min.")
@click.option("--max", "high", type=float, help="The highest, without a column max.")
@click.option("--source", "name", help="A configured source; its Authority stands.")
@click.option("--instance", help="Makes persons in no roster accounts of the system there.")
@click.option("--map", "mapped", metavar="FIELD=HEADER,…", help=_MAP)
@click.option(
    "--dates", type=click.Choice(["iso", "d-m-y", "m-d-y"]), help="What 03/04/2026 means."
)
@click.option("--timezone", help="Of times without one, such as Europe/Amsterdam; UTC by default.")
@click.option("--dry-run", is_flag=True, help="Only tell what would become of each row.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for machines.")
def import_file(file: Path, programme: str, as_json: bool, dry_run: bool, **given: Any) -> None:
    """
    Take in FILE: a table of KPIs or ratings.

    CSV or TSV of any delimiter and encoding, or XLSX. Its columns are known by their names in
    English or Dutch: person, date, kpi, value, min, max, scaled, rater. The same file may be sent
    again. What is not declared as evidence by the programme is refused.
    """
    from integrations.evidence import Options, evidence_mapping, evidence_source, import_evidence
    from integrations.imports import with_options

    if given["timezone"]:
        check_zone(given["timezone"])
    intake = open_here()
    declared = intake.lrs.programmes.get(programme).programme
    source = evidence_source(intake, given["name"], given["instance"])
    source = with_options(source, {name: given[name] for name in ("dates", "timezone")})
    options = Options(
        grade=given["grade"],
        kpi=given["kpi"],
        low=given["low"],
        high=given["high"],
        mapped=evidence_mapping(given["mapped"] or ""),
        accounts=bool(given["name"] or given["instance"]),
        dry_run=dry_run,
    )
    with showing(file.name, quiet=as_json) as progress:
        report = import_evidence(
            intake,
            source,
            declared,
            file.read_bytes(),
            options,
            progress=progress,
        )
        intake.flush()
    tell(report, as_json)
