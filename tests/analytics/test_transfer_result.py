"""What a transfer run says of units that were planted, and what it keeps to itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from analytics.facts import Engine
from analytics.facts.projection import code
from analytics.transfer.multiplicity import headline
from analytics.transfer.programme import Terms, run_all, units_table
from analytics.transfer.success_cases import shown, still
from analytics.transfer.wording import Finding, causal_words, wording
from lrs.domain.programmes import Evidence
from tests.analytics.planted import Kept, at, kept_in, knowing
from tests.analytics.programmes import (
    EVIDENCE,
    Training,
    declared,
    rerun,
    result,
)

SECOND = "https://lms.example/course/2"
MAY_CLAIM = {"3", "4"}


@pytest.fixture(scope="module")
def training() -> Training:
    return Training(11, 500)


@pytest.fixture(scope="module")
def planted(training: Training, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Two trainings of the same people."""
    other = Training(
        12, 500, course=SECOND, topic="valves", evidence=f"{EVIDENCE}/2", difference=0.0
    )
    sent = [*training.statements(), *other.statements()]
    with kept_in(tmp_path_factory.mktemp("two"), sent) as kept:
        kept.refresh(knowledge=knowing(training.department))
        yield kept


def second(**changed: Any) -> Any:
    asked = {
        "id": "valves", "activities": (SECOND,), "topics": ("valves",),
        "evidence": (Evidence(f"{EVIDENCE}/2", "B"),), **changed,
    }  # fmt: skip
    return declared(**asked)


@pytest.mark.parametrize(("form", "pool"), [("csv", "programme"), ("parquet", "pooled")])
def test_the_exported_table_gives_the_same_numbers(
    planted: Kept, tmp_path: Path, form: str, pool: str
) -> None:
    terms = Terms(until=at("2026-11-01"), min_group=1)
    found = result(planted.facts, others=[second()])
    table = units_table(declared(), planted.facts, others=[second()], terms=terms)[pool]
    path = tmp_path / f"units.{form}"
    table.to_csv(path, index=False) if form == "csv" else _parquet(table, path)
    where = found if pool == "programme" else found["pooled"]

    again = rerun(where["reproduce"], path)

    assert again == where["analysis"]


def _parquet(table: Any, path: Path) -> None:
    import duckdb

    with duckdb.connect(":memory:") as connection:
        connection.register("units", table)
        connection.execute(f"COPY units TO '{path}' (FORMAT parquet)")


def test_learners_are_compared_with_themselves_where_there_are_two_trainings(
    planted: Kept,
) -> None:
    found = result(planted.facts, others=[second()])

    assert found["pooled"]["analysis"]["primary"] == "within"
    assert found["primary"]["of"] == "pooled"
    assert found["wording"]["en"].startswith("Over 2 trainings together: Comparing learners")
    assert found["primary"]["crude"] is not None


def test_alone_a_training_is_adjusted_and_nothing_is_pooled(planted: Kept) -> None:
    found = result(planted.facts)

    assert found["pooled"] is None
    assert (found["primary"]["of"], found["primary"]["method"]) == ("programme", "aipw_crossfit")
    assert found["primary"]["ci"][0] < 0.1 < found["primary"]["ci"][1]


def test_every_contrast_that_was_tested_is_counted(planted: Kept) -> None:
    several = declared(topics=("pumps", "lunch"))

    tests = result(planted.facts, several, others=[second()])["multiplicity"]

    assert [(row["programme"], row["topic"]) for row in tests["contrasts"]] == [
        (None, None), ("pumps", None), ("pumps", "pumps"), ("pumps", "lunch"), ("valves", None),
    ]  # fmt: skip
    assert (tests["q"], tests["tested"]) == (0.1, 5)
    assert all(row["p_adjusted"] >= row["p"] for row in tests["contrasts"])
    assert all(row["mde80"] == pytest.approx(2.802 * row["se"]) for row in tests["contrasts"])


@pytest.mark.parametrize(("kept", "level"), [(True, "2r"), (False, "2")])
def test_all_checks_held_only_if_it_survives_all_that_was_tested(kept: bool, level: str) -> None:
    finding = Finding("transfer", "active", 300, estimate=0.1, ci=(0.05, 0.15), mde=0.07)
    row = {
        "method": "aipw_crossfit", "estimand": "ate", "term": "active", "estimate": 0.1,
        "se": 0.025, "ci": [0.05, 0.15], "n": 300, "df": None,
    }  # fmt: skip
    found = {"primary": "aipw_crossfit", "estimates": [row], "wording": wording("2r", finding)}
    test = {"programme": "pumps", "topic": None, **row, "p_adjusted": 0.2, "kept": kept}

    _, worded = headline(found, None, {"contrasts": [test]})

    assert worded["level"] == level
    assert ("robustness checks" in worded["en"], "controles" in worded["nl"]) == (kept, kept)


def test_figures_and_scores_are_not_pooled(planted: Kept) -> None:
    by_figure = second(evidence=(Evidence(f"{EVIDENCE}/2", "A", kpi=True),))

    found = result(planted.facts, others=[by_figure])

    assert found["pooled"] is None


