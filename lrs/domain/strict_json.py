"""
JSON as a store must read it: nothing guessed, nothing lost.

orjson reads fast, but keeps the last of two equal keys and turns every number into a double or
an integer of 64 bits. What it would lose is looked for only where writing the value again does
not give the bytes that came in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from math import isfinite
from sys import float_info
from typing import Any, NoReturn

import orjson

from lrs.domain.errors import BadRequest
from lrs.domain.problems import Problem, place, section, shown
from lrs.domain.versions import Version

_SPEC = "Communication 3.2"
_REPEATED = "Data 2.2 | 4.2.1"
_MOST_PROBLEMS = 1_000
_WHITESPACE = b" \t\r\n"
_INTEGER_DIGITS = 18  # digits that surely fit 64 bits
DEEPEST = 254  # what orjson writes
_CONTAINERS = frozenset((dict, list))  # what a parser makes; no subclasses
_MOST_INDENTED = 4 * 1024 * 1024  # lines times levels: what indenting them may take
_DOUBLE_DIGITS = 17  # that tell any double from its neighbours
_DOUBLE_LENGTH = 32  # longer than any double that orjson writes


@dataclass(frozen=True, slots=True)
class Parsed:
    """
    What was sent, twice.

    Args:
        plain: For reading: numbers are Python's, as orjson reads them. One beyond a double's
            range is the largest double there.
        exact: For keeping: `orjson.dumps(exact)` spells every number as it was sent. The same
            object as `plain` where both would be written alike.
    """

    plain: Any
    exact: Any


class RepeatedProperty(BadRequest):
    """
    JSON in which an object has a property twice.

    Args:
        problems: All of them, a thousand at most; `at` of each is the object.
        plain: What is read where the last of them counts.
    """

    def __init__(self, problems: list[Problem], plain: Any) -> None:
        super().__init__(problems[0].detail, problems[0].at, problems[0].spec)
        self.problems = problems
        self.plain = plain


class _Twice(Exception):
    pass


class _Pairs(tuple[tuple[str, Any], ...]):
    """An object as it was written."""

    __slots__ = ()


def loads(body: bytes, max_depth: int, version: Version = Version.V2) -> Parsed:
    """
    Read one JSON text.

    Args:
        body: UTF-8, without a byte order mark.
        max_depth: How many arrays and objects may lie within each other; never more than
            `DEEPEST`, beyond which the value could not be written again.
        version: Whose section is named where a property is given twice.

    Raises:
        BadRequest: Not such JSON (NaN, trailing bytes, a lone surrogate, ...), or deeper than
            `max_depth`.
        RepeatedProperty: An object with the same property twice.

    Spec: RFC 8259; xAPI 1.0.3 Data 2.2, Communication 1.4; 2.0 4.2.1.
    """
    max_depth = min(max_depth, DEEPEST)
    try:
        plain = orjson.loads(body)
    except orjson.JSONDecodeError as refusal:
        plain = _beyond_doubles(body, max_depth, refusal)
        return Parsed(plain, _exact(body.decode(), plain, version))
    if body.count(b"[") + body.count(b"{") > max_depth and (
        body.count(b",") * max_depth > _MOST_INDENTED or _may_be_deep(plain, max_depth)
    ):
        _check_depth(plain, max_depth)
    if _is_as_written(plain, body):
        return Parsed(plain, plain)
    return Parsed(plain, _exact(body.decode(), plain, version))


def kept(data: bytes) -> Any:
    """The plain value of JSON that was let in before, whatever is let in now."""
    return loads(data, DEEPEST).plain


def comparable(exact: Any) -> Any:
    """`Parsed.exact` with numbers that are equal where they mean the same."""
    return json.loads(orjson.dumps(exact), parse_int=_number, parse_float=_number)


def _is_as_written(plain: object, body: bytes) -> bool:
    """
    Whether writing the value again gives the bytes that came in, white space aside.

    Then both have the same tokens, so that no property was given twice and no number is spelled
    in another way. (White space is taken out of strings too, on both sides; that moves no token.)
    """
    written = orjson.dumps(plain)
    if written == body:
        return True
    return written.translate(None, _WHITESPACE) == body.translate(None, _WHITESPACE)


def _may_be_deep(value: object, depth: int) -> bool:
    """
    Whether there may be something below so many levels.

    The levels are looked for where orjson indents them, in a third of the time it takes to walk
    through them; strings hold no line breaks as they are written.
    """
    try:
        return b"\n" + b"  " * depth in orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except orjson.JSONEncodeError:
        return True


def _check_depth(value: object, max_depth: int) -> None:
    """Refuse a value nested deeper than allowed; level by level, so that depth costs no stack."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(max_depth):
        if not level:
            return
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)  # type: ignore[attr-defined]
            if type(inner) in _CONTAINERS
        ]
    if level:
        raise BadRequest(f"this JSON is nested deeper than {max_depth} levels", spec=_SPEC)


