"""
Forms: what people declare in YAML, JSON or on a page, read strictly, with every fault told at once.

A field that is read with a fault answers a stand-in, so that reading goes on and finds the others;
`checked` then refuses the whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from unicodedata import category

from lrs.domain import timestamps
from lrs.domain.errors import BadRequest
from lrs.domain.iri import is_iri
from lrs.domain.problems import Problem, place, shown

T = TypeVar("T")
SHORT_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
LANGUAGES = ("en", "nl")
_LONGEST_TEXT = 1_000


class BadForm(BadRequest):
    """
    A form with faults; `detail` tells all of them, `at` is the place of the first.

    Args:
        problems: In the order of reading, at least one.
    """

    def __init__(self, problems: Collection[Problem]) -> None:
        first, *others = problems
        more = "".join(f"; {one.at or 'the whole'}: {one.detail}" for one in others)
        super().__init__(first.detail + more, at=first.at)
        self.problems = tuple(problems)


class Form:
    """
    An object of a form.

    Args:
        value: What was sent in its place.
        names: The fields it may have.
        at: Where it stands; empty for the whole.
        problems: Where faults go; shared with the forms inside it.
    """

    def __init__(
        self,
        value: object,
        names: Collection[str],
        at: str = "",
        problems: list[Problem] | None = None,
    ) -> None:
        self.at = at
        self._problems: list[Problem] = [] if problems is None else problems
        self._value: dict[Any, Any] = value if isinstance(value, dict) else {}
        self._is_object = isinstance(value, dict)
        if not self._is_object:
            self.fault("", f"this must be an object with {', '.join(names)}")
        for name in self._value:
            if name not in names:
                self.fault(name if isinstance(name, str) else "", _unknown(name, names))

    def fault(self, name: str, detail: str) -> None:
        """Note a fault of a field, such as "days[0]"; "" for all of this. One a place is told."""
        at = place(self.at, [name]) if name and "[" not in name else _joined(self.at, name)
        if name and not self._is_object:
            return  # that it is none has been told
        inside = (f"{at}.", f"{at}[")
        if not any(one.at == at or one.at.startswith(inside) for one in self._problems):
            self._problems.append(Problem(at, detail, ""))

    def checked(self) -> None:
        """Raise BadForm where any fault was met, here or inside."""
        if self._problems:
            raise BadForm(self._problems)

    def has(self, name: str) -> bool:
        """Whether a field was sent and is not null."""
        return self._value.get(name) is not None

    def text(self, name: str, default: str | None = None) -> str:
        """A text that is not blank, of at most 1,000 characters; needed where no default is."""
        return self._one(name, "", default, _text)

    def optional(self, name: str) -> str | None:
        """As `text`, or None where it is missing."""
        return self.text(name) if self.has(name) else None

    def short_name(self, name: str) -> str:
        """Lower-case letters, digits and hyphens, at most 64."""
        return self._one(name, "", None, _short_name)

    def iri(self, name: str) -> str:
        return self._one(name, "", None, _iri)

    def choice(self, name: str, choices: Collection[str], default: str | None = None) -> Any:
        """One of a few words; needed where no default is."""
        return self._one(name, next(iter(choices)), default, _one_of(choices))

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds, both inclusive."""
        return self._one(name, default, default, _whole(least, most))

    def share(self, name: str, default: float) -> float:
        """A number above 0 and up to 1."""
        return self._one(name, default, default, _share)

    def flag(self, name: str) -> bool:
        """True or false; false where it is missing."""
        return self._one(name, False, False, _flag)

    def time(self, name: str, default: int | None = None) -> int:
        """A day (its first moment, UTC) or a timestamp, µs; needed where no default is."""
        return self._one(name, 0, default, _time)

    def each(self, name: str, read: Callable[[str], str]) -> tuple[str, ...]:
        """A list of texts, each as `read` makes it, which raises ValueError for a fault."""
        return self._many(name, (), lambda value: read(_text(value)))

    def short_names(self, name: str) -> tuple[str, ...]:
        return self._many(name, (), _short_name)

    def iris(self, name: str) -> tuple[str, ...]:
        return self._many(name, (), _iri)

    def choices(self, name: str, choices: Collection[str], default: tuple[str, ...]) -> Any:
        """A list of words out of a few."""
        return self._many(name, default, _one_of(choices))

    def wholes(self, name: str, default: tuple[int, ...], least: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers within bounds."""
        return self._many(name, default, _whole(least, most))

    def names(self, name: str) -> dict[str, str]:
        """A name for people by language (`en`, `nl`); empty where it is missing."""
        inner = self.form(name, LANGUAGES)
        if inner is None:
            return {}
        return {code: inner.text(code) for code in LANGUAGES if inner.has(code)}

    def form(self, name: str, names: Collection[str]) -> Form | None:
        """An object, or None where it is missing."""
        if not self.has(name):
            return None
        return Form(self._value[name], names, place(self.at, [name]), self._problems)

    def forms(self, name: str, names: Collection[str]) -> list[Form]:
        """A list of objects; empty where it is missing."""
        return [
            Form(value, names, place(self.at, [name, index]), self._problems)
            for index, value in enumerate(self._list(name))
        ]

    def _one(self, name: str, stand_in: T, default: T | None, read: Callable[[Any], T]) -> T:
        if self.has(name):
            found: T = self._read(name, self._value[name], stand_in, read)
            return found
        if default is None:
            self.fault(name, "this is needed")
            return stand_in
        return default

    def _many(self, name: str, default: tuple[T, ...], read: Callable[[Any], T]) -> tuple[T, ...]:
        """A list, each thing once."""
        if not self.has(name):
            return default
        found: list[T] = []
        for index, value in enumerate(self._list(name)):
            one = self._read(f"{name}[{index}]", value, None, read)
            if one is not None and one in found:
                self.fault(f"{name}[{index}]", "this is given twice")
            elif one is not None:
                found.append(one)
        return tuple(found)

    def _read(self, name: str, value: Any, stand_in: T, read: Callable[[Any], Any]) -> Any:
        try:
            return read(value)
        except ValueError as error:
            self.fault(name, str(error))
        except BadRequest as error:
            self.fault(name, error.detail)
        return stand_in

    def _list(self, name: str) -> list[Any]:
        value = self._value.get(name)
        if value is not None and not isinstance(value, list):
            self.fault(name, "this must be a list")
            return []
        return value or []


def _unknown(name: object, names: Collection[str]) -> str:
    return f"there is no field {shown(str(name))} here; there are {', '.join(names)}"


def _joined(at: str, name: str) -> str:
    return f"{at}.{name}" if at and name else at or name


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("this must be a text")
    if len(value) > _LONGEST_TEXT:
        raise ValueError(f"this text is longer than {_LONGEST_TEXT} characters")
    if any(ord(character) < ord(" ") for character in value):
        raise ValueError("this text must be one line without control characters")
    if any(category(character) == "Cs" for character in value):
        raise ValueError("this text holds half a character (a lone surrogate)")
    return value.strip()


def _short_name(value: object) -> str:
    text = _text(value)
    if not SHORT_NAME.fullmatch(text):
        raise ValueError("this must be lower-case letters, digits and hyphens, at most 64")
    return text


def _iri(value: object) -> str:
    text = _text(value)
    if not is_iri(text):
        raise ValueError("this must be an IRI, such as https://lms.example/course/42")
    return text


def _one_of(choices: Collection[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"this must be one of: {', '.join(choices)}")
        return value

    return read


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"this must be a whole number from {least} to {most}")
        return value

    return read


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValueError("this must be a number above 0 and up to 1")
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("this must be true or false")  # noqa: TRY004 - a fault like the others
    return value


def _time(value: object) -> int:
    """YAML reads a day or a timestamp as such; without a zone it is meant in UTC."""
    if isinstance(value, datetime):
        return timestamps.micros(value if value.tzinfo else value.replace(tzinfo=UTC))
    if isinstance(value, date):
        return timestamps.instant(value.isoformat())
    if not isinstance(value, str):
        raise ValueError("this must be a day or a timestamp")  # noqa: TRY004 - as above
    return timestamps.instant(value)
