"""
M5: what people talk about, and what they talk about more than before.

A topic's prefix tells which rung of trust gave it: `tag:`, `category:`, or `topic:` for the
organisation's own vocabulary.

Spec: research/analytics.md 2.6.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

from analytics.adjusting import adjusted_p
from analytics.metrics import shared
from analytics.registry import Ask, Metric
from analytics.small_groups import Count, Key

_DAY = 86_400_000_000
_RECENT, _BEFORE = 28, 84  # days
_FEWEST_RISING = 10  # people
_Q = 0.10
_ABOUT = """
SELECT unnest(topics) AS topic, person, department, month, ts, question, vclass
FROM acts WHERE channel IN ('social', 'search') AND topics IS NOT NULL
"""
_TOPICS = """
SELECT topic, count(DISTINCT person) AS people, count(*) AS acts,
       count(*) FILTER (question) AS questions,
       count(DISTINCT person) FILTER (question) AS askers
FROM about WHERE ts >= $since GROUP BY topic ORDER BY topic"""
_MONTHS = """
SELECT topic, month, count(DISTINCT person) AS people, count(*) AS acts,
       count(*) FILTER (question) AS questions,
       count(DISTINCT person) FILTER (question) AS askers
FROM about WHERE ts >= $since GROUP BY topic, month ORDER BY topic, month"""
_SPREAD = f"""
SELECT topic, department, count(DISTINCT person) AS people, count(*) AS acts
FROM about WHERE ts >= $since AND department IS NOT NULL AND vclass IN {shared.CONTRIBUTIONS}
GROUP BY topic, department ORDER BY topic, department"""
_RISING = """
SELECT topic, count(*) FILTER (ts >= make_timestamp(CAST($recent AS BIGINT))) AS recent,
       count(*) FILTER (ts < make_timestamp(CAST($recent AS BIGINT))) AS before,
       count(DISTINCT person) FILTER (ts >= make_timestamp(CAST($recent AS BIGINT))) AS people,
       count(DISTINCT person) FILTER (ts < make_timestamp(CAST($recent AS BIGINT))) AS earlier
