"""Whom a transfer result is about, and of how many there is evidence."""

from __future__ import annotations

from analytics.reports import charts, provenance
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

ARMS = {
    "1": Text("Active on the topic", "Actief over het onderwerp"),
    "0": Text("Not active", "Niet actief"),
}
_TITLE = Text("Of whom do we know it?", "Van wie weten we het?")
_COMPLETERS = Text("Completed the training", "Rondde de training af")
_ROUNDED = Text("{n} (rounded down to tens of {k})", "{n} (naar beneden afgerond op {k}-tallen)")
_EXCLUDED = {
    "not_mature": Text(
        "Left out: the time to apply it is not over yet",
        "Niet meegeteld: de tijd om toe te passen is nog niet voorbij",
    ),
    "waiting_for_batch": Text(
        "Left out: waits until enough others are ready",
        "Niet meegeteld: wacht tot er genoeg anderen zijn",
    ),
}
_COVERAGE = Text("Of what share is there evidence?", "Van welk deel is er bewijs?")
_ABOUT = Text(
    "Learners whose time to apply it is over: {all}; with evidence: {evidence}.",
    "Lerenden bij wie de tijd om toe te passen voorbij is: {all}; met bewijs: {evidence}.",
)
_ARM = Text("Activity", "Activiteit")
_LEARNERS = Text("Learners", "Lerenden")
_WITH = Text("With evidence", "Met bewijs")
_SHARE = Text("Share with evidence", "Deel met bewijs")
_NOTE = Text(
    "No evidence is not the same as no transfer: who has none is in no comparison.",
    "Geen bewijs is iets anders dan geen transfer: wie er geen heeft, telt in geen "
    "vergelijking mee.",
)
_GRADES = {
    "A": Text(
        "A: objective (a figure of the work, or work that was seen)",
        "A: objectief (een cijfer van het werk, of werk dat is gezien)",
    ),
    "B": Text("B: told by another person", "B: een ander vertelt het"),
    "C": Text("C: told of oneself", "C: de lerende vertelt het zelf"),
}
_GRADE = Text("Evidence: {grade}.", "Bewijs: {grade}.")
_DOSES = Text(
    "How high is the transfer score with more activity?",
    "Hoe hoog is de transferscore bij meer activiteit?",
)
_DOSES_ABOUT = Text(
    "Means by number of acts on the topic, adjusted for nothing. This compares different people.",
    "Gemiddelden naar aantal handelingen over het onderwerp, nergens voor gecorrigeerd. Dit "
    "vergelijkt verschillende mensen.",
)
_ACTS = Text("Acts on the topic", "Handelingen over het onderwerp")
_MEAN = Text("Mean transfer", "Gemiddelde transfer")


def section(tongue: Tongue, result: Json) -> Section:
    """Who completed, who is left out and why, evidence by arm, and means by dose."""
    population, k = result["population"], result["min_group"]
    completers = tongue.count(population["completers"])
    if "rounded_down_to" in population:
        completers = tongue.say(_ROUNDED, n=completers, k=k)
    rows = [(tongue.say(_COMPLETERS), completers)]
    for name, n in population["excluded"].items():
        rows.append((tongue.say(_EXCLUDED[name]) if name in _EXCLUDED else name, tongue.count(n)))
    blocks: list[Block] = []
    grade = result["outcome"]["grade"]
    if grade:
        blocks.append(Paragraph(tongue.say(_GRADE, grade=tongue.say(_GRADES[grade]))))
    blocks += [provenance.pairs(tongue, rows), _coverage(tongue, result)]
    if any(row["mean"] is not None for row in result["doses"]):
        blocks.append(_doses(tongue, result["doses"]))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _coverage(tongue: Tongue, result: Json) -> Figure:
    population = result["population"]
    units, known = population["units"], population["with_evidence"]
    shares = result["coverage"] or dict.fromkeys(ARMS)
    points = []
    rows = []
    for arm, name in ARMS.items():
        share = shares.get(arm)
        points.append(Point(tongue.say(name), share, text=tongue.percent(share)))
        counted = tongue.count(units[arm]), tongue.count(known[arm])
        rows.append((tongue.say(name), *counted, tongue.percent(share)))
    return parts.figure(
        tongue,
        _COVERAGE,
        about=tongue.say(
            _ABOUT, all=tongue.count(units["all"]), evidence=tongue.count(known["all"])
        ),
        kind=parts.BARS,
        spec=charts.bars(points, Axis(tongue.say(_SHARE), share=True)),
        table=parts.table(tongue, (_ARM, _LEARNERS, _WITH, _SHARE), rows),
        note=tongue.say(_NOTE),
    )


def _doses(tongue: Tongue, doses: list[Json]) -> Figure:
    points = []
    rows = []
    for row in doses:
        low, high = row["ci"] or (None, None)
        points.append(Point(row["level"], row["mean"], low=low, high=high))
        written = tongue.number(row["mean"]), tongue.range(row["ci"])
        rows.append((row["level"], tongue.count(row["n"]), *written))
    return parts.figure(
        tongue,
        _DOSES,
        about=tongue.say(_DOSES_ABOUT),
        kind=parts.DOTS,
        spec=charts.intervals(points, Axis(tongue.say(_MEAN)), zero=False),
        table=parts.table(tongue, (_ACTS, _LEARNERS, _MEAN, parts.INTERVAL), rows),
    )
