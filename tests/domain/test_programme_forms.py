"""Programmes as people write them: read strictly, told completely, and read back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from lrs.domain import timestamps
from lrs.domain.forms import BadForm
from lrs.domain.programme_forms import programme, shown
from lrs.domain.programmes import Evidence, Invitations, Opening, Programme, Pulses, Windows
from tests.programmes import full, plain

LONG = "x" * 1001
ACTIVITY = "https://hr.example/audit"
AN_OPENING = {"department": "Sales", "at": "2026-03-01"}


def faults(value: Any) -> dict[str, str]:
    """Place → what is wrong there."""
    with pytest.raises(BadForm) as refused:
        programme(value)
    return {problem.at: problem.detail for problem in refused.value.problems}


def test_every_field_is_read() -> None:
    assert programme(full()) == Programme(
        id="feedback",
        name={"en": "Giving feedback", "nl": "Feedback geven"},
        activities=("https://lms.example/course/42", "https://lms.example/course/42b"),
        topics=("feedback", "review"),
        evidence=(
            Evidence("https://hr.example/audit", "A", None, kpi=True),
            Evidence("https://hr.example/talk", "B", "https://verbs.example/saw"),
        ),
        primary="A",
        binary=0.7,
        skill="closed",
        windows=Windows(60, 20, 40),
        pulses=Pulses((60, 120), ("learner", "supervisor"), 0.5, (5,), 20),
        openings=(
            Opening("Sales", timestamps.parse("2026-03-01T00:00:00Z")),
            Opening("Care", timestamps.parse("2026-04-01T06:00:00Z")),
        ),
        invitations=Invitations("department", 0.4, timestamps.parse("2026-02-01T00:00:00Z")),
        seed=7,
    )


def test_the_full_programme_of_these_tests_leaves_no_field_as_it_is_by_itself() -> None:
    found, empty = programme(full()), Programme(id="", name={}, activities=())

    assert [
        name for name in Programme.__slots__ if getattr(found, name) == getattr(empty, name)
    ] == []


@pytest.mark.parametrize("made", [full(), plain(), plain(invitations={}, pulses={"remind": []})])
def test_what_is_shown_is_read_back_as_the_same(made: dict[str, Any]) -> None:
    found = programme(made)

    assert programme(shown(found)) == found
    assert set(shown(found)) == set(Programme.__slots__)


def test_what_is_left_out_or_null_is_as_the_programme_has_it() -> None:
    made = plain()
    nulls = dict.fromkeys(set(Programme.__slots__) - set(made))

    assert programme({**made, **nulls}) == programme(made)
    assert programme(made).windows == Windows()


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-01",
        "2026-03-01T01:00:00+01:00",
        date(2026, 3, 1),
        datetime(2026, 3, 1),  # noqa: DTZ001 - as YAML reads a timestamp without a zone
        datetime(2026, 3, 1, tzinfo=UTC),
    ],
)
def test_a_time_is_a_day_or_a_timestamp_as_text_or_as_yaml_reads_it(at: Any) -> None:
    made = plain(openings=[{"department": "Sales", "at": at}])

    assert programme(made).openings[0].at == timestamps.parse("2026-03-01T00:00:00Z")


def test_all_that_is_wrong_is_told_at_once_each_at_its_place() -> None:
    made = {"id": "A b", "evidence": [{"grade": "D"}], "windows": {"exposure": 0}, "colour": 1}

    found = faults(made)

    assert list(found) == [
        "colour",
        "id",
        "evidence[0].activity",
        "evidence[0].grade",
        "windows.exposure",
        "name",
        "activities",
    ]


def test_the_detail_of_the_refusal_tells_all_of_it() -> None:
    with pytest.raises(BadForm) as refused:
        programme({**plain(), "seed": -1, "skill": "none"})

    assert refused.value.at == "skill"
    assert refused.value.detail.startswith("this must be one of: open, closed; seed: this must be")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"id": "Upper"}, "id"),
    ({"id": "a" * 65}, "id"),
    ({"id": "-a"}, "id"),
    ({"id": 7}, "id"),
    ({"name": {}}, "name"),
    ({"name": "Feedback"}, "name"),
    ({"name": {"de": "Rückmeldung"}}, "name.de"),
    ({"name": {"en": " "}}, "name.en"),
    ({"name": {"en": LONG}}, "name.en"),
    ({"name": {"en": "two\nlines"}}, "name.en"),
    ({"name": {"en": "half \ud800"}}, "name.en"),
    ({"activities": []}, "activities"),
    ({"activities": "https://a.example"}, "activities"),
    ({"activities": ["no iri"]}, "activities[0]"),
    ({"activities": ["https://a.example", "https://a.example"]}, "activities[1]"),
    ({"topics": ["A topic"]}, "topics[0]"),
    ({"topics": ["a", "a"]}, "topics[1]"),
    ({"evidence": [{"activity": ACTIVITY}]}, "evidence[0].grade"),
    ({"evidence": [{"activity": ACTIVITY, "grade": "a"}]}, "evidence[0].grade"),
    ({"evidence": [{"activity": ACTIVITY, "grade": "A", "verb": "saw"}]}, "evidence[0].verb"),
    ({"evidence": [{"activity": ACTIVITY, "grade": "A", "kpi": "no"}]}, "evidence[0].kpi"),
    ({"evidence": [{"activity": ACTIVITY, "grade": "B", "kpi": True}]}, "evidence[0].kpi"),
    ({"evidence": [{"activity": ACTIVITY, "grade": "A", "grad": "B"}]}, "evidence[0].grad"),
    ({"evidence": ["A"]}, "evidence[0]"),
    ({"evidence": {"activity": ACTIVITY, "grade": "A"}}, "evidence"),
    ({"evidence": [{"activity": ACTIVITY, "grade": g} for g in "AB"]}, "evidence[1].activity"),
    ({"evidence": [{"activity": ACTIVITY, "grade": "B"}], "primary": "A"}, "primary"),
    ({"pulses": {"days": [60]}, "primary": "B"}, "primary"),
    ({"primary": "D"}, "primary"),
    ({"binary": 0}, "binary"),
    ({"binary": 1.01}, "binary"),
    ({"binary": True}, "binary"),
    ({"binary": float("nan")}, "binary"),
    ({"skill": "soft"}, "skill"),
    ({"windows": {"baseline": -1}}, "windows.baseline"),
    ({"windows": {"outcome": 1.5}}, "windows.outcome"),
    ({"windows": {"outcome": True}}, "windows.outcome"),
    ({"windows": {"outcome": 3651}}, "windows.outcome"),
    ({"windows": [90, 30, 90]}, "windows"),
    ({"pulses": {"days": [0]}}, "pulses.days[0]"),
    ({"pulses": {"days": [60, 60]}}, "pulses.days[1]"),
    ({"pulses": {"days": [60], "ask": []}}, "pulses.ask"),
    ({"pulses": {"ask": ["manager"]}}, "pulses.ask[0]"),
    ({"pulses": {"share": 0}}, "pulses.share"),
    ({"pulses": {"share": 2}}, "pulses.share"),
    ({"pulses": {"remind": [30], "expire": 30}}, "pulses.remind"),
    ({"pulses": {"expire": 0}}, "pulses.expire"),
    ({"openings": [{"department": "Sales"}]}, "openings[0].at"),
    ({"openings": [{"department": "", "at": "2026-03-01"}]}, "openings[0].department"),
    ({"openings": [{"department": "Sales", "at": "March"}]}, "openings[0].at"),
    ({"openings": [{"department": "Sales", "at": "2026-02-30"}]}, "openings[0].at"),
    ({"openings": [{"department": "Sales", "at": 20260301}]}, "openings[0].at"),
    ({"openings": [AN_OPENING, AN_OPENING]}, "openings[1].department"),
    ({"invitations": {"unit": "team"}}, "invitations.unit"),
    ({"invitations": {"share": 0}}, "invitations.share"),
    ({"invitations": {"share": "half"}}, "invitations.share"),
    ({"invitations": {"at": "soon"}}, "invitations.at"),
    ({"seed": "7"}, "seed"),
    ({"seed": 2**32}, "seed"),
    ({"evidense": []}, "evidense"),
]


@pytest.mark.parametrize(("change", "at"), REFUSED, ids=[f"{at}={c}"[:60] for c, at in REFUSED])
def test_what_is_wrong_is_refused_at_its_place(change: dict[str, Any], at: str) -> None:
    assert list(faults({**plain(), **change})) == [at]


@pytest.mark.parametrize("missing", ["id", "name", "activities"])
def test_what_is_needed_is_asked_for(missing: str) -> None:
    made = {name: value for name, value in plain().items() if name != missing}

    assert list(faults(made)) == [missing]


@pytest.mark.parametrize("value", [None, [], "id: a", 7, {1: "a"}])
def test_what_is_no_programme_at_all_is_refused(value: Any) -> None:
    assert faults(value)


def test_evidence_of_one_activity_may_have_a_grade_by_verb() -> None:
    one = {"activity": ACTIVITY, "verb": "https://verbs.example/a", "grade": "A"}
    other = {"activity": ACTIVITY, "verb": "https://verbs.example/b", "grade": "B"}
    anything = {"activity": ACTIVITY, "grade": "C"}

    assert len(programme(plain(evidence=[one, other])).evidence) == 2
    assert list(faults(plain(evidence=[one, anything]))) == ["evidence[1].activity"]


def test_the_answers_to_pulses_may_be_what_counts() -> None:
    asked = {"days": [60], "ask": ["supervisor"]}

    assert programme(plain(pulses=asked, primary="B")).primary == "B"
