"""A link is answered once, becomes one valid Statement of its grade, and tells nothing else."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from analytics.facts.projection import Knowledge, facts_of
from lrs.domain import vocabulary as v
from lrs.domain.errors import BadRequest, NotFound
from lrs.domain.programmes import pulse_activity
from lrs.domain.pulses import State
from lrs.domain.validation import problems_in_body
from lrs.domain.versions import Version
from lrs.services.persons import Claim, Fact
from lrs.stores.port import Store
from tests.pulses.parts import COURSE, SAID, Place, Table, day, token_of

ANN = "ann@example.org"
ANSWER = {"score": ["70"], "obstacles": ["no-time"], "helped_by": ["colleague", "community"]}
NOTHING = {"score": ["none"]}


def asked(place: Place, **pulses: object) -> str:
    """Ann completes and is asked, or her supervisor is; the token of the link."""
    place.declare(**pulses)
    place.person("boss@example.org", employee="1", name="Bo")
    place.person(ANN, manager="1", name="Ann")
    place.complete(ANN)
    post = Table()
    place.run(post, day(60))
    return token_of(post.sent[0].link)


def test_a_learners_answer_is_a_statement_of_grade_c(here: Place) -> None:
    token = asked(here)

    opened = here.answers.answer(token, ANSWER, day(61))

    [statement] = here.answered()
    assert opened.status == "thanks"
    assert problems_in_body(statement, Version.V2) == []
    assert statement["actor"]["mbox"] == f"mailto:{ANN}"
    assert statement["verb"]["id"] == v.APPLIED
    assert statement["object"]["id"] == pulse_activity("feedback", "learner")
    assert statement["result"]["score"] == {"scaled": 0.7, "raw": 70, "min": 0, "max": 100}
    assert statement["result"]["extensions"] == {
        v.OBSTACLES: ["no-time"],
        v.HELPED_BY: ["colleague", "community"],
    }
    context = statement["context"]
    assert context["extensions"] == {v.GRADE: "C", v.PROGRAMME: "feedback", v.PULSE_DAY: 60}
    assert context["contextActivities"]["parent"] == [{"objectType": "Activity", "id": COURSE}]
    assert statement["authority"]["account"]["name"] == "service:pulses"


def test_a_supervisors_answer_is_of_grade_b_and_about_the_learner(here: Place) -> None:
    token = asked(here, ask=["supervisor"])

    here.answers.answer(token, {"score": ["40"]}, day(61))

    [statement] = here.answered("supervisor")
    assert problems_in_body(statement, Version.V2) == []
    assert statement["actor"]["mbox"] == f"mailto:{ANN}"
    assert statement["context"]["instructor"]["mbox"] == "mailto:boss@example.org"
    assert statement["context"]["extensions"][v.GRADE] == "B"
    assert "Ann" not in str(statement["object"])


@pytest.mark.parametrize("who", ["learner", "supervisor"])
def test_the_facts_have_it_in_the_channel_of_transfer(here: Place, who: str) -> None:
    token = asked(here, ask=[who])
    here.answers.answer(token, {"score": ["40"]}, day(61))

    [fact] = facts_of(here.answered(who)[0], day(61), Knowledge())

    assert (fact.channel, fact.vclass, fact.score, fact.ts) == (
        "transfer",
        "transfer",
        0.4,
        day(61),
    )


def test_no_occasion_is_no_score(here: Place) -> None:
    token = asked(here)

    here.answers.answer(token, NOTHING, day(61))

    [statement] = here.answered()
    assert "score" not in statement["result"]
    assert problems_in_body(statement, Version.V2) == []


def test_a_link_is_answered_once(here: Place) -> None:
    token = asked(here)
    here.answers.answer(token, ANSWER, day(61))

    again = here.answers.answer(token, {"score": ["0"]}, day(62))

    assert again.status == here.answers.open(token, day(62)).status == "used"
    assert [one["result"]["score"]["raw"] for one in here.answered()] == [70]


def test_both_links_of_one_question_are_one_answer(here: Place) -> None:
    here.declare()
    here.complete(ANN)
    post = Table()
    for number in (60, 67):
        here.run(post, day(number))
    first, reminder = (token_of(question.link) for question in post.sent)

    here.answers.answer(first, ANSWER, day(68))

    assert here.answers.answer(reminder, ANSWER, day(68)).status == "used"
    assert len(here.answered()) == 1


def test_answers_at_the_same_time_are_one(open_store: Callable[[], Store]) -> None:
    places = [Place.over(open_store()) for _ in range(3)]
    token = asked(places[0])

    def send(number: int) -> str:
        form = {"score": [str(number * 10)]}
        return places[number % 3].answers.answer(token, form, day(61) + number).status

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(send, range(6)))

    assert statuses == ["thanks", *["used"] * 5]
    assert len(places[0].answered()) == 1


def test_to_open_a_link_changes_nothing(here: Place) -> None:
    """Mail scanners open every link, some of them often."""
    token = asked(here)
    before = here.states()

    statuses = {here.answers.open(token, day(61)).status for _ in range(5)}

    assert statuses == {"open"}
    assert here.states() == before
    assert here.answers.answer(token, ANSWER, day(61)).status == "thanks"


def test_an_expired_link_takes_no_answer(here: Place) -> None:
    token = asked(here, expire=10)

    assert here.answers.answer(token, ANSWER, day(70)).status == "expired"
    assert here.answers.open(token, day(70) - 1).status == "open"
    assert here.answered() == []


def test_an_altered_link_is_none(here: Place) -> None:
    token = asked(here)
    altered = [token[:-1] + ("A" if token[-1] != "A" else "B"), token[1:], token + "x", "x", "."]

    for one in altered:
        with pytest.raises(NotFound):
            here.answers.answer(one, ANSWER, day(61))

    assert here.answered() == []


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"score": [""]},
        {"score": ["55"]},
        {"score": ["-10"]},
        {"score": ["1e2"]},
        {"score": ["50"], "obstacles": ["<script>"]},
        {"score": ["50"], "helped_by": ["Bob Smith"]},
    ],
)
def test_a_form_that_is_wrong_leaves_the_link_open(here: Place, form: dict[str, list[str]]) -> None:
    token = asked(here)

    with pytest.raises(BadRequest):
        here.answers.answer(token, form, day(61))

    assert here.answers.open(token, day(61)).status == "open"
    assert here.answered() == []


def test_consent_withdrawn_after_the_letter_takes_no_answer(here: Place) -> None:
    """The supervisor learns no more than that the question is no longer open."""
    token = asked(here, ask=["supervisor"])

    here.lrs.consent.withdraw("pulses", f"mailto:{ANN}")

    opened = here.answers.answer(token, {"score": ["40"]}, day(61))
    assert (opened.status, opened.reached) == ("closed", None)
    assert here.answered("supervisor") == []


def test_who_stops_is_never_asked_again_by_any_address(here: Place) -> None:
    token = asked(here, days=[60, 90])
    register = here.lrs.persons.register()
    ann = register.holder(f"mbox:mailto:{ANN}", day(60))
    here.lrs.persons.put(ann, [Claim("mbox:mailto:ann@new.example", since=day(80))], [], **SAID)

    here.answers.stop(token)
    post = Table()
    here.run(post, day(90))

    assert post.sent == []
    assert here.states() == [("expired", ""), ("undeliverable", "no consent")]


def test_an_answer_that_a_crash_left_is_kept_by_the_next_run(here: Place) -> None:
    token = asked(here)
    [(key, _)] = here.pulses.rows.of("feedback")
    answer = {"score": 70, "obstacles": [], "helped_by": []}
    here.pulses.rows.step(
        key, lambda kept: replace(kept, state=State.ANSWERED, answered=day(61), answer=answer)
    )
    assert here.answered() == []

    counts = here.run(None, day(62))

    assert counts == {"answer kept": 1}
    assert [one["timestamp"] for one in here.answered()] == ["2026-05-02T09:00:00.000000Z"]
    assert here.answers.open(token, day(62)).status == "used"


def test_the_answer_does_not_stay_in_the_row(here: Place) -> None:
    token = asked(here)

    here.answers.answer(token, ANSWER, day(61))

    [(_, pulse)] = here.pulses.rows.of("feedback")
    assert pulse.answer is None


def test_the_actor_is_an_identifier_that_is_still_the_learners(here: Place) -> None:
    """The address they completed by is a colleague's now."""
    here.declare()
    ann = here.person(ANN, name="Ann")
    new = Claim("mbox:mailto:ann@new.example", since=day(10))
    here.lrs.persons.put(ann, [new], [], **SAID)
    here.complete(ANN)
    taken = Claim(f"mbox:mailto:{ANN}", since=day(30), takes_over=True)
    here.lrs.persons.put(None, [taken], [Fact("name", "Another Ann")], **SAID)
    post = Table()
    here.run(post, day(60))

    here.answers.answer(token_of(post.sent[0].link), ANSWER, day(61))

    assert post.sent[0].reached.address == "ann@new.example"
    assert [one["actor"]["mbox"] for one in here.answered()] == ["mailto:ann@new.example"]
