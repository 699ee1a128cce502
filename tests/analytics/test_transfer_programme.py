"""Units come out of facts as they were planted: who, when, what counts and what does not."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.facts import Knowledge
from analytics.text.topics import vocabulary
from analytics.transfer.programme import Terms, units_table
from lrs.domain import vocabulary as v
from lrs.domain.errors import NotFound
from lrs.domain.programmes import Declared, Evidence, Pulses, Windows, pulse_activity
from tests.analytics.planted import (
    COURSE,
    Kept,
    act,
    activity,
    at,
    complete,
    kept_in,
    knowing,
    post,
    reply,
    void,
)
from tests.analytics.programmes import (
    END,
    EVIDENCE,
    Training,
    days_after,
    declared,
    on,
    result,
    told,
)

DAY = "2026-02-01"
C = f"{DAY}T12:00:00Z"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def rows(kept: Kept, asked: Declared | None = None) -> list[dict[str, Any]]:
    """The exported table, with everyone in it."""
    if not kept.facts.exists():
        kept.refresh()
    terms = Terms(until=END, min_group=1)
    frame = units_table(asked or declared(), kept.facts, terms=terms)["programme"]
    return list(frame.to_dict("records"))


def one(kept: Kept, asked: Declared | None = None) -> dict[str, Any]:
    [row] = rows(kept, asked)
    return row


def test_units_are_as_many_as_were_planted(tmp_path: Path) -> None:
    training = Training(3, 150)
    active = {who for who, acts in training.acts.items() if acts}
    with kept_in(tmp_path, training.statements()) as kept:
        kept.refresh(knowledge=knowing(training.department))

        found = result(kept.facts)

    assert found["population"]["units"] == {
        "0": 150 - len(active),
        "1": len(active),
        "all": 150,
    }
    assert found["population"]["with_evidence"] == {
        "0": len(training.score.keys() - active),
        "1": len(training.score.keys() & active),
        "all": len(training.score),
    }
    assert {row["level"]: row["n"] for row in found["doses"]} == {
        name: sum(low <= training.acts[who] <= high for who in training.score)
        for name, low, high in (("0", 0, 0), ("1-2", 1, 2), ("3-9", 3, 9), ("10+", 10, 99))
    }


def test_without_facts_there_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        result(tmp_path)


@pytest.mark.parametrize(
    ("days", "active"), [(0, 0), (1 / 86_400, 1), (30, 1), (30 + 1 / 86_400, 0), (-1, 0)]
)
def test_exposure_begins_after_the_completion_and_ends_with_its_window(
    kept: Kept, days: float, active: int
) -> None:
    kept.keep(complete("ann", C), post("ann", "n/1", days_after(C, days), **on("pumps")))

    assert one(kept)["active"] == active


@pytest.mark.parametrize(
    ("days", "value"),
    [(0, None), (30, None), (30 + 1 / 86_400, 0.7), (120, 0.7), (120 + 1 / 86_400, None)],
)
def test_evidence_counts_between_landmark_and_the_end_of_its_window(
    kept: Kept, days: float, value: float | None
) -> None:
    kept.keep(complete("ann", C), told("ann", 0.7, days_after(C, days)))

    found = one(kept)["transfer"]

    assert (None if math.isnan(found) else found) == value


@pytest.mark.parametrize(("days", "known"), [(-90, 1), (-90 - 1 / 86_400, 0), (0, 0)])
def test_evidence_before_is_a_covariate_and_no_outcome(kept: Kept, days: float, known: int) -> None:
    kept.keep(complete("ann", C), told("ann", 0.7, days_after(C, days)))

    row = one(kept)

    assert (row["evidence_before_known"], math.isnan(row["transfer"])) == (known, True)


def test_who_is_not_mature_is_left_out_and_counted(kept: Kept) -> None:
    """120 days before 1 November is 4 July."""
    kept.keep(complete("ann", "2026-07-03"), complete("bob", "2026-07-05"))
    kept.refresh()

    population = result(kept.facts)["population"]

    assert (population["completers"], population["units"]["all"]) == (2, 1)
    assert population["excluded"] == {"not_mature": 1, "waiting_for_batch": 0}


def test_windows_are_the_programmes_own(kept: Kept) -> None:
    kept.keep(
        complete("ann", C),
        post("ann", "n/1", days_after(C, 9), **on("pumps")),
        told("ann", 0.7, days_after(C, 25)),
    )

    row = one(kept, declared(windows=Windows(30, 10, 20)))

    assert (row["active"], row["transfer"]) == (1, 0.7)


def test_a_second_completion_moves_nothing(kept: Kept) -> None:
    kept.keep(
        complete("ann", C),
        complete("ann", days_after(C, 40), name="again"),
        post("ann", "n/1", days_after(C, 45), **on("pumps")),
    )

    assert one(kept)["active"] == 0


def test_a_passed_activity_completes_and_a_failed_one_does_not(kept: Kept) -> None:
    test = "https://lms.example/test"
    kept.keep(
        act("ann", f"{v.ADL}passed", test, C, kind=v.ASSESSMENT),
        act("bob", f"{v.ADL}failed", test, C, kind=v.ASSESSMENT),
    )

    assert len(rows(kept, declared(activities=(COURSE, test)))) == 1


def test_other_topics_are_no_exposure_but_the_control(kept: Kept) -> None:
    kept.keep(
        complete("ann", C),
        post("ann", "n/1", days_after(C, 2), **on("lunch")),
        complete("bob", C),
        post("bob", "n/2", days_after(C, 2)),
    )

    found = {(row["active"], row["offtopic"]) for row in rows(kept)}

    assert found == {(0, 1), (0, 0)}


def test_what_the_course_required_is_no_exposure(kept: Kept) -> None:
    required = on(
        "pumps",
        around={"grouping": [activity(COURSE, v.COURSE)]},
        extensions={v.MANDATORY: True},
    )
    kept.keep(complete("ann", C), post("ann", "n/1", days_after(C, 2), **required))

    assert one(kept)["active"] == 0


def test_a_reply_to_an_older_contribution_on_the_topic_is_exposure(kept: Kept) -> None:
    kept.keep(
        complete("ann", C),
        post("ann", "n/1", days_after(C, -5), **on("pumps")),
        reply("bob", "n/2", "n/1", days_after(C, 5)),
        reply("cas", "n/3", "n/1", days_after(C, 6)),
        reply("cas", "n/4", "n/1", days_after(C, 7)),
        reply("dot", "n/5", "n/1", days_after(C, 31)),
    )

    row = one(kept)

    assert (row["active"], row["acts"], row["partners"]) == (1, 3, 2)


def test_a_reply_to_a_contribution_on_another_topic_is_none(kept: Kept) -> None:
    kept.keep(
        complete("ann", C),
        post("ann", "n/1", days_after(C, -5), **on("lunch")),
        reply("bob", "n/2", "n/1", days_after(C, 5)),
    )

    assert one(kept)["active"] == 0


def test_partners_are_those_who_are_replied_to_as_well(kept: Kept) -> None:
    around = reply("ann", "n/2", "n/1", C)["context"]["contextActivities"]
    kept.keep(
        complete("ann", C),
        post("bob", "n/1", days_after(C, -5)),
        reply("ann", "n/2", "n/1", days_after(C, 5)) | on("pumps", around=around),
    )

    assert one(kept)["partners"] == 1


def test_voided_evidence_and_voided_posts_do_not_count(kept: Kept) -> None:
    said = told("ann", 0.7, days_after(C, 60))
    posted = post("ann", "n/1", days_after(C, 2), name="posted", **on("pumps"))
    kept.keep(complete("ann", C), said, posted, void("posted"))

    row = one(kept)

    assert (row["active"], row["transfer"]) == (0, 0.7)


def test_scores_from_minus_one_are_mapped_where_an_activity_has_negative_ones(kept: Kept) -> None:
    other = f"{EVIDENCE}/other"
    kept.keep(
        complete("ann", C), complete("bob", C), complete("cas", C),
        told("ann", -0.5, days_after(C, 60)), told("bob", 0.5, days_after(C, 60)),
        told("cas", 0.5, days_after(C, 60), other),
    )  # fmt: skip
    asked = declared(evidence=(Evidence(EVIDENCE, "B"), Evidence(other, "B")))

    assert sorted(row["transfer"] for row in rows(kept, asked)) == [0.25, 0.5, 0.75]


def test_success_counts_where_there_is_no_score(kept: Kept) -> None:
    kept.keep(
        complete("ann", C), told("ann", True, days_after(C, 50)),
        told("ann", False, days_after(C, 60)),
    )  # fmt: skip

    assert one(kept)["transfer"] == 0.5


def test_the_best_grade_that_is_declared_is_the_one_that_counts(kept: Kept) -> None:
    own = f"{EVIDENCE}/own"
    kept.keep(complete("ann", C), told("ann", 1.0, days_after(C, 60), own))
    asked = declared(evidence=(Evidence(EVIDENCE, "B"), Evidence(own, "C")))

    assert math.isnan(one(kept, asked)["transfer"])
    assert one(kept, declared(evidence=asked.programme.evidence, primary="C"))["transfer"] == 1.0


def test_answers_to_a_pulse_are_evidence(kept: Kept) -> None:
    asked = declared(evidence=(), pulses=Pulses(days=(60,)))
    answered = told("ann", 0.7, days_after(C, 60), pulse_activity("pumps", "learner"))
    kept.keep(complete("ann", C), answered)

    assert one(kept, asked)["transfer"] == 0.7
    assert result(kept.facts, asked)["outcome"]["grade"] == "C"


def test_a_topic_is_recognised_in_either_language(kept: Kept) -> None:
    terms = vocabulary({"pumps": {"en": ["pump"], "nl": ["pomp"]}})
    kept.keep(
        complete("ann", C),
        post("ann", "n/1", days_after(C, 2), result={"response": "De pomp lekt weer bij ons"}),
    )
    kept.refresh(knowledge=Knowledge(topics=terms))

    assert one(kept)["active"] == 1


def test_only_the_declared_verb_is_evidence(kept: Kept) -> None:
    kept.keep(complete("ann", C), told("ann", 0.7, days_after(C, 60)))
    asked = declared(evidence=(Evidence(EVIDENCE, "B", f"{v.ADL}answered"),))

    assert math.isnan(one(kept, asked)["transfer"])


def test_covariates_are_what_was_before(kept: Kept) -> None:
    kept.keep(
        complete("ann", days_after(C, -365.25), "https://lms.example/other",
                 result={"score": {"scaled": 0.8}}),
        post("ann", "n/1", days_after(C, -89), **on("pumps")),
        post("ann", "n/2", days_after(C, -88), **on("lunch")),
        post("ann", "n/0", days_after(C, -91), **on("pumps")),
        complete("ann", C, result={"score": {"scaled": 0.6}}),
        complete("ann", days_after(C, 5), "https://lms.example/later",
                 result={"score": {"scaled": 0.1}}),
    )  # fmt: skip

    row = one(kept)

    assert (row["prior_score"], row["formal_score"], row["prior_trainings"]) == (0.8, 0.6, 1)
    assert row["social_before"] == pytest.approx(math.log1p(2))
    assert row["topic_before"] == pytest.approx(math.log1p(1))
    assert row["tenure"] == pytest.approx(1.0)


def test_near_colleagues_are_those_dealt_with_before(kept: Kept) -> None:
    kept.keep(
        post("bob", "n/1", days_after(C, -20)),
        reply("ann", "n/2", "n/1", days_after(C, -10)),
        post("cas", "n/3", days_after(C, -20)),
        reply("ann", "n/4", "n/3", days_after(C, -10)),
        complete("ann", C),
        post("bob", "n/5", days_after(C, 3), **on("pumps")),
    )

    assert one(kept)["neighbours"] == 0.5


def test_what_is_stored_after_the_cutoff_is_not_known(kept: Kept) -> None:
    """Statements are stored when the test runs, whenever they say it happened."""
    kept.keep(complete("ann", C), told("ann", 0.7, days_after(C, 60)))
    kept.refresh()

    assert result(kept.facts, cutoff=at("2026-10-01"))["population"]["completers"] == 0
    assert result(kept.facts)["population"]["completers"] == 1
