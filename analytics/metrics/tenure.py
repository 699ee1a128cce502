"""
M2: how long people keep taking part, and how often they are there.

Spec: research/analytics.md 2.3.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

from analytics.metrics import shared
from analytics.registry import Ask, Metric, Rows
from analytics.small_groups import Count, Key
from analytics.survival.compare import logrank, pairwise
from analytics.survival.curve import kaplan_meier
from analytics.tenure import DAY, Tenures, tenures
from lrs.domain import timestamps

_AT = (0, 30, 90, 180, 365)
_HORIZON = 365
_ALL = ""
_ACTS = """
SELECT person, epoch_us(ts) AS ts FROM acts WHERE channel = 'social' ORDER BY person, ts"""
_START = "SELECT epoch_us(min(ts)) AS start FROM acts"
_FIRST = """
SELECT person, coalesce(arg_min({by}, place), '') AS part FROM acts
WHERE channel = 'social' GROUP BY person ORDER BY person"""
# Of each of the last 28 days: who was there that day, in the week and in the 28 days up to it.
_PRESENCE = """
WITH there AS (
    SELECT DISTINCT person, day FROM acts
    WHERE channel = 'social' AND day > CAST($last AS INTEGER) - 56
), days AS (SELECT unnest(range(CAST($last AS INTEGER) - 27, CAST($last AS INTEGER) + 1)) AS d)
SELECT d, count(DISTINCT CASE WHEN day = d THEN person END) AS today,
       count(DISTINCT CASE WHEN day > d - 7 THEN person END) AS week,
       count(DISTINCT person) AS month
FROM days JOIN there ON day BETWEEN d - 27 AND d GROUP BY d ORDER BY d"""
_WEEKEND = (2, 3)  # days since 1970, a Thursday, modulo 7


def measure(ask: Ask) -> dict[str, Any]:
    """The curve of everyone, of each part, and stickiness."""
    person, ts = _acts(ask)
    found = tenures(
        person,
        ts,
        gap=int(ask.options["gap_days"]) * DAY,
        cutoff=_end(ask),
        log_start=_log_start(ask),
    )
    people = {_ALL: np.ones(len(found.days), bool)}
    whole = _publish(ask, found, people)
    result: dict[str, Any] = {
        "gap_days": ask.options["gap_days"],
        **_left_out(ask, found),
        "people": _shown(found, people[_ALL], whole, _ALL),
        "stickiness": _stickiness(ask),
    }
    if ask.by:
        result |= _by_part(ask, found)
    return result


def _acts(ask: Ask) -> tuple[np.ndarray, np.ndarray]:
    """Who acted, and when (µs), in the order of persons and times."""
    acts = ask.facts.columns(_ACTS)
    seen = acts["ts"] < _end(ask)
    return acts["person"][seen], acts["ts"][seen].astype(np.int64)


def _end(ask: Ask) -> int:
    """The first µs of which nothing is known."""
    window = ask.facts.window
    return min(window.until, window.cutoff + 1)


def _log_start(ask: Ask) -> int | None:
    """When the log begins, µs; None where it holds everyone's true start."""
    [[start]] = ask.facts.rows(_START)
    return None if ask.options["complete_start"] or start is None else int(start)


def _rows(ask: Ask) -> Rows:
    """Every act with its person; the curve of everyone comes from them."""
    import pandas as pd

    person, ts = _acts(ask)
    start = _log_start(ask)
    begins = "--complete-start" if start is None else f"--start {timestamps.text(start)}"
    at = ",".join(map(str, _AT))
    table = pd.DataFrame(
        {"person": shared.pseudonyms(person), "time": [timestamps.text(int(one)) for one in ts]}
    )
    return Rows(
        {"rows": table},
        "lrs analyse events {rows} --person person --time time "
        f"--gap {ask.options['gap_days']} --cutoff {timestamps.text(_end(ask))} {begins} "
        f"--at {at} --json",
    )


def _left_out(ask: Ask, found: Tenures) -> dict[str, int | None]:
    counts: dict[Key, Count] = {
        (name,): Count(getattr(found, name), [name])
        for name in ("left_truncated", "not_yet_observable")
    }
    return {name: value for (name,), value in ask.counts.publish(counts).items()}


def _publish(ask: Ask, found: Tenures, members: dict[str, np.ndarray]) -> dict[Key, int | None]:
    """
    How many people there are, and how many of them had gone by each of the times.

    A share of a known number is a number, so S(t) may be told only where that number may.
    """
    counts: dict[Key, Count] = {}
    for part, rows in members.items():
        days, ended = found.days[rows], found.ended[rows]
        gone = [int((ended & (days <= at)).sum()) for at in _AT]
        events = int(ended.sum())
        steps = np.diff([0, *gone, events])
        bins = [("gone", place, part) for place in range(len(steps))]
        for place, n in enumerate(steps):
            ask.counts.secret(("left", str(place), part), Count(int(n), [bins[place]]))
        stay = ("still there", part)
        for place, n in enumerate(gone):
            beyond = [*bins[place + 1 :], stay]
            rest = Count(len(days) - n, beyond)
            ask.counts.secret(("beyond", str(_AT[place]), part), rest)
            counts["gone by", str(_AT[place]), part] = Count(n, bins[: place + 1])
        counts["events", part] = Count(events, bins, rank=1)
        counts["people", part] = Count(len(days), [*bins, stay], rank=2)
        ask.counts.secret(("still there", part), Count(len(days) - events, [stay]))
    return ask.counts.publish(counts)


