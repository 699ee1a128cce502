"""What was asked while a list is walked: pages that lead to themselves never end by themselves."""

from __future__ import annotations

_MOST_ALIKE = 10  # what is changed meanwhile comes again, and with it the same questions
_REMEMBERED = 10_000


class Walk:
    """The questions of one walk, by their hashes: they may hold what lets us in."""

    def __init__(self) -> None:
        self._asked: dict[int, int] = {}

    def is_circle(self, question: str) -> bool:
        """Note a question; whether it was asked so often that it would be for ever."""
        if len(self._asked) >= _REMEMBERED:
            self.begin_anew()
        times = self._asked.get(hash(question), 0) + 1
        self._asked[hash(question)] = times
        return times > _MOST_ALIKE

    def begin_anew(self) -> None:
        """Forget them: a connection that goes on for days was opened, and may ask as before."""
        self._asked.clear()
