"""M5 in a report: what people talk about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

_TITLE = Text("What do people talk about?", "Waar praten mensen over?")
_HEADLINE = Text(
    "The topic with the most people is “{topic}” ({n}).",
    "Het onderwerp met de meeste mensen is “{topic}” ({n}).",
)
_NOTHING = Text(
    "There is no topic that enough people took part in.",
    "Er is geen onderwerp waaraan genoeg mensen meededen.",
)
_COVERAGE = Text(
    "A topic is known of {share} of all social acts and searches. Topics that "
    "fewer than {k} people "
    "took part in are not named: {withheld}.",
    "Van {share} van alle sociale handelingen en zoekacties is een onderwerp bekend. Onderwerpen "
    "waaraan minder dan {k} mensen meededen, worden niet genoemd: {withheld}.",
)
_PEOPLE = Text(
    "How many people take part in each topic?", "Hoeveel mensen doen mee aan elk onderwerp?"
)
_MOST_OF = Text("The {n} with the most people.", "De {n} met de meeste mensen.")
TOPIC = Text("Topic", "Onderwerp")
FROM = Text("From", "Uit")
_RUNGS = {
    "tag": Text("tag", "tag"),
    "category": Text("category", "categorie"),
    "topic": Text("vocabulary", "woordenlijst"),
}
_ACTS = Text("Acts", "Handelingen")
_QUESTIONS = Text("Questions", "Vragen")
_DEPARTMENTS = Text("Departments", "Afdelingen")
_EVEN = Text("Evenness (0–1)", "Spreiding (0–1)")
_RISING = Text(
    "What do people talk about more than before?", "Waar praten mensen meer over dan eerst?"
)
_RISING_ABOUT = Text(
    "Acts a day in the last 28 days against the 84 before; false discoveries kept at one in ten.",
    "Handelingen per dag in de laatste 28 dagen tegenover de 84 ervoor; hooguit één op tien is "
    "vals alarm.",
)
_RATIO = Text("Times as often", "Keer zo vaak")
_Q = Text("Adjusted p", "Aangepaste p")
_NONE_RISING = Text(
    "No topic is talked about clearly more than in the 84 days before.",
    "Over geen onderwerp wordt duidelijk meer gepraat dan in de 84 dagen ervoor.",
)
_MOST = 15


def section(tongue: Tongue, result: Json) -> Section:
    """Topics by people, and those that are talked about more than before."""
    found = result["result"]
    ranked = sorted(found["topics"], key=lambda row: (-row["people"], row["topic"]))[:_MOST]
    blocks: list[Block] = [Paragraph(_headline(tongue, ranked), strong=True)]
    share = {
        "share": tongue.percent(found["coverage"]),
        "k": tongue.k,
        "withheld": tongue.whole(found["withheld_topics"]),
    }
    blocks.append(Paragraph(tongue.say(_COVERAGE, **share)))
    if ranked:
        blocks.append(_people(tongue, ranked))
    if found["rising"]:
        blocks.append(_rising(tongue, found["rising"]))
    else:
        blocks.append(Paragraph(tongue.say(_NONE_RISING)))
    return Section(tongue.say(_TITLE), tuple(blocks))


def name(topic: str) -> str:
    """A topic's own name, without the rung of trust that gave it."""
    return topic.partition(":")[2] or topic


def labels(tongue: Tongue, topics: Iterable[str]) -> list[str]:
    """Names for the bars of a chart; those that would be alike say what gave them, too."""
    told = list(topics)
    alike = Counter(map(name, told))
    return [
        name(one) if alike[name(one)] == 1 else f"{name(one)} ({rung(tongue, one)})" for one in told
    ]


def rung(tongue: Tongue, topic: str) -> str:
    """What gave a topic: a tag, a category, or the organisation's vocabulary."""
    known = _RUNGS.get(topic.partition(":")[0])
    return tongue.say(known) if known else ""


def _headline(tongue: Tongue, ranked: list[Json]) -> str:
    if not ranked:
        return tongue.say(_NOTHING)
    first = ranked[0]
    return tongue.say(_HEADLINE, n=tongue.count(first["people"]), topic=name(first["topic"]))


def _people(tongue: Tongue, ranked: list[Json]) -> Figure:
    named = zip(labels(tongue, (row["topic"] for row in ranked)), ranked, strict=True)
    points = [Point(label, row["people"], text=tongue.count(row["people"])) for label, row in named]
    rows = [
        (
            name(row["topic"]),
            rung(tongue, row["topic"]),
            tongue.count(row["people"]),
            tongue.count(row["acts"]),
            tongue.count(row["questions"]),
            str(row["departments"]),
            tongue.number(row["entropy"]),
        )
        for row in ranked
    ]
    head = (TOPIC, FROM, parts.PEOPLE, _ACTS, _QUESTIONS, _DEPARTMENTS, _EVEN)
    return parts.figure(
        tongue,
        _PEOPLE,
        about=tongue.say(_MOST_OF, n=len(ranked)),
        kind=parts.BARS,
        spec=charts.bars(points, Axis(tongue.say(parts.PEOPLE))),
        table=parts.table(tongue, head, rows),
    )


def _rising(tongue: Tongue, rising: list[Json]) -> Figure:
    ranked = sorted(rising, key=lambda row: (-row["rate_ratio"], row["topic"]))[:_MOST]
    named = zip(labels(tongue, (row["topic"] for row in ranked)), ranked, strict=True)
    points = [
        Point(label, row["rate_ratio"], text=tongue.number(row["rate_ratio"]))
        for label, row in named
    ]
    rows = [
        (
            name(row["topic"]),
            rung(tongue, row["topic"]),
            tongue.number(row["rate_ratio"]),
            tongue.number(row["p_adjusted"]),
        )
        for row in ranked
    ]
    return parts.figure(
        tongue,
        _RISING,
        about=tongue.say(_RISING_ABOUT),
        kind=parts.BARS,
        spec=charts.bars(points, Axis(tongue.say(_RATIO))),
        table=parts.table(tongue, (TOPIC, FROM, _RATIO, _Q), rows),
    )