def test_all_at_once_gives_what_each_gives_alone(planted: Kept) -> None:
    terms = Terms(until=at("2026-11-01"), min_group=1, cutoff=at("2026-12-31"))

    found = run_all([second(), declared()], planted.facts, terms)

    alone = result(planted.facts, others=[second()], cutoff=at("2026-12-31"))
    assert json.dumps(found["pumps"]) == json.dumps(alone)


@pytest.mark.parametrize("min_group", [1, 10])
def test_the_bytes_are_the_same_whatever_the_number_of_threads(
    planted: Kept, min_group: int
) -> None:
    given = {"cutoff": at("2026-12-31"), "others": [second()], "ids": 3, "min_group": min_group}

    found = {
        json.dumps(result(planted.facts, engine=Engine(threads), **given)) for threads in (1, 2, 3)
    }

    assert len(found) == 1


def test_a_gap_in_coverage_takes_all_adjusted_results_away(tmp_path: Path) -> None:
    training = Training(5, 600, gap=0.25)
    with kept_in(tmp_path, training.statements()) as kept:
        kept.refresh(knowledge=knowing(training.department))

        found = result(kept.facts)

    assert {row["method"] for row in found["analysis"]["estimates"]} == {"crude"}
    assert found["wording"]["level"] == "1"
    withheld = {row["what"]: row["why"] for row in found["withheld"]}
    assert "differs by" in withheld["aipw_crossfit"]


def test_learners_without_evidence_are_missing_and_not_zero(planted: Kept) -> None:
    found = result(planted.facts)
    means = {row["level"]: row for row in found["analysis"]["description"]["means"]}

    assert means["all"]["n"] < found["population"]["units"]["all"]
    assert means["all"]["mean"] > 0.4


def test_what_learners_say_of_themselves_carries_a_warning(planted: Kept) -> None:
    said = result(planted.facts, declared(evidence=(Evidence(EVIDENCE, "C"),)))
    by_others = result(planted.facts)

    assert said["warnings"][0]["what"] == "self_report"
    assert "self_report" not in [row["what"] for row in by_others["warnings"]]


def test_without_topics_or_evidence_nothing_is_said(planted: Kept) -> None:
    found = result(planted.facts, declared(topics=(), evidence=()))

    assert found["primary"] is None
    assert found["wording"]["level"] == "0"
    assert {"outcome", "exposure"} <= {row["what"] for row in found["withheld"]}


def test_the_result_leads_back_to_statements(planted: Kept) -> None:
    found = result(planted.facts, ids=2)

    assert found["statements"]["count"] > 1000
    assert len(found["statement_ids"]) == 2
    assert len(found["query"]) == 64


def test_progress_is_told_and_may_end_the_run(planted: Kept) -> None:
    shares: list[float] = []

    def stop(share: float) -> None:
        shares.append(share)
        if share > 0.3:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        result(planted.facts, progress=stop)

    assert shares == sorted(shares)


def test_cases_are_drawn_from_those_who_consented(planted: Kept, training: Training) -> None:
    codes = {who: code(who) for who in training.department}
    ranked = sorted(training.score, key=lambda who: (training.score[who], codes[who]))
    tenth = len(ranked) // 10
    agreed = {codes[who] for n, who in enumerate(training.department) if n % 3}

    found = result(planted.facts, consented=agreed, min_group=10, until=at("2026-12-01"))["cases"]

    best = {shown(codes[who]) for who in ranked[-tenth:] if codes[who] in agreed}
    worst = {shown(codes[who]) for who in ranked[:tenth] if codes[who] in agreed}
    assert (len(found["top"]), len(found["bottom"])) == (5, 5)
    assert set(found["top"]) <= best
    assert set(found["bottom"]) <= worst


def test_who_does_not_agree_any_more_is_no_case_of_an_older_result() -> None:
    frame = {"top": [shown(-1), shown(2)], "bottom": [shown(3)], "of": 20, "kind": "cases"}

    kept = still(frame, {2})

    assert kept == {"top": [shown(2)], "bottom": [], "of": 20, "kind": "cases"}


@pytest.mark.parametrize("consented", [None, []])
def test_nobody_is_named_whose_consent_is_not_known(planted: Kept, consented: Any) -> None:
    found = result(planted.facts, consented=consented)["cases"]

    assert (found["top"], found["bottom"]) == (None, None)


@pytest.mark.parametrize("min_group", [1, 10])
def test_no_sentence_below_level_three_claims_a_cause(planted: Kept, min_group: int) -> None:
    asked = declared(evidence=(Evidence(EVIDENCE, "C"),))
    found = result(planted.facts, asked, others=[second()], min_group=min_group)

    texts = list(sentences(found))

    assert len(texts) > 6
    for level, language, text in texts:
        assert level in MAY_CLAIM or causal_words(text, language) == [], text


def sentences(found: Any, level: str = "") -> Iterator[tuple[str, Any, str]]:
    """Every text in English or Dutch, with the level that is claimed for it."""
    if isinstance(found, dict):
        own = str(found.get("level", ""))
        for language in ("en", "nl"):
            if isinstance(found.get(language), str) and found.get("what") != "name":
                yield own, language, found[language]
        for part in found.values():
            yield from sentences(part, own)
    elif isinstance(found, list):
        for part in found:
            yield from sentences(part, level)
