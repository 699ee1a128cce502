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
_NET = Text("Net growth", "Nettogroei")
_REACH = Text("Share of all", "Aandeel van allen")
_ABOUT = Text(
    "People with a social act; who stayed away was there the month before.",
    "Mensen met een sociale handeling; wie wegbleef, was er de maand ervoor.",
)
_REASONS = {
    "baseline": Text("first month", "eerste maand"),
    "no_churn": Text("nobody left", "niemand bleef weg"),
    "incomplete_month": Text("not yet known", "nog niet bekend"),
}
_SO_FAR = Text("{month} (so far)", "{month} (tot nu toe)")
_SO_FAR_ABOUT = Text(
    "Lighter, with dashed edges: {month}, which is not over yet; who stays away in it is not "
    "known.",
    "Lichter, met onderbroken randen: {month}, een maand die nog niet voorbij is; wie daarin "
    "wegblijft, is niet bekend.",
)
_COHORTS_SO_FAR = Text(
    "Lighter, with a dark edge, and in brackets in the table: the share of {month} so far.",
    "Lichter, met een donkere rand, en in de tabel tussen haakjes: het aandeel van {month} tot nu "
    "toe.",
)
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
    unseen = found["incomplete_month"]
    if found["months"]:
        whole = [row for row in found["months"] if row["month"] != unseen]
        last = (whole or found["months"])[-1]
        blocks.append(Paragraph(_headline(tongue, last, unseen), strong=True))
        blocks.append(_flows(tongue, found["months"], unseen))
    if any(n is not None for row in found["cohorts"].values() for n in row[1:]):
        blocks.append(_cohorts(tongue, found["cohorts"], unseen))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _month(tongue: Tongue, month: str, unseen: str | None) -> str:
    """A month's name, and a word where it is not over yet."""
    told = tongue.month(month)
    return tongue.say(_SO_FAR, month=told) if month == unseen else told


def _headline(tongue: Tongue, row: Json, unseen: str | None) -> str:
    """Of the last whole month, where there is one: another's churn is not known."""
    month = _month(tongue, row["month"], unseen)
    if row["active"] is None:
        return tongue.say(_ACTIVE_HIDDEN, month=month)
    active = tongue.count(row["active"])
    if row["quick_ratio"] is None:
        return tongue.say(_ACTIVE, month=month, active=active)
    return tongue.say(_RATIO, month=month, active=active, ratio=tongue.number(row["quick_ratio"]))


def _flows(tongue: Tongue, months: list[Json], unseen: str | None) -> Figure:
    points = []
    for kind, name in _KINDS.items():
        for row in months:
            so_far = row["month"] == unseen
            if so_far and kind == "churned":
                continue
            n = row[kind]
            signed = -n if n is not None and kind == "churned" else n
            month = _month(tongue, row["month"], unseen)
            mark = parts.mark(tongue, n)
            points.append(Point(month, signed, tongue.say(name), mark, so_far=so_far))
    rows = [
        (
            _month(tongue, row["month"], unseen),
            *(tongue.count(row[name]) for name in ("active", "new", "retained", "resurrected")),
            NOTHING if row["month"] == unseen else tongue.count(row["churned"]),
            _quick(tongue, row),
            tongue.percent(row["net_growth_rate"]),
            tongue.percent(row["reach"]),
        )
        for row in months
    ]
    kinds = (_KINDS["new"], _RETAINED, _KINDS["resurrected"], _KINDS["churned"])
    return parts.figure(
        tongue,
        _FLOWS,
        about=_about(tongue, _ABOUT, _SO_FAR_ABOUT, unseen),
        kind=parts.COLUMNS,
        spec=charts.flows(points, Axis(""), Axis(tongue.say(parts.PEOPLE))),
        table=parts.table(tongue, (parts.MONTH, _ALL, *kinds, _QUICK, _NET, _REACH), rows),
    )


def _about(tongue: Tongue, text: Text, so_far: Text, unseen: str | None) -> str:
    """What a figure is about, and how the month that is not over yet is marked in it."""
    said = tongue.say(text)
    return f"{said} {tongue.say(so_far, month=tongue.month(unseen))}" if unseen else said


def _quick(tongue: Tongue, row: Json) -> str:
    if row["quick_ratio"] is not None:
        return tongue.number(row["quick_ratio"])
    reason = _REASONS.get(row["reason"])
    return tongue.say(reason) if reason else NOTHING


def _cohorts(tongue: Tongue, cohorts: dict[str, list[int | None]], unseen: str | None) -> Figure:
    shown = list(cohorts.items())[-_MOST:]
    wide = min(_MOST, max(len(row) for _, row in shown))
    points = []
    rows = []
    for month, sizes in shown:
        first, *later = sizes[:wide]
        shares = [n / first if first and n is not None else None for n in later]
        name = _month(tongue, month, unseen)
        so_far = len(sizes) - 1 if unseen else None
        texts = [tongue.hidden if share is None else tongue.percent(share) for share in shares]
        points += [
            Point(
                str(place),
                share,
                name,
                NOTHING if share is None else tongue.percent(share),
                so_far=place == so_far,
            )
            for place, share in enumerate(shares, 1)
        ]
        told = [f"({text})" if place == so_far else text for place, text in enumerate(texts, 1)]
        rows.append((name, tongue.count(first), *told, *[""] * (wide - 1 - len(told))))
    columns = [Text(f"+{place}", f"+{place}") for place in range(1, wide)]
    axes = Axis(tongue.say(_LATER)), Axis(tongue.say(_FIRST))
    return parts.figure(
        tongue,
        _COHORTS,
        about=_about(tongue, _COHORTS_ABOUT, _COHORTS_SO_FAR, unseen),
        kind=parts.SHADES,
        spec=charts.grid(points, *axes),
        table=parts.table(tongue, (_FIRST, _KINDS["new"], *columns), rows),
    )
