"""Simulated organisations whose truth is known: the unit-level generator of research §5.1."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analytics.transfer.regression import Array
from analytics.transfer.units import Columns, Exposure, Names, Units, recode


@dataclass(frozen=True)
class Scenario:
    """`latent`: motivation confounds; `overlap`: o of the exposure logit; `slope`: h, effect by P."""

    tau: float = 0.25
    learners: int = 600
    latent: float = 0.0
    overlap: float = 1.0
    slope: float = 0.0
    nonlinear: bool = False


def organisation(scenario: Scenario, seed: int) -> pd.DataFrame:
    """One row per learner × training taken."""
    rng = np.random.default_rng(seed)
    n, s = scenario.learners, scenario
    dept = rng.integers(0, 24, n)
    a_d, g_d = rng.normal(0, 0.35, 24)[dept], rng.normal(0, 0.35, 24)[dept]
    m = rng.normal(size=n)
    p = 0.6 * m + 0.8 * rng.normal(size=n)
    tenure = rng.gamma(2, 2, n)
    ls = np.log1p(rng.poisson(np.exp(0.2 + 0.6 * m + 0.3 * a_d)))
    u = rng.normal(0, 0.5, n)
    t_a, t_y = rng.normal(0, 0.3, 6), rng.normal(0, 0.3, 6)
    taken = rng.random((n, 6)) < _expit(0.3 + 0.2 * m)[:, None]
    who, training = np.nonzero(taken)
    k = len(who)
    f = 0.5 * p[who] + 0.3 * m[who] + 0.8 * rng.normal(size=k)
    extra = np.zeros(k)
    if s.nonlinear:
        extra = 0.5 * ((ls[who] - 0.8) ** 2 - 0.4) + 0.5 * ((p[who] > 0) & (ls[who] > 1))
    base = -0.9 + 0.35 * p[who] + 0.45 * ls[who] + 0.25 * f - 0.05 * (tenure[who] - 4) + a_d[who]
    logit = s.overlap * base + s.latent * 0.6 * m[who] + extra
    a = (rng.random(k) < _expit(logit + t_a[training])).astype(int)
    b = (rng.random(k) < _expit(logit)).astype(int)
    y = (s.tau + s.slope * p[who]) * a + 0.3 * p[who] + 0.3 * ls[who] + 0.35 * f
    y += 0.03 * (tenure[who] - 4) + g_d[who] + t_y[training] + u[who]
    y += s.latent * 0.5 * m[who] + extra + rng.normal(0, 0.8, k)
    return pd.DataFrame(
        {
            "learner": who, "training": training, "dept": dept[who], "prior": p[who],
            "tenure": tenure[who], "acts": ls[who], "score": f, "active": a, "other": b, "transfer": y,
        }
    )  # fmt: skip


def units_of(table: pd.DataFrame) -> Units:
    """The table as the estimators take it."""
    names = ("prior", "tenure", "acts", "score")
    depts, trainings = table["dept"].to_numpy(), table["training"].to_numpy()
    active = table["active"].to_numpy()
    dummies = [(depts == d).astype(float) for d in np.unique(depts)[1:]]
    values = np.column_stack([table[list(names)].to_numpy(), *dummies])
    terms = (*names, *(f"C(dept)[T.{d}]" for d in np.unique(depts)[1:]))
    kinds = np.unique(trainings)[1:]
    return Units(
        outcome=table["transfer"].to_numpy(),
        exposure=Exposure(
            "active", "binary", Columns(("active",), active[:, None] * 1.0), ("0", "1"), active
        ),
        covariates=Columns(terms, values),
        training=Columns(
            tuple(f"C(training)[T.{t}]" for t in kinds),
            np.column_stack([(trainings == t).astype(float) for t in kinds]),
        ),
        learner=recode(table["learner"].to_numpy()),
        offtopic=table["other"].to_numpy() * 1.0,
        names=Names("transfer", "active", (*names, "dept", "training")),
    )


def _expit(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))
