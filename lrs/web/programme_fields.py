"""
The form of a programme on its page: fields are named by the place of what they hold.

So a fault at `windows.exposure` or `activities[1]` is shown beside the field it is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from lrs.domain import timestamps
from lrs.domain.problems import Problem
from lrs.domain.programme_forms import shown
from lrs.domain.programmes import Evidence, Opening, Programme
from lrs.web.languages import noted

# What `lrs.domain` says of a field that a page can send; told here to be translated.
FAULTS = (
    noted("this is needed"),
    noted("this is needed, in en or nl"),
    noted("this is given twice"),
    noted("this text is longer than 1000 characters"),
    noted("this text must be one line without control characters"),
    noted("this must be lower-case letters, digits and hyphens, at most 64"),
    noted("this must be an IRI, such as https://lms.example/course/42"),
    noted("this must be a whole number from 1 to 3650"),
    noted("this must be a whole number from 0 to 4294967295"),
    noted("this must be a number above 0 and up to 1"),
    noted("this must be a day or a timestamp"),
    noted("this is not a timestamp as RFC 3339 has it"),
    noted("this timestamp names no day or time that exists"),
    noted("a timestamp's offset must not be -00:00"),
    noted("at least one Activity is needed"),
    noted("no evidence of this grade is declared"),
    noted("other evidence takes the same Statements"),
    noted("a KPI is objective evidence: grade A"),
    noted("somebody must be asked: learner, supervisor"),
    noted("the link has expired by then"),
    noted("this department opens twice"),
    noted("the vocabulary has no such topic"),
)
EMPTY = Programme(id="", name={}, activities=())
_ROWS, _MORE_ROWS = 3, 2
_MOST_ROWS = 100
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}[.,]\d{1,18}", re.ASCII)
_ROW = re.compile(r"evidence\[(\d{1,3})\]")
_INDEX = re.compile(r"\[(\d+)\]")
_MIDNIGHT = "T00:00:00.000000Z"


@dataclass(frozen=True, slots=True)
class Fields:
    """
    What stands in the form.

    Args:
        values: By the name of the field, as browsers send them.
    """

    values: Mapping[str, Sequence[str]]

    def one(self, name: str) -> str:
        """What stands in a field; "" where nothing does."""
        return next(iter(self.values.get(name, ())), "").strip()

    def has(self, name: str, value: str) -> bool:
        """Whether a box is ticked or a choice made."""
        return value in self.values.get(name, ())

    def rows(self) -> range:
        """The rows of evidence to show: those that are filled, and some more."""
        used = max(self._filled(), default=-1) + 1
        return range(min(max(_ROWS, used + _MORE_ROWS), _MOST_ROWS))

    def mapping(self) -> dict[str, Any]:
        """The programme as `lrs.domain.programme_forms.programme` reads it; blank is missing."""
        found: dict[str, Any] = {
            "id": self.one("id"),
            "name": self._object("name", "en", "nl"),
            "activities": self._lines("activities"),
            "topics": list(self.values.get("topics", ())),
            "evidence": [self._evidence(row) for row in self._filled()],
            "primary": self.one("primary"),
            "binary": _number(self.one("binary")),
            "skill": self.one("skill"),
            "windows": self._object("windows", "baseline", "exposure", "outcome"),
            "pulses": {
                **self._object("pulses", "share", "expire"),
                "days": _numbers(self.one("pulses.days")),
                "ask": list(self.values.get("pulses.ask", ())),
                "remind": _numbers(self.one("pulses.remind")),
            },
            "openings": [_opening(line) for line in self._lines("openings")],
            "seed": _number(self.one("seed")),
        }
        if self.one("invitations.unit"):
            found["invitations"] = self._object("invitations", "unit", "share", "at")
        return {name: value for name, value in found.items() if value not in ("", None)}

    def faults(self, problems: Sequence[Problem]) -> dict[str, list[tuple[int, str]]]:
        """
        What is wrong, by the name of the field that it is to be shown beside.

        Returns:
            Field → (line or item, counted from 1; 0 for all of it; what is wrong, in the
            language of the request).
        """
        found: dict[str, list[tuple[int, str]]] = {}
        for problem in problems:
            name, line = self._field(problem.at)
            found.setdefault(name, []).append((line, gettext(problem.detail)))
        return found

    def _field(self, at: str) -> tuple[str, int]:
        row = _ROW.match(at)
        if row:
            return f"evidence[{self._filled()[int(row[1])]}]{at[row.end() :]}", 0
        index = _INDEX.search(at)
        if index:
            return at[: index.start()], int(index[1]) + 1
        return at, 0

    def _filled(self) -> list[int]:
        numbers = {int(row[1]) for name in self.values if (row := _ROW.match(name))}
        return [row for row in sorted(numbers) if self._is_filled(f"evidence[{row}]")]

    def _is_filled(self, at: str) -> bool:
        return any(self.one(f"{at}.{name}") for name in ("activity", "verb", "kpi"))

    def _evidence(self, row: int) -> dict[str, Any]:
        at = f"evidence[{row}]"
        found = {name: self.one(f"{at}.{name}") for name in ("activity", "grade", "verb")}
        given: dict[str, Any] = {name: text for name, text in found.items() if text}
        return {**given, "kpi": bool(self.one(f"{at}.kpi"))}

    def _lines(self, name: str) -> list[str]:
        return [line.strip() for line in self.one(name).splitlines() if line.strip()]

    def _object(self, at: str, *names: str) -> dict[str, Any]:
        texts = {name: self.one(f"{at}.{name}") for name in names}
        plain = at == "name"
        return {name: t if plain else _number(t) for name, t in texts.items() if t}


def fields_of(programme: Programme) -> Fields:
    """The form with a programme in it."""
    plain = shown(programme)
    found: dict[str, list[str]] = {
        "activities": ["\n".join(programme.activities)],
        "topics": list(programme.topics),
        "openings": ["\n".join(_line(one) for one in programme.openings)],
        "pulses.ask": list(programme.pulses.ask),
    }
    for name in ("id", "primary", "binary", "skill", "seed"):
        found[name] = [_text(plain[name])]
    for name in ("name", "windows", "pulses", "invitations"):
        for inner, value in (plain[name] or {}).items():
            found.setdefault(f"{name}.{inner}", [_text(value)])
    for row, one in enumerate(programme.evidence):
        found |= _row(f"evidence[{row}]", one)
    return Fields(found)


def _row(at: str, one: Evidence) -> dict[str, list[str]]:
    return {
        f"{at}.activity": [one.activity],
        f"{at}.grade": [one.grade],
        f"{at}.verb": [one.verb or ""],
        f"{at}.kpi": ["yes"] if one.kpi else [],
    }


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return "" if value is None else str(value).removesuffix(_MIDNIGHT)


def _line(one: Opening) -> str:
    return f"{one.department}, {timestamps.text(one.at).removesuffix(_MIDNIGHT)}"


def _opening(line: str) -> dict[str, str]:
    """A department and when it opens: what follows the last comma."""
    department, comma, at = line.rpartition(",")
    return {"department": department.strip(), "at": at.strip()} if comma else {"department": line}


def _numbers(text: str) -> list[Any]:
    return [_number(part) for part in re.split(r"[\s,;]+", text) if part]


def _number(text: str) -> Any:
    """A number where it is one; anything else is for the form to refuse."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else text
