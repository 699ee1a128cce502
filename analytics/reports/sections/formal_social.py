"""M7 in a report: formal next to social learning."""

from __future__ import annotations

from analytics.formal_outcomes import KINDS
from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section, Table
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

_TITLE = Text("Formal next to social learning", "Formeel naast sociaal leren")
_HEADLINE = Text("In {period} {told}.", "In {period}: {told}.")
_TOLD = {
    "both": Text(
        "{n} people learned formally and socially", "{n} mensen leerden formeel en sociaal"
    ),
    "formal_only": Text("{n} people learned only formally", "{n} mensen leerden alleen formeel"),
    "social_only": Text("{n} people learned only socially", "{n} mensen leerden alleen sociaal"),
}
_HIDDEN = Text(
    "How many people learned formally, socially or both in {period} is kept hidden.",
    "Hoeveel mensen in {period} formeel, sociaal of allebei leerden, blijft verborgen.",
)
_ABOUT_DAYS = Text(
    "A click and a course cannot be counted against each other; a day on which somebody learned "
    "can. So people are told apart by the days on which they did either.",
    "Een klik en een cursus zijn niet tegen elkaar te tellen; een dag waarop iemand leerde wel. "
    "Daarom onderscheiden we mensen naar de dagen waarop zij het een of het ander deden.",
)
TYPES = {
    "none": Text("Neither", "Geen van beide"),
    "formal_only": Text("Only formal", "Alleen formeel"),
    "social_only": Text("Only social", "Alleen sociaal"),
    "both": Text("Both", "Beide"),
}
_WHO = Text("Who learns formally, socially, or both?", "Wie leert formeel, sociaal, of allebei?")
_WHO_ABOUT = Text(
    "People with an act in the period. Neither: only views, searches or posts that a course asked "
    "for.",
    "Mensen met een handeling in de periode. Geen van beide: alleen kijken, zoeken of berichten "
    "waar een cursus om vroeg.",
)
_PERIOD = Text("Period", "Periode")
_DAYS = Text(
    "How many days were formal, how many social?", "Hoeveel dagen waren formeel, hoeveel sociaal?"
)
_DAYS_ABOUT = Text(
    "Days on which somebody learned, of all people together; a day can be both.",
    "Dagen waarop iemand leerde, van alle mensen samen; een dag kan allebei zijn.",
)
_KINDS = {
    "formal_days": Text("Formal days", "Formele dagen"),
    "social_days": Text("Social days", "Sociale dagen"),
}
_BOTH_DAYS = Text("Days of both", "Dagen met beide")
_INFORMAL = Text("Informal days", "Informele dagen")
_SOCIAL_SHARE = Text("Social share", "Aandeel sociaal")
_CHANNEL = Text("Learning", "Leren")
_CHANNELS = {"formal": Text("formal", "formeel"), "social": Text("social", "sociaal")}
_HOURS = Text("Hours", "Uren")
_COVERAGE = Text("Share of acts with a duration", "Deel van de handelingen met een duur")
_OUTCOMES = Text(
    "Of people with formal days, how many completed or passed a training in the period, by whether "
    "they had social days too. Judged: passed or failed.",
    "Hoeveel van de mensen met formele dagen in de periode een training afrondden of ervoor "
    "slaagden, naar of zij ook sociale dagen hadden. Beoordeeld: geslaagd of gezakt.",
)
_COUNTED = {
    "completed": Text("Completed", "Afgerond"),
    "judged": Text("Judged", "Beoordeeld"),
    "passed": Text("Passed", "Geslaagd"),
}
_COMPLETION_RATE = Text("Completion rate", "Deel afgerond")
_PASS_RATE = Text("Pass rate", "Deel geslaagd")
_SENTENCE = Text("{period}: {sentence}", "{period}: {sentence}")
_TIME = Text(
    "Time, where acts tell how long they took (at most 8 hours a day; nothing is made up):",
    "Tijd, waar handelingen zeggen hoe lang ze duurden (hooguit 8 uur per dag; "
    "niets is bijgeschat):",
)


def section(tongue: Tongue, result: Json) -> Section:
    """Who did which, on how many days, and time where it is told."""
    found = result["result"]
    blocks: list[Block] = []
    if found["periods"]:
        blocks.append(Paragraph(_headline(tongue, found["periods"][-1]), strong=True))
    blocks.append(Paragraph(tongue.say(_ABOUT_DAYS)))
    if found["periods"]:
        blocks += [_who(tongue, found["periods"]), _days(tongue, found["periods"])]
    if found.get("groups"):
        blocks.append(_departments(tongue, found["groups"]))
    if found["outcomes"]:
        blocks += _outcomes(tongue, found["outcomes"])
    if found["time"]:
        blocks += [Paragraph(tongue.say(_TIME)), _time(tongue, found["time"])]
    return Section(tongue.say(_TITLE), tuple(blocks))


