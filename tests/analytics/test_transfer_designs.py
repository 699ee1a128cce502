"""What lots and openings say: the designs that may be called a cause, and what they keep back."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics import flat
from analytics.transfer.programme import Terms, units_table
from lrs.domain.programmes import Evidence, Invitations, Opening
from tests.analytics.planted import at, complete, kept_in, knowing
from tests.analytics.programmes import END, KPI, Training, declared, figure, rerun, result, told


def invited(training: Training, raised: float) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Statements with a truth by lot: those who were invited score higher by so much."""
    draw = random.Random(4)
    start = at("2026-01-01")
    lots = {who: start if draw.random() < 0.5 else None for who in training.department}
    for who in training.score:
        training.score[who] = round(0.4 + raised * (lots[who] is not None) + draw.random() / 5, 4)
    return list(training.statements()), lots


def test_an_invitation_by_lot_may_be_called_a_cause(tmp_path: Path) -> None:
    training = Training(6, 400)
    sent, lots = invited(training, 0.2)
    with kept_in(tmp_path, sent) as kept:
        kept.refresh(knowledge=knowing(training.department))
        asked = declared(invitations=Invitations("person"))

        found = result(kept.facts, asked, invitations=lots)["invitation"]
        kept_small = result(kept.facts, asked, invitations=lots, min_group=10)["invitation"]

    scores = [[training.score[w] for w in training.score if (lots[w] is None) == out]
              for out in (False, True)]  # fmt: skip
    difference = np.mean(scores[0]) - np.mean(scores[1])
    assert found["estimate"]["estimate"] == pytest.approx(difference, abs=1e-9)
    assert found["wording"]["level"] == "4"
    assert found["wording"]["en"].startswith("Inviting people (the invitation) raised")
    assert kept_small["wording"] is None or kept_small["wording"]["level"] == "4"


@pytest.mark.parametrize(("without_a_lot", "told"), [(0, True), (4, False), (40, True)])
def test_a_lot_that_few_had_no_part_in_is_not_told(
    tmp_path: Path, without_a_lot: int, told: bool
) -> None:
    """All learners less those in the lot are the few: their mean score would follow."""
    training = Training(6, 400, covered=1.0, months=1)
    sent, lots = invited(training, 0.2)
    for who in list(lots)[:without_a_lot]:
        del lots[who]
    with kept_in(tmp_path, sent) as kept:
        kept.refresh(knowledge=knowing(training.department))

        found = result(
            kept.facts, declared(invitations=Invitations("person")), invitations=lots, min_group=10
        )["invitation"]  # fmt: skip

    assert (found["estimate"] is not None) == told, found["withheld"]
    assert (found["units"] is not None) == told
    assert (found["with_evidence"] is not None) == told


def test_lots_of_departments_need_twenty_of_them(tmp_path: Path) -> None:
    training = Training(6, 300)
    training.department = {who: f"dep{int(of[3:]) % 8}" for who, of in training.department.items()}
    with kept_in(tmp_path, training.statements()) as kept:
        kept.refresh(knowledge=knowing(training.department))
        lots = {f"dep{n}": at("2026-01-01") if n % 2 else None for n in range(8)}
        asked = declared(invitations=Invitations("department"))

        found = result(kept.facts, asked, invitations=lots)["invitation"]

    assert found["estimate"] is None
    assert found["withheld"] == [{"what": "invitation", "why": "fewer than 20 departments"}]


@pytest.mark.parametrize(("drawn", "told"), [(1, False), (7, False), (8, True)])
def test_lots_of_departments_need_eight_on_either_side(
    tmp_path: Path, drawn: int, told: bool
) -> None:
    """The error of one department against many is that of the many alone."""
    training = Training(6, 300)
    training.department = {who: f"dep{n % 25}" for n, who in enumerate(training.department)}
    with kept_in(tmp_path, training.statements()) as kept:
        kept.refresh(knowledge=knowing(training.department))
        lots = {f"dep{n}": at("2026-01-01") if n < drawn else None for n in range(25)}
        asked = declared(invitations=Invitations("department"))

        found = result(kept.facts, asked, invitations=lots)["invitation"]

    assert (found["estimate"] is not None) == told
    few = [{"what": "invitation", "why": "fewer than 8 departments in a lot"}]
    assert found["withheld"] == ([] if told else few)


Planted = tuple[dict[str, str], list[dict[str, Any]], tuple[Opening, ...]]


def rolled_out(raised: float, late: int = 0) -> Planted:
    """Thirty departments of four people; half get a community in May, `late` of those in June."""
    draw = random.Random(8)
    of = {f"p{n}": f"dep{n % 30:02}" for n in range(120)}
    begins = {f"dep{n:02}": 6 if n < late else 5 for n in range(15)}
    openings = tuple(Opening(name, at(f"2026-{month:02}-01")) for name, month in begins.items())
    sent = []
    for who, department in of.items():
        for month in range(3, 9):
            after = raised * (month >= begins.get(department, 13))
            value = round(0.4 + 0.01 * month + after + draw.gauss(0, 0.05), 4)
            sent.append(told(who, min(max(value, 0), 1), f"2026-{month:02}-15"))
    return of, sent, openings


