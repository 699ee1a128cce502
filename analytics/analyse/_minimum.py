"""What is too small to be printed, or printed all the same and marked as such."""

from __future__ import annotations

from typing import Any

from analytics.analyse.kinds import Options


class Minimum:
    """
    Collects what is withheld, below the minimum sizes or for another reason.

    Args:
        options: With `no_minimum`: sizes are then told instead of acted on.

    Spec: research/analytics.md 3.7.
    """

    def __init__(self, options: Options) -> None:
        self._applied = not options["no_minimum"]
        self._withheld: list[dict[str, str]] = []
        self._below: list[dict[str, str]] = []

    def allows(self, what: str, n: int, fewest: int, of: str = "people") -> bool:
        """Whether a figure about n of them is printed; of none there is nothing to print."""
        if n >= fewest:
            return True
        printed = n > 0 and not self._applied
        where = self._below if printed else self._withheld
        where.append({"what": what, "why": f"{n} {of}, fewer than {fewest}"})
        return printed

    def withhold(self, what: str, why: str) -> None:
        """For what cannot be told whatever the options say."""
        self._withheld.append({"what": what, "why": why})

    def report(self) -> dict[str, Any]:
        """`withheld`; and what is printed below the minimum sizes, when they are not applied."""
        if self._applied:
            return {"withheld": self._withheld}
        marks = {"minimum_sizes": "not applied", "below_minimum": self._below}
        return {"withheld": self._withheld, **marks}
