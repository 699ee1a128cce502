"""`lrs analyse survival`: how long until something happens, part of it not yet seen (2.3)."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import click

from analytics.analyse._minimum import Minimum
from analytics.analyse._options import column, numbers, positive
from analytics.analyse.kinds import Kind, Options
from analytics.analyse.tables import Table, UsageProblem, Used, number_of

if TYPE_CHECKING:
    import numpy as np

    from analytics.survival.curve import Curve

_ALL = "all"
_NOTHING = "nothing happened that could tell two groups apart"
_TRUTH = {"true": 1.0, "false": 0.0}


def run(table: Table, options: Options) -> dict[str, Any]:
    """The JSON of docs/analyse.md, `survival`."""
    from threadpoolctl import threadpool_limits

    from analytics.analyse.formula import columns_of, parse

    times = numbers(options["at"], "--at")
    horizon = positive(options["horizon"], "--horizon")
    formula = parse(options["covariates"])
    group = options["group"]
    named = [options["duration"], options["event"], *([group] if group else [])]
    used = table.complete([*named, *formula.columns])
    durations, happened = _durations(used, options["duration"]), _happened(used, options["event"])
    groups = used.texts(group) if group else None
    minimum = Minimum(options)
    members = _members(groups, len(durations), group)
    with threadpool_limits(1):  # sums in a fixed order: the same bytes on any machine
        curves = {
            name: _curve(name, durations[rows], happened[rows], times, horizon, minimum)
            for name, rows in members.items()
        }
        compared = _logrank(durations, happened, groups, minimum)
        pairs = _pairwise(durations, happened, members, minimum)
        model = _cox(durations, happened, columns_of(formula, used), minimum)
    return {
        **used.counts,
        "horizon": horizon,
        "groups": curves,
        "logrank": compared,
        "pairwise": pairs,
        "cox": model,
        **minimum.report(),
    }


def curve_rows(
    curve: Curve, times: dict[str, float], what: str, minimum: Minimum
) -> dict[str, dict[str, Any]]:
    """S(t) with its interval at each of `times`; withheld where nobody was followed so long."""
    for label, time in times.items():
        if not curve.reaches(time):
            minimum.withhold(f"{what}.at.{label}", f"beyond the longest follow-up, {curve.last:g}")
    return {
        label: {"s": curve.share(time), "ci": curve.share_interval(time)}
        for label, time in times.items()
    }


def nothing_at(times: dict[str, float]) -> dict[str, dict[str, Any]]:
    return {label: {"s": None, "ci": None} for label in times}


def _durations(used: Used, name: str) -> np.ndarray:
    durations = used.numbers(name)
    for row, value in zip(used.cells.index, durations, strict=True):
        if value < 0:
            raise UsageProblem(f"column '{name}', row {row}: a duration of {value:g} is negative")
    return durations


def _happened(used: Used, name: str) -> np.ndarray:
    """1 or true: it happened; 0 or false: not yet when last seen."""
    import numpy as np

    known = [_TRUTH.get(str(cell).strip().lower(), number_of(cell)) for cell in used.cells[name]]
    for row, value in zip(used.cells.index, known, strict=True):
        if value not in {0.0, 1.0}:
            cell = used.cells.at[row, name]
            raise UsageProblem(f"column '{name}', row {row}: {cell!r} is neither 0 nor 1")
    return np.array(known, dtype=bool)


def _members(groups: np.ndarray | None, n: int, column_name: str | None) -> dict[str, Any]:
    """The rows of everyone, and of each group in the order of their names."""
    import numpy as np

    everyone: dict[str, Any] = {_ALL: np.ones(n, dtype=bool)}
    names = [] if groups is None else sorted(set(groups))
    if _ALL in names:
        raise UsageProblem(
            f"column '{column_name}': a group is called '{_ALL}', which is everyone's"
        )
    return everyone | {name: groups == name for name in names}


def _curve(
    name: str,
    durations: np.ndarray,
    happened: np.ndarray,
    times: dict[str, float],
    horizon: float,
    minimum: Minimum,
) -> dict[str, Any]:
    from analytics.survival.curve import kaplan_meier
    from analytics.transfer.rules import MIN_PEOPLE

    n, what = len(durations), f"groups.{name}"
    counts = {"n": n, "events": int(happened.sum())}
    if not minimum.allows(what, n, MIN_PEOPLE):
        empty = dict.fromkeys(("median", "median_ci", "rmst", "rmst_ci"))
        return {**counts, **empty, "at": nothing_at(times)}
    curve = kaplan_meier(durations, happened)
    if not curve.reaches(horizon):
        minimum.withhold(f"{what}.rmst", f"beyond the longest follow-up, {curve.last:g}")
    return {
        **counts,
        "median": curve.median(),
        "median_ci": curve.median_interval(),
        "rmst": curve.restricted_mean(horizon),
        "rmst_ci": curve.restricted_mean_interval(horizon),
        "at": curve_rows(curve, times, what, minimum),
    }


def _logrank(
    durations: np.ndarray, happened: np.ndarray, groups: np.ndarray | None, minimum: Minimum
) -> dict[str, Any] | None:
    from analytics.survival.compare import logrank
    from analytics.transfer.rules import MIN_PEOPLE

    if groups is None:
        minimum.withhold("logrank", "needs --group")
        return None
    sizes = [int((groups == name).sum()) for name in sorted(set(groups))]
    if sizes and not minimum.allows("logrank", min(sizes), MIN_PEOPLE, "people in a group"):
        return None
    test = logrank(durations, happened, groups)
    if test is None:
        minimum.withhold("logrank", _NOTHING)
        return None
    for name in test.left_out:
        minimum.withhold(f"logrank.{name}", "nobody of it was left when the first event happened")
    return {"chi2": test.chi2, "df": test.df, "p": test.p}


def _pairwise(
    durations: np.ndarray, happened: np.ndarray, members: dict[str, Any], minimum: Minimum
) -> list[dict[str, Any]]:
    """With three groups or more, each two of them; p adjusted after Benjamini and Hochberg."""
    from analytics.survival.compare import pairwise
    from analytics.transfer.rules import MIN_PEOPLE

    names = [name for name in members if name != _ALL]
    pairs = []
    for one, two in combinations(names, 2) if len(names) > 2 else ():  # noqa: PLR2004
        smaller = min(int(members[one].sum()), int(members[two].sum()))
        if minimum.allows(f"pairwise.{one}.{two}", smaller, MIN_PEOPLE, "people in a group"):
            pairs.append((one, two))
    rows = pairwise(durations, happened, members, pairs)
    compared = [row["groups"] for row in rows]
    for one, two in pairs:
        if [one, two] not in compared:
            minimum.withhold(f"pairwise.{one}.{two}", _NOTHING)
    return rows


def _cox(
    durations: np.ndarray, happened: np.ndarray, columns: Any, minimum: Minimum
) -> list[dict[str, Any]] | None:
    from scipy.stats import norm

    from analytics.survival.cox import NoFit, cox
    from analytics.transfer.rules import MIN_EXPOSED_PER_COVARIATE, MIN_UNITS

    if not columns.terms:
        minimum.withhold("cox", "needs --covariates")
        return None
    least = MIN_EXPOSED_PER_COVARIATE * len(columns.terms)
    enough = minimum.allows("cox", len(durations), MIN_UNITS, "units")
    if not minimum.allows("cox", int(happened.sum()), least, "events") or not enough:
        return None
    try:
        fit = cox(durations, happened, columns.values)
    except NoFit as problem:
        minimum.withhold("cox", str(problem))
        return None
    z = norm.ppf(0.975)
    return [
        {
            "term": term,
            "estimate": estimate,
            "se": se,
            "ci": [estimate - z * se, estimate + z * se],
            "p": 2 * norm.sf(abs(estimate / se)),
        }
        for term, estimate, se in zip(columns.terms, fit.coefficients, fit.errors, strict=True)
    ]


KIND = Kind(
    name="survival",
    summary="Kaplan-Meier by group, median, restricted mean, log-rank, Cox (Efron ties).",
    options=(
        column("--duration", "How long, a number of 0 or more.", required=True),
        column("--event", "1 if it happened then, 0 if not yet.", required=True),
        column("--group", "A curve for each group too."),
        click.Option(["--at"], default="90,180", help="Durations to give the share at."),
        click.Option(["--horizon"], type=float, default=365, help="Of the restricted mean."),
        click.Option(["--covariates"], metavar="FORMULA", help="'age + C(sex)', for Cox."),
    ),
    run=run,
)
