"""`lrs analyse sensitivity`: E-value and robustness value of a published result."""

from __future__ import annotations

import math
from typing import Any

import click

from analytics.analyse.kinds import Kind, Options
from analytics.analyse.tables import Table, UsageProblem

_NEEDS: dict[str, tuple[str, ...]] = {"rr": (), "d": ("se",), "estimate": ("se", "df")}
_MAY_HAVE = {"rr": ("limit",), "d": ("se", "limit"), "estimate": ("se", "df")}
_NO_DIFFERENCE = {"rr": 1.0, "d": 0.0}


def run(_table: Table, options: Options) -> dict[str, Any]:
    """`evalue, evalue_ci, rv, rv_05, partial_r2`; null what the options do not give."""
    _check(options)
    result: dict[str, Any] = dict.fromkeys(("evalue", "evalue_ci", "rv", "rv_05", "partial_r2"))
    if options["rr"] is not None:
        result |= _of_ratio(options["rr"], options["limit"])
    if options["d"] is not None:
        result |= _of_difference(options["d"], options["se"], options["limit"])
    if options["estimate"] is not None:
        from analytics.transfer.sensitivity import of_t

        result |= of_t(options["estimate"], options["se"], options["df"])
    return result


def _of_ratio(ratio: float, limit: float | None) -> dict[str, Any]:
    from analytics.transfer.sensitivity import evalue, evalue_of_limit

    at_limit = None if limit is None else evalue_of_limit(ratio, limit)
    return {"evalue": evalue(ratio), "evalue_ci": at_limit}


def _of_difference(d: float, se: float, limit: float | None) -> dict[str, Any]:
    from analytics.transfer.sensitivity import (
        evalue_of_limit,
        evalues_of_difference,
        risk_ratio_of,
    )

    value, at_limit = evalues_of_difference(d, se)
    if limit is not None:
        at_limit = evalue_of_limit(risk_ratio_of(d), risk_ratio_of(limit))
    return {"evalue": value, "evalue_ci": at_limit}


def _check(options: Options) -> None:
    given = [name for name in _NEEDS if options[name] is not None]
    if not given:
        raise UsageProblem("give --rr R, or --d D --se S, or --estimate B --se S --df N")
    if len(given) > 1:
        raise UsageProblem(f"--{given[0]} and --{given[1]} are two different questions")
    asked = given[0]
    for name in _NEEDS[asked]:
        if options[name] is None:
            raise UsageProblem(f"--{asked} needs --{name}")
    for name in ("se", "df", "limit"):
        if options[name] is not None and name not in _MAY_HAVE[asked]:
            raise UsageProblem(f"--{name} says nothing about --{asked}")
    _finite(options, (asked, *_MAY_HAVE[asked]))
    _positive(options, ("rr", "se", "df", *(("limit",) if asked == "rr" else ())))
    if options["limit"] is not None:
        _nearest(asked, options[asked], options["limit"])


def _finite(options: Options, names: tuple[str, ...]) -> None:
    for name in names:
        if options[name] is not None and not math.isfinite(options[name]):
            raise UsageProblem(f"--{name} must be a finite number, not {options[name]}")


def _nearest(name: str, value: float, limit: float) -> None:
    """Refuses a limit on the far side: its E-value would make the result look stronger."""
    none = _NO_DIFFERENCE[name]
    if (limit - value) * (value - none) > 0:
        raise UsageProblem(
            f"--limit must be the one nearest {none:g}; {limit:g} lies beyond --{name} {value:g}"
        )


def _positive(options: Options, names: tuple[str, ...]) -> None:
    for name in names:
        if options[name] is not None and not options[name] > 0:
            raise UsageProblem(f"--{name} must be above 0, not {options[name]}")


KIND = Kind(
    name="sensitivity",
    summary="How strong an unmeasured confounder would have to be; takes no FILE.",
    options=(
        click.Option(["--rr"], type=float, help="A risk ratio."),
        click.Option(["--d"], type=float, help="A standardised difference, with --se."),
        click.Option(["--se"], type=float, help="Its standard error."),
        click.Option(["--limit"], type=float, help="The limit of the interval, on the same scale."),
        click.Option(["--estimate"], type=float, help="A coefficient, with --se and --df."),
        click.Option(["--df"], type=click.IntRange(max=10**9), help="Residual degrees of freedom."),
    ),
    run=run,
    takes_file=False,
)
