"""
Learner × training tables whose truth is known, and the scenarios A to I (research §5.1, §5.3).

Everything is in standard deviations of the noise around a transfer score, apart from `tenure`
(years) and `acts` (log of 1 + social acts before).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.transfer.regression import Array
from analytics.transfer.units import Columns, Exposure, Names, Units, recode, side_by_side

Seed = int | Sequence[int]
DEPARTMENTS = 24
TRAININGS = 6
COVARIATES = ("prior", "tenure", "acts", "score")


@dataclass(frozen=True)
class Scenario:
    """
    What is planted.

    Args:
        tau: The difference that activity on the topic makes.
        learners: In the organisation.
        latent: How much hidden motivation drives both activity and transfer (λ).
        overlap: How much the covariates decide who is active (o); 2.2 leaves few to compare.
        slope: How much more activity gives to those with a higher prior score (h).
        nonlinear: Whether covariates work in bends and thresholds.
        interest: How much hidden interest in one topic drives both; nobody's in general.
    """

    tau: float = 0.25
    learners: int = 600
    latent: float = 0.0
    overlap: float = 1.0
    slope: float = 0.0
    nonlinear: bool = False
    interest: float = 0.0


SCENARIOS = {
    "A": Scenario(),
    "B": Scenario(tau=0.0),
    "C": Scenario(nonlinear=True),
    "D": Scenario(latent=1.0),
    "E": Scenario(slope=0.2),
    "F": Scenario(overlap=2.2),
    "G": Scenario(learners=150),
    "H": Scenario(latent=1.0, tau=0.0),
    "I": Scenario(interest=1.0, tau=0.0),
}


@dataclass(frozen=True)
class _People:
    """Of one organisation, an entry a learner; department effects are each learner's own."""

    dept: Array
    on_exposure: Array
    on_outcome: Array
    motivation: Array
    prior: Array
    tenure: Array
    acts: Array
    level: Array


def organisation(scenario: Scenario, seed: Seed) -> pd.DataFrame:
    """
    One row per learner × training taken.

    Columns: learner, training, dept, the COVARIATES, `active` and `other` (0 or 1: on this
    training's topic, on other topics), `transfer`, and `truth`: what activity adds in this row.
    """
    rng = np.random.default_rng(seed)
    people = _people(scenario.learners, rng)
    t_exposure, t_outcome = rng.normal(0, 0.3, TRAININGS), rng.normal(0, 0.3, TRAININGS)
    taken = (
        rng.random((scenario.learners, TRAININGS)) < _expit(0.3 + 0.2 * people.motivation)[:, None]
    )
    who, training = np.nonzero(taken)
    prior, motivation, acts = people.prior[who], people.motivation[who], people.acts[who]
    score = 0.5 * prior + 0.3 * motivation + 0.8 * rng.normal(size=len(who))
    bent = _bent(prior, acts) if scenario.nonlinear else np.zeros(len(who))
    interest = scenario.interest * rng.normal(size=len(who))
    seen = -0.9 + 0.35 * prior + 0.45 * acts + 0.25 * score
    seen += -0.05 * (people.tenure[who] - 4) + people.on_exposure[who]
    hidden = scenario.latent * 0.6 * motivation + bent
    topic = scenario.overlap * (seen + t_exposure[training]) + hidden + 0.6 * interest
    active = rng.random(len(who)) < _expit(topic)
    other = rng.random(len(who)) < _expit(scenario.overlap * seen + hidden)
    truth = scenario.tau + scenario.slope * prior
    transfer = truth * active + 0.3 * prior + 0.3 * acts + 0.35 * score
    transfer += 0.03 * (people.tenure[who] - 4) + people.on_outcome[who] + t_outcome[training]
    transfer += people.level[who] + scenario.latent * 0.5 * motivation + bent + 0.3 * interest
    transfer += rng.normal(0, 0.8, len(who))
    return pd.DataFrame(
        {
            "learner": who, "training": training, "dept": people.dept[who], "prior": prior,
            "tenure": people.tenure[who], "acts": acts, "score": score,
            "active": active.astype(int), "other": other.astype(int), "transfer": transfer,
            "truth": truth,
        }
    )  # fmt: skip


def _people(n: int, rng: np.random.Generator) -> _People:
    dept = rng.integers(0, DEPARTMENTS, n)
    on_exposure, on_outcome = rng.normal(0, 0.35, (2, DEPARTMENTS))[:, dept]
    motivation = rng.normal(size=n)
    prior = 0.6 * motivation + 0.8 * rng.normal(size=n)
    tenure = rng.gamma(2, 2, n)
    acts = np.log1p(rng.poisson(np.exp(0.2 + 0.6 * motivation + 0.3 * on_exposure)))
    level = rng.normal(0, 0.5, n)
    return _People(dept, on_exposure, on_outcome, motivation, prior, tenure, acts, level)


def _bent(prior: Array, acts: Array) -> Array:
    """A hill over the acts and a step where prior score and acts are both high."""
    hill = -0.5 * ((acts - 0.8) ** 2 - 0.4)
    return np.asarray(hill + 0.5 * ((prior > 0) & (acts > 1)))


def units_of(table: pd.DataFrame) -> Units:
    """The table as the estimators take it; departments and trainings as dummies."""
    active = table["active"].to_numpy()
    departments = _dummies(table, "dept")
    numbers = Columns(COVARIATES, table[list(COVARIATES)].to_numpy())
    return Units(
        outcome=table["transfer"].to_numpy(),
        exposure=Exposure(
            "active", "binary", Columns(("active",), active[:, None] * 1.0), ("0", "1"), active
        ),
        covariates=side_by_side([numbers, departments]),
        training=_dummies(table, "training"),
        learner=recode(table["learner"].to_numpy()),
        offtopic=table["other"].to_numpy() * 1.0,
        names=Names("transfer", "active", (*COVARIATES, "dept", "training")),
    )


def _dummies(table: pd.DataFrame, column: str) -> Columns:
    """A column for every level but the first."""
    codes = table[column].to_numpy()
    levels = np.unique(codes)[1:]
    values = (codes[:, None] == levels[None, :]).astype(float)
    return Columns(tuple(f"C({column})[T.{level}]" for level in levels), values)


def _expit(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))
