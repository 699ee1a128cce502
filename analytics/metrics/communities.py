"""
M3: how far the group hangs together month by month, and which communities in it go on.

A community of one month is that of the month before when they share three tenths of their people
or more. It has a number of its own from the month in which it is first told of.

Spec: research/analytics.md 2.4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.metrics import shared
from analytics.network import measures
from analytics.network.communities import communities
from analytics.network.graph import Graph, build
from analytics.registry import Ask, Metric
from analytics.small_groups import Count, Key

_ALIKE = 0.3  # Jaccard: shared people over all people of both
_ROUNDS = 3  # of Leiden's method: there is a graph for every month
_EDGES = """
SELECT month, source, target, count(*) AS n FROM interactions
WHERE fate = 'kept' AND layer IN ('reply', 'mention') AND ts >= $since
GROUP BY ALL ORDER BY month, source, target"""

People = NDArray[np.object_]


def measure(ask: Ask) -> dict[str, Any]:
    """Months with their people in the network, its largest part, and its communities."""
    ask.facts.interactions()
    months = shared.months_of(ask)
    columns = ask.facts.columns(_EDGES)
    before: list[People] = []
    names: list[int] = []  # the lasting community of each of the month before
    found: list[_Month] = []
    numbers = _Numbers()
    for month in months:
        own = columns["month"] == month
        graph = build(*(columns[name][own] for name in ("source", "target", "n")))
        members = _members(graph)
        names = numbers.of(members, before, names)
        before = members
        giant = measures.component_sizes(graph)[0] if graph.n else 0
        found.append(_Month(month, graph.n, giant, members, names))
    said = _publish(ask, found)
    shown = _Shown()
    return {"months": [_row(one, said, shown) for one in found]}


class _Month(NamedTuple):
    """A month's people, those of its largest part, and its communities with their numbers."""

    month: int
    people: int
    giant: int
    members: list[People]
    names: list[int]


class _Numbers:
    """Numbers for communities that last, in the order in which they came up."""

    def __init__(self) -> None:
        self._next = 0

    def of(self, members: list[People], before: list[People], names: list[int]) -> list[int]:
        """Those of this month's communities, the likest pairs matched first."""
        matched: dict[int, int] = {}
        for _, place, earlier in sorted(_alike(members, before)):
            if place not in matched and earlier not in matched.values():
                matched[place] = earlier
        return [names[matched[n]] if n in matched else self._new() for n in range(len(members))]

    def _new(self) -> int:
        self._next += 1
        return self._next


class _Shown:
    """Numbers as they are told: those of communities never told of leave no gap."""

    def __init__(self) -> None:
        self._told: dict[int, int] = {}

    def number(self, name: int) -> tuple[int, bool]:
        """The number, and whether it was told of before."""
        known = name in self._told
        return self._told.setdefault(name, len(self._told) + 1), known


def _members(graph: Graph) -> list[People]:
    """The people of each community, the largest first."""
    if not graph.n:
        return []
    division = communities(graph, _ROUNDS)
    return [graph.names[division == number] for number in range(1, int(division.max()) + 1)]


def _alike(members: list[People], before: list[People]) -> Iterator[tuple[float, int, int]]:
    """Pairs that share enough: how much, negative, and which of this month and the one before."""
    earlier = {person: place for place, own in enumerate(before) for person in own}
    for place, own in enumerate(members):
        shared_with = Counter(earlier[person] for person in own if person in earlier)
        for other, both in shared_with.items():
            jaccard = both / (len(own) + len(before[other]) - both)
            if jaccard >= _ALIKE:
                yield -jaccard, place, other


def _publish(ask: Ask, found: list[_Month]) -> dict[Key, int | None]:
    counts: dict[Key, Count] = {}
    for month, people, giant, members, _ in found:
        key, atoms = str(month), [(month, place) for place in range(len(members))]
        parts = {("giant", month): -1, ("outside", month): -1}
        ask.counts.identity(dict.fromkeys(atoms, 1) | parts)
        ask.counts.secret(("outside", key), Count(people - giant, [("outside", month)]))
        counts["people", key] = Count(people, list(parts), rank=2)
        counts["giant", key] = Count(giant, [("giant", month)], rank=1)
        for place, own in enumerate(members):
            counts["community", key, str(place)] = Count(len(own), [atoms[place]])
    return ask.counts.publish(counts)


def _row(of: _Month, said: dict[Key, int | None], shown: _Shown) -> dict[str, Any]:
    month, members = of.month, of.members
    people = said["people", str(month)]
    told = []
    for place, name in enumerate(of.names):
        n = said["community", str(month), str(place)] if people else None
        if n is not None:
            number, known = shown.number(name)
            told.append({"community": number, "people": n, "goes_on": known})
    # How many there are would tell of what is not told: each has two people or more.
    all_told = len(told) == len(members)
    return {
        "month": shared.name(month),
        "people": people,
        "giant_share": shared.ratio(said["giant", str(month)], people),
        "communities": len(members) if people is not None and all_told else None,
        "largest": told,
    }


METRIC = Metric(
    name="communities",
    question="How far does the group hang together month by month, and which parts of it go on?",
    version="1",
    measure=measure,
)
