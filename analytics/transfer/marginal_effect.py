"""Applied or not: the average marginal effect of a logistic regression, in points (§3.5.3)."""

from __future__ import annotations

import numpy as np

from analytics.transfer.estimates import Estimate, NotApplicable
from analytics.transfer.logistic import expit, logit_coefficients
from analytics.transfer.regression import clustered, independent
from analytics.transfer.units import Units, with_intercept


def marginal(units: Units) -> Estimate:
    """
    Mean over all units of P(applied | exposed) − P(applied | not), by the delta method.

    Args:
        units: Their outcome is 0 or 1, their exposure binary.

    Raises:
        NotApplicable: The outcome or the exposure does not vary, or covariates separate.
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
    errors = units.errors(None)
    ways = errors.clusters or (np.arange(len(y)),)
    cov = (
        bread @ clustered(x * (y - p)[:, None], ways, (len(y) - 1) / (len(y) - x.shape[1])) @ bread
    )
    with_it, without = x.copy(), x.copy()
    with_it[:, 1], without[:, 1] = 1.0 / scale[1], 0.0
    p1, p0 = expit(with_it @ beta), expit(without @ beta)
    gradient = (with_it * (p1 * (1 - p1))[:, None] - without * (p0 * (1 - p0))[:, None]).mean(
        axis=0
    )
    clusters = errors.count
    return Estimate(
        "logit",
        "average_marginal",
        units.exposure.columns.terms[0],
        float((p1 - p0).mean()),
        float(np.sqrt(max(gradient @ cov @ gradient, 0.0))),
        len(y),
        clusters,
        None if clusters is None else clusters - 1,
    )
