"""The targets of research §5.6, 1 to 7: what is wanted, what was measured, met or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analytics.simulate.studies import Record
from analytics.transfer.regression import Array

# With 1,000 organisations a share of .95 is known to .0135; with fewer the bands must be wider.
_MANY, _SOME = 1000, 200
_FIVE = ("A", "C", "D", "E", "F")
_NULLS = ("B", "H")
Records = Mapping[str, list[Record]]


@dataclass(frozen=True)
class Target:
    """`number` of §5.6; `measured` and `wanted` in words."""

    number: int
    what: str
    measured: str
    wanted: str
    met: bool

    def row(self) -> dict[str, Any]:
        return asdict(self)


def targets(records: Records) -> list[Target]:
    """Every target whose organisations are there."""
    return [target for make in _TARGETS for target in make(records)]


def errors_of(rows: list[Record], method: str | None = None) -> Array:
    """
    Error, lower and upper limit less truth, a row a report that has the method (n × 3).

    Args:
        rows: Of one study.
        method: None: what each report calls primary.
    """
    found = [
        np.array(row["methods"][method or row["primary"]]) - row["truth"]
        for row in rows
        if (method or row["primary"]) in row["methods"]
    ]
    return np.array(found).reshape(-1, 3)


def bias(errors: Array) -> float:
    return float(errors[:, 0].mean())


def coverage(errors: Array) -> float:
    return float(((errors[:, 1] <= 0) & (errors[:, 2] >= 0)).mean())


def rejections(rows: list[Record], method: str | None = None) -> float:
    """Share of reported intervals that leave zero out."""
    chosen = [row["methods"].get(method or row["primary"]) for row in rows]
    return float(np.mean([one is not None and (one[1] > 0 or one[2] < 0) for one in chosen]))


def _primary_right(records: Records) -> Iterator[Target]:
    for name in _FIVE:
        if rows := records.get(name):
            found = errors_of(rows)
            noise = 2 * float(found[:, 0].std(ddof=1)) / len(rows) ** 0.5
            limit = 0.03 if len(rows) >= _MANY else round(0.03 + noise, 3)
            yield Target(
                1, f"{name}: bias of the reported estimate", f"{bias(found):+.3f}",
                f"|bias| ≤ {limit}", len(found) == len(rows) and abs(bias(found)) <= limit,
            )  # fmt: skip
            low, high = _band(len(rows), heterogeneous=name == "E")
            yield Target(
                1, f"{name}: coverage of its 95% interval", f"{coverage(found):.3f}",
                f"{low} to {high}", low <= coverage(found) <= high,
            )  # fmt: skip
    for name in _NULLS:
        if rows := records.get(name):
            limit = (
                0.08
                if len(rows) >= _MANY
                else round(1 - _band(len(rows), heterogeneous=False)[0], 3)
            )
            share = rejections(rows)
            yield Target(
                1, f"{name}: rejects a true null", f"{share:.3f}", f"≤ {limit}", share <= limit
            )


def _band(organisations: int, *, heterogeneous: bool) -> tuple[float, float]:
    """Between which shares 95% intervals may cover; E's estimand weighs by variance."""
    if organisations >= _MANY:
        return (0.90, 1.0) if heterogeneous else (0.92, 0.97)
    if organisations >= _SOME:
        return 0.90, 0.99
    from scipy import stats

    # so few say little: a correct interval falls below this once in a thousand times
    return round(float(stats.binom.ppf(0.001, organisations, 0.95)) / organisations, 3), 1.0


def _at_least(share: float, organisations: int) -> float:
    """A share asked for, less two standard errors where there are too few to know it."""
    if organisations >= _SOME:
        return share
    return round(share - 2 * math.sqrt(share * (1 - share) / organisations), 3)


