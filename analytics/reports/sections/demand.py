"""M6 in a report: which knowledge people look for, and whether they find it."""

from __future__ import annotations

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts, topics
from analytics.reports.sections.parts import Json

_TITLE = Text(
    "Which knowledge do people look for, and do they find it?",
    "Welke kennis zoeken mensen, en vinden zij die?",
)
_HEADLINE = Text(
    "{askers} people asked {questions} questions; {share} had an answer within a week.",
    "{askers} mensen stelden {questions} vragen; {share} had binnen een week een antwoord.",
)
_HIDDEN = Text(
    "Too few people asked something for it to be told.",
    "Te weinig mensen vroegen iets om erover te vertellen.",
)
_NO_SHARE = Text(
    "{askers} people asked {questions} questions.", "{askers} mensen stelden {questions} vragen."
)
_MEDIAN = Text(
    "Counting those still waiting, half of the questions had a first answer after {hours} hours "
    "(95% interval {interval}).",
    "Wie nog wacht meegerekend had de helft van de vragen na {hours} uur een eerste antwoord "
    "(95%-interval {interval}).",
)
_NOT_REACHED = Text(
    "Counting those still waiting, fewer than half of the questions have had an answer so far.",
    "Wie nog wacht meegerekend heeft minder dan de helft van de vragen tot nu toe een antwoord.",
)
_FOUND = Text("Do people find what they look for?", "Vinden mensen wat zij zoeken?")
_FOUND_ABOUT = Text(
    "{questions} questions of {askers} people; {sessions} searches of {searchers} people.",
    "{questions} vragen van {askers} mensen; {sessions} zoekacties van {searchers} mensen.",
)
_FOUND_NOTE = Text(
    "Opening something is not proof of finding it. A question without a known solution may still "
    "have been solved.",
    "Iets openen is geen bewijs dat het gevonden is. Een vraag zonder bekende oplossing kan toch "
    "opgelost zijn.",
)
_WHAT = Text("What", "Wat")
_SHARES = (
    (
        "questions",
        "answered_within_24_hours",
        Text("Questions answered within 24 hours", "Vragen met antwoord binnen 24 uur"),
    ),
    (
        "questions",
        "answered_within_7_days",
        Text("Questions answered within 7 days", "Vragen met antwoord binnen 7 dagen"),
    ),
    (
        "questions",
        "newcomers_answered_within_7_days",
        Text("First-ever questions, within 7 days", "Allereerste vragen, binnen 7 dagen"),
    ),
    (
        "searches",
        "opened_something",
        Text("Searches that opened something", "Zoekacties waarna iets is geopend"),
    ),
    (
        "searches",
        "abandoned",
        Text("Searches that opened nothing", "Zoekacties waarna niets is geopend"),
    ),
    (
        "searches",
        "reformulated",
        Text("Searches that were put in other words", "Zoekacties die anders zijn verwoord"),
    ),
    (
        "searches",
        "without_result",
        Text("Searches without a result", "Zoekacties zonder resultaat"),
    ),
)
_UNMET = Text(
    "Which topics are asked about or searched for in vain?",
    "Naar welke onderwerpen wordt tevergeefs gevraagd of gezocht?",
)
_UNMET_ABOUT = Text(
    "Questions open for more than 7 days and searches without a result, of {k} people or more.",
    "Vragen die langer dan 7 dagen open staan en zoekacties zonder resultaat, van {k} mensen of "
    "meer.",
)
_OPEN = Text("Open questions", "Open vragen")
_EMPTY = Text("Searches without a result", "Zoekacties zonder resultaat")
_MOST = 15


def section(tongue: Tongue, result: Json) -> Section:
    """Questions, searches, and the demand that is not met."""
    found = result["result"]
    asked = found["questions"]
    blocks: list[Block] = [Paragraph(_headline(tongue, asked), strong=True)]
    if asked["questions"]:
        blocks.append(Paragraph(_waiting(tongue, asked)))
    if asked["questions"] or found["searches"]["sessions"]:
        blocks.append(_shares(tongue, found))
    if found["unmet"]:
        blocks.append(_unmet(tongue, found["unmet"][:_MOST]))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _headline(tongue: Tongue, asked: Json) -> str:
    if not asked["questions"]:
        return tongue.say(_HIDDEN)
    values = {
        "askers": tongue.count(asked["askers"]),
        "questions": tongue.count(asked["questions"]),
    }
    if asked["answered_within_7_days"] is None:
        return tongue.say(_NO_SHARE, **values)
    return tongue.say(_HEADLINE, **values, share=tongue.percent(asked["answered_within_7_days"]))


def _waiting(tongue: Tongue, asked: Json) -> str:
    if asked["median_hours"] is None:
        return tongue.say(_NOT_REACHED)
    interval = tongue.range(asked["median_hours_ci"])
    return tongue.say(_MEDIAN, hours=tongue.number(asked["median_hours"]), interval=interval)


def _shares(tongue: Tongue, found: Json) -> Figure:
    told = [(tongue.say(name), found[of][key]) for of, key, name in _SHARES]
    points = [Point(name, share, text=tongue.percent(share)) for name, share in told]
    rows = [(name, tongue.percent(share)) for name, share in told]
    values = {
        "questions": tongue.count(found["questions"]["questions"]),
        "askers": tongue.count(found["questions"]["askers"]),
        "sessions": tongue.count(found["searches"]["sessions"]),
        "searchers": tongue.count(found["searches"]["people"]),
    }
    return parts.figure(
        tongue,
        _FOUND,
        about=tongue.say(_FOUND_ABOUT, **values),
        kind=parts.BARS,
        spec=charts.bars(points, Axis(tongue.say(parts.SHARE), share=True)),
        table=parts.table(tongue, (_WHAT, parts.SHARE), rows),
        note=tongue.say(_FOUND_NOTE),
    )


def _unmet(tongue: Tongue, unmet: list[Json]) -> Figure:
    labels = topics.labels(tongue, (row["topic"] for row in unmet))
    points = [
        Point(label, row["people"], text=tongue.count(row["people"]))
        for label, row in zip(labels, unmet, strict=True)
    ]
    rows = [
        (
            topics.name(row["topic"]),
            topics.rung(tongue, row["topic"]),
            tongue.count(row["people"]),
            tongue.count(row["unanswered_questions"]),
            tongue.count(row["searches_without_result"]),
        )
        for row in unmet
    ]
    return parts.figure(
        tongue,
        _UNMET,
        about=tongue.say(_UNMET_ABOUT, k=tongue.k),
        kind=parts.BARS,
        spec=charts.bars(points, Axis(tongue.say(parts.PEOPLE))),
        table=parts.table(tongue, (topics.TOPIC, topics.FROM, parts.PEOPLE, _OPEN, _EMPTY), rows),
    )
