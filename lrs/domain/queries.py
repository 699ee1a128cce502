"""The query parameters and JSON bodies of the REST API, read strictly."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lrs.domain import timestamps
from lrs.domain.errors import BadRequest
from lrs.domain.problems import shown

_LONGEST_NUMBER = 9


class Asked:
    """
    The parameters of one request: each known, each once.

    Raises:
        BadRequest: Naming the parameter that is unknown or repeated; reading one raises where
            its value is none of its kind.
    """

    def __init__(self, given: Mapping[str, Sequence[str]], names: Collection[str]) -> None:
        self.values: dict[str, str] = {}
        for name, values in given.items():
            if name not in names:
                raise BadRequest(f"there is no parameter {shown(name)} here", at=name)
            if len(values) != 1:
                raise BadRequest("this parameter may be given once only", at=name)
            self.values[name] = values[0]

    def text(self, name: str) -> str | None:
        """Any text but the empty one."""
        value = self.values.get(name)
        if value == "":
            raise BadRequest("this must not be empty", at=name)
        return value

    def time(self, name: str, *, end: bool = False) -> int | None:
        """A timestamp or a day (its first moment, or its last), µs."""
        value = self.values.get(name)
        return None if value is None else timestamps.instant(value, name, end=end)

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """One of a few words."""
        value = self.values.get(name)
        if value is not None and value not in choices:
            raise BadRequest(f"this must be one of: {', '.join(choices)}", at=name)
        return value

    def flag(self, name: str) -> bool:
        """Whether it is "true"; it may also be "false"."""
        return self.choice(name, ("true", "false")) == "true"

    def limit(self, name: str, default: int, most: int) -> int:
        """A number from 1; what is more than the most allowed counts as that."""
        value = self.values.get(name)
        if value is None:
            return min(default, most)
        if not (value.isascii() and value.isdigit()) or not value.strip("0"):
            raise BadRequest("this must be a whole number from 1", at=name)
        return most if len(value) > _LONGEST_NUMBER else min(int(value), most)


class Sent:
    """
    A JSON object that was sent, with fields that are known.

    Args:
        value: As it was read.
        names: The fields it may have.
        at: Its place, such as "identifiers[0]"; empty for the body.

    Raises:
        BadRequest: It is no object or has another field; reading one raises where it is missing
            or of another kind.
    """

    def __init__(self, value: object, names: Collection[str], at: str = "") -> None:
        if not isinstance(value, dict):
            raise BadRequest(f"a JSON object with {', '.join(names)}", at=at)
        for name in value:
            if name not in names:
                raise BadRequest(f"there is no field {shown(name)} here", at=at)
        self._value: dict[str, Any] = value
        self._at = f"{at}." if at else ""

    def place(self, name: str) -> str:
        """Where a field stands."""
        return self._at + name

    def has(self, name: str) -> bool:
        """Whether a field was sent and is not null."""
        return self._value.get(name) is not None

    def text(self, name: str) -> str:
        """A text that is not empty."""
        found = self.optional(name)
        if found is None:
            raise BadRequest("this is needed", at=self.place(name))
        return found

    def optional(self, name: str) -> str | None:
        """A text that is not empty, or None where it is missing or null."""
        value = self._value.get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise BadRequest("this must be a text", at=self.place(name))
        return value

    def time(self, name: str, *, end: bool = False) -> int | None:
        """A timestamp or a day, µs, or None."""
        value = self.optional(name)
        return None if value is None else timestamps.instant(value, self.place(name), end=end)

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing."""
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            raise BadRequest("this must be true or false", at=self.place(name))
        return value

    def share(self, name: str, default: float) -> float:
        """A number from 0 to 1."""
        value = self._value.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise BadRequest("this must be a number from 0 to 1", at=self.place(name))
        return float(value)

    def objects(self, name: str, names: Collection[str]) -> list[Sent]:
        """A list of objects; empty where it is missing."""
        return [
            Sent(value, names, f"{self.place(name)}[{index}]")
            for index, value in enumerate(self._list(name))
        ]

    def texts(self, name: str) -> list[str]:
        """A list of texts; empty where it is missing."""
        found = self._list(name)
        if not all(isinstance(each, str) for each in found):
            raise BadRequest("this must be a list of texts", at=self.place(name))
        return found

    def _list(self, name: str) -> list[Any]:
        value = self._value.get(name, [])
        if not isinstance(value, list):
            raise BadRequest("this must be a list", at=self.place(name))
        return value
