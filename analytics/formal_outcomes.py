"""
Formal completion and pass rate by social type: what went together, never what brought it about.

Who has no formal day in a period can complete nothing in it, so of the four types two are told
apart: formal only, and both. Who completes or passes at least one training counts once, whatever
else they began. Somebody with many formal days has more to complete and more days to be social
on as well, so the rates compare different people; their sentences are those of the wording ladder.

Spec: research/analytics.md 2.8, 3.8.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from analytics.metrics import shared
from analytics.registry import Ask
from analytics.small_groups import Count, Key
from analytics.transfer.labels import labelled
from analytics.transfer.wording import Finding, wording

KINDS = ("formal_only", "both")

PER_DAY = f"""
count(*) FILTER (channel = 'formal' AND action IN {shared.COMPLETIONS}) > 0 AS completed,
count(*) FILTER (channel = 'formal' AND (action IN ('pass', 'fail')
    OR (action = 'complete' AND success IS NOT NULL))) > 0 AS judged,
count(*) FILTER (channel = 'formal'
    AND (action = 'pass' OR (action = 'complete' AND success))) > 0 AS passed"""
"""SQL: what a person's day had of each; who passed has completed and was judged."""
# Of people with a formal day, how many are in each combination.
_ENDINGS = """
WITH people AS (
    SELECT month // {size} AS period, person, bool_or(social) AS social,
           bool_or(completed) AS completed, bool_or(judged) AS judged, bool_or(passed) AS passed
    FROM person_days GROUP BY ALL HAVING bool_or(formal)
)
SELECT period, CASE WHEN social THEN 'both' ELSE 'formal_only' END AS type,
       completed, judged, passed, count(*) FROM people GROUP BY ALL ORDER BY ALL
"""

Ending = tuple[bool, bool, bool]
"""Whether completed, judged, passed."""

_PASSED, _COMPLETED_NOT_PASSED = (True, True, True), (True, True, False)
_COMPLETED, _FAILED, _OPEN = (True, False, False), (False, True, False), (False, False, False)
_ENDS: tuple[Ending, ...] = (_PASSED, _COMPLETED_NOT_PASSED, _COMPLETED, _FAILED, _OPEN)
# The pass rate is given up before the completion rate.
_TOLD: dict[str, tuple[tuple[Ending, ...], int]] = {
    "completed": ((_PASSED, _COMPLETED_NOT_PASSED, _COMPLETED), 2),
    "judged": ((_PASSED, _COMPLETED_NOT_PASSED, _FAILED), 1),
    "passed": ((_PASSED,), 0),
}
_RATES = {"completion_rate": ("completed", "people"), "pass_rate": ("passed", "judged")}
_PERCENT = 100  # a sentence says “completion percentage”, the JSON has shares

Endings = Mapping[Ending, int]


def outcomes(ask: Ask, size: int, periods: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """
    Of each period, both types with their rates, and a sentence about each rate.

    Args:
        size: Months in a period.
        periods: Those that are told, with their rows: how many people of each type is said there.
    """
    cells: dict[tuple[int, str], dict[Ending, int]] = defaultdict(dict)
    for period, kind, completed, judged, passed, n in ask.facts.rows(_ENDINGS.format(size=size)):
        cells[period, kind][completed, judged, passed] = n
    places = [(period, kind) for period in periods for kind in KINDS]
    for period, kind in places:
        _declare(ask, period, kind, cells[period, kind])
    counts: dict[Key, Count] = {}
    for period, kind in places:
        counts |= _counts(period, kind, cells[period, kind])
    said = ask.counts.publish(counts)
    return [
        _row(row, {kind: _told(said, period, kind, row[kind]) for kind in KINDS})
        for period, row in periods.items()
    ]


def _atoms(period: int, kind: str, endings: tuple[Ending, ...]) -> list[Any]:
    return [("ending", period, kind, one) for one in endings]


def _declare(ask: Ask, period: int, kind: str, own: Endings) -> None:
    """
    That the endings are all people of a type, and that none of them may be computed.

    With that several together are safe too, such as those judged who did not pass: of a few there
    is an ending of a few, and where that might be k or more, so might they.
    """
    of_type = dict.fromkeys(_atoms(period, kind, _ENDS), -1)
    ask.counts.identity({(period, kind): 1} | of_type)
    for place, ending in enumerate(_ENDS):
        count = Count(_sum(own, (ending,)), _atoms(period, kind, (ending,)))
        ask.counts.secret(("ending", str(place), str(period), kind), count)


def _counts(period: int, kind: str, own: Endings) -> dict[Key, Count]:
    return {
        (name, str(period), kind): Count(_sum(own, endings), _atoms(period, kind, endings), rank)
        for name, (endings, rank) in _TOLD.items()
    }


def _sum(own: Endings, endings: tuple[Ending, ...]) -> int:
    return sum(own.get(one, 0) for one in endings)


def _told(
    said: Mapping[Key, int | None], period: int, kind: str, people: int | None
) -> dict[str, Any]:
    told = {"people": people, **{name: said[name, str(period), kind] for name in _TOLD}}
    return told | {
        name: shared.ratio(told[part], told[whole]) for name, (part, whole) in _RATES.items()
    }


def _row(row: Mapping[str, Any], types: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    sentences = {
        name: _worded(name, whole, [types[kind] for kind in KINDS])
        for name, (_, whole) in _RATES.items()
    }
    return {"period": row["period"], **types, "wording": sentences}


def _worded(name: str, whole: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Level 1 where both rates are told: nothing is adjusted for. Else level 0."""
    only, both = (row[name] for row in rows)
    sizes = [row[whole] for row in rows]
    n = None if None in sizes else sum(sizes)
    if only is None or both is None:
        return labelled(wording("0", Finding(name, "learned_socially", n)))
    means = _PERCENT * both, _PERCENT * only
    return labelled(wording("1", Finding(name, "learned_socially", n, means=means)))
