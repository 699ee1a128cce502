"""M3 in a report: whether the group grows, and who stays."""

from __future__ import annotations

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section
from analytics.reports.language import NOTHING, Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

_TITLE = Text("Does the group grow?", "Groeit de groep?")
_RATIO = Text(
    "In {month}, {active} people took part. For every person who left, {ratio} came or came back.",
    "In {month} deden {active} mensen mee. Tegenover iedereen die wegbleef, kwamen er {ratio} bij "
    "of terug.",
)
_ACTIVE = Text("In {month}, {active} people took part.", "In {month} deden {active} mensen mee.")
_ACTIVE_HIDDEN = Text(
    "How many people took part in {month} is kept hidden.",
    "Hoeveel mensen in {month} meededen, blijft verborgen.",
)
_FLOWS = Text(
    "How many people come, come back and stay away each month?",
    "Hoeveel mensen komen erbij, komen terug en blijven weg, elke maand?",
)
_KINDS = {
    "new": Text("New", "Nieuw"),
    "resurrected": Text("Came back", "Kwam terug"),
    "churned": Text("Stayed away", "Bleef weg"),
}
_RETAINED = Text("Stayed", "Bleef")
_ALL = Text("Took part", "Deed mee")
_QUICK = Text("In for each out", "Erbij per weg")
_REACH = Text("Share of all", "Aandeel van allen")
_ABOUT = Text(
    "People with a social act; who stayed away was there the month before.",
    "Mensen met een sociale handeling; wie wegbleef, was er de maand ervoor.",
)
_REASONS = {
    "baseline": Text("first month", "eerste maand"),
    "no_churn": Text("nobody left", "niemand bleef weg"),
}
_COHORTS = Text(
    "What share of each month's new people is still there later?",
    "Welk deel van de nieuwe mensen van een maand is er later nog?",
)
_COHORTS_ABOUT = Text(
    "Rows: month of the first social act. Columns: months later.",
    "Rijen: maand van de eerste sociale handeling. Kolommen: maanden later.",
)
_LATER = Text("Months later", "Maanden later")
_FIRST = Text("First month", "Eerste maand")
_MOST = 12  # rows and columns of the grid


def section(tongue: Tongue, result: Json) -> Section:
    """Months with what comes and goes, and cohorts."""
    found = result["result"]
    blocks: list[Block] = []
    if found["months"]:
        blocks.append(Paragraph(_headline(tongue, found["months"][-1]), strong=True))
        blocks.append(_flows(tongue, found["months"]))
    if any(n is not None for row in found["cohorts"].values() for n in row[1:]):
        blocks.append(_cohorts(tongue, found["cohorts"]))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _headline(tongue: Tongue, row: Json) -> str:
    month = tongue.month(row["month"])
    if row["active"] is None:
        return tongue.say(_ACTIVE_HIDDEN, month=month)
    active = tongue.count(row["active"])
    if row["quick_ratio"] is None:
        return tongue.say(_ACTIVE, month=month, active=active)
    return tongue.say(_RATIO, month=month, active=active, ratio=tongue.number(row["quick_ratio"]))


def _flows(tongue: Tongue, months: list[Json]) -> Figure:
    points = []
    for kind, name in _KINDS.items():
        for row in months:
            n = row[kind]
            signed = -n if n is not None and kind == "churned" else n
            month = tongue.month(row["month"])
            points.append(Point(month, signed, tongue.say(name), parts.mark(tongue, n)))
    rows = [
        (
            tongue.month(row["month"]),
            *(tongue.count(row[name]) for name in ("active", "new", "retained")),
            *(tongue.count(row[name]) for name in ("resurrected", "churned")),
            _quick(tongue, row),
            tongue.percent(row["reach"]),
        )
        for row in months
    ]
    kinds = (_KINDS["new"], _RETAINED, _KINDS["resurrected"], _KINDS["churned"])
    return parts.figure(
        tongue,
        _FLOWS,
        about=tongue.say(_ABOUT),
        kind=parts.COLUMNS,
        spec=charts.flows(points, Axis(""), Axis(tongue.say(parts.PEOPLE))),
        table=parts.table(tongue, (parts.MONTH, _ALL, *kinds, _QUICK, _REACH), rows),
    )


def _quick(tongue: Tongue, row: Json) -> str:
    if row["quick_ratio"] is not None:
        return tongue.number(row["quick_ratio"])
    reason = _REASONS.get(row["reason"])
    return tongue.say(reason) if reason else NOTHING


def _cohorts(tongue: Tongue, cohorts: dict[str, list[int | None]]) -> Figure:
    shown = list(cohorts.items())[-_MOST:]
    wide = min(_MOST, max(len(row) for _, row in shown))
    points = []
    rows = []
    for month, sizes in shown:
        first, *later = sizes[:wide]
        shares = [n / first if first and n is not None else None for n in later]
        name = tongue.month(month)
        texts = [tongue.hidden if share is None else tongue.percent(share) for share in shares]
        points += [
            Point(str(place), share, name, NOTHING if share is None else tongue.percent(share))
            for place, share in enumerate(shares, 1)
        ]
        rows.append((name, tongue.count(first), *texts, *[""] * (wide - 1 - len(texts))))
    columns = [Text(f"+{place}", f"+{place}") for place in range(1, wide)]
    axes = Axis(tongue.say(_LATER)), Axis(tongue.say(_FIRST))
    return parts.figure(
        tongue,
        _COHORTS,
        about=tongue.say(_COHORTS_ABOUT),
        kind=parts.SHADES,
        spec=charts.grid(points, *axes),
        table=parts.table(tongue, (_FIRST, _KINDS["new"], *columns), rows),
    )
