"""
M7 by topic: what there are courses about, what people talk about, and which they met first.

A topic on which many ask and no course is taken is the one to act upon. That some met it in talk
before they met it in a course shows an order in time and no more.

Spec: research/analytics.md 2.8 (by topic).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from analytics.registry import Ask, Metric
from analytics.small_groups import Count, Key
from analytics.survival.curve import kaplan_meier

_DAY = 86_400_000_000
_ORDERS = ("social_first", "formal_first", "only_social", "only_formal")
# Of everyone who met a topic in the window for the first time: when in talk, when in a course.
_TOUCHES = """
SELECT topic, person, epoch_us(min(ts) FILTER (channel = 'formal')) AS formal,
       epoch_us(min(ts) FILTER (channel <> 'formal')) AS social
FROM (SELECT unnest(topics) AS topic, person, channel, ts FROM acts
      WHERE topics IS NOT NULL AND channel IN ('formal', 'social', 'search'))
GROUP BY topic, person HAVING min(ts) >= $since ORDER BY topic, person"""
_COURSES = """
SELECT topic, count(DISTINCT coalesce(course, CAST(object AS VARCHAR))) AS courses
FROM (SELECT unnest(topics) AS topic, course, object FROM acts
      WHERE topics IS NOT NULL AND channel = 'formal' AND ts >= $since)
GROUP BY topic ORDER BY topic"""


def measure(ask: Ask) -> dict[str, Any]:
    """Topics with their people by what they met first, and the quadrant each is in."""
    window = ask.facts.window
    end = min(window.until, window.cutoff + 1)
    touches = _by_topic(ask.facts.columns(_TOUCHES), end)
    said = _publish(ask, touches)
    courses = dict(ask.facts.rows(_COURSES))
    rows = [
        _row(topic, own, {name: said[name, topic] for name in (*_ORDERS, *_SUMS)}, courses)
        for topic, own in touches.items()
        if said["people", topic]
    ]
    much = _median([row["social"] for row in rows if row["social"] is not None])
    return {
        "withheld_topics": len(touches) - len(rows),
        "much_talk_from": much,
        "topics": [{**row, "quadrant": _quadrant(row, much)} for row in rows],
    }


_SUMS: Mapping[str, tuple[str, ...]] = {
    "people": _ORDERS,
    "social": ("social_first", "formal_first", "only_social"),
    "formal": ("social_first", "formal_first", "only_formal"),
}


class _Touches:
    """First touches of one topic; µs, the end of observation where there was none."""

    def __init__(self, formal: Any, social: Any, end: int) -> None:
        self.formal = np.ma.filled(formal, end).astype(np.int64)
        self.social = np.ma.filled(social, end).astype(np.int64)
        in_course, in_talk = self.formal < end, self.social < end
        both, first = in_course & in_talk, self.social < self.formal
        self.of = {
            "social_first": both & first,
            "formal_first": both & ~first,
            "only_social": in_talk & ~in_course,
            "only_formal": in_course & ~in_talk,
        }

    def lag(self, first: str, only: str) -> dict[str, float | None]:
        """Days from the first touch to the other kind's, those who still wait counted too."""
        chosen = self.of[first] | self.of[only]
        days = np.abs(self.formal - self.social)[chosen] / _DAY
        curve = kaplan_meier(days, self.of[first][chosen])
        low, high = curve.median_interval()
        gone_on = curve.share(90)
        return {
            "median_days": curve.median(),
            "median_days_low": low,
            "median_days_high": high,
            "within_90_days": None if gone_on is None else 1 - gone_on,
        }


_NO_LAG = dict.fromkeys(("median_days", "median_days_low", "median_days_high", "within_90_days"))


def _by_topic(columns: dict[str, Any], end: int) -> dict[str, _Touches]:
    topics = np.asarray(columns["topic"], dtype=object)
    return {
        str(topic): _Touches(
            columns["formal"][topics == topic], columns["social"][topics == topic], end
        )
        for topic in sorted(set(topics))
    }


def _publish(ask: Ask, touches: dict[str, _Touches]) -> dict[Key, int | None]:
    counts: dict[Key, Count] = defaultdict(lambda: Count(0, []))
    for topic, own in touches.items():
        sizes = {name: int(own.of[name].sum()) for name in _ORDERS}
        for name, n in sizes.items():
            counts[name, topic] = Count(n, [(name, topic)])
        for rank, (name, of) in enumerate(_SUMS.items(), 1):
            atoms = [(one, topic) for one in of]
            # All of them first, for without that nothing of a topic is told.
            counts[name, topic] = Count(sum(sizes[one] for one in of), atoms, rank=4 - rank)
    return ask.counts.publish(counts)


def _row(
    topic: str, own: _Touches, told: dict[str, int | None], courses: Mapping[str, int]
) -> dict[str, Any]:
    def lag(first: str, only: str) -> dict[str, float | None]:
        both = told[first] is not None and told[only] is not None
        return own.lag(first, only) if both and told[first] else _NO_LAG

    return {
        "topic": topic,
        **told,
        "courses": None if told["formal"] is None else courses.get(topic, 0),
        "from_social_to_formal": lag("social_first", "only_social"),
        "from_formal_to_social": lag("formal_first", "only_formal"),
    }


def _median(values: list[int]) -> float | None:
    return float(np.median(values)) if values else None


def _quadrant(row: dict[str, Any], much: float | None) -> str | None:
    """Whether much is said about it, and whether there is a course; None if either is withheld."""
    if row["social"] is None or row["formal"] is None or much is None:
        return None
    talk = "much_talk" if row["social"] >= much else "little_talk"
    return f"{talk}_{'with' if row['formal'] else 'no'}_course"


METRIC = Metric(
    name="topic_supply",
    question="On which topics are there courses, on which do people talk, and which comes first?",
    version="1",
    measure=measure,
)
