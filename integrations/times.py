"""Vendors' times, in their many units, as datetimes in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from lrs.domain import timestamps


def iso(text: str) -> datetime:
    """
    ISO 8601 as vendors write it; without a zone it is UTC.

    Raises:
        ValueError: No such time.
    """
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def epoch(number: float | str, per_second: int = 1) -> datetime:
    """
    A count since 1970.

    Args:
        number: May be a string, as Slack's "1360782804.083113"; then no digit is lost.
        per_second: 1 for seconds, 1_000 for ms, 1_000_000 for µs.

    Raises:
        ValueError: No number, or not a time in the years 1 to 9999.
    """
    whole, _, fraction = str(number).partition(".")
    micros = int(whole) * (1_000_000 // per_second) + int((fraction + "000000")[:6]) // per_second
    try:
        return timestamps.moment(micros)
    except OverflowError:
        raise ValueError(f"no time: {number}") from None
