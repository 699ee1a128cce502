"""`lrs analyse events`: growth, cohorts and tenure of the people in an event log (2.3, 2.4)."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import click

from analytics.analyse._minimum import Minimum
from analytics.analyse._options import column, numbers, positive
from analytics.analyse.kinds import Kind, Options
from analytics.analyse.survival import curve_rows, nothing_at
from analytics.analyse.tables import Table, UsageProblem, instant
from lrs.domain.timestamps import micros

if TYPE_CHECKING:
    import numpy as np

    from analytics.growth import GrowthMonth

_HORIZON = 365  # days, of the restricted mean
_LONGEST = (date.max - date.min).days  # there are, from the year 1 to 9999


@dataclass(frozen=True)
class _Log:
    """
    Who acted when, up to the cutoff; `persons` are codes from 0.

    From `start` on all was seen; None where it holds everyone's true start.
    """

    persons: np.ndarray
    moments: list[datetime]
    cutoff: datetime
    start: datetime | None


def run(table: Table, options: Options) -> dict[str, Any]:
    """The JSON of docs/analyse.md, `events`."""
    import numpy as np

    at = numbers(options["at"], "--at")
    gap = _gap(options["gap"])
    used = table.complete([options["person"], options["time"]])
    moments = used.times(options["time"])
    given = options["cutoff"]
    stated = None if given is None else instant(given, "--cutoff")
    minimum = Minimum(options)
    if not moments:
        return {**used.counts, **_nothing(gap, at, stated, minimum), **minimum.report()}
    cutoff = max(moments) if stated is None else stated
    kept = np.array([moment <= cutoff for moment in moments], dtype=bool)
    if not kept.any():
        raise UsageProblem(f"column '{options['time']}': no time up to the cutoff")
    _, persons = np.unique(used.texts(options["person"])[kept], return_inverse=True)
    within = [moment for moment, keep in zip(moments, kept, strict=True) if keep]
    log = _Log(persons, within, cutoff, _start(within, options))
    return {
        **used.counts,
        "after_cutoff": int((~kept).sum()),
        "people": int(persons.max()) + 1,
        **_by_month(log, minimum),
        "tenure": _tenure(log, gap, at, minimum),
        **minimum.report(),
    }


def _gap(days: float) -> float:
    if positive(days, "--gap") > _LONGEST:
        raise UsageProblem(f"--gap: {days:g} days are more than there are from the year 1 to 9999")
    return days


def _nothing(
    gap: float, at: dict[str, float], cutoff: datetime | None, minimum: Minimum
) -> dict[str, Any]:
    """What is told of a table without one usable row."""
    for what in ("growth", "cohorts", "tenure"):
        minimum.withhold(what, "no row has both a person and a time")
    counts = dict.fromkeys(("n", "events", "left_truncated", "not_yet_observable"), 0)
    return {
        "after_cutoff": 0,
        "people": 0,
        "growth": [],
        "cohorts": {},
        "incomplete_month": None,
        "tenure": {**counts, **_observed(gap, cutoff), **_no_curve(at)},
    }


def _start(moments: list[datetime], options: Options) -> datetime | None:
    if options["complete_start"]:
        if options["start"] is not None:
            raise UsageProblem("--start and --complete-start are not given together")
        return None
    return min(moments) if options["start"] is None else instant(options["start"], "--start")


def _by_month(log: _Log, minimum: Minimum) -> dict[str, Any]:
    import numpy as np

    from analytics.growth import cohorts, growth, month_name, month_number

    months = np.array([month_number(moment.year, moment.month) for moment in log.moments])
    last = month_number(log.cutoff.year, log.cutoff.month)
    rows = growth(log.persons, months, last)
    kept = cohorts(log.persons, months, last)
    return {
        "growth": [_growth_row(row, row is rows[0], minimum) for row in rows],
        "cohorts": {month_name(month): counts for month, counts in kept.items()},
        "incomplete_month": None if _is_whole(log.moments, log.cutoff) else month_name(last),
    }


def _growth_row(row: GrowthMonth, baseline: bool, minimum: Minimum) -> dict[str, Any]:
    from analytics.growth import month_name
    from analytics.transfer.rules import MIN_PEOPLE

    name, ratio, reason = month_name(row.month), row.quick_ratio, None
    if baseline:
        ratio, reason = None, "baseline"
    elif ratio is None:
        reason = "no_churn"
    elif not minimum.allows(f"growth.{name}.quick_ratio", row.churned, MIN_PEOPLE, "churned"):
        ratio, reason = None, "too_few"
    return {
        "month": name,
        "active": row.active,
        "new": row.new,
        "retained": row.retained,
        "resurrected": row.resurrected,
        "churned": row.churned,
        "quick_ratio": ratio,
        "reason": reason,
    }


def _is_whole(moments: list[datetime], cutoff: datetime) -> bool:
    """Whether the cutoff's month was seen to its end; a log of dates has seen the cutoff's day."""
    dates_only = all(moment.time() == datetime.min.time() for moment in (*moments, cutoff))
    last_day = cutoff.day == monthrange(cutoff.year, cutoff.month)[1]
    return last_day and (dates_only or cutoff.time() == time.max)


def _tenure(log: _Log, gap: float, at: dict[str, float], minimum: Minimum) -> dict[str, Any]:
    import numpy as np

    from analytics.survival.curve import kaplan_meier
    from analytics.tenure import DAY, tenures
    from analytics.transfer.rules import MIN_PEOPLE

    times = np.array([micros(moment) for moment in log.moments])
    start = None if log.start is None else micros(log.start)
    found = tenures(log.persons, times, round(gap * DAY), micros(log.cutoff), start)
    n = len(found.persons)
    counts = {
        "n": n,
        "events": int(found.ended.sum()),
        "left_truncated": found.left_truncated,
        "not_yet_observable": found.not_yet_observable,
        **_observed(gap, log.cutoff),
    }
    if not minimum.allows("tenure", n, MIN_PEOPLE):
        return {**counts, **_no_curve(at)}
    curve = kaplan_meier(found.days, found.ended)
    if not curve.reaches(_HORIZON):
        minimum.withhold("tenure.rmst", f"beyond the longest follow-up, {curve.last:g}")
    stayed = curve.share(0)
    return {
        **counts,
        "median": curve.median(),
        "median_ci": curve.median_interval(),
        "rmst": curve.restricted_mean(_HORIZON),
        "rmst_ci": curve.restricted_mean_interval(_HORIZON),
        "one_visit_share": None if stayed is None else 1 - stayed,
        "at": curve_rows(curve, at, "tenure", minimum),
    }


def _observed(gap: float, cutoff: datetime | None) -> dict[str, Any]:
    end = None if cutoff is None else cutoff.isoformat().replace("+00:00", "Z")
    return {"gap": gap, "horizon": _HORIZON, "cutoff": end}


def _no_curve(at: dict[str, float]) -> dict[str, Any]:
    empty = dict.fromkeys(("median", "median_ci", "rmst", "rmst_ci", "one_visit_share"))
    return {**empty, "at": nothing_at(at)}


KIND = Kind(
    name="events",
    summary="Growth accounting, cohorts and tenure from who acted when.",
    options=(
        column("--person", "Who acted.", required=True),
        column("--time", "When, in ISO 8601; UTC where no offset is given.", required=True),
        click.Option(["--gap"], type=float, default=90, help="Days of silence that are an exit."),
        click.Option(
            ["--cutoff"], metavar="TIME", help="End of the log; its last time if not given."
        ),
        click.Option(
            ["--start"],
            metavar="TIME",
            help="Since when everybody was seen; the first time if not given.",
        ),
        click.Option(
            ["--complete-start"],
            is_flag=True,
            help="The log holds everyone's true start: nobody is left-truncated.",
        ),
        click.Option(["--at"], default="0,90,180", help="Days to give the share at."),
    ),
    run=run,
)
