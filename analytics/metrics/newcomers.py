"""
How newcomers are received: whether their first post got a reply, and whether they posted again.

The two shares stand beside each other and show no more than that they went together: those whose
post was answered may have written another kind of post (Joyce and Kraut 2006; research 1).
"""

from __future__ import annotations

from typing import Any

from analytics.metrics import shared
from analytics.registry import Ask, Metric
from analytics.small_groups import Count, Key

_DAY = 86_400_000_000
_REPLY_DAYS, _AGAIN_DAYS = 7, 28
# Only newcomers whose weeks of waiting and of coming back are wholly behind us.
_NEWCOMERS = f"""
WITH wrote AS (
    SELECT person, id, ts FROM acts WHERE channel = 'social' AND vclass IN {shared.CONTRIBUTIONS}
), first AS (
    SELECT person, min(ts) AS ts FROM wrote GROUP BY person
), answered AS (
    SELECT DISTINCT f.person FROM first AS f JOIN interactions AS i ON i.target = f.person
    WHERE i.layer = 'reply' AND i.fate = 'kept'
      AND i.ts BETWEEN f.ts AND f.ts + INTERVAL {_REPLY_DAYS} DAY
), again AS (
    SELECT DISTINCT f.person FROM first AS f JOIN wrote AS w USING (person)
    WHERE w.ts > f.ts + INTERVAL {_REPLY_DAYS} DAY
      AND w.ts <= f.ts + INTERVAL {_REPLY_DAYS + _AGAIN_DAYS} DAY
)
SELECT f.person IN (SELECT person FROM answered) AS answered,
       f.person IN (SELECT person FROM again) AS again, count(*) AS n
FROM first AS f
WHERE f.ts >= $since AND f.ts < make_timestamp(CAST($mature AS BIGINT)) GROUP BY ALL ORDER BY ALL"""


def measure(ask: Ask) -> dict[str, Any]:
    """Newcomers with and without a reply within 7 days, and who wrote again in the 28 after."""
    ask.facts.interactions()
    window = ask.facts.window
    mature = min(window.until, window.cutoff + 1) - (_REPLY_DAYS + _AGAIN_DAYS) * _DAY
    sizes = {
        (bool(answered), bool(again)): n
        for answered, again, n in ask.facts.rows(_NEWCOMERS, {"mature": mature})
    }
    counts: dict[Key, Count] = {}
    for answered in (True, False):
        own = [sizes.get((answered, again), 0) for again in (True, False)]
        atoms = [(answered, again) for again in (True, False)]
        ask.counts.secret(("not again", str(answered)), Count(own[1], atoms[1:]))
        counts["newcomers", str(answered)] = Count(sum(own), atoms, rank=1)
        counts["again", str(answered)] = Count(own[0], atoms[:1])
    said = ask.counts.publish(counts)
    return {
        name: {
            "newcomers": said["newcomers", str(answered)],
            "posted_again": shared.ratio(
                said["again", str(answered)], said["newcomers", str(answered)]
            ),
        }
        for name, answered in (("answered", True), ("unanswered", False))
    }


METRIC = Metric(
    name="newcomers",
    question="How are newcomers received, and do they post again?",
    version="1",
    measure=measure,
)
