"""
The StatementRef rule, once for every store: who refers to a Statement is found by its terms.

A Statement whose object is a StatementRef matches when its target matches, recursively
(Communication 2.1.3, Filter Conditions). So a referrer inherits the terms of its target, also
when the target arrives later, and a voided target is not listed but still gives its terms.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from lrs.stores.port import NewStatement

Term = TypeVar("Term", bound=Hashable)


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
    moved = [s.refers for s in added if s.refers] + list(referrers)
    _inherit(links, moved)


def _void(
    links: Links[Term],
    added: Sequence[NewStatement],
    referrers: Mapping[str, Sequence[Referrer]],
) -> None:
    targets = {s.refers for s in added if s.voids and s.refers}
    targets |= {target for target, by in referrers.items() if any(r.voids for r in by)}
    if targets:
        links.void(targets)


def _inherit(links: Links[Term], moved: Sequence[str]) -> None:
    """Pass terms on from each target to its referrers until nothing new arrives; circles end."""
    level = list(dict.fromkeys(moved))
    while level:
        referrers = links.referrers(level)
        known = links.terms({*referrers, *(r.id for by in referrers.values() for r in by)})
        gained: dict[str, frozenset[Term]] = {}
        for target, by in referrers.items():
            for referrer in by:
                have = known[referrer.id] | gained.get(referrer.id, frozenset())
                new = known.get(target, frozenset()) - have
                if new:
                    gained[referrer.id] = gained.get(referrer.id, frozenset()) | new
        for statement_id, terms in gained.items():
            links.add_terms(statement_id, terms)
        level = list(gained)
