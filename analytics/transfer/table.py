"""
The table of units that is analysed, exported and rerun: `lrs analyse units` gives the same numbers.

Levels with few units are joined, in either arm, so that no coefficient is about few people, and
covariates are taken in a fixed order as far as ten exposed units a column go (3.7). Neither looks
at the outcome.

Spec: research/analytics.md 3.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from analytics.growth import month_name
from analytics.transfer.description import DOSE_BINS, winsorised
from analytics.transfer.gathering import pseudonym
from analytics.transfer.rules import MIN_CLUSTERS, MIN_EXPOSED_PER_COVARIATE
from analytics.transfer.setting import DAY, Setting

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

OUTCOME, EXPOSURE, OFFTOPIC = "transfer", "active", "offtopic"
OTHER, UNKNOWN = "(other)", "(unknown)"
_YEAR = 365.25 * DAY
# In this order as far as the exposed units go: what is strongest with transfer comes first.
_NUMBERS = (
    "formal_score", "prior_score", "social_before", "topic_before", "evidence_before", "tenure",
    "prior_trainings",
)  # fmt: skip
_LEVELS = ("department", "role", "month", "manager")
_MAY_BE_UNKNOWN = ("formal_score", "prior_score", "evidence_before")


@dataclass(frozen=True)
class Prepared:
    """
    Units ready to be analysed.

    Args:
        frame: The table; `transfer` is missing where there is no evidence.
        covariates: The formula of `lrs analyse units --covariates`.
        left_out: `{covariate, why}`.
        cluster: The column to cluster by; None: by learner.
        training: The column that tells trainings apart; None where there is one.
    """

    frame: pd.DataFrame
    covariates: str
    left_out: list[dict[str, str]] = field(default_factory=list)
    cluster: str | None = None
    training: str | None = None

    def options(self, seed: int) -> dict[str, Any]:
        """The options of `lrs analyse units`."""
        return {
            "outcome": OUTCOME, "exposure": EXPOSURE, "reference": None,
            "covariates": self.covariates, "learner": "learner", "cluster": self.cluster,
            "training": self.training, "offtopic": OFFTOPIC, "design": "observational",
            "estimand": "ate", "se": None, "reml": False, "boosted": False, "seed": seed,
            "no_minimum": False,
        }  # fmt: skip

    def command(self, seed: int) -> str:
        """What to type to get the same numbers from the exported table."""
        optional = {
            "--covariates": self.covariates and f"'{self.covariates}'",
            "--cluster": self.cluster,
            "--training": self.training,
        }
        named = " ".join(f"{flag} {value}" for flag, value in optional.items() if value)
        return (
            f"lrs analyse units UNITS --outcome {OUTCOME} --exposure {EXPOSURE} {named} "
            f"--learner learner --offtopic {OFFTOPIC} --design observational --seed {seed} --json"
        )


def prepare(
    units: pd.DataFrame, settings: Sequence[Setting], *, fewest: int, seed: int
) -> Prepared:
    """
    The table of some of `gathering.gather`'s rows.

    Args:
        settings: By number.
        fewest: People that a level must have in either arm.
        seed: Of the learners' pseudonyms.
    """
    import numpy as np

    several = len(set(units["training"].tolist())) > 1
    frame = _columns(units, settings, seed)
    known = frame[OUTCOME].notna().to_numpy()
    arms = frame[EXPOSURE].to_numpy()
    for name in _LEVELS:
        frame[name] = joined(frame[name].to_numpy(), np.where(known, arms, -1), fewest)
    unknowns = _unknowns(frame, np.where(known, arms, -1), fewest)
    terms, left_out = _chosen(frame, unknowns, np.where(known, arms, -1))
    clusters = frame.loc[known, "unit"].nunique()
    return Prepared(
        frame,
        " + ".join(terms),
        left_out,
        "unit" if clusters >= MIN_CLUSTERS and not several else None,
        "training" if several else None,
    )


def _columns(units: pd.DataFrame, settings: Sequence[Setting], seed: int) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    programmes = [one.programme for one in settings]
    number = units["training"].to_numpy()
    acts = units["acts"].to_numpy()
    departments = units["department"].replace("", UNKNOWN).to_numpy(dtype=object)
    managers = units["manager"].to_numpy(dtype=object)
    months = units["month"].to_numpy()
    binary = np.array([one.binary if s.scale == "score" else np.nan
                       for one, s in zip(programmes, settings, strict=True)])  # fmt: skip
    transfer = units["transfer"].to_numpy()
    applied = np.where(np.isnan(transfer) | np.isnan(binary[number]), np.nan,
                       (transfer >= binary[number]) * 1.0)  # fmt: skip
    near = units["near"].to_numpy()
    return pd.DataFrame(
        {
            "learner": [pseudonym(one, seed) for one in units["person"].tolist()],
            "training": np.array([one.id for one in programmes], dtype=object)[number],
            "unit": coded("D", departments),
            OUTCOME: transfer,
            "applied": applied,
            EXPOSURE: (acts > 0).astype(int),
            "acts": winsorised(acts.astype(float)),
            "partners": units["partners"].to_numpy(),
            OFFTOPIC: units["offtopic"].to_numpy().astype(int),
            "neighbours": np.where(near > 0, units["near_active"] / np.maximum(near, 1), 0.0),
            "formal_score": units["formal_score"].to_numpy(),
            "prior_score": units["prior_score"].to_numpy(),
            "evidence_before": units["evidence_before"].to_numpy(),
            "social_before": np.log1p(units["social_before"].to_numpy()),
            "topic_before": np.log1p(units["topic_before"].to_numpy()),
            "tenure": units["there_for"].to_numpy() / _YEAR,
            "prior_trainings": units["prior_trainings"].to_numpy(),
            "department": departments,
            "role": units["role"].replace("", UNKNOWN).to_numpy(dtype=object),
            "manager": coded("M", managers),
            "month": np.array([month_name(one) for one in months.tolist()], dtype=object),
        }
    )


def coded(letter: str, names: Iterable[str]) -> list[str]:
    """Numbers in place of names; UNKNOWN stays."""
    every = list(names)
    known = sorted(set(every) - {"", UNKNOWN})
    codes = {name: f"{letter}{place:03}" for place, name in enumerate(known, 1)}
    return [codes.get(name, UNKNOWN) for name in every]


def bins(acts: np.ndarray) -> np.ndarray:
    """The number of a dose's bin, by place in `DOSE_BINS`."""
    import numpy as np

    return np.searchsorted([low for low, _, _ in DOSE_BINS], acts, side="right") - 1


