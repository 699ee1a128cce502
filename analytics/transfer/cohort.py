"""
Who completed which training, when, and what is known of them before: learner × training.

Everything here is fixed at the completion c, so that none of it can follow from the exposure.

Spec: research/analytics.md 3.2 (unit), 3.4 (covariates).
"""

from __future__ import annotations

from analytics.facts.reading import Facts
from analytics.metrics.shared import COMPLETIONS, CONTRIBUTIONS

# The first completion only; a person is in a programme once, whatever else of it is completed.
_COHORT = """
CREATE TEMP TABLE cohort AS
SELECT k.training, a.person, min(a.ts) AS c, arg_min(a.id, (a.ts, a.id)) AS id,
       arg_min(a.department, (a.ts, a.id)) AS department,
       min(a.ts) - to_microseconds(any_value(w.baseline)) AS opened,
       min(a.ts) + to_microseconds(any_value(w.exposure)) AS landmark,
       min(a.ts) + to_microseconds(any_value(w.exposure) + any_value(w.outcome)) AS matured
FROM acts AS a JOIN courses AS k USING (object) JOIN spans AS w USING (training)
WHERE a.action IN {completions}
GROUP BY k.training, a.person"""

# Which social contributions are on which training's topic.
_SPOKEN = """
CREATE TEMP TABLE spoken AS
SELECT DISTINCT s.training, a.id, a.person, a.ts, a.object, a.thread
FROM acts AS a, unnest(a.topics) AS t (topic) JOIN subjects AS s USING (topic)
WHERE a.channel = 'social' AND a.vclass IN {contributions}"""

# Scores are added as decimals: the sum of doubles depends on the number of threads.
_SCORES = """
CREATE TEMP TABLE earlier_scores AS
SELECT u.training, u.person,
       CAST(sum(CAST(a.score AS DECIMAL(18, 9))) FILTER (k.object IS NULL AND a.ts < u.c) AS DOUBLE)
           / nullif(count(a.score) FILTER (k.object IS NULL AND a.ts < u.c), 0) AS prior_score,
       count(DISTINCT a.object) FILTER (k.object IS NULL AND a.ts < u.c
           AND a.action IN {completions}) AS prior_trainings,
       arg_max(a.score, (a.ts, a.id)) FILTER (k.object IS NOT NULL AND a.score IS NOT NULL)
           AS formal_score
FROM cohort AS u JOIN acts AS a ON a.person = u.person AND a.ts <= u.c AND a.channel = 'formal'
LEFT JOIN courses AS k ON k.training = u.training AND k.object = a.object
GROUP BY u.training, u.person"""

_BEFORE = """
CREATE TEMP TABLE acts_before AS
SELECT u.training, u.person, count(*) AS social_before
FROM cohort AS u JOIN acts AS a
    ON a.person = u.person AND a.ts >= u.opened AND a.ts < u.c AND a.channel = 'social'
GROUP BY u.training, u.person"""

_TOPIC_BEFORE = """
CREATE TEMP TABLE topic_before AS
SELECT u.training, u.person, count(*) AS topic_before
FROM cohort AS u JOIN spoken AS s
    ON s.training = u.training AND s.person = u.person AND s.ts >= u.opened AND s.ts < u.c
GROUP BY u.training, u.person"""

_SEEN = """
CREATE TEMP TABLE began AS
SELECT person, min(ts) AS began FROM acts SEMI JOIN cohort USING (person) GROUP BY person"""
_EMPLOYED = "CREATE TEMP TABLE employed AS SELECT person, min(since) AS began FROM {} GROUP BY 1"
_NO_ROSTER = (
    "(SELECT CAST(NULL AS BIGINT) AS person, CAST(NULL AS TIMESTAMP) AS since, "
    "CAST(NULL AS VARCHAR) AS role, CAST(NULL AS BIGINT) AS manager WHERE false)"
)
_ROLES = """
CREATE TEMP TABLE roles AS
SELECT u.training, u.person, arg_max(r.role, r.since) AS role,
       arg_max(r.manager, r.since) AS manager
FROM cohort AS u JOIN {roster} AS r ON r.person = u.person AND r.since <= u.c
GROUP BY u.training, u.person"""


def make_cohort(facts: Facts) -> None:
    """The temporary tables of completions and of what was before; needs `setting.make_tables`."""
    roster = "roster" if facts.has_roster() else _NO_ROSTER
    for query in (
        _COHORT.format(completions=COMPLETIONS),
        _SPOKEN.format(contributions=CONTRIBUTIONS),
        _SCORES.format(completions=COMPLETIONS),
        _BEFORE,
        _TOPIC_BEFORE,
        _SEEN,
    ):
        facts.run(query)
    facts.run(_EMPLOYED.format(roster))
    facts.run(_ROLES.format(roster=roster))
