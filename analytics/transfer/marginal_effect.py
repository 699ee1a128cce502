"""Applied or not: the average marginal effect of a logistic regression, in points (§3.5.3)."""

from __future__ import annotations

import numpy as np

from analytics.transfer.estimates import Estimate, NotApplicable
from analytics.transfer.logistic import expit, logit_coefficients
from analytics.transfer.regression import beyond_rounding, clustered, independent
from analytics.transfer.units import Units, with_intercept


def marginal(units: Units) -> Estimate:
    """
    Mean over all units of P(applied | exposed) − P(applied | not), by the delta method.

    Args:
        units: Their outcome is 0 or 1, their exposure binary.

    Raises:
        NotApplicable: The outcome or the exposure does not vary, covariates separate, or clusters
            leave no variance (that of two ways is a difference, and can be negative).
    """
    assert units.exposure is not None
    y = units.outcome
    if np.ptp(y) == 0:
        raise NotApplicable("the outcome does not vary")
    model = with_intercept([units.exposure.columns, units.adjustment])
    kept = independent(model.values)
    x = model.values[:, kept]
    if 1 not in kept:
        raise NotApplicable("the exposure does not vary")
    scale = np.where(np.abs(x).max(axis=0) > 0, np.abs(x).max(axis=0), 1.0)
    x = x / scale
    try:
        beta = logit_coefficients(x, y)
    except NotApplicable as reason:
        raise NotApplicable("the columns predict the outcome perfectly, or nearly so") from reason
    p = expit(x @ beta)
    bread = np.linalg.inv((x * (p * (1 - p))[:, None]).T @ x)
    with_it, without = x.copy(), x.copy()
    with_it[:, 1], without[:, 1] = 1.0 / scale[1], 0.0
    p1, p0 = expit(with_it @ beta), expit(without @ beta)
    gradient = (with_it * (p1 * (1 - p1))[:, None] - without * (p0 * (1 - p0))[:, None]).mean(
        axis=0
    )
    errors = units.errors(None)
    rows = (np.arange(len(y)),)
    factor = (len(y) - 1) / (len(y) - x.shape[1])
    # what each unit adds to the error of the effect
    scores = (x * (y - p)[:, None]) @ (bread @ gradient)[:, None]
    variance, alone = (
        clustered(scores, ways, factor)[0, 0] for ways in (errors.clusters or rows, rows)
    )
    term = units.exposure.columns.terms[0]
    se = float(np.sqrt(beyond_rounding(variance, alone)))
    if np.isnan(se):
        raise NotApplicable(f"the variance of {term} is not positive")
    clusters = errors.count
    return Estimate(
        "logit",
        "average_marginal",
        term,
        float((p1 - p0).mean()),
        se,
        len(y),
        clusters,
        None if clusters is None else clusters - 1,
    )
