"""M2 in a report: how long people keep taking part."""

from __future__ import annotations

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json
from analytics.transfer.multiplicity import Q

_TITLE = Text("How long do people keep taking part?", "Hoe lang blijven mensen meedoen?")
_MEDIAN = Text(
    "Half of the people who began had stopped after {days} days (95% interval {interval}).",
    "De helft van de mensen die begonnen, was na {days} dagen gestopt (95%-interval {interval}).",
)
_NOT_REACHED = Text(
    "Fewer than half of the people who began had stopped, as long as they could be followed.",
    "Minder dan de helft van de mensen die begonnen, was gestopt zolang zij te volgen waren.",
)
_UNKNOWN = Text(
    "How long people keep taking part cannot be told yet.",
    "Hoe lang mensen blijven meedoen, is nog niet te zeggen.",
)
_RULE = Text(
    "Somebody has stopped after {gap} days without a social act. Who was already there when the "
    "records begin ({left} people) or began too recently to tell ({young}) is left out.",
    "Iemand is gestopt na {gap} dagen zonder sociale handeling. Wie er al was toen de gegevens "
    "begonnen ({left} mensen) of te kort geleden begon ({young}), telt niet mee.",
)
_CURVE = Text(
    "What share is still taking part after so many days?",
    "Welk deel doet na zoveel dagen nog mee?",
)
_OF = Text("n {n}; {events} of them stopped.", "n {n}; {events} van hen stopten.")
_DAYS = Text("Days after the first social act", "Dagen na de eerste sociale handeling")
_STILL = Text("Still taking part", "Doet nog mee")
_CI_NOTE = Text(
    "Lines through the dots: 95% intervals. Between these days nothing is told.",
    "Strepen rond de punten: 95%-intervallen. Tussen deze dagen wordt niets verteld.",
)
_BY_DEPARTMENT = Text(
    "What share is still there after 90 days, for each department?",
    "Welk deel is er na 90 dagen nog, per afdeling?",
)
_FIRST = Text(
    "By the department of the first social act.",
    "Naar de afdeling van de eerste sociale handeling.",
)
_LOGRANK = Text("Log-rank test: p {p}.", "Log-ranktoets: p {p}.")
_PAIRS = Text(
    "Two by two ({n} pairs, p adjusted after Benjamini and Hochberg): {told}.",
    "Twee aan twee ({n} paren, p bijgesteld naar Benjamini en Hochberg): {told}.",
)
_PAIR = Text("{one} and {two} differ, p {p}", "{one} en {two} verschillen, p {p}")
_NO_PAIR = Text("none differ clearly", "geen verschilt duidelijk")
_STICKY = Text(
    "Of those who were there within 28 days, {day} is there on an average working day and {week} "
    "in an average week.",
    "Van wie er binnen 28 dagen was, is op een gemiddelde werkdag {day} er en in een gemiddelde "
    "week {week}.",
)


def section(tongue: Tongue, result: Json) -> Section:
    """The curve, departments, and how often people are there."""
    found = result["result"]
    people = found["people"]
    blocks: list[Block] = [
        Paragraph(_headline(tongue, people), strong=True),
        Paragraph(
            tongue.say(
                _RULE,
                gap=found["gap_days"],
                left=tongue.count(found["left_truncated"]),
                young=tongue.count(found["not_yet_observable"]),
            )
        ),
    ]
    if people["n"]:
        blocks.append(_curve(tongue, people))
    if any(row["n"] for row in found.get("groups", ())):
        blocks.append(_departments(tongue, found))
    sticky = found["stickiness"]
    if sticky["working_day_of_28_days"] is not None:
        values = {
            "day": tongue.percent(sticky["working_day_of_28_days"]),
            "week": tongue.percent(sticky["week_of_28_days"]),
        }
        blocks.append(Paragraph(tongue.say(_STICKY, **values)))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _headline(tongue: Tongue, people: Json) -> str:
    if people["median"] is not None:
        ci = people["median_ci"]
        return tongue.say(_MEDIAN, days=tongue.number(people["median"]), interval=tongue.range(ci))
    told = people["n"] and people["events"] is not None
    return tongue.say(_NOT_REACHED if told else _UNKNOWN)


def _curve(tongue: Tongue, people: Json) -> Figure:
    points = []
    rows = []
    for days, share in people["at"].items():
        low, high = share["ci"] or (None, None)
        points.append(
            Point(days, share["s"], text=parts.mark(tongue, share["s"]), low=low, high=high)
        )
        rows.append((days, tongue.percent(share["s"]), tongue.percents(share["ci"])))
    axes = Axis(tongue.say(_DAYS)), Axis(tongue.say(_STILL), share=True)
    return parts.figure(
        tongue,
        _CURVE,
        about=tongue.say(_OF, n=tongue.count(people["n"]), events=tongue.count(people["events"])),
        kind=parts.DOTS,
        spec=charts.curve(points, *axes),
        table=parts.table(tongue, (_DAYS, _STILL, parts.INTERVAL), rows),
        note=tongue.say(_CI_NOTE),
    )


def _departments(tongue: Tongue, found: Json) -> Figure:
    points = []
    rows = []
    for row in found["groups"]:
        share, name = row["at"]["90"], parts.department(tongue, row)
        low, high = share["ci"] or (None, None)
        points.append(Point(name, share["s"], low=low, high=high))
        rows.append(
            (name, tongue.count(row["n"]), tongue.percent(share["s"]), tongue.percents(share["ci"]))
        )
    return parts.figure(
        tongue,
        _BY_DEPARTMENT,
        about=tongue.say(_FIRST),
        kind=parts.DOTS,
        spec=charts.intervals(points, Axis(tongue.say(_STILL), share=True), zero=False),
        table=parts.table(tongue, (parts.DEPARTMENT, parts.PEOPLE, _STILL, parts.INTERVAL), rows),
        note=_compared(tongue, found),
    )


def _compared(tongue: Tongue, found: Json) -> str:
    """The test of all departments at once, and which two of them differ."""
    test, pairs = found["logrank"], found["pairwise"]
    said = [tongue.say(_LOGRANK, p=tongue.number(test["p"]))] if test else []
    if pairs:
        differ = [_pair(tongue, row) for row in pairs if row["p_adjusted"] < Q]
        told = "; ".join(differ) or tongue.say(_NO_PAIR)
        said.append(tongue.say(_PAIRS, n=tongue.whole(len(pairs)), told=told))
    return " ".join(said)


def _pair(tongue: Tongue, row: Json) -> str:
    one, two = (parts.department(tongue, {"department": name}) for name in row["groups"])
    return tongue.say(_PAIR, one=one, two=two, p=tongue.number(row["p_adjusted"]))
