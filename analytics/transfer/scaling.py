"""Columns on one scale, so that Newton's method and ridges are well conditioned."""

from __future__ import annotations

import numpy as np

from analytics.transfer.regression import Array


def standardised_columns(x: Array) -> Array:
    """Each column less its mean, over its standard deviation; constant columns become zero."""
    centred = x - x.mean(axis=0)
    sd = centred.std(axis=0)
    scaled: Array = centred / np.where(sd > 0, sd, 1.0)
    return scaled


def with_ones(x: Array) -> Array:
    return np.hstack([np.ones((len(x), 1)), x])