def joined(levels: np.ndarray, arms: np.ndarray, fewest: int) -> np.ndarray:
    """
    Levels with fewer than `fewest` units in either arm, as one.

    Where that one is still too small, the smallest of the others joins it; arm -1 does not count.
    """
    import numpy as np

    names, codes = np.unique(levels.astype(str), return_inverse=True)
    sizes = np.array([np.bincount(codes[arms == arm], minlength=len(names)) for arm in (0, 1)])
    order = np.argsort(sizes.min(axis=0), kind="stable").tolist()
    small = [place for place in order if sizes[:, place].min() < fewest]
    for place in order[len(small) :]:
        if not small or sizes[:, small].sum(axis=1).min() >= fewest:
            break
        small.append(place)
    names = names.astype(object)
    names[small] = OTHER
    result: np.ndarray = names[codes]
    return result


def _unknowns(frame: pd.DataFrame, arms: np.ndarray, fewest: int) -> dict[str, bool]:
    """
    Put the mean where a score is not known; whether a column `…_known` says so.

    Not for few: how many they are could be worked out from the balance of that column.
    """
    told: dict[str, bool] = {}
    for name in _MAY_BE_UNKNOWN:
        there = frame[name].notna().to_numpy()
        mean = float(frame[name].mean()) if there.any() else 0.0
        frame[name] = frame[name].fillna(mean)
        frame[f"{name}_known"] = there.astype(int)
        cells = [int((arms == arm)[there == has].sum()) for arm in (0, 1) for has in (False, True)]
        told[name] = min(cells) >= max(fewest, 1)
    return told


def _chosen(
    frame: pd.DataFrame, unknowns: dict[str, bool], arms: np.ndarray
) -> tuple[list[str], list[dict[str, str]]]:
    """Terms of the formula, and what was left out."""
    exposed = min(int((arms == 1).sum()), int((arms == 0).sum()))
    room = exposed // MIN_EXPOSED_PER_COVARIATE
    terms: list[str] = []
    left_out: list[dict[str, str]] = []
    for name in (*_NUMBERS, *_LEVELS):
        values = frame.loc[arms >= 0, name]
        columns = values.nunique() - 1 if name in _LEVELS else 1
        if values.nunique() < 2:  # noqa: PLR2004
            left_out.append({"covariate": name, "why": "it does not vary, or is not known"})
            continue
        own = [f"C({name})"] if name in _LEVELS else [name]
        if unknowns.get(name):
            own.append(f"{name}_known")
            columns += 1
        if columns > room:
            why = f"fewer than {MIN_EXPOSED_PER_COVARIATE} units of an arm for each column"
            left_out.append({"covariate": name, "why": why})
            continue
        terms += own
        room -= columns
    return terms, left_out
