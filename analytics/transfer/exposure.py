"""
What learners did with others about a training's topic, right after they completed it.

An act is a contribution on the topic in the exposure window (c, c + exposure], or a reply that is
received in it to an own contribution on the topic, however old: so that no act is no exposure.
What a course required (`formal_embedded`) is no exposure.

Spec: research/analytics.md 3.4; 3.1 (interference).
"""

from __future__ import annotations

from analytics.facts.reading import Facts
from analytics.metrics.shared import CONTRIBUTIONS

_OWN = """
CREATE TEMP TABLE own_acts AS
SELECT u.training, u.person, s.id FROM cohort AS u JOIN spoken AS s
    ON s.training = u.training AND s.person = u.person AND s.ts > u.c AND s.ts <= u.landmark"""

# The contribution that is replied to: by its own reference, as the parent, or as the thread.
_RECEIVED = """
CREATE TEMP TABLE received AS
SELECT DISTINCT u.training, u.person, i.id, i.source
FROM interactions AS i JOIN cohort AS u
    ON u.person = i.target AND i.ts > u.c AND i.ts <= u.landmark
JOIN (SELECT id, min(parent) AS parent, min(thread) AS thread, min(refers) AS refers
      FROM acts WHERE part = 0 GROUP BY id) AS a ON a.id = i.id
JOIN spoken AS s ON s.training = u.training AND s.person = u.person AND s.ts < i.ts
    AND (s.id = a.refers OR s.object = coalesce(a.parent, a.thread))
WHERE i.layer = 'reply' AND i.fate = 'kept'"""

_PARTNERS = """
CREATE TEMP TABLE partners AS
SELECT training, person, count(DISTINCT partner) AS partners FROM (
    SELECT training, person, source AS partner FROM received
    UNION ALL
    SELECT o.training, o.person, i.target FROM own_acts AS o
    JOIN interactions AS i ON i.id = o.id AND i.source = o.person AND i.fate = 'kept'
) GROUP BY training, person"""

# Other topics, not no topic: of a post without one nobody knows what it is about.
_OFFTOPIC = """
CREATE TEMP TABLE offtopic AS
SELECT DISTINCT u.training, u.person
FROM cohort AS u JOIN acts AS a ON a.person = u.person AND a.ts > u.c AND a.ts <= u.landmark
ANTI JOIN spoken AS s ON s.training = u.training AND s.person = u.person AND s.id = a.id
WHERE a.channel = 'social' AND a.vclass IN {contributions} AND len(a.topics) > 0"""

# With whom somebody dealt before the completion, and how many of those spoke of the topic after it.
_NEIGHBOURS = """
CREATE TEMP TABLE neighbours AS
WITH ties AS (
    SELECT source AS person, target AS other, ts FROM interactions
    WHERE fate = 'kept' AND layer IN ('reply', 'mention')
    UNION ALL
    SELECT target, source, ts FROM interactions
    WHERE fate = 'kept' AND layer IN ('reply', 'mention')
), near AS (
    SELECT DISTINCT u.training, u.person, t.other, u.c, u.landmark FROM cohort AS u
    JOIN ties AS t ON t.person = u.person AND t.ts >= u.opened AND t.ts < u.c
), active AS (
    SELECT DISTINCT n.training, n.person, n.other FROM near AS n JOIN spoken AS s
        ON s.training = n.training AND s.person = n.other AND s.ts > n.c AND s.ts <= n.landmark
)
SELECT n.training, n.person, count(*) AS near, count(a.other) AS active
FROM near AS n LEFT JOIN active AS a USING (training, person, other)
GROUP BY n.training, n.person"""

_EXPOSURE = """
CREATE TEMP TABLE exposure AS
SELECT u.training, u.person, coalesce(o.n, 0) + coalesce(r.n, 0) AS acts,
       coalesce(o.n, 0) AS contributions, coalesce(p.partners, 0) AS partners,
       b.person IS NOT NULL AS offtopic,
       coalesce(n.near, 0) AS near, coalesce(n.active, 0) AS active
FROM cohort AS u
LEFT JOIN (SELECT training, person, count(*) AS n FROM own_acts GROUP BY ALL) AS o
    USING (training, person)
LEFT JOIN (SELECT training, person, count(DISTINCT id) AS n FROM received GROUP BY ALL) AS r
    USING (training, person)
LEFT JOIN partners AS p USING (training, person)
LEFT JOIN offtopic AS b USING (training, person)
LEFT JOIN neighbours AS n USING (training, person)"""


def make_exposure(facts: Facts) -> None:
    """The temporary table `exposure`; needs `cohort.make_cohort`."""
    facts.interactions()
    offtopic = _OFFTOPIC.format(contributions=CONTRIBUTIONS)
    for query in (_OWN, _RECEIVED, _PARTNERS, offtopic, _NEIGHBOURS, _EXPOSURE):
        facts.run(query)
