"""Days as an organisation's calendar has them: in its time zone."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from lrs.domain import timestamps
from lrs.domain.errors import BadRequest

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_MONTHS = 12


def zone(name: str, at: str = "timezone") -> ZoneInfo:
    """
    A time zone of the IANA database.

    Raises:
        BadRequest: There is none of this name.
    """
    if name not in _names():
        raise BadRequest("this is no time zone of the IANA database", at=at)
    return ZoneInfo(name)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


def instant(text: str, of: ZoneInfo, at: str = "", *, end: bool = False) -> int:
    """
    The instant of a timestamp, or of a day's first moment there.

    Args:
        end: Whether a day stands for its last microsecond instead.

    Returns:
        Microseconds since 1970-01-01 UTC.

    Raises:
        BadRequest: It is neither.
    """
    if not _DAY.fullmatch(text):
        return timestamps.parse(text, at=at)
    try:
        day = date.fromisoformat(text)
        return _midnight(day + timedelta(days=1), of) - 1 if end else _midnight(day, of)
    except (ValueError, OverflowError):
        raise BadRequest("there is no such day", at=at) from None


def last_months(now: int, of: ZoneInfo, months: int = _MONTHS) -> tuple[int, int]:
    """From the first of a month so many months back to the end of today there, µs."""
    today = timestamps.moment(now).astimezone(of).date()
    month = today.year * _MONTHS + today.month - 1 - months
    first = date(month // _MONTHS, month % _MONTHS + 1, 1)
    return _midnight(first, of), _midnight(today + timedelta(days=1), of)


def _midnight(day: date, of: ZoneInfo) -> int:
    return timestamps.micros(datetime(day.year, day.month, day.day, tzinfo=of))
