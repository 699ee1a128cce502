"""Facts as they are read: in order, of one version, without bots, by one metric or several."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from analytics.analyse.output import as_json
from analytics.facts import Engine
from analytics.facts import manifest as manifests
from analytics.facts.projection import code
from analytics.facts.reading import Window, open_facts
from analytics.measure import Question, run, run_all
from analytics.registry import metrics
from lrs.domain.errors import BadRequest, NotFound
from tests.analytics.planted import (
    FAR,
    FORUM,
    Kept,
    agent,
    at,
    ifi_of,
    kept_in,
    knowing,
    post,
    view,
    void,
)
from tests.analytics.planted_organisation import Organisation

WINDOW = {"since": at("2026-01-01"), "until": at("2026-05-01"), "min_group": 3}


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def facts(kept: Kept, sql: str, cutoff: int = FAR) -> list[tuple[Any, ...]]:
    with open_facts(kept.facts, Window(0, FAR, cutoff), Engine()) as reading:
        return reading.rows(sql)


def test_acts_have_a_place_in_the_order_of_time_id_and_part(kept: Kept) -> None:
    members = {"objectType": "Group", "name": "team", "member": [agent("ann"), agent("bob")]}
    team = {**members, "account": {"homePage": FORUM, "name": "team"}}
    moments = ("2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z")
    kept.keep(*[post(team, f"p/{n}", when) for n, when in enumerate(moments)])
    kept.refresh()

    by_place = facts(kept, "SELECT ts, id, part FROM acts ORDER BY place")

    assert len(by_place) == 6
    assert by_place == facts(kept, "SELECT ts, id, part FROM acts ORDER BY ts, id, part")


def test_facts_of_another_version_are_refused(kept: Kept) -> None:
    """Rows made by other rules would be counted by these."""
    kept.keep(post("ann", "p/1", "2026-01-10"))
    kept.refresh()
    found = manifests.load(kept.facts)
    assert found is not None
    manifests.save(kept.facts, replace(found, made={**found.made, "projection": "0"}), None)

    with pytest.raises(NotFound, match="another version"):
        facts(kept, "SELECT count(*) FROM acts")


def test_who_is_a_bot_is_as_of_the_cutoff(kept: Kept) -> None:
    """501 acts on a day make one, until one of them is voided."""
    kept.keep(*[view("busy", f"w/{n}", "2026-01-10", name=f"w{n}") for n in range(500)])
    before = kept.refresh().cursor
    kept.keep(view("busy", "w/500", "2026-01-10"))
    then = kept.refresh().cursor
    kept.keep(void("w0"))
    kept.refresh()

    people = "SELECT DISTINCT person FROM acts"
    found = [facts(kept, people, cutoff) for cutoff in (before, then, FAR)]

    assert found == [[(code(ifi_of("busy")),)], [], [(code(ifi_of("busy")),)]]


def test_metrics_asked_together_tell_what_each_tells_alone(kept: Kept) -> None:
    organisation = Organisation(seed=5, people=30)
    kept.keep(*organisation.statements())
    kept.refresh(knowledge=knowing(organisation.of))
    questions = [
        Question(name, by, {"permutations": 20} if name == "network" else {}, ids=3)
        for name, metric in sorted(metrics().items())
        for by in (None, *metric.by)
    ]

    together = run_all(questions, kept.facts, **WINDOW)

    alone = [
        run(one.name, kept.facts, by=one.by, options=one.options, ids=one.ids, **WINDOW)
        for one in questions
    ]
    assert [as_json(one) for one in together] == [as_json(one) for one in alone]


def test_nothing_is_measured_when_one_of_the_questions_cannot_be(kept: Kept) -> None:
    kept.refresh()
    done: list[Question] = []

    with pytest.raises(BadRequest):
        run_all(
            [Question("growth"), Question("growth", by="verb")],
            kept.facts,
            progress=done.append,
            **WINDOW,
        )

    assert done == []