def _shown(
    found: Tenures, rows: np.ndarray, said: dict[Key, int | None], part: str
) -> dict[str, Any]:
    n, events = said["people", part], said["events", part]
    if not n:
        empty = dict.fromkeys(("median", "median_ci", "rmst", "rmst_ci", "one_visit_share"))
        return {"n": n, "events": events, **empty, "at": {str(at): _nothing() for at in _AT}}
    curve = kaplan_meier(found.days[rows], found.ended[rows])
    told = {at: said["gone by", str(at), part] is not None for at in _AT}
    shares = {
        str(at): {"s": curve.share(at), "ci": curve.share_interval(at)} if told[at] else _nothing()
        for at in _AT
    }
    first = curve.share(0)
    return {
        "n": n,
        "events": events,
        "median": curve.median() if events is not None else None,
        "median_ci": curve.median_interval() if events is not None else None,
        # A mean over many of whom few have gone is as good as a sum over those few.
        "rmst": curve.restricted_mean(_HORIZON) if events is not None else None,
        "rmst_ci": curve.restricted_mean_interval(_HORIZON) if events is not None else None,
        "one_visit_share": 1 - first if told[0] and first is not None else None,
        "at": shares,
    }


def _nothing() -> dict[str, None]:
    return {"s": None, "ci": None}


def _by_part(ask: Ask, found: Tenures) -> dict[str, Any]:
    """A curve for each part that people began in, and how they compare."""
    began = ask.facts.columns(_FIRST.format(by=ask.by))
    place = np.searchsorted(began["person"], found.persons)
    parts = np.asarray(began["part"], dtype=object)[place] if len(place) else np.array([], object)
    names = sorted(set(parts))
    members = {f"part {name}": parts == name for name in names}
    for kind in [("gone", n) for n in range(len(_AT) + 1)] + [("still there",)]:
        of_parts = {(*kind, part): -1 for part in members}
        if of_parts:
            ask.counts.identity({(*kind, _ALL): 1} | of_parts)
    said = _publish(ask, found, members)
    told = {
        part: rows
        for part, rows in members.items()
        if said["people", part] and said["events", part] is not None
    }
    return {
        "groups": [
            {str(ask.by): _named(part), **_shown(found, rows, said, part)}
            for part, rows in members.items()
        ],
        **_compared(found, parts, told),
    }


def _named(part: str) -> str | None:
    return part.removeprefix("part ") or None


def _compared(found: Tenures, parts: np.ndarray, told: dict[str, np.ndarray]) -> dict[str, Any]:
    """
    Whether the curves differ, of all parts at once and, of three or more, of each two.

    Of parts whose people and exits are told: a statistic over few exits is as good as those.
    """
    test = None
    if len(told) > 1:
        rows = np.logical_or.reduce(list(told.values()))
        test = logrank(found.days[rows], found.ended[rows], parts[rows])
    pairs = combinations(told, 2) if len(told) > 2 else ()  # noqa: PLR2004 - two are one pair
    return {
        "logrank": {"chi2": test.chi2, "df": test.df, "p": test.p} if test else None,
        "pairwise": [
            {**row, "groups": [_named(part) for part in row["groups"]]}
            for row in pairwise(found.days, found.ended, told, pairs)
        ],
    }


def _stickiness(ask: Ask) -> dict[str, float | None]:
    """Of those there in 28 days, the share that is there on a day, a working day, in a week."""
    window = ask.facts.window
    last = shared.day_at(min(window.until - 1, window.cutoff), window.timezone)
    rows = ask.facts.rows(_PRESENCE, {"last": last})
    names = ("day_of_28_days", "working_day_of_28_days", "week_of_28_days")
    if not rows or min(month for *_, month in rows) < ask.k:
        return dict.fromkeys(names)
    working = [row for row in rows if row[0] % 7 not in _WEEKEND]
    return {
        names[0]: sum(today / month for _, today, _, month in rows) / len(rows),
        names[1]: sum(today / month for _, today, _, month in working) / len(working)
        if working
        else None,
        names[2]: sum(week / month for _, _, week, month in rows) / len(rows),
    }


METRIC = Metric(
    name="tenure",
    question="How long do people keep taking part?",
    version="3",
    measure=measure,
    by=("department",),
    options=(("gap_days", 90), ("complete_start", False)),
    rows=_rows,
)
