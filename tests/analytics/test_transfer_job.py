"""What the transfer job keeps, and what each format of its answer tells at a minimum group."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from analytics import flat
from analytics.facts.projection import code
from analytics.jobs import Work
from analytics.transfer.success_cases import shown
from lrs.domain import programme_forms
from lrs.services.consent import TO_BE_ASKED
from lrs.services.jobs import Jobs
from tests.analytics.planted import Kept, at, ifi_of, kept_in, knowing
from tests.analytics.programmes import Training, days_after, declared, rerun, told
from tests.analytics.test_transfer_designs import rolled_out

K = 10
RUN = "transfer/pumps"


@pytest.fixture(scope="module")
def training() -> Training:
    return Training(11, 100)


@pytest.fixture(scope="module")
def work(training: Training, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Work]:
    """The runs of a store in which one training took place, at a minimum group of ten."""
    folder = tmp_path_factory.mktemp("job")
    with kept_in(folder, training.statements()) as kept:
        kept.refresh(knowledge=knowing(training.department))
        yield opened(kept, folder)


def opened(kept: Kept, folder: Path, **changed: Any) -> Work:
    """The runs of a store, with the programme declared."""
    vocabulary = {"pumps": {"en": ["pump"]}}
    kept.lrs.topics.put(vocabulary, by="tests", now=at("2025-11-01"))
    asked = programme_forms.shown(declared(**changed).programme)
    kept.lrs.programmes.declare(asked, by="tests", now=at("2025-12-01"))
    return Work(kept.lrs, Jobs(kept.store, 60.0), folder, K)


def text_of(row: dict[str, Any]) -> str:
    return " ".join(str(value) for value in row.values())


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_no_format_tells_of_fewer_than_ten_learners(
    work: Work, training: Training, form: str, tmp_path: Path
) -> None:
    work.run(RUN)

    rows = table(
        flat.as_csv if form == "csv" else flat.as_parquet, work.transfer("pumps"), tmp_path
    )

    doses = [row for row in rows if row["section"] == "doses" and row["figure"] == "n"]
    truth = [
        sum(low <= training.acts[who] <= high for who in training.score)
        for low, high in ((0, 0), (1, 2), (3, 9), (10, 99))
    ]
    assert any(0 < n < K for n in truth), "nobody would be told of"
    hidden = [row["value"] in (None, "") for row in doses]
    assert all(gone for gone, n in zip(hidden, truth, strict=True) if n < K)
    assert not all(hidden)
    for row in rows:
        if row["section"] == "population" and row["value"] not in (None, ""):
            assert float(row["value"]) == 0 or float(row["value"]) >= K, text_of(row)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_no_format_names_a_learner(
    work: Work, training: Training, form: str, tmp_path: Path
) -> None:
    work.run(RUN)

    rows = table(
        flat.as_csv if form == "csv" else flat.as_parquet, work.transfer("pumps"), tmp_path
    )
    named = {*work.units("pumps")["programme"]["learner"], *map(ifi_of, training.department)}
    named |= {shown(code(who)) for who in training.department}

    assert [
        text for row in rows if (text := text_of(row)) and any(one in text for one in named)
    ] == []


def table(write: Any, result: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    """The rows of a result in a format."""
    made = write(result)
    if write is flat.as_csv:
        return list(csv.DictReader(io.StringIO(made.decode())))
    path = folder / "result.parquet"
    path.write_bytes(made)
    found = duckdb.read_parquet(str(path))
    return [dict(zip(found.columns, row, strict=True)) for row in found.fetchall()]


def test_cases_are_drawn_from_those_who_agreed_to_be_asked(tmp_path: Path) -> None:
    """Whoever agreed to be recorded did not agree to be asked; who takes it back is gone at once."""
    of_all = Training(11, 300, covered=1.0)
    with kept_in(tmp_path, of_all.statements()) as kept:
        kept.refresh()
        work = opened(kept, tmp_path)
        everyone = [ifi_of(who) for who in of_all.department]
        for who in everyone:
            kept.lrs.consent.give(None, who)
        work.run(RUN)
        recorded = work.transfer("pumps")["cases"]

        for who in everyone:
            kept.lrs.consent.give(TO_BE_ASKED, who)
        work.run(RUN)
        asked = work.transfer("pumps")["cases"]
        gone = next(who for who in everyone if shown(code(who)) == asked["top"][0])
        kept.lrs.consent.withdraw(None, gone)
        left = work.transfer("pumps")["cases"]

    assert (recorded["top"], recorded["why"]) == (None, "fewer than 10 who consented in a tenth")
    assert (len(asked["top"]), len(asked["bottom"])) == (5, 5)
    assert left["top"] == asked["top"][1:]
    assert left["bottom"] == asked["bottom"]


def test_the_exported_table_is_that_of_the_newest_result(tmp_path: Path) -> None:
    """Else its numbers could not be found again once more is known."""
    training = Training(11, 100)
    late = next(who for who in training.department if who not in training.score)
    with kept_in(tmp_path, training.statements()) as kept:
        kept.refresh()
        work = opened(kept, tmp_path)
        work.run(RUN)
        before = work.units("pumps")["programme"]
        kept.keep(told(late, 0.9, days_after(training.completed[late], 60)))
        kept.refresh()

        after = work.units("pumps")["programme"]
        work.run(RUN)
        again = work.units("pumps")["programme"]

    assert after.equals(before)
    assert again["transfer"].notna().sum() == before["transfer"].notna().sum() + 1


def test_the_roll_out_of_the_newest_result_can_be_rerun_from_its_table(tmp_path: Path) -> None:
    """By pseudonym, and with nothing of what came in since."""
    of, sent, openings = rolled_out(0.2)
    with kept_in(tmp_path, sent) as kept:
        kept.refresh(knowledge=knowing(of))
        work = opened(kept, tmp_path, openings=openings)
        work.run(RUN)
        kept.keep(told("p0", 0.0, "2026-07-20"))
        kept.refresh(knowledge=knowing(of))

        found = work.transfer("pumps")["rollout"]
        panel = work.units("pumps")["rollout"]

    path = tmp_path / "rollout.parquet"
    path.write_bytes(flat.parquet_of(panel))
    again = rerun(found["reproduce"], path)
    assert found["att"]["estimate"] is not None
    assert (again["att"], again["group_time"]) == (found["att"], found["group_time"])
    assert not set(panel["unit"]) & set(of.values())
