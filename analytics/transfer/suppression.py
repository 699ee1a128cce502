"""The analysis of a table of units, and what of it may be told (3.7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from analytics.analyse import units as analyse_units
from analytics.analyse.tables import Table
from analytics.small_groups import Count, Counts
from analytics.transfer.disclosure import ARMS, Told, histogram
from analytics.transfer.table import Prepared
from analytics.transfer.units import Units

Json = dict[str, Any]
_NO_COVERAGE = "evidence covers too little of an arm, or the arms too unevenly"
_WEIGHTED = ("ipw", "standardised", "aipw")
_DECIMALS = 2
_NO_OVERLAP = "overlap: fewer than 80% of the units have a propensity in [.05, .95]"


def analysis(prepared: Prepared, seed: int) -> Json:
    """The JSON of `lrs analyse units` on the table."""
    return analyse_units.run(Table(prepared.frame, "units"), prepared.options(seed))


def units_of_table(prepared: Prepared, seed: int) -> Units:
    """The units with evidence, as the estimators take them."""
    return analyse_units.units_of(Table(prepared.frame, "units"), prepared.options(seed))[1]


def guarded(found: Json, told: Sequence[Told], k: int) -> Json:
    """
    An analysis without what tells of few.

    Args:
        told: What may be told of each programme whose units it is about.
    """
    if k == 1 or not found["rows_used"]:
        return found
    arms = {arm: sum(one.evidence[arm] or 0 for one in told) for arm in ARMS}
    shown = dict(found)
    covered = all(one.coverage_is_current for one in told)
    if not covered:
        shown |= {"rows_read": None, "dropped": None}
        shown["description"] = {**found["description"], "coverage": None}
    if found["overlap"]:
        shown["overlap"] = _blurred(histogram(found["overlap"], arms, k))
    trimmed = bool(shown["overlap"]) and shown["overlap"]["share_in_05_95"] is None
    shown["estimates"] = [_row(row, trimmed=trimmed) for row in found["estimates"]]
    if trimmed:
        shown["overlap"] = {**shown["overlap"], "n": None}
    shown["withheld"] = [
        {"what": one["what"], "why": _why(one, covered=covered, trimmed=trimmed)}
        for one in found["withheld"]
    ]
    return _switchers(shown, k)


def _row(row: Json, *, trimmed: bool) -> Json:
    return {**row, "n": None} if trimmed and row["estimand"].endswith("_overlap") else row


def _why(one: dict[str, str], *, covered: bool, trimmed: bool) -> str:
    """The reason, without numbers of learners that may not be told."""
    why = one["why"]
    if why.startswith("evidence cover") and not covered:
        return _NO_COVERAGE
    weighted = one["what"].startswith(_WEIGHTED)
    if trimmed and weighted and any(letter.isdigit() for letter in why):
        return _NO_OVERLAP
    return why


def _blurred(overlap: Json) -> Json:
    """Balance to two decimals: from ten, shares of an arm could be worked out."""
    smd = {
        term: {side: round(value, _DECIMALS) for side, value in sides.items()}
        for term, sides in overlap["smd"].items()
    }
    return {**overlap, "smd": smd}


def _switchers(shown: Json, k: int) -> Json:
    """What few learners say is not told, nor how many those are who do, or do not, switch."""
    rows = [row for row in shown["estimates"] if "switchers" in row]
    if not rows:
        return shown
    moving, learners = int(rows[0]["switchers"]), int(rows[0]["clusters"] or rows[0]["n"])
    counts = Counts(k)
    staying = max(learners - moving, 0)
    if staying:
        counts.secret(("same",), Count(staying, ["same"]))
    said = counts.publish({("learners",): Count(learners, ["moving", "same"], rank=9)})
    said |= counts.publish({("moving",): Count(moving, ["moving"])})
    if said["moving",] is not None:
        return shown
    if moving >= k:
        kept = [{**r, "switchers": None} if "switchers" in r else r for r in shown["estimates"]]
        return {**shown, "estimates": kept}
    kept = [row for row in shown["estimates"] if "switchers" not in row]
    withheld = {"what": "within", "why": f"fewer than {k} learners were active for one and not all"}
    return {**shown, "estimates": kept, "withheld": [*shown["withheld"], withheld]}
