"""M1 in a report: how many take part."""

from __future__ import annotations

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

LEVELS = {
    "reached": Text("Reached", "Bereikt"),
    "participants": Text("Participants", "Deelnemers"),
    "contributors": Text("Contributors", "Bijdragers"),
    "social_learners": Text("Social learners", "Sociaal lerenden"),
}
_TITLE = Text("How many people take part?", "Hoeveel mensen doen mee?")
_HEADLINE = Text(
    "In the last 28 days {n} people learned socially: they contributed on two days or more and "
    "dealt with somebody else.",
    "In de laatste 28 dagen leerden {n} mensen sociaal: zij droegen op twee of meer dagen bij en "
    "hadden met een ander te maken.",
)
_HEADLINE_HIDDEN = Text(
    "How many people learned socially in the last 28 days is kept hidden.",
    "Hoeveel mensen in de laatste 28 dagen sociaal leerden, blijft verborgen.",
)
_MEANING = Text(
    "Reached: viewed, searched or took part. Participants: any social act, a like is enough. "
    "Contributors: wrote, asked, answered, commented or edited. Each group holds the next one.",
    "Bereikt: bekeek, zocht of deed mee. Deelnemers: een sociale handeling, een like is genoeg. "
    "Bijdragers: schreven, vroegen, antwoordden, reageerden of bewerkten. Elke groep omvat de "
    "volgende.",
)
_BY_MONTH = Text(
    "How many people take part, month by month?", "Hoeveel mensen doen mee, maand voor maand?"
)
_MONTHS = Text(
    "Calendar months; people of whom acts are known.",
    "Kalendermaanden; mensen van wie handelingen bekend zijn.",
)
_POPULATION = Text("Population", "Populatie")
_RATE = Text("Social learners, share", "Sociaal lerenden, aandeel")
_LURKERS = Text("Only looked on", "Keken alleen mee")
_BY_DEPARTMENT = Text(
    "How many people contribute in each department?", "Hoeveel mensen dragen bij per afdeling?"
)
_IN_MONTH = Text(
    "In {month}; everyone counts once, in the department of the last act of that month.",
    "In {month}; iedereen telt één keer, op de afdeling van de laatste handeling in die maand.",
)
_UNEQUAL = Text(
    "Contributions of the last 28 days are shared out with a Gini coefficient of {gini} (0: "
    "everyone as many, 1: all from one person).",
    "De bijdragen van de laatste 28 dagen zijn verdeeld met een Gini-coëfficiënt van {gini} (0: "
    "iedereen evenveel, 1: alles van één persoon).",
)
_TOP = Text(
    "The most active tenth wrote {top} of them.", "Het actiefste tiende deel schreef {top} ervan."
)


def section(tongue: Tongue, result: Json) -> Section:
    """Months, departments, and how unequally people contribute."""
    found = result["result"]
    recent = found["last_28_days"]["social_learners"]
    headline = _HEADLINE if recent is not None else _HEADLINE_HIDDEN
    blocks: list[Block] = [
        Paragraph(tongue.say(headline, n=tongue.count(recent)), strong=True),
        Paragraph(tongue.say(_MEANING)),
        _months(tongue, found["months"]),
    ]
    if found.get("groups"):
        blocks.append(_departments(tongue, found["groups"]))
    unequal = found["contributions"]
    if unequal["gini"] is not None:
        said = tongue.say(_UNEQUAL, gini=tongue.number(unequal["gini"]))
        if unequal["top_10_percent"] is not None:
            top = tongue.say(_TOP, top=tongue.percent(unequal["top_10_percent"]))
            said = f"{said} {top}"
        blocks.append(Paragraph(said))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _months(tongue: Tongue, months: list[Json]) -> Figure:
    points = [
        Point(
            tongue.month(row["month"]), row[level], tongue.say(name), parts.mark(tongue, row[level])
        )
        for level, name in LEVELS.items()
        for row in months
    ]
    rows = [
        (
            tongue.month(row["month"]),
            *(tongue.count(row[level]) for level in LEVELS),
            tongue.count(row["population"]),
            tongue.percent(row["rate"]),
            tongue.percent(row["lurker_share"]),
        )
        for row in months
    ]
    head = (parts.MONTH, *LEVELS.values(), _POPULATION, _RATE, _LURKERS)
    return parts.figure(
        tongue,
        _BY_MONTH,
        about=tongue.say(_MONTHS),
        kind=parts.LINES,
        spec=charts.lines(points, Axis(""), Axis(tongue.say(parts.PEOPLE))),
        table=parts.table(tongue, head, rows),
    )


def _departments(tongue: Tongue, groups: list[Json]) -> Figure:
    last = max(row["month"] for row in groups)
    own = [row for row in groups if row["month"] == last]
    points = [
        Point(
            parts.department(tongue, row),
            row["contributors"],
            text=tongue.count(row["contributors"]),
        )
        for row in own
    ]
    rows = [
        (parts.department(tongue, row), *(tongue.count(row[level]) for level in LEVELS))
        for row in own
    ]
    return parts.figure(
        tongue,
        _BY_DEPARTMENT,
        about=tongue.say(_IN_MONTH, month=tongue.month(last)),
        kind=parts.BARS,
        spec=charts.bars(points, Axis(tongue.say(LEVELS["contributors"]))),
        table=parts.table(tongue, (parts.DEPARTMENT, *LEVELS.values()), rows),
    )
