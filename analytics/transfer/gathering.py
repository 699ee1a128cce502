"""Units from facts: one row per learner × training, complete but for what nobody knows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analytics.facts.reading import Facts
from analytics.transfer.cohort import make_cohort
from analytics.transfer.exposure import make_exposure
from analytics.transfer.outcome import make_outcomes
from analytics.transfer.setting import Setting, make_tables

if TYPE_CHECKING:
    import pandas as pd

_UNITS = """
SELECT u.training, u.person, epoch_us(u.c) AS c, epoch_us(u.matured) AS matured,
       CAST(year(u.c) * 12 + month(u.c) - 1 AS INTEGER) AS month,
       coalesce(u.department, '') AS department, coalesce(r.role, '') AS role,
       coalesce(CAST(r.manager AS VARCHAR), '') AS manager,
       x.acts, x.contributions, x.partners, x.offtopic, x.near, x.active AS near_active,
       s.prior_score, s.formal_score, coalesce(s.prior_trainings, 0) AS prior_trainings,
       coalesce(b.social_before, 0) AS social_before, coalesce(t.topic_before, 0) AS topic_before,
       epoch_us(u.c) - epoch_us(coalesce(CASE WHEN m.began <= u.c THEN m.began END, w.began))
           AS there_for,
       y.transfer, y.evidence_before
FROM cohort AS u
JOIN exposure AS x USING (training, person)
JOIN outcomes AS y USING (training, person)
JOIN began AS w USING (person)
LEFT JOIN employed AS m USING (person)
LEFT JOIN roles AS r USING (training, person)
LEFT JOIN earlier_scores AS s USING (training, person)
LEFT JOIN acts_before AS b USING (training, person)
LEFT JOIN topic_before AS t USING (training, person)
ORDER BY u.training, u.person"""

# Every Statement that a unit's row rests on.
_USED = """
CREATE TEMP TABLE rests_on AS
SELECT training, id FROM cohort
UNION SELECT training, id FROM own_acts
UNION SELECT training, id FROM received
UNION SELECT e.training, e.id FROM evidence AS e
JOIN cohort AS u USING (training, person)
WHERE (e.ts >= u.opened AND e.ts < u.c) OR (e.ts > u.landmark AND e.ts <= u.matured)"""
_DIGEST = """
SELECT count(*), coalesce(CAST(bit_xor(md5_number(CAST(id AS VARCHAR))) AS VARCHAR), '0')
FROM rests_on WHERE training = $training"""
_IDS = """
SELECT CAST(id AS VARCHAR) FROM rests_on WHERE training = $training
ORDER BY id LIMIT CAST($most AS BIGINT)"""
_TOPIC = """
SELECT o.person, count(DISTINCT o.id) AS acts FROM own_acts AS o JOIN acts AS a
    ON a.id = o.id AND a.person = o.person
WHERE o.training = $training AND list_has_any(a.topics, CAST($topics AS VARCHAR[]))
GROUP BY o.person ORDER BY o.person"""


def gather(facts: Facts, settings: Sequence[Setting]) -> pd.DataFrame:
    """
    One row per learner × training of all programmes, ordered; `transfer` is NaN without evidence.

    Times are µs; `person` is the facts' code.
    """
    import numpy as np
    import pandas as pd

    make_tables(facts, settings)
    make_cohort(facts)
    make_exposure(facts)
    make_outcomes(facts)
    facts.run(_USED)
    found = facts.columns(_UNITS)
    frame = pd.DataFrame(
        {
            name: values.filled(np.nan) if isinstance(values, np.ma.MaskedArray) else values
            for name, values in found.items()
        }
    )
    for name in ("prior_score", "formal_score", "transfer", "evidence_before"):
        frame[name] = frame[name].astype(float)
    return frame


def statements(facts: Facts, setting: Setting) -> dict[str, object]:
    """Count and digest of the Statements that a programme's units rest on."""
    [(count, digest)] = facts.rows(_DIGEST, {"training": setting.number})
    return {"count": int(count), "digest": f"{int(digest):032x}"}


def statement_ids(facts: Facts, setting: Setting, most: int) -> list[str]:
    """The first of their ids, ascending."""
    return [one for [one] in facts.rows(_IDS, {"training": setting.number, "most": most})]


def acts_on(facts: Facts, setting: Setting, topics: Sequence[str]) -> dict[int, int]:
    """Contributions in the exposure window by person, on some of a programme's topics only."""
    asked = {"training": setting.number, "topics": list(topics)}
    return {int(person): int(acts) for person, acts in facts.rows(_TOPIC, asked)}


def pseudonym(person: int, seed: int) -> str:
    """
    A learner's name in an exported table: the same in all programmes of a run with this seed.

    Not the facts' code: that can be worked out from a known identifier.
    """
    digest = hashlib.blake2b(f"{seed}:{person}".encode(), digest_size=6).hexdigest()
    return f"L{digest}"
