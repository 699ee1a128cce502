"""
Who acted towards whom: one row for each act towards another person.

Whom an act is towards is found when it is asked, not when it is stored, for the author of what is
replied to may become known later. In this order: who is named as answered or followed; the actor
of the Statement referred to; the author of the parent; the author of the object itself, unless
the act itself made it; and, for a reply to a whole thread, whoever opened it. The author is who
first wrote or edited it. Acts towards oneself and towards nobody known are kept, with that `fate`,
to be counted.

Spec: research/analytics.md 2.0 (`reply_to`), 2.5 (layers).
"""

from __future__ import annotations

INTERACTIONS = """
WITH written AS (
    SELECT person, object, thread, vclass, place, id FROM acts
    WHERE vclass IN ('create', 'ask', 'answer', 'comment', 'edit')
), authors AS (
    SELECT object, arg_min(person, place) AS author, arg_min(id, place) AS first
    FROM written
    WHERE object IS NOT NULL GROUP BY object
), openers AS (
    SELECT thread, arg_min(person, place) AS opener FROM written
    WHERE thread IS NOT NULL AND vclass IN ('create', 'ask') GROUP BY thread
), social AS (
    SELECT id, part, ts, month, day, person, department, vclass, refers, object, parent, thread,
           towards
    FROM acts WHERE channel = 'social' AND vclass IN ('comment', 'answer', 'react', 'share')
), actors AS (
    SELECT a.id, a.person, a.object FROM acts AS a
    SEMI JOIN (SELECT refers FROM social WHERE refers IS NOT NULL) AS r ON r.refers = a.id
    WHERE a.part = 0
), aimed AS (
    SELECT s.*, CASE
        WHEN s.vclass IN ('react', 'share')
        THEN coalesce(s.towards, r.person, o.author, ro.author)
        ELSE coalesce(s.towards, r.person, p.author,
                      CASE WHEN o.first <> s.id THEN o.author END,
                      CASE WHEN s.parent IS NULL OR s.parent = s.thread THEN t.opener END)
        END AS target
    FROM social AS s
    LEFT JOIN actors AS r ON r.id = s.refers
    LEFT JOIN authors AS p ON p.object = s.parent
    LEFT JOIN authors AS o ON o.object = s.object
    LEFT JOIN authors AS ro ON ro.object = r.object
    LEFT JOIN openers AS t ON t.thread = s.thread
), all_layers AS (
    SELECT id, ts, month, day, person AS source, department, target,
           CASE vclass WHEN 'react' THEN 'react' WHEN 'share' THEN 'share' ELSE 'reply' END AS layer
    FROM aimed
    UNION ALL
    SELECT id, ts, month, day, person, department, unnest(mentions), 'mention'
    FROM acts WHERE channel = 'social' AND mentions IS NOT NULL
)
SELECT *, CASE WHEN target IS NULL THEN 'unresolved' WHEN target = source THEN 'self'
               ELSE 'kept' END AS fate
FROM all_layers
"""
