"""Results of a company and of its trainings, made once."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.reports import Document, Request, document
from analytics.reports.language import Language
from analytics.transfer.programme import run
from tests.analytics.planted import kept_in, knowing
from tests.analytics.reports.company import HALF_YEAR, Company, Folder
from tests.analytics.reports.trainings import Trainings

PROGRAMME = "training-0"
KINDS = {
    "robust": Trainings(),
    "null": Trainings(gain=0.0),
    "few": Trainings(learners=40),
    "uneven": Trainings(coverage=(0.9, 0.5)),
    "single": Trainings(count=1, learners=260, motive=1.0),
}


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """The company's facts, small groups hidden."""
    made = Company()
    folder = tmp_path_factory.mktemp("company")
    with kept_in(folder, made.statements()) as kept:
        kept.refresh(knowledge=knowing(made.of))
        return Folder(kept.facts)


@pytest.fixture(scope="session")
def transfers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The result of the first training by kind of organisation."""
    found = {}
    for kind, trainings in KINDS.items():
        with kept_in(tmp_path_factory.mktemp(kind), trainings.statements()) as kept:
            kept.refresh(knowledge=knowing(trainings.of()))
            first, *others = trainings.declared()
            found[kind] = run(first, kept.facts, others=others)
    return found


def overview(company: Folder, language: Language) -> Document:
    return document("overview", company, Request(HALF_YEAR, language))


def transfer(result: dict[str, Any], company: Folder, language: Language) -> Document:
    desk = Folder(company.facts, results={PROGRAMME: result})
    return document("transfer", desk, Request(language=language, programme=PROGRAMME))
