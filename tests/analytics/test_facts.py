"""Statements become facts, and only what is new is looked at again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.facts import Engine, Knowledge
from analytics.facts import manifest as manifests
from analytics.facts.projection import DEPARTMENT, MANDATORY, code
from analytics.facts.reading import Window, open_facts
from analytics.text.topics import vocabulary
from lrs.domain import vocabulary as v
from tests.analytics.planted import (
    FAR,
    FORUM,
    Kept,
    Told,
    act,
    activity,
    agent,
    ask,
    complete,
    ifi_of,
    kept_in,
    post,
    reply,
    view,
    void,
)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def facts(kept: Kept, sql: str, cutoff: int = FAR) -> list[tuple[Any, ...]]:
    window = Window(0, FAR, cutoff)
    with open_facts(kept.facts, window, Engine()) as reading:
        return reading.rows(sql)


def person(name: str) -> int:
    return code(ifi_of(name))


def test_a_statement_is_one_row_with_what_is_counted_by(kept: Kept) -> None:
    kept.keep(
        complete(
            "ann", "2026-03-04T10:00:00Z",
            result={"score": {"raw": 7, "min": 0, "max": 10}, "success": True, "duration": "PT1H"},
        )
    )  # fmt: skip
    kept.refresh()

    row = facts(
        kept,
        "SELECT action, vclass, mode, channel, course, score, success, milliseconds, source, ts "
        "FROM acts",
    )

    assert [(*row[0][:-1], str(row[0][-1]))] == [
        (
            "complete", "formal_end", "formal", "formal", "https://lms.example/course/1", 0.7, True,
            3_600_000, "lms.example", "2026-03-04 10:00:00",
        )
    ]  # fmt: skip


def test_no_name_and_no_text_is_in_the_facts(kept: Kept) -> None:
    said = reply("ann.secretive", "p/2", "p/1", "2026-03-04", result={"response": "Confidential"})
    kept.keep(said)
    kept.refresh(knowledge=Knowledge(people=Told([("ann.secretive", "2020-01-01", "Ann")])))

    [row] = facts(kept, "SELECT * FROM acts")

    assert not [cell for cell in row if "onfidential" in str(cell) or "ecretive" in str(cell)]
    assert "Ann" not in row


def test_only_the_months_of_new_statements_are_written(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10"), post("ann", "p/2", "2026-02-10"))
    first = kept.refresh()
    january = manifests.load(kept.facts)
    kept.keep(post("ann", "p/3", "2026-02-11"))

    second = kept.refresh()

    assert (first.months, first.statements) == (("2026-01", "2026-02"), 2)
    assert (second.months, second.statements) == (("2026-02",), 1)
    after = manifests.load(kept.facts)
    assert january is not None
    assert after is not None
    assert january.months["2026-01"] == after.months["2026-01"]
    assert facts(kept, "SELECT count(*) FROM acts") == [(3,)]


def test_a_late_statement_makes_its_own_month_anew(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10"), post("ann", "p/2", "2026-05-10"))
    kept.refresh()
    kept.keep(post("bob", "p/3", "2026-01-11"))

    late = kept.refresh()

    assert late.months == ("2026-01",)
    assert facts(kept, "SELECT count(*) FROM acts WHERE month = 2026 * 12") == [(2,)]


def test_nothing_new_writes_nothing(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10"))
    kept.refresh()
    files = sorted(kept.facts.glob("*.parquet"))

    again = kept.refresh()

    assert (again.statements, again.months, again.rebuilt) == (0, (), False)
    assert sorted(kept.facts.glob("*.parquet")) == files


def test_files_of_the_facts_before_stay_for_their_readers_and_then_go(kept: Kept) -> None:
    for day in range(1, 5):
        kept.keep(post("ann", f"p/{day}", f"2026-01-0{day}"))
        kept.refresh()

    names = sorted(path.name for path in kept.facts.glob("*.parquet"))

    assert names == ["facts-2026-01-00000003.parquet", "facts-2026-01-00000004.parquet"]


def test_a_voided_statement_no_longer_counts(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10", name="gone"), post("ann", "p/2", "2026-02-10"))
    kept.refresh()
    kept.keep(void("gone"))

    voided = kept.refresh()

    assert "2026-01" in voided.months
    assert "2026-02" not in voided.months
    assert facts(kept, "SELECT CAST(month AS INTEGER) % 12 FROM acts") == [(1,)]


def test_voiding_that_comes_before_its_target_waits_for_it(kept: Kept) -> None:
    kept.keep(void("not there yet"))
    kept.refresh()
    kept.keep(post("ann", "p/1", "2026-01-10", name="not there yet"))

    kept.refresh()

    assert facts(kept, "SELECT count(*) FROM acts") == [(0,)]


def test_a_voiding_statement_cannot_be_voided(kept: Kept) -> None:
    """Data 2.3.2: so the first stays voided."""
    first = void("post")
    again = act(
        "admin", f"{v.ADL}voided", {"objectType": "StatementRef", "id": first["id"]}, "2026-12-02"
    )
    kept.keep(post("ann", "p/1", "2026-01-10", name="post"), first, again)
    kept.refresh()

    assert facts(kept, "SELECT count(*) FROM acts") == [(0,)]


def test_at_an_earlier_cutoff_what_was_known_then_is_told(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10", name="voided later"))
    before = kept.refresh().cursor
    kept.keep(void("voided later"), post("bob", "p/2", "2026-01-11"))
    kept.refresh()

    assert facts(kept, "SELECT person FROM acts", cutoff=before) == [(person("ann"),)]
    assert facts(kept, "SELECT person FROM acts") == [(person("bob"),)]


def test_incremental_facts_are_those_of_a_rebuild(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10", name="a"), reply("bob", "p/2", "p/1", "2026-02-10"))
    kept.refresh()
    kept.keep(void("a"), post("cem", "p/3", "2026-01-12"))
    kept.refresh()
    columns = "id, ts, person, vclass, voided, quarantine"
    in_steps = facts(kept, f"SELECT {columns} FROM known ORDER BY ALL")

    rebuilt = kept.refresh(rebuild=True)

    assert (rebuilt.rebuilt, rebuilt.statements) == (True, 4)
    assert facts(kept, f"SELECT {columns} FROM known ORDER BY ALL") == in_steps


def test_a_refresh_that_fails_leaves_the_facts_as_they_were(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10"))
    kept.refresh()
    kept.keep(post("ann", "p/2", "2026-01-11"))

    def cancelled(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        kept.refresh(progress=cancelled)

    assert facts(kept, "SELECT count(*) FROM acts") == [(1,)]
    assert kept.refresh().statements == 1
    assert not list(kept.facts.glob(".s*"))


def test_nothing_stored_after_now_is_read(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10"))
    through = kept.store.consistent_through()
    kept.keep(post("ann", "p/2", "2026-01-11"))

    kept.refresh(now=through)

    assert facts(kept, "SELECT count(*) FROM acts") == [(1,)]


def test_impossible_times_are_set_apart_and_counted(kept: Kept) -> None:
    kept.keep(
        post("ann", "p/1", "2026-01-10"),
        post("ann", "p/2", "2999-01-01"),
        post("ann", "p/3", "1970-01-01"),
    )
    kept.refresh()

    report = kept.measure("participation", "2026-01-01", "2026-02-01")

    assert report["excluded"] == {"future": 1, "past": 1}
    assert report["result"]["months"][0]["participants"] == 1


def test_a_group_is_its_members_and_one_without_identifier_stays_one_actor(kept: Kept) -> None:
    group = {"objectType": "Group", "account": {"homePage": FORUM, "name": "team"}}
    members = [agent("ann"), agent("bob")]
    kept.keep(
        post({**group, "member": members}, "p/1", "2026-01-10"),
        post({"objectType": "Group", "member": members}, "p/2", "2026-01-11"),
    )
    kept.refresh()

    rows = facts(kept, "SELECT person, kind, members FROM known ORDER BY ts, part")

    assert [(kind, members) for _, kind, members in rows] == [
        ("member", 2),
        ("member", 2),
        ("group", 1),
    ]
    assert {rows[0][0], rows[1][0]} == {person("ann"), person("bob")}
    assert kept.measure("participation", "2026-01-01", "2026-02-01")["excluded"] == {"group": 1}


def test_who_acts_more_than_500_times_a_day_is_no_person(kept: Kept) -> None:
    kept.keep(*[view("robot", f"w/{n}", "2026-01-10") for n in range(501)])
    kept.keep(*[view("ann", f"w/{n}", "2026-01-10") for n in range(500)])
    kept.refresh()

    report = kept.measure("participation", "2026-01-01", "2026-02-01")

    assert report["excluded"] == {"bot": 501}
    assert report["result"]["months"][0]["reached"] == 1


def test_bots_that_are_named_are_no_people_either(kept: Kept) -> None:
    kept.keep(post("robot", "p/1", "2026-01-10"), post("ann", "p/2", "2026-01-10"))
    kept.refresh(bots=[ifi_of("robot")])

    assert facts(kept, "SELECT person FROM acts") == [(person("ann"),)]


def test_persons_and_departments_are_those_as_of_the_act(kept: Kept) -> None:
    """A move does not rewrite history (2.0)."""
    people = Told(
        persons=[("ann", "2026-01-01", "Ann"), ("a.smith", "2026-01-01", "Ann")],
        departments=[("Ann", "2026-01-01", "Sales"), ("Ann", "2026-02-01", "Support")],
    )
    kept.keep(post("ann", "p/1", "2026-01-10"), post("a.smith", "p/2", "2026-02-10"))
    kept.refresh(knowledge=Knowledge(people=people))

    rows = facts(kept, "SELECT person, known, department FROM acts ORDER BY ts")

    assert rows == [(code("Ann"), True, "Sales"), (code("Ann"), True, "Support")]


def test_other_persons_make_all_facts_anew(kept: Kept) -> None:
    kept.keep(post("ann", "p/1", "2026-01-10"))
    kept.refresh()
    kept.keep(post("ann", "p/2", "2026-02-10"))

    known = Knowledge(people=Told([("ann", "2020-01-01", "Ann")], version="2"))
    after = kept.refresh(knowledge=known)

    assert (after.rebuilt, after.statements) == (True, 2)
    assert facts(kept, "SELECT DISTINCT person FROM acts") == [(code("Ann"),)]


def test_a_department_in_the_context_is_believed_where_none_is_known(kept: Kept) -> None:
    told = {"extensions": {DEPARTMENT: "Sales"}}
    kept.keep(post("ann", "p/1", "2026-01-10", context=told))
    kept.refresh()

    assert facts(kept, "SELECT department FROM acts") == [("Sales",)]


def test_a_post_that_a_course_requires_is_neither_formal_nor_social(kept: Kept) -> None:
    course = {"contextActivities": {"grouping": [activity("c/1", v.COURSE)]}}
    required = {**course, "extensions": {MANDATORY: True}}
    kept.keep(
        post("ann", "p/1", "2026-01-10", context=course),
        post("ann", "p/2", "2026-01-11", context=required),
    )
    kept.refresh()

    assert facts(kept, "SELECT channel FROM acts ORDER BY ts") == [
        ("social",),
        ("formal_embedded",),
    ]


def test_topics_are_ids_by_the_rung_that_gave_them(kept: Kept) -> None:
    words = vocabulary({"safety": {"en": ["near miss"], "nl": ["bijna-ongeval"]}})
    tagged = {
        "language": "en",
        "contextActivities": {"other": [activity("tag/Tools", v.TAG)]},
    }
    said = {"response": "What we learned from a near miss"}
    kept.keep(act("ann", f"{v.ADL}commented", "p/1", "2026-01-10", context=tagged, result=said))
    kept.refresh(knowledge=Knowledge(topics=words))

    assert facts(kept, "SELECT topics FROM acts") == [(["tag:tools", "topic:safety"],)]


def test_a_course_has_the_topics_of_its_title(kept: Kept) -> None:
    """The vocabulary is the bridge from training to what people talk about (2.6)."""
    words = vocabulary({"safety": {"en": ["near miss"], "nl": ["bijna-ongeval"]}})
    course = activity("c/1", v.COURSE)
    course["definition"]["name"] = {"nl-NL": "Een bijna-ongeval melden"}
    kept.keep(act("ann", f"{v.ADL}completed", course, "2026-01-10"))
    kept.refresh(knowledge=Knowledge(topics=words))

    assert facts(kept, "SELECT topics FROM acts") == [(["topic:safety"],)]


def test_a_question_is_one_by_its_verb_or_by_its_words(kept: Kept) -> None:
    def said(text: str) -> dict[str, Any]:
        made = activity("p/" + str(len(text)))
        made["definition"]["description"] = {"en": text}
        return made

    kept.keep(
        ask("ann", "p/1", "2026-01-01"),
        post(
            "ann", said("Does anyone know where the new onboarding checklist lives?"), "2026-01-02"
        ),
        post(
            "ann", said("Just published the notes from yesterday's safety training."), "2026-01-03"
        ),
    )
    kept.refresh()

    assert facts(kept, "SELECT question FROM acts ORDER BY ts") == [(True,), (True,), (False,)]
