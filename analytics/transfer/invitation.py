"""
Invitations by lot: those who were invited against those who were not, whatever either then did.

The only road to a causal sentence (level 4). Compared are learners who completed the training once
lots were drawn, in the group that the lot put them in, with errors clustered by what was drawn.

Spec: research/analytics.md 3.1 (E3), 3.8.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from analytics.analyse import units as analyse_units
from analytics.analyse.tables import Table
from analytics.facts.projection import code
from analytics.transfer.disclosure import told
from analytics.transfer.labels import labelled
from analytics.transfer.rules import MIN_CLUSTERS, MIN_CLUSTERS_PER_ARM, evidence_gap
from analytics.transfer.setting import Setting
from analytics.transfer.table import OUTCOME

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

INVITED = "invited"
Invited = Mapping[str, int | None]
"""Every unit that lots were drawn for (person or department) → invited from when, µs, or None."""


def lots(units: pd.DataFrame, setting: Setting, invitations: Invited) -> np.ndarray:
    """1, 0, or NaN for those who were not drawn, or had completed before the lots."""
    import numpy as np

    drawn = setting.programme.invitations
    by_person = drawn is None or drawn.unit == "person"
    found = {code(name) if by_person else name: at for name, at in invitations.items()}
    keys = units["person" if by_person else "department"].tolist()
    begun = min((at for at in invitations.values() if at is not None), default=None)
    if begun is None:
        return np.full(len(units), np.nan)
    group = [np.nan if key not in found else float(found[key] is not None) for key in keys]
    return np.where(units["c"].to_numpy() >= begun, group, np.nan)


def by_lot(
    frame: pd.DataFrame, batch: np.ndarray, setting: Setting, *, k: int, seed: int
) -> dict[str, Any]:
    """
    The difference by lot, as `lrs analyse units --design randomised` has it.

    Args:
        frame: The exported table, with `invited`.
        batch: Of each row.
    """
    import numpy as np

    drawn = frame[INVITED].notna().to_numpy()
    own, lot = frame[drawn], frame.loc[drawn, INVITED].to_numpy().astype(int)
    known = own[OUTCOME].notna().to_numpy()
    shown = told(batch[drawn], lot, known, np.zeros(len(own), dtype=bool), k)
    by_person = setting.programme.invitations is None or (
        setting.programme.invitations.unit == "person"
    )
    result = {"units": shown.units, "with_evidence": shown.evidence, "coverage": shown.coverage}
    if not _others_are_many(batch, drawn, frame[OUTCOME].notna().to_numpy(), k):
        empty = {"units": None, "with_evidence": None, "coverage": None}
        few = f"fewer than {k} completed without a lot, and could be told from the difference"
        return {**empty, "estimate": None, "wording": None, "withheld": [_withheld(few)]}
    why = _problem(own, known, shown.evidence, by_person=by_person)
    if why:
        return {**result, "estimate": None, "wording": None, "withheld": [_withheld(why)]}
    cluster = "learner" if by_person else "unit"
    options = {
        "outcome": OUTCOME, "exposure": INVITED, "reference": None, "covariates": None,
        "learner": None, "cluster": cluster, "training": None, "offtopic": None,
        "design": "randomised", "estimand": "ate", "se": None, "reml": False, "boosted": False,
        "seed": seed, "no_minimum": False,
    }  # fmt: skip
    whole = own.assign(**{INVITED: lot})
    found = analyse_units.run(Table(whole[known], "units"), options)
    rows = (r for r in found["estimates"] if (r["method"], r["term"]) == ("crude", INVITED))
    row = next(rows, None)
    if row is None:
        return {**result, "estimate": None, "wording": None, "withheld": found["withheld"]}
    command = (
        f"lrs analyse units UNITS --outcome {OUTCOME} --exposure {INVITED} --cluster {cluster} "
        "--design randomised --json"
    )
    return {
        **result,
        "estimate": row,
        "mde80": found["mde80"],
        "wording": labelled(found["wording"]),
        "withheld": [],
        "reproduce": command,
    }


def _others_are_many(batch: np.ndarray, drawn: np.ndarray, known: np.ndarray, k: int) -> bool:
    """
    Whether nobody, or k, had no lot: all less those who had is them, their mean score as well.

    Those who came in since the last result in which it was so count by themselves.
    """
    told, many = {False: 0, True: 0}, True
    for step in range(int(batch.max(initial=-1)) + 1):
        there = (batch <= step) & ~drawn
        others = {has: int((there & (known == has)).sum()) for has in told}
        many = all(n == told[has] or n - told[has] >= k for has, n in others.items())
        if many:
            told = others
    return many


def _problem(
    own: pd.DataFrame, known: np.ndarray, evidence: dict[str, int | None], *, by_person: bool
) -> str | None:
    if any(not evidence[arm] for arm in ("0", "1")):
        return "too few learners with evidence in a lot"
    lot = own[INVITED].to_numpy()
    if not by_person and own.loc[known, "unit"].nunique() < MIN_CLUSTERS:
        return f"fewer than {MIN_CLUSTERS} departments"
    drawn = [own.loc[known & (lot == arm), "unit"].nunique() for arm in (0, 1)]
    if not by_person and min(drawn) < MIN_CLUSTERS_PER_ARM:
        return f"fewer than {MIN_CLUSTERS_PER_ARM} departments in a lot"
    if evidence_gap({str(arm): float(known[lot == arm].mean()) for arm in (0, 1)}):
        return "evidence covers too little of a lot, or lots too unevenly"
    return None


def _withheld(why: str) -> dict[str, str]:
    return {"what": "invitation", "why": why}