def test_departments_that_opened_are_compared_with_those_that_wait(tmp_path: Path) -> None:
    of, sent, openings = rolled_out(0.2)
    with kept_in(tmp_path, sent) as kept:
        kept.refresh(knowledge=knowing(of))

        found = result(kept.facts, declared(openings=openings), min_group=10)["rollout"]

    assert found["att"]["ci"][0] < 0.2 < found["att"]["ci"][1]
    assert found["att"]["ci"][0] > 0.1
    assert found["wording"]["level"] == "3"
    assert "transfer score rise by" in found["wording"]["en"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize(("late", "without", "min_group"), [(0, None, 1), (4, None, 10), (4, 4, 1)])
def test_the_exported_departments_give_the_same_numbers(
    tmp_path: Path, form: str, late: int, without: int | None, min_group: int
) -> None:
    """Also where nobody has evidence in the month before the first opening."""
    of, sent, openings = rolled_out(0.2, late=late)
    sent = [one for one in sent if one["timestamp"][5:7] != f"{without or 0:02}"]
    with kept_in(tmp_path, sent) as kept:
        kept.refresh(knowledge=knowing(of))
        asked = declared(openings=openings)
        found = result(kept.facts, asked, min_group=min_group)["rollout"]
        terms = Terms(until=END, min_group=min_group)
        table = units_table(asked, kept.facts, terms=terms)["rollout"]

    path = tmp_path / f"rollout.{form}"
    table.to_csv(path, index=False) if form == "csv" else path.write_bytes(flat.parquet_of(table))
    again = rerun(found["reproduce"], path)

    assert found["att"]["estimate"] is not None, found["withheld"]
    assert {name: found[name] for name in again if name in found and name != "wording"} == {
        name: again[name]
        for name in again.keys() - {"rows_read", "rows_used", "dropped", "wording"}
    }
    assert again["wording"]["level"] == found["wording"]["level"]
    assert list(table.columns) == ["unit", "period", "transfer", "first_treated"]
    assert not set(table["unit"]) & set(of.values())


@pytest.mark.parametrize(("people", "month"), [(1, 7), (2, 8), (3, 8)])
def test_an_effect_is_not_told_that_is_about_few_people_or_is_a_hidden_part(
    tmp_path: Path, people: int, month: int
) -> None:
    """Eight small departments open in the last month but one, or in the last, which is one part."""
    draw, opened = random.Random(8), 8
    of = {f"p{n}-{m}": f"dep{n:02}" for n in range(24) for m in range(people if n < opened else 3)}
    begins = {f"dep{n:02}": month for n in range(opened)}
    openings = tuple(Opening(name, at(f"2026-{month:02}-01")) for name, month in begins.items())
    sent = [
        told(who, round(0.5 + draw.gauss(0, 0.05), 4), f"2026-{month:02}-15")
        for who in of
        for month in range(3, 9)
    ]
    with kept_in(tmp_path, sent) as kept:
        kept.refresh(knowledge=knowing(of))
        asked = declared(openings=openings)
        every, found = (
            result(kept.facts, asked, min_group=k)["rollout"] for k in (1, people * opened + 1)
        )
        enough = result(kept.facts, asked, min_group=people * opened)["rollout"]

    assert every["att"]["estimate"] is not None, every["withheld"]
    assert enough["att"] == every["att"]
    assert (found["att"]["estimate"], found["wording"]["level"]) == (None, "0")
    assert "att" in {one["what"] for one in found["withheld"]}


def test_there_is_no_table_of_departments_where_nothing_opens(tmp_path: Path) -> None:
    of, sent, _ = rolled_out(0.2)
    few = [one for one in sent if one["timestamp"].startswith("2026-03")]
    one_opens = declared(openings=(Opening("dep00", at("2026-05-01")),))
    with kept_in(tmp_path, few) as kept:
        kept.refresh(knowledge=knowing(of))
        terms = Terms(until=END, min_group=1)

        found = result(kept.facts, one_opens)["rollout"]

        assert "rollout" not in units_table(declared(), kept.facts, terms=terms)
        assert "rollout" not in units_table(one_opens, kept.facts, terms=terms)
    assert "reproduce" not in found


def test_figures_of_several_kinds_are_compared_in_standard_deviations(tmp_path: Path) -> None:
    """Everyone has one of two KPIs, one a thousand times the other; both rise by a half SD."""
    draw = random.Random(9)
    of = {f"p{n}": f"dep{n % 30:02}" for n in range(240)}
    begins = {f"dep{n:02}": 5 for n in range(15)}
    openings = tuple(Opening(name, at("2026-05-01")) for name in begins)
    large = f"{KPI}/large"
    sent = []
    for n, (who, department) in enumerate(of.items()):
        own = draw.gauss(0, 1)
        what, size = (KPI, 1) if n // 30 % 2 else (large, 1000)
        sent.append(complete(who, "2026-06-01"))
        for month in range(3, 9):
            level = own + 0.5 * (month >= begins.get(department, 13)) + draw.gauss(0, 0.1)
            sent.append(figure(who, level * size, f"2026-{month:02}-15", what))
    with kept_in(tmp_path, sent) as kept:
        kept.refresh(knowledge=knowing(of))
        evidence = (Evidence(KPI, "A", kpi=True), Evidence(large, "A", kpi=True))

        found = result(kept.facts, declared(openings=openings, evidence=evidence))["rollout"]

    assert found["att"]["estimate"] == pytest.approx(0.5, abs=0.1)


def test_effects_of_groups_with_few_people_are_not_told(tmp_path: Path) -> None:
    of, sent, openings = rolled_out(0.2, late=4)
    with kept_in(tmp_path, sent) as kept:
        kept.refresh(knowledge=knowing(of))

        found = result(kept.facts, declared(openings=openings), min_group=20)["rollout"]

    assert found["group_time"] == []
    assert found["by_event_time"] == []
    assert found["att"]["estimate"] is not None, found["withheld"]
