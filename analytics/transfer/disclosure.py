"""
Which of a programme's counts may be told, beside each other and beside all results before.

The atoms are learners of one batch, dose bin and with or without evidence; learners of an arm and
a bin of the propensity. Told are arms, bins and coverage. A reader who kept every earlier result
knows what each batch added, so that must be k or more too, or stay unknown.

Spec: research/analytics.md 3.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from analytics.small_groups import Count, Counts, Key
from analytics.transfer.description import DOSE_BINS

if TYPE_CHECKING:
    import numpy as np

Atom = tuple[int, int, bool, bool]
"""Batch, dose bin, whether there is evidence, whether it says applied."""
Kind = tuple[int, bool, bool]
"""The same of any batch."""
ARMS = ("0", "1")
_BINS = range(len(DOSE_BINS))


@dataclass(frozen=True)
class Told:
    """
    What may be told; None where not.

    Args:
        units: By arm, and all.
        evidence: The same, of those with evidence.
        bins: With evidence, by name of the dose bin.
        applied: Of those with evidence, how many scored as applied, by arm.
        coverage: Share of units with evidence by arm, as it was when last it could be told; None
            where it never could.
        coverage_is_current: Whether it is that of these units.
    """

    units: dict[str, int | None]
    evidence: dict[str, int | None]
    bins: dict[str, int | None]
    applied: dict[str, int | None]
    coverage: dict[str, float] | None
    coverage_is_current: bool


def _coverage(said: dict[Key, int | None], step: int) -> dict[str, float] | None:
    """By arm, up to a batch; None where it would tell of few."""
    shares = {}
    for arm in ARMS:
        whole = said.get((str(step), _UNITS, arm), 0)
        part = said.get((str(step), _EVIDENCE, arm), 0)
        if part is None or not whole:
            return None
        shares[arm] = part / whole
    return shares


def told(
    batch: np.ndarray, bins: np.ndarray, evidence: np.ndarray, applied: np.ndarray, k: int
) -> Told:
    """
    What may be told of units.

    Args:
        batch: Of each, 0, 1, …: all up to a batch were told of together.
        bins: The dose bin of each, 0 for the unexposed.
        evidence: Whether each has evidence.
        applied: Whether it counts as applied; False where nobody knows.
    """
    cells: dict[Atom, int] = {}
    rows = (batch.tolist(), bins.tolist(), evidence.tolist(), applied.tolist())
    for one in zip(*rows, strict=True):
        cells[one] = cells.get(one, 0) + 1
    counts = Counts(k)
    said: dict[Key, int | None] = {}
    steps = sorted({one[0] for one in cells})
    for step in steps:
        for name, kinds in _GROUPS.items():
            own = _count(cells, kinds, range(step, step + 1))
            if own.value:
                counts.secret(("added", str(step), *name), own)
    for step in steps:
        for together in (_FIRST, _THEN):
            wanted = {
                (str(step), *name): _count(cells, kinds, range(step + 1), together[name[0]])
                for name, kinds in _GROUPS.items()
                if name[0] in together
            }
            said |= counts.publish({key: one for key, one in wanted.items() if one.value})
    last = str(steps[-1]) if steps else ""
    covered = {step: found for step in steps if (found := _coverage(said, step))}

    def names(group: str, listed: tuple[str, ...]) -> dict[str, int | None]:
        return {name: said.get((last, group, name), 0) for name in listed}

    return Told(
        names(_UNITS, (*ARMS, "all")),
        names(_EVIDENCE, (*ARMS, "all")),
        names(_DOSES, tuple(name for _, _, name in DOSE_BINS)),
        names(_APPLIED, ARMS),
        covered[max(covered)] if covered else None,
        bool(covered) and max(covered) == steps[-1],
    )


_UNITS, _EVIDENCE, _DOSES, _APPLIED, _WITHOUT, _FAILED = (
    "units", "evidence", "doses", "applied", "without", "not_applied",
)  # fmt: skip


def _groups() -> dict[Key, frozenset[Kind]]:
    """Everything that is published, and what would follow from it, by its kinds of learners."""
    every = list(product(_BINS, (False, True), (False, True)))
    groups: dict[Key, frozenset[Kind]] = {}
    for arm in (*ARMS, "all"):
        own = [one for one in every if arm in ("all", ARMS[one[0] > 0])]
        groups[_UNITS, arm] = frozenset(own)
        groups[_EVIDENCE, arm] = frozenset(one for one in own if one[1])
        groups[_WITHOUT, arm] = frozenset(one for one in own if not one[1])
        if arm != "all":
            groups[_APPLIED, arm] = frozenset(one for one in own if one[1] and one[2])
            groups[_FAILED, arm] = frozenset(one for one in own if one[1] and not one[2])
    for place, (_, _, name) in enumerate(DOSE_BINS):
        groups[_DOSES, name] = frozenset(one for one in every if one[0] == place and one[1])
    return groups


_GROUPS = _groups()


_FIRST = {_EVIDENCE: 3}
_THEN = {_UNITS: 2, _DOSES: 1, _APPLIED: 0}
"""Which counts are published together; of lower rank are those that are withdrawn first."""


def _count(cells: dict[Atom, int], kinds: frozenset[Kind], batches: range, rank: int = 0) -> Count:
    own = {one: n for one, n in cells.items() if one[0] in batches and one[1:] in kinds}
    return Count(sum(own.values()), list(own), rank)


def histogram(found: dict[str, Any], arms: dict[str, int], k: int) -> dict[str, Any]:
    """
    The block `overlap` without what tells of few: bins of the propensity that would are None.

    Args:
        found: As `analytics.transfer.overlap.diagnostics` makes it.
        arms: Units by arm, which are told.
    """
    counts = Counts(k)
    cells = {
        arm: [int(n) for n in counted] for arm, counted in found["histogram"]["counts"].items()
    }
    below = round(found["share_below_01"] * arms[ARMS[0]])
    low = {(ARMS[0], 0, True): below, (ARMS[0], 0, False): cells[ARMS[0]][0] - below}
    atoms: dict[tuple[str, int, bool], int] = {
        (arm, place, False): n for arm, counted in cells.items() for place, n in enumerate(counted)
    } | low
    for arm, size in arms.items():
        own = [atom for atom in atoms if atom[0] == arm]
        counts.publish({("arm", arm): Count(size, own, rank=9)})
    inside = [atom for atom in atoms if 0 < atom[1] < _LAST]
    outside = [atom for atom in atoms if atom not in set(inside)]
    counts.secret(("outside",), Count(sum(atoms[one] for one in outside), outside))
    within = counts.publish({("inside",): Count(sum(atoms[one] for one in inside), inside)})
    counts.secret(("above",), Count(low[ARMS[0], 0, False], [(ARMS[0], 0, False)]))
    under = counts.publish({("below",): Count(below, [(ARMS[0], 0, True)])})
    told_ = counts.publish(
        {
            (arm, str(place)): Count(n, [one for one in atoms if one[:2] == (arm, place)])
            for arm, counted in cells.items()
            for place, n in enumerate(counted)
        }
    )
    shown = {
        arm: [told_[arm, str(place)] for place in range(len(own))] for arm, own in cells.items()
    }
    return {
        **found,
        "share_in_05_95": found["share_in_05_95"] if within["inside",] is not None else None,
        "share_below_01": found["share_below_01"] if under["below",] is not None else None,
        "histogram": {**found["histogram"], "counts": shown},
    }


_LAST = 19  # the bins of the histogram are 5 points wide
