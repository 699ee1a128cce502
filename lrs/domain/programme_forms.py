"""
Programmes as people write them, and back: plain mappings as YAML, JSON and pages have them.

    id: feedback-2026
    name: {en: Giving feedback, nl: Feedback geven}
    activities: [https://lms.example/course/42]
    evidence: [{activity: https://hr.example/audit, grade: A}]
    windows: {baseline: 90, exposure: 30, outcome: 90}

`programme` is strict: what a typing error would silently leave out of an analysis is refused.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, get_args

from lrs.domain import timestamps
from lrs.domain.forms import Form
from lrs.domain.programmes import (
    PULSE_GRADES,
    Declared,
    Evidence,
    Grade,
    Invitations,
    Opening,
    Programme,
    Pulses,
    Windows,
)

Json = dict[str, Any]

FIELDS = tuple(Programme.__slots__)
GRADES: tuple[str, ...] = get_args(Grade)
ASKED = ("learner", "supervisor")
UNITS = ("person", "department")
SKILLS = ("open", "closed")
LARGEST_SEED = 2**32 - 1  # what generators of random numbers take
_MOST_DAYS = 3_650


def programme(value: object) -> Programme:
    """
    The programme of a mapping.

    Args:
        value: Of parsed YAML or JSON. Times are days or timestamps; fields that are missing or
            null are as `Programme` has them.

    Raises:
        BadForm: Naming every field that is unknown, missing or wrong.
    """
    form = Form(value, FIELDS)
    found = Programme(
        id=form.short_name("id"),
        name=form.names("name"),
        activities=form.iris("activities"),
        topics=form.short_names("topics"),
        evidence=_evidence(form),
        primary=form.choice("primary", GRADES) if form.has("primary") else None,
        binary=form.share("binary", 0.6),
        skill=form.choice("skill", SKILLS, "open"),
        windows=_windows(form),
        pulses=_pulses(form),
        openings=_openings(form),
        invitations=_invitations(form),
        seed=form.whole("seed", 1, 0, LARGEST_SEED),
    )
    if not found.name:
        form.fault("name", "this is needed, in en or nl")
    if not found.activities:
        form.fault("activities", "at least one Activity is needed")
    if found.primary and _grades(found) and found.primary not in _grades(found):
        form.fault("primary", "no evidence of this grade is declared")
    form.checked()
    return found


def shown(programme: Programme) -> Json:
    """The mapping of a programme, with everything that was left out; `programme` reads it back."""
    plain: Json = asdict(programme)
    for opening in plain["openings"]:
        opening["at"] = timestamps.text(opening["at"])
    if programme.invitations:
        at = programme.invitations.at
        plain["invitations"]["at"] = timestamps.text(at) if at else None
    found: Json = _with_lists(plain)
    return found


def told(declared: Declared) -> Json:
    """A version with when, by whom and after what it was declared."""
    return {
        "id": declared.programme.id,
        "version": declared.version,
        "declared": timestamps.text(declared.at),
        "by": declared.by,
        "declared_after_results": declared.after_results,
        "programme": shown(declared.programme),
    }


def _evidence(form: Form) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for one in form.forms("evidence", ("activity", "grade", "verb", "kpi")):
        each = Evidence(
            one.iri("activity"),
            one.choice("grade", GRADES),
            one.iri("verb") if one.has("verb") else None,
            one.flag("kpi"),
        )
        if each.activity and any(_meet(each, other) for other in found):
            one.fault("activity", "other evidence takes the same Statements")
        if each.kpi and each.grade != "A":
            one.fault("kpi", "a KPI is objective evidence: grade A")
        found.append(each)
    return tuple(found)


def _meet(one: Evidence, other: Evidence) -> bool:
    """Whether a Statement may be evidence by both."""
    verbs_meet = None in (one.verb, other.verb) or one.verb == other.verb
    return one.activity == other.activity and verbs_meet


def _grades(found: Programme) -> set[str]:
    """The grades of all evidence that there can be: what is asked by mail is evidence too."""
    asked = found.pulses.ask if found.pulses.days else ()
    return {one.grade for one in found.evidence} | {PULSE_GRADES[one] for one in asked}


def _windows(form: Form) -> Windows:
    inner = form.form("windows", ("baseline", "exposure", "outcome"))
    if inner is None:
        return Windows()
    return Windows(
        inner.whole("baseline", 90, 1, _MOST_DAYS),
        inner.whole("exposure", 30, 1, _MOST_DAYS),
        inner.whole("outcome", 90, 1, _MOST_DAYS),
    )


def _pulses(form: Form) -> Pulses:
    inner = form.form("pulses", ("days", "ask", "share", "remind", "expire"))
    if inner is None:
        return Pulses()
    found = Pulses(
        days=inner.wholes("days", (), 1, _MOST_DAYS),
        ask=inner.choices("ask", ASKED, ("learner",)),
        share=inner.share("share", 1.0),
        remind=inner.wholes("remind", (7,), 1, _MOST_DAYS),
        expire=inner.whole("expire", 30, 1, _MOST_DAYS),
    )
    if found.days and not found.ask:
        inner.fault("ask", f"somebody must be asked: {', '.join(ASKED)}")
    if any(day >= found.expire for day in found.remind):
        inner.fault("remind", "the link has expired by then")
    return found


def _openings(form: Form) -> tuple[Opening, ...]:
    found: dict[str, Opening] = {}
    for one in form.forms("openings", ("department", "at")):
        opening = Opening(one.text("department"), one.time("at"))
        if opening.department and opening.department in found:
            one.fault("department", "this department opens twice")
        found[opening.department] = opening
    return tuple(found.values())


def _invitations(form: Form) -> Invitations | None:
    inner = form.form("invitations", ("unit", "share", "at"))
    if inner is None:
        return None
    return Invitations(
        inner.choice("unit", UNITS, "person"), inner.share("share", 0.5), inner.time("at", 0)
    )


def _with_lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _with_lists(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [_with_lists(each) for each in value]
    return value
