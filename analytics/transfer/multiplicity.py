"""
How many contrasts were tested, and the one that counts.

Each programme's primary contrast and each of its topics is one of the family; the reported primary
is in it as it was estimated, the others by least squares. Benjamini–Hochberg at q = .10.

Spec: research/analytics.md 3.5, items 10 and 4.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from analytics.adjusting import adjusted_p
from analytics.transfer.checks import mde80
from analytics.transfer.estimates import NotApplicable, two_sided_p
from analytics.transfer.labels import Text, labelled
from analytics.transfer.linear import adjusted
from analytics.transfer.rules import evidence_gap, too_few_people, too_small_for_a_model
from analytics.transfer.sentences import ROBUST
from analytics.transfer.setting import Setting, spellings
from analytics.transfer.suppression import units_of_table
from analytics.transfer.table import EXPOSURE, OUTCOME

if TYPE_CHECKING:
    from analytics.transfer.programme import Made
    from analytics.transfer.units import Units

Json = dict[str, Any]
Q = 0.10


def tested(made: Made, setting: Setting, found: Json, pooled: Json | None) -> Json:
    """`q`, how many were `tested` and `not_tested`, and `contrasts` with their adjusted p."""
    every = _reported(pooled["analysis"], None) if pooled else []
    for one in made.settings:
        own = _reported(found, one.programme.id) if one.number == setting.number else []
        every += own
        every += [row for row in _contrasts(made, one) if not (own and row["topic"] is None)]
    rows = [row for row in every if row["p"] is not None]
    adjusted_values = adjusted_p([row["p"] for row in rows])
    return {
        "q": Q,
        "tested": len(rows),
        "not_tested": len(every) - len(rows),
        "contrasts": [
            {**row, "p_adjusted": value, "kept": value < Q}
            for row, value in zip(rows, adjusted_values, strict=True)
        ],
    }


def _reported(found: Json, programme: str | None) -> list[Json]:
    row = primary_row(found)
    if row is None:
        return []
    return [{"programme": programme, "topic": None, **_told(row)}]


def primary_row(found: Json) -> Json | None:
    """The exposure's row of the method that is reported."""
    rows = found["estimates"]
    own = (r for r in rows if r["method"] == found["primary"] and r["term"] == EXPOSURE)
    return next(own, None)


def _told(row: Json) -> Json:
    names = ("method", "estimate", "se", "ci", "n")
    told = {name: row[name] for name in names}
    if not row["se"] > 0:  # nothing is known of its error, so nothing can be tested
        return {**told, "p": None, "mde80": None}
    t = row["estimate"] / row["se"]
    return {**told, "p": two_sided_p(t, row["df"]), "mde80": mde80(row["se"])}


def _contrasts(made: Made, setting: Setting) -> list[Json]:
    """By least squares: the programme's own, and each topic's where it has several."""
    from analytics.transfer.gathering import acts_on

    prepared = made.prepared(setting)
    units = units_of_table(prepared, made.seed(setting))
    topics = setting.programme.topics
    asked: list[tuple[str | None, Any]] = [(None, None)]
    people = made.analysed(setting)["person"].to_numpy()
    there = prepared.frame[OUTCOME].notna().to_numpy()
    for topic in topics if len(topics) > 1 else ():
        acts = acts_on(made.facts, setting, spellings(topic))
        asked.append((topic, np.array([float(one in acts) for one in people[there].tolist()])))
    shares = _coverage(prepared.frame)
    return [
        {"programme": setting.programme.id, "topic": topic,
         **_contrast(units, exposed, shares, made.terms.min_group)}
        for topic, exposed in asked
    ]  # fmt: skip


def _coverage(frame: Any) -> dict[str, float]:
    there, arms = frame[OUTCOME].notna().to_numpy(), frame[EXPOSURE].to_numpy()
    return {str(arm): float(there[arms == arm].mean()) for arm in (0, 1) if (arms == arm).any()}


_NOT_TESTED: Json = {
    "method": None, "estimate": None, "se": None, "ci": None, "n": None, "p": None, "mde80": None,
}  # fmt: skip


def _contrast(units: Units, exposed: Any, shares: dict[str, float], k: int) -> Json:
    if units.exposure is None or not len(units) or evidence_gap(shares):
        return _NOT_TESTED
    if exposed is not None:
        columns = replace(units.exposure.columns, values=exposed[:, None])
        arms = exposed.astype(int)
        units = replace(units, exposure=replace(units.exposure, columns=columns, arms=arms))
    assert units.exposure is not None
    assert units.exposure.arms is not None
    sizes = np.bincount(units.exposure.arms, minlength=2)
    if min(sizes) < k or too_few_people(units) or np.ptp(units.outcome) == 0:
        return _NOT_TESTED
    try:
        rows = adjusted(units, None)
    except NotApplicable:
        return _NOT_TESTED
    columns_used = sum(row.term in units.covariates.terms for row in rows)
    if too_small_for_a_model(units, columns_used, rows[0].clusters):
        return _NOT_TESTED
    return next(
        (_told(row.row()) for row in rows if row.estimand == "adjusted_difference"), _NOT_TESTED
    )


def headline(found: Json, pooled: Json | None, tests: Json) -> tuple[Json | None, Json]:
    """
    The one estimate and sentence of the run.

    Of all programmes together where learners could be compared with themselves, else of this one.
    """
    together = pooled is not None and pooled["analysis"]["primary"] == "within"
    of = pooled["analysis"] if pooled is not None and together else found
    row = primary_row(of)
    before: Text | None = None
    if pooled is not None and together:
        n = len(pooled["programmes"])
        before = {"en": f"Over {n} trainings together:", "nl": f"Over {n} trainingen samen:"}
    if row is None:
        return None, labelled(of["wording"], before)
    own = _own_test(tests, row, together=together)
    wording = of["wording"]
    if wording["level"] == "2r" and not (own and own["kept"]):
        wording = _plainer(wording)
    primary = {
        "of": "pooled" if together else "programme",
        **_told(row),
        "estimand": row["estimand"],
        "p_adjusted": own["p_adjusted"] if own else None,
        "crude": _crude(of),
    }
    return primary, labelled(wording, before)


def _own_test(tests: Json, row: Json, *, together: bool) -> Json | None:
    for one in tests["contrasts"]:
        if (
            (one["programme"] is None) == together
            and one["method"] == row["method"]
            and one["estimate"] == row["estimate"]
        ):
            return dict(one)
    return None


def _crude(found: Json) -> float | None:
    """The difference that is adjusted for nothing, to be shown beside."""
    rows = (r for r in found["estimates"] if (r["method"], r["term"]) == ("crude", EXPOSURE))
    return next((row["estimate"] for row in rows), None)


def _plainer(wording: Json) -> Json:
    """Level 2 in place of 2r: the checks held, but not that over all contrasts."""
    texts = {name: wording[name].replace(f" {ROBUST[name]}", "") for name in ("en", "nl")}
    return {"level": "2", **texts}
