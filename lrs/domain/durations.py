"""ISO 8601 durations: whether a text is one, how long it lasts, and when two are equal."""

from __future__ import annotations

import re

from lrs.domain.errors import InvalidStatement
from lrs.domain.schemas import pattern

_SPEC = "Data 4.6"
_DURATION = pattern("duration")
_PARTS = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?([A-Z])|T")
_SECONDS_PART = re.compile(r"(?<=[A-Z])0*([0-9]+?)(?:[.,]([0-9]+))?S")
_IN_SECONDS = {"W": 604_800, "D": 86_400, "H": 3_600, "M": 60, "S": 1}


def is_duration(text: str) -> bool:
    """
    Whether a text is a duration in the format with designators.

    Weeks stand alone, only the smallest part may have a fraction (point or comma), and the
    alternative format (P0003-06-04) is none.

    Spec: xAPI 1.0.3 Data 4.6; ISO 8601:2004 section 4.4.3.2.
    """
    return _DURATION.fullmatch(text) is not None


def seconds(text: str) -> float:
    """
    How long a duration lasts.

    For analytics only: Statements are compared by `truncated` or by the text itself.

    Args:
        text: Such as "PT4H35M59.14S": weeks, or days and smaller units.

    Returns:
        Seconds; a day is 86,400 of them.

    Raises:
        InvalidStatement: Not a duration, or one in years or months, which have no fixed length.

    Spec: xAPI 1.0.3 Data 4.6.
    """
    if not is_duration(text):
        raise InvalidStatement("this must be an ISO 8601 duration", spec=_SPEC)
    total, in_time = 0.0, False
    for part in _PARTS.finditer(text):
        whole, fraction, unit = part.groups()
        if unit is None:
            in_time = True
            continue
        if unit == "Y" or (unit == "M" and not in_time):
            raise InvalidStatement("years and months have no fixed length", spec=_SPEC)
        total += float(f"{whole}.{fraction or 0}") * _IN_SECONDS[unit]
    return total


def truncated(text: str) -> str:
    """
    A duration as it is compared under 2.0: its seconds cut, not rounded, to 0.01.

    Units are not converted, for a month or a day has no fixed length. A text that is no duration
    comes back as it is.

    Spec: xAPI 2.0 4.2.7.
    """
    return _SECONDS_PART.sub(_cut, text, count=1) if is_duration(text) else text


def _cut(match: re.Match[str]) -> str:
    hundredths = (match[2] or "")[:2].rstrip("0")
    return f"{match[1]}.{hundredths}S" if hundredths else f"{match[1]}S"