def _beyond_doubles(body: bytes, max_depth: int, refusal: orjson.JSONDecodeError) -> Any:
    """
    The plain value of what orjson refuses, if a number beyond a double's range is the reason.

    `json` is laxer in other ways; that orjson can write the value rules those out.
    """
    try:
        text = body.decode()
        plain = json.loads(text, parse_float=_double, parse_int=_double, parse_constant=_no_number)
        orjson.dumps(plain)
    except (ValueError, RecursionError, orjson.JSONEncodeError):
        raise BadRequest(f"this is not JSON: {refusal}", spec=_SPEC) from None
    _check_depth(plain, max_depth)
    return plain


def _exact(text: str, plain: Any, version: Version) -> Any:
    """The value with numbers that are written as they stand in the text."""
    try:
        try:
            return json.loads(
                text, object_pairs_hook=_once_each, parse_int=_integer, parse_float=_decimal
            )
        except _Twice:
            pairs = json.loads(text, object_pairs_hook=_Pairs, parse_int=_integer)
            problems = list(islice(_repeated(pairs, (), version), _MOST_PROBLEMS))
    except RecursionError:  # also of what a property hides that is given again
        raise BadRequest("this JSON is nested too deeply", spec=_SPEC) from None
    raise RepeatedProperty(problems, plain)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _Twice
    return found


def _repeated(value: object, path: tuple[str | int, ...], version: Version) -> Iterator[Problem]:
    """A problem for each property that an object in this value has more than once."""
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, _Pairs):
        for name, times in Counter(name for name, _ in value).items():
            if times > 1:
                detail = f"the property {shown(name)} is given twice"
                yield Problem(place("", path), detail, section(_REPEATED, version))
        inner = value
    elif isinstance(value, list):
        inner = enumerate(value)
    for step, one in inner:
        if isinstance(one, list | _Pairs):
            yield from _repeated(one, (*path, step), version)


def _integer(text: str) -> int | orjson.Fragment:
    """An integer, unless Python's would be written in another way or is beyond 64 bits."""
    if len(text) > _INTEGER_DIGITS or text == "-0":
        return orjson.Fragment(text)
    return int(text)


def _decimal(text: str) -> float | orjson.Fragment:
    if len(text) <= _DOUBLE_LENGTH and orjson.dumps(number := float(text)) == text.encode():
        return number
    return orjson.Fragment(text)


def _number(text: str) -> float | Decimal | str:
    """
    A double where the text may be one's spelling, else all that was written.

    0.1 and 0.10000000000000001 are one double in two languages; twenty digits are meant.
    """
    try:
        written = Decimal(text)
    except InvalidOperation:
        return text  # an exponent of twenty digits: equal only when spelled alike
    digits = "".join(map(str, written.as_tuple().digits)).strip("0")
    number = float(text)
    in_range = isfinite(number) and bool(number) == bool(written)
    return number if in_range and len(digits) <= _DOUBLE_DIGITS else written


def _double(text: str) -> int | float:
    """The nearest number in a double's range."""
    if len(text) <= _INTEGER_DIGITS and text.lstrip("-").isdigit():
        return int(text)
    return max(-float_info.max, min(float(text), float_info.max))


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)
