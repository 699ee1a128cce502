"""M5 in a report: courses beside talk, for each topic."""

from __future__ import annotations

from analytics.reports.document import Block, Figure, Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts, topics
from analytics.reports.sections.parts import Json

_TITLE = Text(
    "On which topics are there courses, and on which do people talk?",
    "Over welke onderwerpen zijn er cursussen, en over welke praten mensen?",
)
_NOTHING = Text(
    "There is no topic that enough people met in a course or in talk.",
    "Er is geen onderwerp dat genoeg mensen in een cursus of een gesprek tegenkwamen.",
)
_WITHHELD = Text(
    "Topics that fewer than {k} people met are not named: {withheld}.",
    "Onderwerpen die minder dan {k} mensen tegenkwamen, worden niet genoemd: {withheld}.",
)
_UNTAUGHT = Text("Much talk, and no course: {topics}.", "Veel gesprek, en geen cursus: {topics}.")
_MANY = Text(
    "Much talk: {much} people or more, the median of the topics.",
    "Veel gesprek: {much} mensen of meer, de mediaan van de onderwerpen.",
)
_SIDES = Text(
    "How many people meet each topic in talk, how many in a course?",
    "Hoeveel mensen komen elk onderwerp in gesprek tegen, hoeveel in een cursus?",
)
_SIDES_ABOUT = Text("The {n} with the most people.", "De {n} met de meeste mensen.")
_COURSES = Text("Courses", "Cursussen")
_IN_COURSE = Text("In a course", "In een cursus")
_IN_TALK = Text("In talk", "In gesprek")
_FIRST = Text("Which comes first?", "Wat komt eerst?")
_FIRST_ABOUT = Text(
    "People by where they first met a topic; topics that are in courses too.",
    "Mensen naar waar zij een onderwerp het eerst tegenkwamen; onderwerpen die ook in cursussen "
    "voorkomen.",
)
_TALK_FIRST = Text("Talk, then a course", "Gesprek, dan cursus")
_COURSE_FIRST = Text("A course, then talk", "Cursus, dan gesprek")
_ONLY_TALK = Text("Only talk", "Alleen gesprek")
_ONLY_COURSE = Text("Only a course", "Alleen cursus")
_MOST = 15


def section(tongue: Tongue, result: Json) -> Section:
    """How many people each topic has on both sides, and in what order they met them."""
    found = result["result"]
    ranked = sorted(found["topics"], key=lambda row: (-(row["people"] or 0), row["topic"]))
    ranked = ranked[:_MOST]
    told = {"k": tongue.k, "withheld": tongue.whole(found["withheld_topics"])}
    withheld = Paragraph(tongue.say(_WITHHELD, **told))
    if not ranked:
        return Section(tongue.say(_TITLE), (Paragraph(tongue.say(_NOTHING)), withheld))
    blocks: list[Block] = [withheld, _sides(tongue, ranked, found["much_talk_from"])]
    if untaught := [row["topic"] for row in ranked if row["quadrant"] == "much_talk_no_course"]:
        named = ", ".join(topics.labels(tongue, untaught))
        blocks.insert(0, Paragraph(tongue.say(_UNTAUGHT, topics=named), strong=True))
    if taught := [row for row in ranked if row["courses"] != 0]:
        blocks.append(_orders(tongue, taught))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _sides(tongue: Tongue, ranked: list[Json], much: float | None) -> Figure:
    rows = [
        (
            topics.name(row["topic"]),
            topics.rung(tongue, row["topic"]),
            tongue.count(row["social"]),
            tongue.count(row["formal"]),
            tongue.count(row["courses"]),
        )
        for row in ranked
    ]
    head = (topics.TOPIC, topics.FROM, _IN_TALK, _IN_COURSE, _COURSES)
    return parts.figure(
        tongue,
        _SIDES,
        about=tongue.say(_SIDES_ABOUT, n=len(ranked)),
        kind=parts.BARS,
        spec=None,
        table=parts.table(tongue, head, rows),
        note="" if much is None else tongue.say(_MANY, much=tongue.number(much)),
    )


def _orders(tongue: Tongue, taught: list[Json]) -> Figure:
    orders = ("social_first", "formal_first", "only_social", "only_formal")
    rows = [
        (topics.name(row["topic"]), *(tongue.count(row[order]) for order in orders))
        for row in taught
    ]
    head = (topics.TOPIC, _TALK_FIRST, _COURSE_FIRST, _ONLY_TALK, _ONLY_COURSE)
    return parts.figure(
        tongue,
        _FIRST,
        about=tongue.say(_FIRST_ABOUT),
        kind=parts.BARS,
        spec=None,
        table=parts.table(tongue, head, rows),
    )