def _crude_shown(records: Records) -> Iterator[Target]:
    if rows := records.get("A"):
        found = bias(errors_of(rows, "crude"))
        both = all({"crude", row["primary"]} <= set(row["methods"]) for row in rows)
        yield Target(
            2, "A: bias of the crude difference, reported beside the adjusted one",
            f"{found:+.3f}", "≥ 0.2, in every report", both and found >= 0.2,  # noqa: PLR2004
        )  # fmt: skip


def _not_least_squares(records: Records) -> Iterator[Target]:
    for name in "CD":
        if rows := records.get(name):
            share = _share(row["primary"] == "ols" for row in rows)
            own = errors_of(rows, "ols")
            measured = f"{share:.0%} (its bias {bias(own):+.3f}, coverage {coverage(own):.2f})"
            yield Target(3, f"{name}: least squares is primary", measured, "never", share == 0)


def _alarms(records: Records) -> Iterator[Target]:
    for name in "DH":
        if rows := records.get(name):
            share, least = _share(row["alarm"] for row in rows), _at_least(0.5, len(rows))
            yield Target(
                4, f"{name}: the placebo gives an alarm", f"{share:.0%}", f"≥ {least:.0%}",
                share >= least,
            )  # fmt: skip
    if rows := records.get("I"):
        yield _words("I", rows)
    rest = [row for name, own in records.items() if name != "I" for row in own if "primary" in row]
    if rest:
        yield _words("all other scenarios", rest)


def _words(name: str, rows: list[Record]) -> Target:
    words = sum(row["causal_words"] for row in rows)
    too_high = sum(row["level"] in {"3", "4"} for row in rows)
    return Target(
        4, f"{name}: causal words in {len(rows)} reports, English and Dutch",
        f"{words}, and {too_high} above level 2r", "none", words == too_high == 0,
    )  # fmt: skip


def _overlap(records: Records) -> Iterator[Target]:
    if rows := records.get("F"):
        share, least = _share(not row["overlap_ok"] for row in rows), _at_least(0.9, len(rows))
        yield Target(
            5, "F: warns of poor overlap", f"{share:.0%}", f"≥ {least:.0%}", share >= least
        )
    if rows := records.get("G"):
        share = _share(row["basis"] in {None, "linear"} for row in rows)
        yield Target(
            5, "G: AIPW on the linear basis or withheld", f"{share:.0%}", "100%", share == 1
        )


def _coverage_gap(records: Records) -> Iterator[Target]:
    if rows := records.get("coverage_gap"):
        share = _share(set(row["methods"]) <= {"crude"} for row in rows)
        yield Target(
            6, "evidence coverage 25 pp apart: adjusted result withheld",
            f"{share:.1%}", "100%", share == 1,
        )  # fmt: skip


def _staggered(records: Records) -> Iterator[Target]:
    for name in ("rollout_60", "rollout_20"):
        if rows := records.get(name):
            shown = [row for row in rows if row["ci"]]
            share = _share(row["ci"][0] <= row["truth"] <= row["ci"][1] for row in shown)
            low, high = _band(len(rows), heterogeneous=False)
            high = max(high, 0.99)  # a jackknife errs on the safe side
            yield Target(
                7, f"{name}: coverage of the {len(shown)} estimates given", f"{share:.3f}",
                f"{low} to {high}", low <= share <= high,
            )  # fmt: skip
            absent = not any(row["twfe"] for row in rows)
            yield Target(
                7, f"{name}: two-way fixed effects", "absent" if absent else "there", "absent",
                absent,
            )  # fmt: skip
    if rows := records.get("rollout_drift"):
        share = _share(row["estimate"] is None for row in rows)
        least = _at_least(0.95, len(rows))
        yield Target(
            7, "rollout_drift: planted pre-trend withheld", f"{share:.1%}", f"≥ {least:.0%}",
            share >= least,
        )  # fmt: skip


def _share(found: Iterable[bool]) -> float:
    return float(np.mean(list(found)))


_TARGETS: tuple[Callable[[Records], Iterator[Target]], ...] = (
    _primary_right, _crude_shown, _not_least_squares, _alarms, _overlap, _coverage_gap, _staggered,
)  # fmt: skip
