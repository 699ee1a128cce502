"""
The StatementRef rule, once for every store: who refers to a Statement is found by its terms.

A Statement whose object is a StatementRef matches when its target matches, recursively
(Communication 2.1.3, Filter Conditions). So a referrer inherits the terms of its target, also
when the target arrives later, and a voided target is not listed but still gives its terms.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from lrs.stores.port import NewStatement

Term = TypeVar("Term", bound=Hashable)

_READ_AT_ONCE = 50  # Statements: each may have the terms of thousands
# Chains of references are a few long, and their terms tens. Without a bound each link of one made
# to be long gets the terms of all others: 5,000 in a batch stop all writing for minutes. A Group
# of 1,000 members is below it.
MOST_INHERITED = 2_000


@dataclass(frozen=True, slots=True)
class Referrer:
    """A kept Statement that refers to another; `voids` when it voids it."""

    id: str
    voids: bool


class Links(Protocol[Term]):
    """What an adapter supplies, inside one write; terms are in its own form."""

    def referrers(self, ids: Collection[str]) -> Mapping[str, Sequence[Referrer]]:
        """Who refers to each of these ids, kept or not; ids that none refers to are left out."""
        ...

    def terms(self, ids: Collection[str]) -> Mapping[str, frozenset[Term]]:
        """The terms, own and inherited, of those of the ids that are kept."""
        ...

    def add_terms(self, statement_id: str, terms: frozenset[Term]) -> None:
        """Give a kept Statement further terms."""
        ...

    def void(self, ids: Collection[str]) -> None:
        """Mark as voided those of the ids that are kept and do not void anything themselves."""
        ...


def link(links: Links[Term], added: Sequence[NewStatement]) -> None:
    """
    Bring terms and voidings up to date after `added` have been inserted.

    Runs after the insert, so that of two writers at least one sees the other's Statement.
    """
    referrers = links.referrers([s.id for s in added])
    _void(links, added, referrers)
    moved = {s.id: s.refers for s in added if s.refers or s.id in referrers}
    if moved:
        _inherit(links, _starts(links, _with_referrers(links, moved, referrers)))


def _void(
    links: Links[Term],
    added: Sequence[NewStatement],
    referrers: Mapping[str, Sequence[Referrer]],
) -> None:
    targets = {s.refers for s in added if s.voids and s.refers}
    targets |= {target for target, by in referrers.items() if any(r.voids for r in by)}
    if targets:
        links.void(targets)


def _with_referrers(
    links: Links[Term],
    moved: Mapping[str, str | None],
    referrers: Mapping[str, Sequence[Referrer]],
) -> dict[str, str | None]:
    """What each of these Statements refers to, and each that refers to them, at any distance."""
    target_of = dict(moved)
    while referrers:
        level = {r.id: target for target, by in referrers.items() for r in by}
        fresh = [statement_id for statement_id in level if statement_id not in target_of]
        target_of |= level
        referrers = links.referrers(fresh) if fresh else {}
    return target_of


def _starts(links: Links[Term], target_of: Mapping[str, str | None]) -> dict[str, frozenset[Term]]:
    """
    Where terms come in, and what arrives there.

    A Statement refers to one other at most. So upwards from each lies one that refers to none of
    these, or a circle, whose members all get what any of them has.
    """
    groups = list(_tops(target_of))
    known = links.terms({source for sources, _ in groups for source in sources})
    starts: dict[str, frozenset[Term]] = {}
    for sources, into in groups:
        arriving = frozenset[Term]().union(*(known.get(s, ()) for s in sources))
        if len(sources) > 1 and len(arriving) > MOST_INHERITED:
            starts[into[0]] = frozenset()  # a circle too large is walked along as a chain
        else:
            starts |= dict.fromkeys(into, arriving)
    return starts


def _tops(target_of: Mapping[str, str | None]) -> Iterator[tuple[list[str], list[str]]]:
    """Groups of Statements that get the terms of others: those others, then the group."""
    done: set[str] = set()
    for one in target_of:
        path: dict[str, None] = {}
        at: str | None = one
        while at is not None and at in target_of and at not in done:
            done.add(at)
            path[at] = None
            at = target_of[at]
        if at in path:
            way = list(path)
            circle = way[way.index(at) :]
            yield circle, circle
        elif path and at not in target_of:
            yield [at] if at else [], [next(reversed(path))]


def _inherit(links: Links[Term], arriving: Mapping[str, frozenset[Term]]) -> None:
    """
    Pass terms on, level by level, so that each Statement gets all of them at once.

    Only what has them already, and was looked below before, passes nothing on; so this ends, and
    also finishes what a writer that died has begun. Who refers to a Statement is asked after it
    was written: a referrer that comes later finds the terms there. Of a target with more than
    `MOST_INHERITED` terms nothing is inherited; a chain goes on there as if it began anew.
    """
    seen: set[str] = set()
    cut: set[str] = set()
    while arriving:
        cut |= {i for i, terms in arriving.items() if len(terms) > MOST_INHERITED}
        arriving = {i: frozenset() if i in cut else terms for i, terms in arriving.items()}
        onward: dict[str, frozenset[Term]] = {}
        ids = list(arriving)
        for first in range(0, len(ids), _READ_AT_ONCE):
            some = ids[first : first + _READ_AT_ONCE]
            known = links.terms(some)
            for statement_id in some:
                new = arriving[statement_id] - known[statement_id]
                if new:
                    links.add_terms(statement_id, new)
                if new or statement_id not in seen:
                    onward[statement_id] = known[statement_id]
        seen.update(onward)
        referrers = links.referrers(onward) if onward else {}
        arriving = {
            referrer.id: terms
            for target, by in referrers.items()
            for terms in [_both(arriving[target], onward[target])]
            for referrer in by
        }
    if cut:
        structlog.get_logger().warning(
            "StatementRefs whose target has too many terms to inherit",
            statements=len(cut),
            one=min(cut),
        )


def _both(some: frozenset[Term], more: frozenset[Term]) -> frozenset[Term]:
    """The terms of both; without a copy where the first has them all, as in a circle."""
    return some if more <= some else some | more
