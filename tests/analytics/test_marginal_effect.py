"""Points more who apply it, against statsmodels; and errors of which nothing is known."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analytics.transfer import multiplicity
from analytics.transfer.estimates import NotApplicable
from analytics.transfer.marginal_effect import marginal
from analytics.transfer.regression import Array
from analytics.transfer.secondary import interference
from analytics.transfer.units import Columns, Exposure, Names, Units, no_columns


def units(y: Array, x: Array, clusters: tuple[Array, ...] = (), z: Array | None = None) -> Units:
    """Of a binary exposure, with a covariate or without."""
    exposure = Exposure(
        "active", "binary", Columns(("active",), x[:, None]), ("0", "1"), x.astype(int)
    )
    covariates = no_columns(len(y)) if z is None else Columns(("z",), z[:, None])
    names = Names("applied", "active", (), {})
    return Units(y, exposure, covariates, no_columns(len(y)), None, clusters, None, names)


def crossed(side: int) -> Units:
    """Units of every pair of two clusters, drawn so that what is in one evens out in the other."""
    first, second = np.divmod(np.arange(side * side), side)
    y = (first // 2 + second // 2) % 2 * 1.0
    y[[0, 9, 27]] = 1 - y[[0, 9, 27]]
    return units(y, first % 2 * 1.0, (first, second))


@pytest.mark.parametrize("clustered", [False, True])
def test_the_average_marginal_effect_is_that_of_statsmodels(clustered: bool) -> None:
    rng = np.random.default_rng(5)
    x, z = rng.integers(0, 2, 300) * 1.0, rng.normal(0, 30, 300)
    of = rng.integers(0, 40, 300)
    y = (rng.normal(0.5 * x + z / 40, 1) > 0) * 1.0
    kind = {"cov_type": "cluster", "cov_kwds": {"groups": of}} if clustered else {"cov_type": "HC0"}

    found = marginal(units(y, x, (of,) if clustered else (), z))

    fit = sm.Logit(y, sm.add_constant(np.column_stack([x, z]))).fit(disp=0, **kind)
    theirs = fit.get_margeff(at="overall", dummy=True)
    assert found.estimate == pytest.approx(theirs.margeff[0], rel=1e-6)
    small_sample = 1.0 if clustered else np.sqrt(300 / 297)
    assert found.se == pytest.approx(theirs.margeff_se[0] * small_sample, rel=1e-5)
    assert (found.clusters, found.df) == ((40, 39) if clustered else (None, None))


def test_a_variance_that_is_negative_is_no_error_of_zero() -> None:
    """Two ways are a difference of variances: below zero, it says that nothing is known."""
    with pytest.raises(NotApplicable, match="the variance of active is not positive"):
        marginal(crossed(8))


def test_beside_colleagues_as_well() -> None:
    of = crossed(20)
    near = np.random.default_rng(1).random(len(of))

    found = interference(pd.DataFrame({"neighbours": near}), of, 10)

    assert found == {"why": "the variance of active is not positive"}


def test_what_has_no_error_is_not_tested_and_changes_no_other_p() -> None:
    row: dict[str, Any] = {
        "method": "within", "term": "active", "estimate": 0.1, "se": np.nan,
        "ci": [np.nan, np.nan], "n": 100, "df": 19,
    }  # fmt: skip
    pooled = {"analysis": {"primary": "within", "estimates": [row]}}
    nothing: Any = SimpleNamespace(settings=[])

    found = multiplicity.tested(nothing, nothing, {}, pooled)

    assert (found["tested"], found["not_tested"], found["contrasts"]) == (0, 1, [])
