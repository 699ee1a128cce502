"""
Programmes as they were declared: every version is kept as it was, with when and by whom.

Once results about a training have been looked at, whatever is declared about it later says so:
who has seen the figures can choose the windows that suit them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from lrs.domain import programme_forms
from lrs.domain.errors import NotFound
from lrs.domain.forms import Form
from lrs.domain.persons import Register
from lrs.domain.programmes import Declared, Programme
from lrs.services import lots
from lrs.services.lots import Draw, Lots
from lrs.services.series import Series, number_of
from lrs.services.topics import Topics
from lrs.stores.port import Draft, Record, RecordStore

KIND = "programme"
SEEN = "programme-seen"


class Programmes:
    """The programmes of a store, and who was drawn to be invited to them."""

    def __init__(self, store: RecordStore) -> None:
        self._store = store
        self._series = Series(store, KIND)
        self._topics = Topics(store)
        self._lots = Lots(store)

    def declare(self, mapping: object, *, by: str, now: int) -> Declared:
        """
        Declare a programme, or its next version; what equals the newest version adds none.

        Args:
            mapping: As `lrs.domain.programme_forms.programme` reads it.
            by: Who declares it: a key, or "command line".
            now: µs.

        Returns:
            The version that holds from now on.

        Raises:
            BadForm: Something is wrong with it, or a topic is none of the vocabulary.
        """
        wanted = programme_forms.programme(mapping)
        self._check_topics(wanted)
        value = {"programme": programme_forms.shown(wanted), "at": now, "by": by}
        tags = frozenset(_about(activity) for activity in wanted.activities)

        def make(kept: list[Record]) -> Draft | None:
            if kept and _programme(kept[-1]) == wanted:
                return None
            return Draft(orjson.dumps(value), tags=tags)

        return self._declared(self._series.append(wanted.id, make))

    def get(self, programme: str, version: int | None = None) -> Declared:
        """
        A version of a programme; the newest without a number.

        Raises:
            NotFound: No such programme or version.
        """
        found = self.versions(programme)
        if version is None:
            return found[-1]
        if not 1 <= version <= len(found):
            raise NotFound("there is no such version", at="version")
        return found[version - 1]

    def versions(self, programme: str) -> list[Declared]:
        """
        All versions, oldest first.

        Raises:
            NotFound: No such programme.
        """
        found = [self._declared(record) for record in self._series.read(programme)]
        if not found:
            raise NotFound("there is no such programme", at="id")
        return found

    def all(self) -> list[Declared]:
        """The newest version of every programme, by id."""
        newest = {_name(record): record for record in self._store.records(KIND)}
        return [self._declared(newest[name]) for name in sorted(newest)]

    def looked_at(self, programme: str, now: int) -> None:
        """
        Note that results about a programme are being made; only the first time counts.

        Whoever makes results calls this before anybody can see them.

        Raises:
            NotFound: No such programme.
        """
        self.versions(programme)
        self._store.change(SEEN, programme, lambda kept: _first(kept, now))

    def results_seen(self, programme: str) -> int | None:
        """When results about a programme were first made, µs; None: never yet."""
        record = self._store.record(SEEN, programme)
        return int(record.value) if record else None

    def draw(
        self, declared: Declared, units: Sequence[str], *, by: str, now: int, joiners: bool = False
    ) -> Draw:
        """Draw by lot who is invited; as `lrs.services.lots.Lots.draw`."""
        return self._lots.draw(declared, units, by=by, now=now, joiners=joiners)

    def draws(self, programme: str) -> list[Draw]:
        """Every draw of a programme, oldest first; empty before the first."""
        return self._lots.draws(programme)

    def invitations(
        self, programme: str, register: Register | None = None
    ) -> dict[str, int | None]:
        """Every unit that was drawn → from when it is invited; as `lots.invitations`."""
        return lots.invitations(self.draws(programme), register)

    def _check_topics(self, wanted: Programme) -> None:
        known = self._topics.get().topics
        form = Form({}, ())
        for index, topic in enumerate(wanted.topics):
            if topic not in known:
                form.fault(f"topics[{index}]", "the vocabulary has no such topic")
        form.checked()

    def _declared(self, record: Record) -> Declared:
        value, programme = orjson.loads(record.value), _programme(record)
        seen = self._first_seen(programme)
        after = seen is not None and seen <= value["at"]
        return Declared(programme, number_of(record), value["at"], value["by"], after)

    def _first_seen(self, programme: Programme) -> int | None:
        """
        When results about a training were first made, whatever it was called then.

        A new id for the same Activities does not undo that somebody has looked.
        """
        names = {programme.id}
        for activity in programme.activities:
            names |= {_name(one) for one in self._store.records(KIND, tag=_about(activity))}
        times = (self.results_seen(name) for name in names)
        return min((at for at in times if at is not None), default=None)


def _programme(record: Record) -> Programme:
    kept: Mapping[str, Any] = orjson.loads(record.value)["programme"]
    return programme_forms.programme(kept)


def _name(record: Record) -> str:
    return record.key.rpartition("/")[0]


def _about(activity: str) -> str:
    return f"activity:{activity}"


def _first(kept: Record | None, now: int) -> Draft:
    return Draft(b"%d" % now) if kept is None else Draft(kept.value, kept.meta, kept.tags)
