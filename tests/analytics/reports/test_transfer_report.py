"""A programme's report: the sentence its design allows, and every reason in both languages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import analytics.transfer
from analytics.reports import reasons, render
from analytics.reports.language import LANGUAGES, Language
from analytics.simulate.units import Scenario, organisation, units_of
from analytics.transfer.association import Plan, analyse
from analytics.transfer.labels import labelled
from analytics.transfer.wording import Finding, causal_words, wording
from lrs.domain.errors import BadRequest
from tests.analytics.reports.company import Folder
from tests.analytics.reports.conftest import KINDS, transfer
from tests.analytics.reports.test_overview import text_of

Results = dict[str, dict[str, Any]]


def test_the_planted_organisations_reach_several_rungs(transfers: Results) -> None:
    levels = {kind: result["wording"]["level"] for kind, result in transfers.items()}

    assert levels["few"] == "0"
    assert levels["uneven"] == "1"
    assert levels["robust"] in {"2", "2r"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_sentence_is_the_runs_own(
    transfers: Results, company: Folder, kind: str, language: Language
) -> None:
    said = list(transfer(transfers[kind], company, language).texts())

    assert transfers[kind]["wording"][language] in said
    assert {warning[language] for warning in transfers[kind]["warnings"]} <= set(said)


def test_the_same_result_gives_the_same_bytes(transfers: Results, company: Folder) -> None:
    first, second = (render(transfer(transfers["robust"], company, "nl")) for _ in range(2))

    assert first == second


def test_what_a_design_licenses_is_said_with_its_level(transfers: Results, company: Folder) -> None:
    """A roll-out and an invitation have sentences of their own, beside that of the association."""
    result = deepcopy(transfers["robust"])
    finding = Finding("transfer", "invited", 240, estimate=0.1, ci=(0.05, 0.15), mde=0.07)
    row = {"estimate": 0.1, "ci": [0.05, 0.15], "n": 240}
    result["invitation"] = {
        "units": {"0": 150, "1": None},
        "with_evidence": {"0": 120, "1": 120},
        "estimate": row,
        "wording": labelled(wording("4", finding)),
        "withheld": [],
    }
    result["rollout"] = {
        "units": 24,
        "by_event_time": [
            {"event_time": -1, "estimate": 0.0, "ci": [-0.1, 0.1]},
            {"event_time": 0, "estimate": 0.1, "ci": [0.02, 0.18]},
            {"event_time": 1, "estimate": 0.1, "ci": None},
        ],
        "pretrend": {"p": 0.4},
        "wording": labelled(wording("3", finding)),
        "withheld": [],
        "reproduce": "lrs analyse did ROLLOUT --unit unit",
    }

    text = text_of(render(transfer(result, company, "en")))

    assert "Inviting people (the invitation) raised transfer score by 0.1" in text
    assert "Level 4 of 4" in text
    assert "Level 3 of 4" in text
    assert "Moved alike before the start: p 0.4." in text
    assert "Invited hidden 120" in text
    assert "Those of the roll-out again, from its table lrs analyse did ROLLOUT" in text


def test_a_null_result_says_what_could_have_been_seen(transfers: Results, company: Folder) -> None:
    said = list(transfer(transfers["null"], company, "nl").texts())

    assert any("alleen verschillen van" in text for text in said)
    assert any("acht van de tien keer te zien" in text for text in said)


def test_the_naive_difference_stands_beside_the_reported(
    transfers: Results, company: Folder
) -> None:
    said = list(transfer(transfers["robust"], company, "en").texts())

    assert any(text.startswith("Taking account of nothing, the difference is") for text in said)


def test_when_it_was_declared_and_how_to_repeat_it_is_told(
    transfers: Results, company: Folder
) -> None:
    text = text_of(render(transfer(transfers["robust"], company, "en")))

    assert "Version 1, declared on 1 Dec 2025" in text
    assert "lrs analyse report transfer --programme training-0 --version 1" in text
    assert transfers["robust"]["reproduce"].split(" --json")[0] in text


def test_people_who_may_be_asked_are_not_named(transfers: Results, company: Folder) -> None:
    """The sampling frame of cases is for whoever asks them, not for a report."""
    result = deepcopy(transfers["robust"])
    result["cases"] = {"top": ["00ffee00ffee00ff"], "bottom": ["00ffee00ffee00fe"], "of": 20}

    said = " ".join(transfer(result, company, "en").texts())

    assert "00ffee" not in said


def test_a_report_of_a_programme_needs_one(company: Folder) -> None:
    from analytics.reports import Request, make

    with pytest.raises(BadRequest):
        make("transfer", company, Request())


def test_every_reason_has_its_dutch(transfers: Results, company: Folder) -> None:
    for result in transfers.values():
        for one in result["withheld"]:
            assert reasons.is_known(one["why"]), one["why"]
    assert {one["why"] for result in transfers.values() for one in result["withheld"]}


def test_every_reason_that_the_code_can_give_has_its_dutch() -> None:
    """A reason that is added needs its Dutch in analytics/reports/reasons.py."""
    folder = Path(analytics.transfer.__file__).parent
    found = [why for path in sorted(folder.glob("*.py")) for why in _reasons(path)]

    assert len(found) > 30
    assert [why for why in found if not reasons.is_known(why)] == []


def _reasons(path: Path) -> Iterator[str]:
    """What NotApplicable is raised with, and what a `why` says, numbers put in."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "NotApplicable":
            yield from _text(node.args[0])
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "why":
                    yield from _text(value)


def _text(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _text(node.body)
        yield from _text(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "12" for part in node.values]
        yield "".join(map(str, parts))


def test_no_causal_word_in_200_reports_below_level_3(transfers: Results, company: Folder) -> None:
    """Over scenarios with and without an effect, hidden motivation and small groups."""
    scenarios = [
        Scenario(learners=learners, latent=latent, tau=tau)
        for learners in (20, 60, 110)
        for latent in (0.0, 1.0)
        for tau in (0.0, 0.4)
    ]
    kinds = list(transfers.values())
    levels = set()
    for seed in range(100):
        units = units_of(organisation(scenarios[seed % len(scenarios)], seed))
        found = analyse(units, Plan(seed=seed, repeats=1))
        result = {**kinds[seed % len(kinds)], "analysis": found, "pooled": None, "primary": None}
        result["wording"] = labelled(found["wording"])
        result["withheld"] = found["withheld"]
        levels.add(found["wording"]["level"])

        for language in LANGUAGES:
            said = list(transfer(result, company, language).texts())

            assert [word for text in said for word in causal_words(text, language)] == []
    assert levels >= {"0", "1", "2"}
