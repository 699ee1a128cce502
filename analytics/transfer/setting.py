"""A declared programme as queries take it: codes, windows in µs, and what one outcome is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analytics.facts.projection import code
from analytics.facts.reading import Facts
from lrs.domain.programmes import Declared, Evidence, Grade, Programme, evidence_of

DAY = 86_400_000_000
Scale = Literal["score", "kpi"]


@dataclass(frozen=True)
class Setting:
    """
    What a programme means for its units.

    Args:
        number: Its place among the programmes that are read together, from 0.
        declared: The version.
        evidence: All that is declared, the answers to its pulses included.
        grade: Of the one outcome that counts; None where no evidence is declared.
        used: The evidence of that grade on one scale.
        scale: `score`, 0 to 1; or `kpi`, in standard deviations of the role.
    """

    number: int
    declared: Declared
    evidence: tuple[Evidence, ...]
    grade: Grade | None
    used: tuple[Evidence, ...]
    scale: Scale

    @property
    def programme(self) -> Programme:
        return self.declared.programme

    @property
    def matures(self) -> int:
        """µs from the completion to the end of the outcome window."""
        return (self.programme.windows.exposure + self.programme.windows.outcome) * DAY


def setting_of(number: int, declared: Declared) -> Setting:
    """The primary grade as declared, else the best there is; figures only where all are figures."""
    evidence = evidence_of(declared.programme)
    grades = sorted({one.grade for one in evidence})
    grade = declared.programme.primary or (grades[0] if grades else None)
    own = tuple(one for one in evidence if one.grade == grade)
    scores = tuple(one for one in own if not one.kpi)
    return Setting(
        number, declared, evidence, grade, scores or own, "score" if scores or not own else "kpi"
    )


def make_tables(facts: Facts, settings: Sequence[Setting]) -> None:
    """
    The temporary tables `courses`, `subjects`, `proofs` and `spans` (by `training`, a number).

    `subjects` has every spelling of a topic: as it is declared, and as a tag or a topic of the
    vocabulary.
    """
    courses, subjects, proofs, spans = [], [], [], []
    for one in settings:
        courses += [(one.number, code(activity)) for activity in one.programme.activities]
        subjects += [
            (one.number, spelled) for topic in one.programme.topics for spelled in spellings(topic)
        ]
        proofs += [(one.number, code(each.activity), each.verb, each.kpi) for each in one.used]
        windows = one.programme.windows
        days = (windows.baseline, windows.exposure, windows.outcome)
        spans.append((one.number, *(length * DAY for length in days)))
    _table(facts, "courses", "training INTEGER, object BIGINT", courses)
    _table(facts, "subjects", "training INTEGER, topic VARCHAR", subjects)
    _table(facts, "proofs", "training INTEGER, object BIGINT, verb VARCHAR, kpi BOOLEAN", proofs)
    columns = "training INTEGER, baseline BIGINT, exposure BIGINT, outcome BIGINT"
    _table(facts, "spans", columns, spans)


def spellings(topic: str) -> tuple[str, ...]:
    """How facts may spell a topic: with its rung (2.6), or as it was given."""
    return tuple(dict.fromkeys((topic, f"topic:{topic}", f"tag:{topic.casefold()}")))


def _table(facts: Facts, name: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
    facts.run(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
    for row in dict.fromkeys(rows):
        values = {f"v{place}": value for place, value in enumerate(row)}
        facts.run(f"INSERT INTO {name} VALUES (${', $'.join(values)})", values)  # noqa: S608
