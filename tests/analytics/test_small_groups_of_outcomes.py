"""Who completes and passes what keeps its secrets, beside the types and the departments."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.analytics.attacker import (
    VERBS,
    Attacker,
    assert_types_kept,
    both,
    learning_types,
    ones,
    schooled,
)
from tests.analytics.planted import Kept, kept_in, knowing

MONTHS = {"period": "month"}
ENDED = ("formal_only", "both")
FIGURES = {"completed": 0, "judged": 1, "passed": 2}
RATES = {"completion_rate": ("completed", "people"), "pass_rate": ("passed", "judged")}
# Who completed, was judged, passed; nobody passes without the other two.
POSSIBLE = [
    one for one in itertools.product((True, False), repeat=3) if one[2] <= (one[0] and one[1])
]


class Asked:
    """A schooled organisation: its store, and month and type → how many ended so."""

    def __init__(self, kept: Kept, sent: list[dict[str, Any]]) -> None:
        self.kept, self.ended = kept, endings(sent)


@pytest.fixture(scope="module", params=range(16))
def asked(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    of, sent = schooled(request.param)
    with kept_in(tmp_path_factory.mktemp("schooled"), sent) as kept:
        kept.refresh(knowledge=knowing(of))
        yield Asked(kept, sent)


def test_formal_outcomes_keep_their_secrets(asked: Asked) -> None:
    shown, truth = both(asked.kept, "formal_social", by="department", options=MONTHS)
    departments = sorted({row["department"] for row in truth["groups"]})
    attacker = Attacker()
    learning_types(attacker, shown, departments)
    for row in shown["outcomes"]:
        formal_outcomes(attacker, row, departments)

    assert_types_kept(attacker, truth, departments)
    for (period, kind), real in asked.ended.items():
        assert_endings_kept(attacker, period, kind, real)


def formal_outcomes(attacker: Attacker, row: dict[str, Any], departments: list[str]) -> None:
    """People of a type are those of its endings; a rate and a number in a sentence are figures."""
    period = row["period"]
    for kind in ENDED:
        cells = {"people": ones((period, kind, one) for one in POSSIBLE)} | {
            name: ones((period, kind, one) for one in POSSIBLE if one[place])
            for name, place in FIGURES.items()
        }
        of_type = ones((period, of, kind) for of in departments)
        attacker.knows(of_type | dict.fromkeys(cells["people"], -1), 0)
        for name, terms in cells.items():
            attacker.knows(terms, row[kind][name])
        for name, (part, whole) in RATES.items():
            if (rate := row[kind][name]) is not None:
                in_part = dict.fromkeys(cells[part], 1 - rate)
                attacker.knows(dict.fromkeys(cells[whole], -rate) | in_part, 0)
    for name, (_, whole) in RATES.items():
        numbers = re.findall(r"(?:n |Among )(\d+)", row["wording"][name]["en"])
        among = ones(
            (period, kind, one)
            for kind in ENDED
            for one in POSSIBLE
            if whole == "people" or one[FIGURES[whole]]
        )
        for number in numbers:
            attacker.knows(among, int(number))


def endings(sent: list[dict[str, Any]]) -> dict[tuple[str, str], Counter[tuple[bool, ...]]]:
    """Month and type → how many ended so; counted the simple way."""
    verbs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for one in sent:
        who, verb = one["actor"]["account"]["name"], one["verb"]["id"].rpartition("/")[2]
        verbs[one["timestamp"][:7], who].add(verb)
    found: dict[tuple[str, str], Counter[tuple[bool, ...]]] = defaultdict(Counter)
    for (month, _), own in verbs.items():
        if own & set(VERBS):
            ended = tuple(
                bool(own & these)
                for these in ({"completed", "passed"}, {"passed", "failed"}, {"passed"})
            )
            found[month, "both" if "create" in own else "formal_only"][ended] += 1
    return found


def assert_endings_kept(
    attacker: Attacker, period: str, kind: str, real: Counter[tuple[bool, ...]]
) -> None:
    """No ending, nor any kinds of them together: who did not pass, who failed, and so on."""
    for n in range(1, len(POSSIBLE) + 1):
        for these in itertools.combinations(POSSIBLE, n):
            people = sum(real[one] for one in these)
            cells = ones((period, kind, one) for one in these)
            attacker.assert_kept(cells, people, f"{these} of {kind} in {period}")


def test_a_split_tells_the_same_of_everyone(asked: Asked) -> None:
    """Else what one answer hides could be worked out with the other."""
    whole, _ = both(asked.kept, "formal_social", options=MONTHS)
    split, _ = both(asked.kept, "formal_social", by="department", options=MONTHS)

    assert {name: split[name] for name in whole} == whole
