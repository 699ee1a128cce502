"""What several metrics mean by the same words: months, contributions, who was reached, shares."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from analytics.growth import month_name, month_number
from analytics.registry import Ask
from lrs.domain import timestamps

CONTRIBUTIONS = "('create', 'ask', 'answer', 'comment', 'edit')"
"""SQL: classes of social acts that leave something for others to read (2.2)."""
COMPLETIONS = "('complete', 'pass')"
"""SQL: actions that complete a training (3.2)."""
REACHED = "(channel IN ('social', 'search') OR (mode = 'informal' AND vclass IN ('view', 'react')))"
"""SQL: acts that show that social or informal learning reached somebody (2.2)."""

name = month_name

_EMPLOYED = """
WITH months AS (SELECT * FROM (VALUES {months}) AS m (month, begins, ends)),
people AS (
    SELECT month, person, arg_max(department, r.since) AS of
    FROM roster AS r JOIN months ON r.since < ends AND coalesce(r.until > begins, true)
    GROUP BY month, person
)
SELECT month, coalesce(of, '') AS of, count(*) FROM people GROUP BY ALL ORDER BY ALL"""


def start_of(month: int, timezone: str) -> int:
    """When a month (year * 12 + month - 1) begins there, µs."""
    zone = ZoneInfo(timezone)
    return timestamps.micros(datetime(month // 12, month % 12 + 1, 1, tzinfo=zone))


def month_at(instant: int, timezone: str) -> int:
    """The month of an instant (µs) there."""
    local = timestamps.moment(instant).astimezone(ZoneInfo(timezone))
    return month_number(local.year, local.month)


def months_of(ask: Ask) -> list[int]:
    """
    The months of the window that are told of.

    Only whole ones, unless nothing is withheld: a figure of a part of a month can be asked for
    day by day, and the difference between two days is about very few.
    """
    window = ask.facts.window
    zone = window.timezone
    first, last = month_at(window.since, zone), month_at(window.until - 1, zone)
    whole = [
        month
        for month in range(first, last + 1)
        if start_of(month, zone) >= window.since and start_of(month + 1, zone) <= window.until
    ]
    return list(range(first, last + 1)) if ask.k == 1 else whole


def employed(ask: Ask, month: int, department: str | None) -> int | None:
    """
    How many the roster has in a month (in a department: in its last days), None below k.

    A roster is known in the organisation, so no secret hangs on its being told.
    """
    if not ask.facts.has_roster():
        return None
    window = ask.facts.window
    zone = window.timezone
    last = month_at(window.until - 1, zone)
    months = range(month_at(window.since, zone), last + 1)
    spans = [(one, start_of(one, zone), start_of(one + 1, zone)) for one in months]
    return _on_roster(ask, spans, month, department)


def employed_between(ask: Ask, begins: int, ends: int) -> int | None:
    """How many the roster has at some time from one instant (µs) to before another, as above."""
    if not ask.facts.has_roster():
        return None
    return _on_roster(ask, [(0, begins, ends)], 0, None)


def _on_roster(
    ask: Ask, spans: list[tuple[int, int, int]], span: int, department: str | None
) -> int | None:
    values = ", ".join(
        f"({one}, make_timestamp({begins}), make_timestamp({ends}))" for one, begins, ends in spans
    )
    n = sum(
        people
        for of, department_of, people in ask.facts.once(_EMPLOYED.format(months=values))
        if of == span and department in (None, department_of)
    )
    return n if n >= ask.k else None


def pseudonyms(*codes: Any) -> Any:
    """
    Names in tables for others, in the order of the facts' codes: what is drawn along it is alike.

    Not the codes: those can be worked out from a known identifier.

    Args:
        codes: One or more arrays; a person has one name in all of them.

    Returns:
        One array of text for one of codes, else a list of them.
    """
    import numpy as np

    everyone, place = np.unique(np.concatenate(codes), return_inverse=True)
    width = len(str(len(everyone)))
    names = np.array([f"p{number:0{width}d}" for number in range(1, len(everyone) + 1)], object)
    parts = np.split(place.reshape(-1), np.cumsum([len(one) for one in codes])[:-1])
    found = [names[part] for part in parts]
    return found if len(codes) > 1 else found[0]


def ratio(part: int | None, whole: int | None) -> float | None:
    """A share; None where either is not told or there is nothing to share."""
    return part / whole if part is not None and whole else None


def day_at(instant: int, timezone: str) -> int:
    """The day of an instant (µs) there, as days since 1970."""
    local = timestamps.moment(instant).astimezone(ZoneInfo(timezone))
    return (local.date() - timestamps.EPOCH.date()).days
