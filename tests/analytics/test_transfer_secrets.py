"""
No transfer result, nor all of them one after another, tells of fewer than k learners.

The attacker keeps every monthly result and subtracts: what came in between two of them, what has
no evidence, what is left of an arm beside its bins.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from analytics.transfer.programme import Terms, units_table
from analytics.transfer.table import bins
from tests.analytics.command import saved
from tests.analytics.planted import Kept, at, kept_in, knowing
from tests.analytics.programmes import Training, declared, rerun, result
from tests.analytics.test_small_groups import Attacker, K, ones

ENDS = ("2026-07-10", "2026-08-10", "2026-09-10", "2026-11-10")
BINS = {"0": 0, "1-2": 1, "3-9": 2, "10+": 3}
ARMS = ("0", "1")
Kind = tuple[int, bool, bool]


@pytest.mark.parametrize("seed", [1, 3])
def test_results_one_after_another_keep_their_secrets(tmp_path: Path, seed: int) -> None:
    training = Training(seed, 90 + 60 * seed, covered=0.75, months=6)
    attacker, came = Attacker(), dict[str, int]()
    kinds: dict[str, Kind] = {}
    with kept_in(tmp_path, training.statements()) as kept:
        kept.refresh(knowledge=knowing(training.department))
        for step, end in enumerate(ENDS):
            table = exported(kept, end)
            rows = learners(table)
            kinds |= rows
            came |= {who: step for who in rows if who not in came}
            found = result(kept.facts, min_group=K, until=at(end))
            read(attacker, found, step)
            assert_rounded(found)
            assert_overlap_kept(found, rerun(found["reproduce"], saved(table, tmp_path)))

    assert len({came[who] for who in came}) > 1, "nothing came in between two results"
    for step in range(len(ENDS)):
        for first in {0, step}:
            for name, kind in secrets().items():
                own = [w for w in came if first <= came[w] <= step and kinds[w] in kind]
                cells = ones((n, one) for n in range(first, step + 1) for one in kind)
                attacker.assert_kept(cells, len(own), f"{name} from {first} to {step}")


def exported(kept: Kept, end: str) -> Any:
    """The table of a day's result: the truth."""
    return units_table(
        declared(), kept.facts, terms=Terms(until=at(end), min_group=K)
    )["programme"]  # fmt: skip


def learners(frame: Any) -> dict[str, Kind]:
    """Everyone in a table: dose bin, evidence, applied."""
    place = bins(frame["acts"].to_numpy()).tolist()
    told = frame["transfer"].notna().tolist()
    applied = (frame["applied"] == 1).tolist()
    return dict(zip(frame["learner"], zip(place, told, applied, strict=True), strict=True))


def secrets() -> dict[str, list[Kind]]:
    every = [(b, e, a) for b in range(4) for e in (False, True) for a in (False, True)]
    found: dict[str, list[Kind]] = {}
    for arm in (0, 1):
        own = [one for one in every if (one[0] > 0) == arm]
        found[f"arm {arm}"] = own
        found[f"evidence in arm {arm}"] = [one for one in own if one[1]]
        found[f"no evidence in arm {arm}"] = [one for one in own if not one[1]]
        found[f"applied in arm {arm}"] = [one for one in own if one[1] and one[2]]
        found[f"not applied in arm {arm}"] = [one for one in own if one[1] and not one[2]]
    for name, place in BINS.items():
        found[f"dose {name}"] = [one for one in every if one[0] == place and one[1]]
    return found


def read(attacker: Attacker, found: dict[str, Any], step: int) -> None:
    """Everything that a result says of numbers of learners."""
    kinds = secrets()

    def so_far(*names: str) -> dict[Any, int]:
        own = {one for name in names for one in kinds[name]}
        return ones((n, one) for n in range(step + 1) for one in own)

    everyone = so_far("arm 0", "arm 1")
    told = so_far("evidence in arm 0", "evidence in arm 1")
    attacker.knows(everyone, None)
    population, analysis = found["population"], found["analysis"]
    attacker.knows(everyone, population["units"]["all"])
    attacker.knows(told, population["with_evidence"]["all"])
    attacker.knows(told, analysis["rows_used"])
    attacker.knows(everyone, analysis["rows_read"])
    for arm in ARMS:
        attacker.knows(so_far(f"arm {arm}"), population["units"][arm])
        attacker.knows(so_far(f"evidence in arm {arm}"), population["with_evidence"][arm])
        if found["coverage"] and found["coverage_is_current"]:
            share = found["coverage"][arm]
            whole = dict.fromkeys(so_far(f"arm {arm}"), -share)
            for cell in so_far(f"evidence in arm {arm}"):
                whole[cell] += 1
            attacker.knows(whole, 0)  # type: ignore[arg-type]
    for row in analysis["description"]["means"]:
        if row["level"] in ARMS and isinstance(row["n"], int):
            attacker.knows(so_far(f"evidence in arm {row['level']}"), row["n"])
    for row in found["doses"]:
        attacker.knows(so_far(f"dose {row['level']}"), row["n"])
    missing = (analysis["dropped"] or {}).get("transfer")
    attacker.knows(so_far("no evidence in arm 0", "no evidence in arm 1"), missing)


def assert_rounded(found: dict[str, Any]) -> None:
    population = found["population"]
    numbers = [population["completers"], *population["excluded"].values()]
    assert all(number % K == 0 for number in numbers)


def assert_overlap_kept(found: dict[str, Any], truth: dict[str, Any]) -> None:
    """Nor do the bins of the propensity, which add up to the arms."""
    overlap = found["analysis"]["overlap"]
    if not overlap:
        return
    attacker = Attacker()
    counts, true = (one["histogram"]["counts"] for one in (overlap, truth["overlap"]))
    for arm in ARMS:
        cells = [(arm, place) for place in range(20)]
        attacker.knows(ones(cells), found["population"]["with_evidence"][arm])
        for cell, n in zip(cells, counts[arm], strict=True):
            attacker.knows({cell: 1}, n)
    if overlap["share_in_05_95"] is not None:
        inside = ones((arm, place) for arm in ARMS for place in range(1, 19))
        n = round(overlap["share_in_05_95"] * found["analysis"]["rows_used"])
        attacker.knows(inside, n)
    for arm in ARMS:
        for place, n in enumerate(true[arm]):
            attacker.assert_kept({(arm, place): 1}, n, f"propensity bin {place} of arm {arm}")