def _headline(tongue: Tongue, row: Json) -> str:
    told = [
        tongue.say(text, n=tongue.count(row[kind]))
        for kind, text in _TOLD.items()
        if row[kind] is not None
    ]
    period = tongue.period(row["period"])
    return tongue.say(_HEADLINE if told else _HIDDEN, period=period, told="; ".join(told))


def _who(tongue: Tongue, periods: list[Json]) -> Figure:
    points = [
        Point(
            tongue.period(row["period"]), row[kind], tongue.say(name), parts.mark(tongue, row[kind])
        )
        for kind, name in TYPES.items()
        for row in periods
    ]
    rows = [
        (
            tongue.period(row["period"]),
            tongue.count(row["people"]),
            *(tongue.count(row[kind]) for kind in TYPES),
        )
        for row in periods
    ]
    return parts.figure(
        tongue,
        _WHO,
        about=tongue.say(_WHO_ABOUT),
        kind=parts.COLUMNS,
        spec=charts.columns(points, Axis(""), Axis(tongue.say(parts.PEOPLE))),
        table=parts.table(tongue, (_PERIOD, parts.PEOPLE, *TYPES.values()), rows),
    )


def _days(tongue: Tongue, periods: list[Json]) -> Figure:
    points = [
        Point(
            tongue.period(row["period"]), row[kind], tongue.say(name), parts.mark(tongue, row[kind])
        )
        for kind, name in _KINDS.items()
        for row in periods
    ]
    kinds = (*_KINDS, "both_days", "informal_days")
    rows = [
        (
            tongue.period(row["period"]),
            *(tongue.count(row[kind]) for kind in kinds),
            tongue.percent(row["social_share"]),
        )
        for row in periods
    ]
    head = (_PERIOD, *_KINDS.values(), _BOTH_DAYS, _INFORMAL, _SOCIAL_SHARE)
    days = Text("Days", "Dagen")
    return parts.figure(
        tongue,
        _DAYS,
        about=tongue.say(_DAYS_ABOUT),
        kind=parts.COLUMNS,
        spec=charts.columns(points, Axis(""), Axis(tongue.say(days))),
        table=parts.table(tongue, head, rows),
    )


def _departments(tongue: Tongue, groups: list[Json]) -> Table:
    last = max(row["period"] for row in groups)
    rows = [
        (
            parts.department(tongue, row),
            tongue.count(row["people"]),
            *(tongue.count(row[kind]) for kind in TYPES),
            tongue.percent(row["social_share"]),
        )
        for row in groups
        if row["period"] == last
    ]
    period = tongue.period(last)
    first = Text(f"Department, {period}", f"Afdeling, {period}")
    return parts.table(tongue, (first, parts.PEOPLE, *TYPES.values(), _SOCIAL_SHARE), rows)


def _outcomes(tongue: Tongue, outcomes: list[Json]) -> list[Block]:
    """The rates of both types, and of the last period the sentences of the wording ladder."""
    rows = [
        (
            tongue.period(row["period"]),
            tongue.say(TYPES[kind]),
            tongue.count(row[kind]["people"]),
            *(tongue.count(row[kind][name]) for name in _COUNTED),
            tongue.percent(row[kind]["completion_rate"]),
            tongue.percent(row[kind]["pass_rate"]),
        )
        for row in outcomes
        for kind in KINDS
    ]
    head = (_PERIOD, _CHANNEL, parts.PEOPLE, *_COUNTED.values(), _COMPLETION_RATE, _PASS_RATE)
    last = outcomes[-1]
    period = tongue.period(last["period"])
    sentences = [
        Paragraph(tongue.say(_SENTENCE, period=period, sentence=one[tongue.name]))
        for one in last["wording"].values()
    ]
    return [Paragraph(tongue.say(_OUTCOMES)), parts.table(tongue, head, rows), *sentences]


def _time(tongue: Tongue, time: list[Json]) -> Table:
    rows = [
        (
            tongue.period(row["period"]),
            tongue.say(_CHANNELS[row["channel"]]),
            tongue.number(row["hours"]),
            tongue.percent(row["coverage"]),
        )
        for row in time
    ]
    return parts.table(tongue, (_PERIOD, _CHANNEL, _HOURS, _COVERAGE), rows)
