"""
No figure about fewer than k people, nor one from which such a figure could be computed.

A count is of *atoms*: disjoint kinds of people, such as those of one department who in one month
only read. What is published together is a system of equations over the atoms; whoever reads it
knows besides that no count is negative. A secret (1 to k-1 people) is kept when, for all that a
reader can tell, it might as well be k or more. Where it might not, the published count that says
so is withdrawn, the one that matters least first. What is hidden to keep a secret looks like a
secret, so that no one can tell which it was, nor whether it was a zero.

Spec: research/analytics.md 3.7 (complementary suppression).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

Atom = Hashable
Key = tuple[str, ...]


class Count(NamedTuple):
    """
    People that may be told of.

    Args:
        value: How many.
        atoms: Atom → how often it is counted, or the atoms that are counted once.
        rank: Lower ranks are withdrawn first.
    """

    value: int
    atoms: Mapping[Any, int] | Iterable[Any]
    rank: int = 0


@dataclass(slots=True)
class _Row:
    value: int
    atoms: dict[Atom, int]
    rank: int = 0


class Counts:
    """
    What is published, growing; what has been said stays said.

    Args:
        k: The fewest people a figure may be about; 1 publishes everything.
    """

    def __init__(self, k: int) -> None:
        self._k = k
        self._said: dict[Key, _Row] = {}
        self._hidden: dict[Key, _Row] = {}
        self._identities: list[_Row] = []
        self._groups = _Groups()

    def identity(self, atoms: Mapping[Any, int]) -> None:
        """What everyone knows: the sum of these atoms, so often each, is 0."""
        row = _Row(0, dict(atoms))
        self._identities.append(row)
        self._groups.join(row)

    def secret(self, key: Key, count: Count) -> None:
        """A count that is not published but must not be computable when it is small."""
        self._hidden[key] = _row(count)
        self._groups.join(self._hidden[key])

    def publish(self, counts: Mapping[Key, Count]) -> dict[Key, int | None]:
        """
        Say as many of these counts as may be said beside what has been said; None for the others.

        Counts that are published later never make these wrong, so the ones that matter most come
        first.
        """
        asked = {key: _row(count) for key, count in counts.items()}
        small = {key for key, row in asked.items() if self._is_small(row)}
        self._hidden |= {key: asked[key] for key in small}
        self._said |= {key: row for key, row in asked.items() if key not in small}
        open_ = set(asked) - small
        if self._k > 1:
            for row in asked.values():
                self._groups.join(row)
            for part in self._parts(asked.values()):
                self._protect(part, open_)
        return {key: row.value if key in self._said else None for key, row in asked.items()}

    def _parts(self, asked: Iterable[_Row]) -> list[_Part]:
        """Those that what is asked belongs to; nothing new is asked of the others."""
        of = self._groups.of
        parts = {of(row): _Part([], [], []) for row in asked}
        for key, row in self._said.items():
            if (part := parts.get(of(row))) is not None:
                part.said.append(key)
        for key, row in self._hidden.items():
            if (part := parts.get(of(row))) is not None:
                part.hidden.append(key)
        for row in self._identities:
            if (part := parts.get(of(row))) is not None:
                part.identities.append(row)
        return list(parts.values())

    def _is_small(self, row: _Row) -> bool:
        return 0 < row.value < self._k

    def _protect(self, part: _Part, open_: set[Key]) -> None:
        """Withdraw open counts of a part until all its secrets are kept."""
        secrets = [key for key in part.hidden if self._is_small(self._hidden[key])]
        while secrets:
            system = _System(part, self._said, self._hidden, self._k)
            # What is kept stays kept when less is said.
            secrets = system.lost(secrets)
            gone: set[Key] = set()
            for key in secrets:
                candidates = [one for one in part.said if one in open_]
                blamed = system.blamed(key).intersection(candidates) or set(candidates)
                if blamed and not blamed & gone:
                    gone.add(min(blamed, key=self._importance))
            if not gone:
                return
            self._withdraw(part, gone)

    def _importance(self, key: Key) -> tuple[int, int, Key]:
        row = self._said[key]
        return row.rank, row.value, key

    def _withdraw(self, part: _Part, gone: set[Key]) -> None:
        for key in sorted(gone):
            self._hidden[key] = self._said.pop(key)
        part.said = [key for key in part.said if key not in gone]
        part.hidden += sorted(gone)


def _row(count: Count) -> _Row:
    atoms = count.atoms
    known = dict(atoms) if isinstance(atoms, Mapping) else dict.fromkeys(atoms, 1)
    return _Row(count.value, known, count.rank)


@dataclass(slots=True)
class _Part:
    """Counts that have atoms in common, directly or through others."""

    said: list[Key]
    hidden: list[Key]
    identities: list[_Row]


class _Groups:
    """Which counts have atoms in common, directly or through others."""

    def __init__(self) -> None:
        self._leader: dict[Atom, Atom] = {}

    def join(self, row: _Row) -> None:
        """All the atoms of a row belong together."""
        first, *others = row.atoms
        for other in others:
            self._leader[self._find(other)] = self._find(first)

    def of(self, row: _Row) -> Atom:
        """The atom that stands for the group of a row."""
        return self._find(next(iter(row.atoms)))

    def _find(self, atom: Atom) -> Atom:
        leader = self._leader
        while leader.setdefault(atom, atom) != atom:
            leader[atom] = atom = leader[leader[atom]]
        return atom


class _System:
    """What a reader knows of a part: equations, and that nothing is negative."""

    def __init__(
        self, part: _Part, said: Mapping[Key, _Row], hidden: Mapping[Key, _Row], k: int
    ) -> None:
        self._keys = part.said
        self._hidden, self._k = hidden, k
        equations = [said[key] for key in part.said] + part.identities
        rows = [*equations, *(hidden[key] for key in part.hidden)]
        self._place = {
            atom: n for n, atom in enumerate(dict.fromkeys(a for r in rows for a in r.atoms))
        }
        self._a, self._b = self._matrix(equations), [row.value for row in equations]
        self._found: dict[Key, Any] = {}

    def _matrix(self, rows: Sequence[_Row]) -> Any:
        from scipy.sparse import csr_array

        cells = [(n, self._place[a], c) for n, row in enumerate(rows) for a, c in row.atoms.items()]
        where = [cell[0] for cell in cells], [cell[1] for cell in cells]
        values = [float(cell[2]) for cell in cells]
        return csr_array((values, where), shape=(len(rows), len(self._place)))

    def lost(self, secrets: Sequence[Key]) -> list[Key]:
        """Those that a reader can tell to be fewer than k."""
        open_ = self._together(secrets)
        found = []
        while open_:
            key = open_.pop()
            answer = self._most(key)
            if answer.status == _UNBOUNDED or self._reaches(key, answer.x):
                # What one answer shows to be possible for others need not be asked again.
                open_ = [other for other in open_ if not self._reaches(other, answer.x)]
            else:
                found.append(key)
        return sorted(found)

    def _reaches(self, key: Key, x: Any) -> bool:
        if x is None:
            return False
        atoms = self._hidden[key].atoms
        total = sum(times * x[self._place[atom]] for atom, times in atoms.items())
        return bool(total >= self._k - _ROUNDING)

    def _together(self, secrets: Sequence[Key]) -> list[Key]:
        """Those that could not be k or more all at once, as far as one answer shows."""
        from scipy.optimize import linprog
        from scipy.sparse import block_array, eye_array

        asked = self._matrix([self._hidden[key] for key in secrets])
        n, m = len(secrets), len(self._place)
        least = block_array([[-asked, eye_array(n)]])
        a = block_array([[self._a, np.zeros((len(self._b), n))]]) if self._b else None
        answer = linprog(
            np.concatenate((np.zeros(m), -np.ones(n))),
            A_ub=least.tocsr(),
            b_ub=np.zeros(n),
            A_eq=None if a is None else a.tocsr(),
            b_eq=self._b or None,
            bounds=[(0, None)] * m + [(0, self._k)] * n,
            method="highs",
        )
        return [key for key in secrets if not self._reaches(key, answer.x)]

    def blamed(self, key: Key) -> set[Key]:
        """The published counts that keep a secret from being larger."""
        duals = self._most(key).eqlin.marginals[: len(self._keys)]
        return {said for said, dual in zip(self._keys, duals, strict=True) if abs(dual) > _ROUNDING}

    def _most(self, key: Key) -> Any:
        from scipy.optimize import linprog

        if key not in self._found:
            self._found[key] = linprog(
                -self._matrix([self._hidden[key]]).toarray()[0],
                A_eq=self._a if self._b else None,
                b_eq=self._b or None,
                bounds=(0, None),
                method="highs",
            )
        return self._found[key]


_UNBOUNDED = 3
_ROUNDING = 1e-7
