"""Designs that allow more than an association: a staggered roll-out, an invitation by lot."""

from __future__ import annotations

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

_ROLLOUT = Text(
    "Departments that started earlier, against those still waiting",
    "Afdelingen die eerder begonnen, tegenover afdelingen die nog wachtten",
)
_EVENTS = Text(
    "How far do they differ, before and after the start?",
    "Hoeveel verschillen zij, vóór en na de start?",
)
_EVENTS_ABOUT = Text(
    "Months since the start; before it there should be no difference. Departments: {n}.",
    "Maanden sinds de start; ervoor hoort er geen verschil te zijn. Afdelingen: {n}.",
)
_MONTH = Text("Months since the start", "Maanden sinds de start")
_DIFFERENCE = Text("Difference", "Verschil")
_TREND = Text("Moved alike before the start: p {p}.", "Liepen vóór de start gelijk op: p {p}.")
_LOT = Text(
    "Invited by lot, against not invited", "Uitgenodigd bij loting, tegenover niet uitgenodigd"
)
_GROUP = Text("By lot", "Bij loting")
_GROUPS = {"1": Text("Invited", "Uitgenodigd"), "0": Text("Not invited", "Niet uitgenodigd")}
_LEARNERS = Text("Learners", "Lerenden")
_WITH = Text("With evidence", "Met bewijs")
_INVITATION = Text("Invited minus not invited", "Uitgenodigd min niet uitgenodigd")


def sections(tongue: Tongue, result: Json) -> list[Section]:
    """Those that the programme has."""
    found = []
    rollout, invitation = result["rollout"], result["invitation"]
    if rollout and rollout["by_event_time"]:
        found.append(Section(tongue.say(_ROLLOUT), (_events(tongue, rollout),)))
    if invitation and invitation["estimate"]:
        found.append(Section(tongue.say(_LOT), _lot(tongue, invitation)))
    return found


def _events(tongue: Tongue, rollout: Json) -> Figure:
    points = []
    rows = []
    for row in rollout["by_event_time"]:
        low, high = row["ci"] or (None, None)
        month = tongue.number(row["event_time"])
        points.append(Point(month, row["estimate"], low=low, high=high))
        rows.append((month, tongue.number(row["estimate"]), tongue.range(row["ci"])))
    trend = rollout["pretrend"]["p"]
    return parts.figure(
        tongue,
        _EVENTS,
        about=tongue.say(_EVENTS_ABOUT, n=tongue.count(rollout["units"])),
        kind=parts.DOTS,
        spec=charts.intervals(points, Axis(tongue.say(_DIFFERENCE))),
        table=parts.table(tongue, (_MONTH, _DIFFERENCE, parts.INTERVAL), rows),
        note=tongue.say(_TREND, p=tongue.number(trend)) if trend is not None else "",
    )


def _lot(tongue: Tongue, invitation: Json) -> tuple[Block, ...]:
    units, known = invitation["units"], invitation["with_evidence"]
    groups = [
        (tongue.say(name), tongue.count(units[arm]), tongue.count(known[arm]))
        for arm, name in _GROUPS.items()
    ]
    row = invitation["estimate"]
    written = tongue.number(row["estimate"]), tongue.range(row["ci"]), tongue.count(row["n"])
    head = (_DIFFERENCE, Text("Estimate", "Schatting"), parts.INTERVAL, _LEARNERS)
    return (
        parts.table(tongue, (_GROUP, _LEARNERS, _WITH), groups),
        parts.table(tongue, head, [(tongue.say(_INVITATION), *written)]),
    )
