"""Tests that are many: what each p-value is worth beside the others."""

from __future__ import annotations

from collections.abc import Sequence


def adjusted_p(p_values: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg adjusted p-values (false discovery rate), in the order given."""
    from scipy.stats import false_discovery_control

    return [float(p) for p in false_discovery_control(p_values)] if p_values else []
