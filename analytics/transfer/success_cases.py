"""
Whom to ask how it went: a sampling frame of the highest and lowest transfer scores.

Success cases are told as cases and never as an average (Brinkerhoff): drawn at random within the
top and the bottom tenth, from those who consented, by the facts' code of the person, and only from
groups of k people.

Spec: research/analytics.md 1 (Success Case Method), 3.7.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

MOST = 5
"""People named of either tenth."""
_TENTH = 10
_BITS = 2**64


def sampling_frame(
    person: np.ndarray,
    score: np.ndarray,
    consented: Collection[int] | None,
    *,
    k: int,
    seed: int,
) -> dict[str, Any]:
    """
    `{top, bottom}`: codes of people, or None with `why`.

    Args:
        person: The facts' code of each learner with evidence.
        score: Of each.
        consented: Codes of those who agreed to be asked; None: not known.
    """
    import numpy as np

    if consented is None:
        return {"top": None, "bottom": None, "why": "nobody's consent to be asked is known"}
    size = len(score) // _TENTH
    order = np.lexsort((person, score))
    tenths = {"top": order[len(order) - size :], "bottom": order[:size]}
    agreed = set(consented)
    draw = np.random.default_rng(seed)
    frame: dict[str, Any] = {}
    for name, places in tenths.items():
        codes = sorted(one for one in person[places].tolist() if one in agreed)
        if len(codes) < max(k, 1):
            return {"top": None, "bottom": None, "why": f"fewer than {k} who consented in a tenth"}
        drawn = draw.choice(len(codes), size=min(MOST, len(codes)), replace=False)
        frame[name] = sorted(shown(codes[place]) for place in drawn.tolist())
    return {**frame, "of": size, "kind": "cases"}


def still(frame: dict[str, Any], agreed: Collection[int]) -> dict[str, Any]:
    """A frame without those who have thought better of it since it was drawn."""
    names = {shown(one) for one in agreed}
    kept = {
        name: [one for one in frame[name] if one in names]
        for name in ("top", "bottom")
        if frame[name]
    }
    return {**frame, **kept}


def shown(person: int) -> str:
    """A person's code as text: `analytics.facts.projection.code` of who it is, in hexadecimal."""
    return f"{person % _BITS:016x}"
