"""
Transfer evidence: what Statements say of whether it is applied, as one value a unit.

The actor of an evidence Statement is the learner it is about. A score is 0 to 1; where an Activity
has negative ones, all its scores are -1 to 1 and are mapped. Without a score `success` counts.
Evidence in the exposure window is no outcome (landmark). No evidence is missing, never zero.

Spec: research/analytics.md 3.2, 3.3.
"""

from __future__ import annotations

from analytics.facts.reading import Facts

_EVIDENCE = """
CREATE TEMP TABLE evidence AS
WITH told AS (
    SELECT p.training, p.kpi, a.person, a.department, a.month, a.id, a.ts, a.stored, a.object,
           a.score, a.raw, a.success,
           min(a.score) OVER (PARTITION BY p.training, a.object) < 0 AS has_negatives
    FROM acts AS a JOIN proofs AS p ON p.object = a.object AND (p.verb IS NULL OR p.verb = a.verb)
)
SELECT training, person, department, month, id, ts, stored, object, kpi,
       CASE WHEN kpi THEN coalesce(raw, score)
            WHEN score IS NOT NULL AND has_negatives THEN least(greatest((score + 1) / 2, 0), 1)
            WHEN score IS NOT NULL THEN least(greatest(score, 0), 1)
            WHEN success IS NOT NULL THEN CAST(success AS DOUBLE) END AS value
FROM told"""

# In order of size: the sum of doubles depends on their order, and a KPI may be of any size.
_MEAN = "list_avg(list(e.value ORDER BY e.value))"
_WITHIN = """FROM cohort AS u JOIN evidence AS e ON e.training = u.training AND e.person = u.person
WHERE e.value IS NOT NULL AND ((e.ts >= u.opened AND e.ts < u.c)
                               OR (e.ts > u.landmark AND e.ts <= u.matured))"""

# The mean of all Statements before the completion, and of those in the outcome window.
_SCORES = f"""
CREATE TEMP TABLE scores AS
SELECT u.training, u.person, e.ts > u.c AS after, {_MEAN} AS value
{_WITHIN} AND NOT e.kpi GROUP BY ALL"""

# A figure is compared with the same figure before; each KPI has a level of its own.
_LEVELS = f"""
CREATE TEMP TABLE levels AS
SELECT u.training, u.person, e.object, e.ts > u.c AS after, {_MEAN} AS value
{_WITHIN} AND e.kpi GROUP BY ALL"""

# The spread of a KPI is that of people's means before, among those of one role.
_SPREAD = """
CREATE TEMP TABLE spreads AS
SELECT t.training, t.object, r.role, count(*) AS n,
       list_avg(list(t.value ORDER BY t.value)) AS mean,
       list_stddev_samp(list(t.value ORDER BY t.value)) AS sd
FROM levels AS t LEFT JOIN roles AS r USING (training, person) WHERE NOT t.after
GROUP BY GROUPING SETS ((t.training, t.object), (t.training, t.object, r.role))"""

# People whose role is not known are a group without a role as well: all are the largest such.
_OF_ALL = """
CREATE TEMP TABLE spread_of_all AS
SELECT training, object, arg_max(mean, n) AS mean, arg_max(sd, n) AS sd
FROM spreads WHERE role IS NULL GROUP BY training, object"""

_FIGURES = """
CREATE TEMP TABLE figures AS
WITH pairs AS (
    SELECT b.training, b.person, b.object, a.value - b.value AS change
    FROM levels AS b JOIN levels AS a USING (training, person, object)
    WHERE NOT b.after AND a.after
), judged AS (
    SELECT p.training, p.person,
           p.change / nullif(coalesce(own.sd, every.sd), 0) AS value
    FROM pairs AS p LEFT JOIN roles AS r USING (training, person)
    LEFT JOIN spreads AS own ON own.training = p.training AND own.object = p.object
        AND own.role = r.role AND own.n >= 10 AND own.sd > 0
    LEFT JOIN spread_of_all AS every ON every.training = p.training AND every.object = p.object
)
SELECT training, person, list_avg(list(value ORDER BY value)) AS value
FROM judged WHERE value IS NOT NULL GROUP BY training, person"""

_OUTCOMES = """
CREATE TEMP TABLE outcomes AS
SELECT u.training, u.person, coalesce(s.value, f.value) AS transfer, b.value AS evidence_before
FROM cohort AS u
LEFT JOIN scores AS s ON s.training = u.training AND s.person = u.person AND s.after
LEFT JOIN scores AS b ON b.training = u.training AND b.person = u.person AND NOT b.after
LEFT JOIN figures AS f ON f.training = u.training AND f.person = u.person"""

UNUSED = """
SELECT count(*) FILTER (value IS NULL) AS without_value, count(*) AS statements
FROM evidence WHERE training = $training"""


def make_outcomes(facts: Facts) -> None:
    """The temporary tables `evidence` and `outcomes`; needs `cohort.make_cohort`."""
    for query in (_EVIDENCE, _SCORES, _LEVELS, _SPREAD, _OF_ALL, _FIGURES, _OUTCOMES):
        facts.run(query)
