"""Times as they stand in xAPI and as stores keep them: integers of microseconds since 1970, UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from lrs.domain.errors import BadRequest

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LAST_HOUR, _LAST_MINUTE = 23, 59
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_USUAL = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d{3}|\.\d{6})?Z", re.ASCII)
# RFC 3339, of which 5.6 lets T and Z be small; the offsets -00, -0000 and -00:00 are refused
# (Data 4.5; 2.0 4.2.7).
_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)"
    r"(?:[.,](\d+))?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)?",
    re.ASCII,
)


def parse(text: str, at: str = "", spec: str = "Data 4.5") -> int:
    """
    The instant a timestamp names.

    A value without a zone is ISO 8601 and is read as UTC. Digits beyond microseconds are cut.

    Args:
        text: Such as "2026-11-24T08:01:02.5+01:00".
        at: Where it stands, for the refusal.
        spec: The section to name in the refusal.

    Returns:
        Microseconds since 1970-01-01 UTC.

    Raises:
        BadRequest: Not such a timestamp, or not a day of the calendar.
    """
    if _USUAL.fullmatch(text):  # as nearly all are, and so are read in a third of the time
        try:
            return micros(datetime.fromisoformat(text))
        except ValueError:
            return _by_parts(text, at, spec)  # a leap second, or no day of the calendar
    return _by_parts(text, at, spec)


def _by_parts(text: str, at: str, spec: str) -> int:
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise BadRequest("this is not a timestamp as RFC 3339 has it", at=at, spec=spec)
    year, month, day, hour, minute, second, fraction, sign, off_hours, off_minutes = match.groups()
    if sign == "-" and off_hours == "00" and off_minutes in (None, "00"):
        raise BadRequest("a timestamp's offset must not be -00:00", at=at, spec=spec)
    leap = second == "60"
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            59 if leap else int(second),
            tzinfo=UTC,
        )
        if sign:
            if int(off_hours) > _LAST_HOUR or int(off_minutes or 0) > _LAST_MINUTE:
                raise ValueError(text)
            offset = timedelta(hours=int(off_hours), minutes=int(off_minutes or 0))
            moment = moment - offset if sign == "+" else moment + offset
        if leap:
            moment += timedelta(seconds=1)
    except (ValueError, OverflowError):
        raise BadRequest(
            "this timestamp names no day or time that exists", at=at, spec=spec
        ) from None
    return micros(moment) + int(((fraction or "") + "000000")[:6])


def micros(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC of a datetime that knows its zone."""
    return (moment - EPOCH) // _MICROSECOND


def text(instant: int) -> str:
    """An instant as RFC 3339 in UTC with six decimals, the form `stored` is answered in."""
    seconds, micro = divmod(instant, 1_000_000)
    return f"{_second(seconds)}.{micro:06}Z"


@lru_cache(maxsize=64)
def _second(seconds: int) -> str:
    """A whole second as RFC 3339 without its zone; many times in a row are of the same one."""
    return (EPOCH + timedelta(seconds=seconds)).isoformat()[:-6]


def moment(instant: int) -> datetime:
    """An instant as a datetime in UTC."""
    return EPOCH + instant * _MICROSECOND


def instant(text: str, at: str = "", *, end: bool = False) -> int:
    """
    The instant that a timestamp or a day names.

    Args:
        text: As `parse` takes it, or a day such as "2026-03-01", in UTC.
        at: Where it stands, for the refusal.
        end: Whether a day stands for its last microsecond instead of its first.

    Returns:
        Microseconds since 1970-01-01 UTC.

    Raises:
        BadRequest: Neither.
    """
    if not _DAY.fullmatch(text):
        return parse(text, at)
    return parse(text + ("T23:59:59.999999Z" if end else "T00:00:00Z"), at)
