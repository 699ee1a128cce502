"""The organisation's vocabulary of topics: every version is kept as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from lrs.domain import timestamps
from lrs.domain import topics as forms
from lrs.domain.topics import Topic
from lrs.services.series import Series, number_of
from lrs.stores.port import Draft, Record, RecordStore

KIND = "topics"
_NAME = "vocabulary"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """
    A version of the vocabulary.

    Args:
        topics: By id.
        version: 1, 2, …; 0 before the first, when there are no topics.
        at: When it was put, µs.
        by: Who put it.
    """

    topics: dict[str, Topic] = field(default_factory=dict)
    version: int = 0
    at: int = 0
    by: str = ""

    def told(self) -> dict[str, Any]:
        """As the API and the command line show it."""
        return {
            "version": self.version,
            "put": timestamps.text(self.at) if self.version else None,
            "by": self.by or None,
            "topics": forms.shown(self.topics),
        }

    def terms(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Topic id → language → terms, as `analytics.text.topics.vocabulary` takes them."""
        return forms.terms(self.topics)


class Topics:
    """The vocabulary of a store."""

    def __init__(self, store: RecordStore) -> None:
        self._series = Series(store, KIND)

    def get(self) -> Vocabulary:
        """The newest version; an empty one before the first."""
        kept = self._series.read(_NAME)
        return _vocabulary(kept[-1]) if kept else Vocabulary()

    def put(self, mapping: object, *, by: str, now: int) -> Vocabulary:
        """
        Replace the vocabulary as a whole; what equals the newest version adds none.

        Args:
            mapping: As `lrs.domain.topics.topics` reads it.
            now: µs.

        Raises:
            BadForm: Something is wrong with it, such as a term of more than three words.
        """
        wanted = forms.topics(mapping)
        value = {"topics": forms.shown(wanted), "at": now, "by": by}

        def make(kept: list[Record]) -> Draft | None:
            same = bool(kept) and _vocabulary(kept[-1]).topics == wanted
            return None if same else Draft(orjson.dumps(value))

        return _vocabulary(self._series.append(_NAME, make))


def _vocabulary(record: Record) -> Vocabulary:
    value = orjson.loads(record.value)
    return Vocabulary(forms.topics(value["topics"]), number_of(record), value["at"], value["by"])