FROM about WHERE ts >= make_timestamp(CAST($before AS BIGINT)) GROUP BY topic ORDER BY topic"""
_COVERED = """
SELECT count(*) AS acts, count(topics) AS with_topic FROM acts
WHERE ts >= $since AND channel IN ('social', 'search')"""


def measure(ask: Ask) -> dict[str, Any]:
    """Topics by people, their months, and which are rising."""
    ask.facts.table("about", _ABOUT)
    whole = ask.facts.rows(_TOPICS)
    people = ask.counts.publish(
        {("topic", topic): Count(n, [topic], rank=1) for topic, n, *_ in whole}
    )
    told = [row for row in whole if people["topic", row[0]]]
    asked = _publish_askers(ask, told)
    months = _publish_months(ask, told, asked)
    spread = _spread(ask)
    [[acts, with_topic]] = ask.facts.rows(_COVERED)
    return {
        "coverage": shared.ratio(with_topic, acts),
        "withheld_topics": len(whole) - len(told),
        "topics": [
            {
                "topic": topic,
                "people": n,
                "acts": acts,
                "questions": questions if asked["askers", topic] is not None else None,
                **spread.get(topic, {"departments": 0, "entropy": None}),
                "months": months[topic],
            }
            for topic, n, acts, questions, _ in told
        ],
        **_rising(ask),
    }


def _publish_askers(ask: Ask, told: list[tuple[Any, ...]]) -> dict[Key, int | None]:
    """How many asked, and with that how many questions; neither they nor the others be few."""
    counts: dict[Key, Count] = {}
    for topic, n, _, _, askers in told:
        ask.counts.identity({topic: 1, ("asked", topic): -1, ("did not", topic): -1})
        ask.counts.secret(("did not", topic), Count(n - askers, [("did not", topic)]))
        counts["askers", topic] = Count(askers, [("asked", topic)])
    return ask.counts.publish(counts)


def _publish_months(
    ask: Ask, told: list[tuple[Any, ...]], asked: dict[Key, int | None]
) -> dict[str, list[dict[str, Any]]]:
    """
    A topic's months; the rest of the topic's people must not be few either.

    The acts of its months are told where all of its months are: those of the one month that is
    not could be taken from the sum. So are its questions, where all of its months' askers are, too.
    """
    people = {row[0]: row[1] for row in told}
    rows = [row for row in ask.facts.rows(_MONTHS) if row[0] in people]
    shown = set(shared.months_of(ask))
    counts: dict[Key, Count] = {}
    for topic, month, n, *_ in rows:
        ask.counts.identity({topic: 1, (topic, month): -1, ("not in", topic, month): -1})
        rest = Count(people[topic] - n, [("not in", topic, month)])
        ask.counts.secret(("not in", topic, str(month)), rest)
        if month in shown:
            counts["month", topic, str(month)] = Count(n, [(topic, month)])
    said = ask.counts.publish(counts)
    found: dict[str, list[dict[str, Any]]] = {topic: [] for topic in people}
    gaps = {topic for topic, month, *_ in rows if not said.get(("month", topic, str(month)))}
    quiet = gaps | _without_askers(ask, told, asked, [row for row in rows if row[0] not in gaps])
    for topic, month, _, acts, questions, _ in rows:
        if month in shown:
            row = {
                "month": shared.name(month),
                "people": said["month", topic, str(month)],
                "acts": None if topic in gaps else acts,
                "questions": None if topic in quiet else questions,
            }
            found[topic].append(row)
    return found


def _without_askers(
    ask: Ask,
    told: list[tuple[Any, ...]],
    asked: dict[Key, int | None],
    rows: list[tuple[Any, ...]],
) -> set[str]:
    """
    Topics whose askers are withheld, as a whole or in any of these months.

    In a month neither those who asked are few, nor those who did not, nor those who asked in
    others only.
    """
    askers = {row[0]: row[4] for row in told}
    counts: dict[Key, Count] = {}
    for topic, month, n, _, _, own in rows:
        here, silent = ("asked", topic, month), ("did not", topic, month)
        elsewhere = ("asked not in", topic, month)
        ask.counts.identity({(topic, month): 1, here: -1, silent: -1})
        ask.counts.identity({("asked", topic): 1, here: -1, elsewhere: -1})
        for key, few in ((silent, n - own), (elsewhere, askers[topic] - own)):
            ask.counts.secret((key[0], topic, str(month)), Count(few, [key]))
        counts["askers", topic, str(month)] = Count(own, [here])
    said = ask.counts.publish(counts)
    withheld = {key[1] for key, n in said.items() if n is None}
    return withheld | {topic for topic in askers if asked["askers", topic] is None}


def _spread(ask: Ask) -> dict[str, dict[str, Any]]:
    """In how many departments k or more contribute, and how evenly those do (0 to 1)."""
    acts: dict[str, list[int]] = defaultdict(list)
    for topic, _, people, n in ask.facts.rows(_SPREAD):
        if people >= ask.k:
            acts[topic].append(n)
    return {
        topic: {"departments": len(own), "entropy": _evenness(own)} for topic, own in acts.items()
    }


def _evenness(amounts: list[int]) -> float | None:
    total = sum(amounts)
    if len(amounts) < 2:  # noqa: PLR2004 - one is neither even nor uneven
        return None
    shares = [amount / total for amount in sorted(amounts)]
    return -math.fsum(share * math.log(share) for share in shares) / math.log(len(amounts))


def _rising(ask: Ask) -> dict[str, list[Any]]:
    """
    Topics whose rate of the last 28 days is above that of the 84 before, at q = .10.

    Exact for Poisson counts: given both together, the recent ones are binomial. Of topics that few
    spoke of before it is told that they came up, not by how much they rose.
    """
    from scipy.stats import binomtest

    until = ask.facts.window.until
    recent = until - _RECENT * _DAY
    since = {"recent": recent, "before": recent - _BEFORE * _DAY}
    fewest = max(_FEWEST_RISING if ask.k > 1 else 1, ask.k)
    rows = [row for row in ask.facts.rows(_RISING, since) if row[3] >= fewest]
    share = _RECENT / (_RECENT + _BEFORE)
    p = [
        float(binomtest(now, now + before, share, alternative="greater").pvalue)
        for _, now, before, *_ in rows
    ]
    found: dict[str, list[Any]] = {"rising": [], "came_up": []}
    for (topic, now, before, _, earlier), q in zip(rows, adjusted_p(p), strict=True):
        if q <= _Q and earlier >= ask.k:
            ratio = (now / _RECENT) / (before / _BEFORE)
            found["rising"].append({"topic": topic, "rate_ratio": ratio, "p_adjusted": q})
        elif q <= _Q:
            found["came_up"].append(topic)
    return found


METRIC = Metric(
    name="topics",
    question="What do people talk about, and what more than before?",
    version="2",
    measure=measure,
)
