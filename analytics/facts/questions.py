"""
Questions with their first answers, and searches in sessions, as tables of a reading.

Spec: research/analytics.md 2.7.
"""

from __future__ import annotations

FIRST_ANSWERS = """
WITH asked AS (
    SELECT id, ts, person, department, object, thread, topics,
           row_number() OVER (PARTITION BY person ORDER BY ts, id) = 1 AS first
    FROM acts WHERE channel = 'social' AND question AND part = 0
), openers AS (
    SELECT thread, arg_min(id, place) AS opener FROM acts
    WHERE channel = 'social' AND thread IS NOT NULL
          AND vclass IN ('create', 'ask', 'answer', 'comment')
    GROUP BY thread
), said AS (
    SELECT id, ts, person, object, parent, thread, refers FROM acts
    WHERE channel = 'social' AND vclass IN ('answer', 'comment')
), replies AS (
    SELECT q.id AS question, s.* FROM asked AS q JOIN said AS s ON s.parent = q.object
    UNION ALL
    SELECT q.id, s.* FROM asked AS q JOIN said AS s ON s.object = q.object
    UNION ALL
    SELECT q.id, s.* FROM asked AS q JOIN said AS s ON s.refers = q.id
    UNION ALL
    SELECT q.id, s.* FROM asked AS q JOIN openers AS o ON o.opener = q.id
    JOIN said AS s ON s.thread = o.thread
), answers AS (
    SELECT r.question, r.ts, r.object FROM replies AS r JOIN asked AS q ON q.id = r.question
    WHERE r.id <> q.id AND r.person <> q.person AND r.ts >= q.ts
), thanked AS (
    SELECT DISTINCT a.question FROM answers AS a JOIN asked AS q ON q.id = a.question
    JOIN acts AS l ON l.object = a.object
    WHERE l.channel = 'social' AND l.ts >= a.ts
      AND (l.action = 'accept' OR (l.action = 'like' AND l.person = q.person))
), gone AS (
    SELECT object, min(ts) AS deleted FROM acts
    WHERE action = 'delete' AND object IS NOT NULL GROUP BY object
)
SELECT q.id, q.ts, q.person, q.department, coalesce(q.topics, []) AS topics, q.first,
       a.answered, g.deleted, q.id IN (SELECT question FROM thanked) AS resolved
FROM asked AS q
LEFT JOIN (SELECT question, min(ts) AS answered FROM answers GROUP BY question) AS a
    ON a.question = q.id
LEFT JOIN gone AS g ON g.object = q.object AND g.deleted >= q.ts
"""

# A session ends with 30 minutes without a search by the same person in the same place.
SESSIONS = """
WITH searches AS (
    SELECT person, source, ts, id, hits, query,
           coalesce(ts - lag(ts) OVER w > INTERVAL 30 MINUTE, true) AS starts
    FROM acts WHERE vclass = 'search' AND ts >= $since
    WINDOW w AS (PARTITION BY person, source ORDER BY ts, id)
), numbered AS (
    SELECT *, sum(CAST(starts AS INTEGER))
              OVER (PARTITION BY person, source ORDER BY ts, id ROWS UNBOUNDED PRECEDING) AS session
    FROM searches
), ended AS (
    SELECT person, source, session, max(ts) AS last, count(DISTINCT query) AS queries,
           count(hits) AS counted, count(*) FILTER (hits = 0) AS empty
    FROM numbered GROUP BY person, source, session
), looked AS (
    SELECT person, ts FROM acts WHERE vclass IN ('view', 'formal_start') AND ts >= $since
)
SELECT e.person, e.queries, e.counted, e.empty,
       coalesce(l.ts <= e.last + INTERVAL 30 MINUTE, false) AS opened
FROM ended AS e ASOF LEFT JOIN looked AS l ON l.person = e.person AND l.ts >= e.last
"""
