"""
Who is invited to a programme, drawn by lot and recorded before anybody is told.

Each unit's chance is exactly the declared share. A lot depends on the programme, its seed and the
units, never on their order, so that anybody can draw it again and compare. It is never changed:
who joins later is drawn on by the same scheme, in a draw of its own.

Spec: research/analytics.md 3.1 (E3), 3.5.8.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from lrs.domain import identifiers, timestamps
from lrs.domain.csv_text import csv_text
from lrs.domain.errors import BadRequest, Conflict
from lrs.domain.persons import Register
from lrs.domain.programmes import Declared, Invitations
from lrs.services.series import Series, number_of
from lrs.stores.port import Draft, Record, RecordStore

KIND = "invitation-draw"
COLUMNS = ("unit", "invited", "invited_at", "draw", "drawn_at")
MOST_UNITS = 50_000  # in one draw: a record fits in a document of MongoDB
_LONGEST_UNIT = 250
_HASH_BITS = 64


@dataclass(frozen=True, slots=True)
class Draw:
    """
    A draw as it was recorded.

    Args:
        number: 1 for the first; then those of who joined later.
        version: Of the programme.
        scheme: As that version declares it.
        seed: As that version declares it.
        at: When it was drawn, µs.
        invited: Units that are invited, ascending.
        others: Units that are not, ascending.
    """

    number: int
    version: int
    scheme: Invitations
    seed: int
    at: int
    by: str
    invited: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def begins(self) -> int:
        """From when those invited are: as declared, never before the draw, µs."""
        return max(self.scheme.at, self.at)

    def invitations(self) -> dict[str, int | None]:
        """Unit → from when it is invited, µs; None: it is not."""
        return dict.fromkeys(self.invited, self.begins) | dict.fromkeys(self.others)

    def told(self) -> dict[str, Any]:
        """The draw without its units, as the API and the command line show it."""
        return {
            "draw": self.number,
            "version": self.version,
            "unit": self.scheme.unit,
            "share": self.scheme.share,
            "seed": self.seed,
            "drawn": timestamps.text(self.at),
            "by": self.by,
            "begins": timestamps.text(self.begins),
            "units": len(self.invited) + len(self.others),
            "invited": len(self.invited),
        }

    def listed(self) -> dict[str, Any]:
        """The draw with its units and from when each is invited; null: it is not."""
        lots = {
            unit: None if at is None else timestamps.text(at)
            for unit, at in sorted(self.invitations().items())
        }
        return {**self.told(), "lots": lots}


class Lots:
    """The draws of a store."""

    def __init__(self, store: RecordStore) -> None:
        self._series = Series(store, KIND)

    def draws(self, programme: str) -> list[Draw]:
        """Every draw of a programme, oldest first."""
        return [_draw(record) for record in self._series.read(programme)]

    def draw(
        self, declared: Declared, units: Sequence[str], *, by: str, now: int, joiners: bool = False
    ) -> Draw:
        """
        Draw who is invited, and record it.

        Args:
            units: Departments by name; persons as `lrs.services.lots.person_units` names them.
            joiners: Draw for who joined after the first draw; units that were drawn are passed
                over and keep their lot.
            now: µs.

        Returns:
            What was drawn this time.

        Raises:
            BadRequest: The programme declares no invitations; no unit, one given twice or unusable.
            Conflict: The lot was drawn already; or joiners before it, none new, or another scheme.
        """
        scheme = declared.programme.invitations
        if scheme is None:
            raise BadRequest("this programme declares no invitations", at="invitations")
        _check(units)

        def make(kept: list[Record]) -> Draft:
            earlier = [_draw(record) for record in kept]
            fresh = _to_draw(declared, units, earlier, joiners=joiners)
            invited = by_lot(declared, fresh, len(earlier) + 1)
            value = {
                "version": declared.version,
                "scheme": asdict(scheme),
                "seed": declared.programme.seed,
                "at": now,
                "by": by,
                "invited": sorted(invited),
                "others": sorted(set(fresh) - invited),
            }
            return Draft(orjson.dumps(value))

        return _draw(self._series.append(declared.programme.id, make))


def person_units(register: Register, names: Sequence[str], now: int) -> list[str]:
    """
    Persons as facts know them: the id of who is known, else the identifier.

    Args:
        names: Identifiers as `lrs.domain.identifiers.read` takes them, or ids of persons.
        now: µs; who holds an identifier then is meant.

    Raises:
        BadRequest: One is neither.
        NotFound: There is no person of an id.
    """
    return [_person_unit(register, name, f"units[{i}]", now) for i, name in enumerate(names)]


def on_the_roster(register: Register, unit: str, now: int) -> list[str]:
    """Everyone who is employed at a time (µs), or (`department`) their departments; ascending."""
    posts = [
        post
        for post in register.roster()
        if post.since <= now and (post.until is None or now < post.until)
    ]
    if unit == "department":
        return sorted({post.department for post in posts if post.department})
    return sorted({post.person for post in posts})


def invitations(draws: Sequence[Draw], register: Register | None = None) -> dict[str, int | None]:
    """
    Every unit that was drawn → from when it is invited, µs; None: it is not.

    Args:
        register: Names persons as they are known now, as facts do; without it as they were drawn.
            Two who turned out to be one person are invited where either was, from the earlier time.
    """
    found: dict[str, int | None] = {}
    for draw in draws:
        persons = register if draw.scheme.unit == "person" else None
        for unit, begins in draw.invitations().items():
            name = _known_now(persons, unit, draw.at) if persons else unit
            times = [time for time in (begins, found.get(name)) if time is not None]
            found[name] = min(times, default=None)
    return found


def exported(draws: Sequence[Draw]) -> str:
    """Who was invited and who was not, as CSV: every unit of every draw."""
    rows = [
        (unit, "no" if begins is None else "yes", _time(begins), str(draw.number), _time(draw.at))
        for draw in draws
        for unit, begins in sorted(draw.invitations().items())
    ]
    return csv_text(COLUMNS, rows)


def by_lot(declared: Declared, units: Sequence[str], number: int) -> set[str]:
    """
    The units that a draw invites.

    As many as the share says; where that is no whole number, one more with the chance that is left,
    so that every unit is invited with exactly the declared share, also in a draw of one.
    """
    programme, scheme = declared.programme, declared.programme.invitations
    assert scheme is not None
    lot = f"{programme.id}\n{programme.seed}\n"
    ranked = sorted(units, key=lambda unit: (_hash(f"{lot}unit\n{unit}"), unit))
    wanted = scheme.share * len(units)
    chance = _hash(f"{lot}draw\n{number}") / 2**_HASH_BITS
    many = math.floor(wanted) + (chance < wanted - math.floor(wanted))
    return set(ranked[:many])


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[: _HASH_BITS // 8])


def _check(units: Sequence[str]) -> None:
    if not 1 <= len(units) <= MOST_UNITS:
        raise BadRequest(f"a draw is of 1 to {MOST_UNITS} units", at="units")
    met: set[str] = set()
    for index, unit in enumerate(units):
        if not 1 <= len(unit) <= _LONGEST_UNIT or unit != unit.strip():
            raise BadRequest(
                f"a unit is a text of 1 to {_LONGEST_UNIT} characters", at=f"units[{index}]"
            )
        if unit in met:
            raise BadRequest("this unit is given twice", at=f"units[{index}]")
        met.add(unit)


def _to_draw(
    declared: Declared, units: Sequence[str], earlier: Sequence[Draw], *, joiners: bool
) -> list[str]:
    """The units that have no lot yet; refuses what would draw one again."""
    if not joiners:
        if earlier:
            raise Conflict("the lot is drawn already; who joined later is drawn as joiners")
        return list(units)
    if not earlier:
        raise Conflict("nothing is drawn yet whom anybody could join", at="joiners")
    first, programme = earlier[0], declared.programme
    if (first.scheme, first.seed) != (programme.invitations, programme.seed):
        raise Conflict(
            f"the lot was drawn as version {first.version} declares it, this one differs"
        )
    drawn = {unit for draw in earlier for unit in draw.invitations()}
    fresh = [unit for unit in units if unit not in drawn]
    if not fresh:
        raise Conflict("each of these units has its lot already", at="units")
    return fresh


def _person_unit(register: Register, name: str, at: str, now: int) -> str:
    if ":" in name:
        identifier = identifiers.read(name, at)
        return register.person(identifier, now) or identifier
    person = register.resolve(name)
    return identifiers.identifier_of(person) if identifiers.is_of_one(person) else person


def _known_now(register: Register, unit: str, drawn: int) -> str:
    """Who held an identifier when it was drawn; whom a person was merged into."""
    if ":" in unit:
        return register.person(unit, drawn) or unit
    return register.root(unit)


def _time(instant: int | None) -> str:
    return "" if instant is None else timestamps.text(instant)


def _draw(record: Record) -> Draw:
    value = orjson.loads(record.value)
    scheme = Invitations(**value["scheme"])
    return Draw(
        number_of(record),
        value["version"],
        scheme,
        value["seed"],
        value["at"],
        value["by"],
        tuple(value["invited"]),
        tuple(value["others"]),
    )
