"""M4 in a report: with whom people interact."""

from __future__ import annotations

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section, Table
from analytics.reports.language import NOTHING, Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

_TITLE = Text("With whom do people interact?", "Met wie hebben mensen contact?")
_HEADLINE = Text(
    "{n} people answered or mentioned each other, in {dyads} pairs.",
    "{n} mensen antwoordden of noemden elkaar, in {dyads} paren.",
)
_HIDDEN = Text(
    "Too few people interact for anything to be told about it.",
    "Te weinig mensen hebben contact om er iets over te vertellen.",
)
_MEASURE = Text("Measure", "Maat")
_VALUE = Text("Value", "Waarde")
_MEANING = Text("What it says", "Wat het zegt")
_MEASURES = (
    (
        "reciprocity",
        Text("Reciprocity", "Wederkerigheid"),
        Text("share of contacts that go both ways", "deel van de contacten dat heen en terug gaat"),
        True,
    ),
    (
        "isolates_share",
        Text("Isolates", "Zonder contact"),
        Text(
            "share of contributors whom nobody answers and who answer nobody",
            "deel van de bijdragers dat niemand antwoordt en van niemand antwoord krijgt",
        ),
        True,
    ),
    (
        "giant_share",
        Text("Largest component", "Grootste samenhangende groep"),
        Text(
            "share of people who are linked, directly or over others",
            "deel van de mensen dat direct of via anderen verbonden is",
        ),
        True,
    ),
    (
        "density",
        Text("Density", "Dichtheid"),
        Text(
            "share of all possible contacts that there are",
            "deel van alle mogelijke contacten dat er is",
        ),
        True,
    ),
    (
        "transitivity",
        Text("Transitivity", "Transitiviteit"),
        Text(
            "how often two contacts of somebody know each other",
            "hoe vaak twee contacten van iemand elkaar kennen",
        ),
        True,
    ),
    (
        "centralisation",
        Text("Centralisation", "Centralisatie"),
        Text(
            "0: everyone has as many contacts; 1: all contacts run over one person",
            "0: iedereen heeft evenveel contacten; 1: alle contacten lopen via één persoon",
        ),
        False,
    ),
    (
        "communities",
        Text("Communities", "Gemeenschappen"),
        Text(
            "groups with more contacts within than between them",
            "groepen met meer contacten binnen dan tussen elkaar",
        ),
        False,
    ),
    (
        "modularity",
        Text("Modularity", "Modulariteit"),
        Text(
            "how clearly these groups stand apart (0: not at all)",
            "hoe duidelijk die groepen los van elkaar staan (0: helemaal niet)",
        ),
        False,
    ),
)
_EI = Text(
    "Do people look beyond their own department, more than chance would have it?",
    "Kijken mensen over hun eigen afdeling heen, meer dan toeval zou geven?",
)
_EI_ABOUT = Text(
    "E–I index: −1, all contacts within the own department; 1, all outside it. n {n}.",
    "E–I-index: −1, alle contacten binnen de eigen afdeling; 1, alle erbuiten. n {n}.",
)
_EI_NOTE = Text(
    "Dots: what was seen. Lines: where 95% of {times} random mixings of "
    "departments lie. A dot left "
    "of its line means more contact within the department than chance would have it.",
    "Punten: wat er gezien is. Strepen: waar 95% van {times} willekeurige "
    "verdelingen van afdelingen "
    "ligt. Een punt links van zijn streep betekent meer contact binnen de afdeling dan toeval zou "
    "geven.",
)
_SEEN = Text("Seen (E–I)", "Gezien (E–I)")
_CHANCE = Text("By chance (mean)", "Bij toeval (gemiddelde)")
_RANGE = Text("95% of random mixings", "95% van willekeurige verdelingen")
_P = Text("p (one-sided)", "p (eenzijdig)")
_TIES = Text("Pairs", "Paren")
_EVERYONE = Text("Everyone", "Iedereen")
_Z = 1.96


def section(tongue: Tongue, result: Json) -> Section:
    """The network as a whole, and how far departments look beyond themselves."""
    found = result["result"]
    if found["edges"] is None:
        return Section(tongue.say(_TITLE), (Paragraph(tongue.say(_HIDDEN), strong=True),))
    values = {"n": tongue.count(found["n"]), "dyads": tongue.count(found["dyads"])}
    blocks: list[Block] = [
        Paragraph(tongue.say(_HEADLINE, **values), strong=True),
        _measures(tongue, found),
    ]
    if found["ei"]:
        blocks.append(_departments(tongue, found))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _measures(tongue: Tongue, found: Json) -> Table:
    rows = [
        (
            tongue.say(name),
            (tongue.percent if share else tongue.number)(found[key]),
            tongue.say(meaning),
        )
        for key, name, meaning, share in _MEASURES
    ]
    return parts.table(tongue, (_MEASURE, _VALUE, _MEANING), rows, words=True)


def _departments(tongue: Tongue, found: Json) -> Figure:
    whole = {**found["ei"], "n": found["n"], "department": tongue.say(_EVERYONE)}
    points = []
    rows = []
    for row in [whole, *found["departments"]]:
        name = str(row["department"])
        span = _span(row)
        low, high = span or (None, None)
        points.append(Point(name, row["value"], low=low, high=high))
        rows.append(
            (
                name,
                tongue.count(row["n"]),
                tongue.whole(row["ties"]),
                tongue.number(row["value"]),
                tongue.number(row["mean"]),
                tongue.range([low, high]) if span else NOTHING,
                tongue.number(row["p"]),
            )
        )
    head = (parts.DEPARTMENT, parts.PEOPLE, _TIES, _SEEN, _CHANCE, _RANGE, _P)
    return parts.figure(
        tongue,
        _EI,
        about=tongue.say(_EI_ABOUT, n=tongue.count(found["n"])),
        kind=parts.DOTS,
        spec=charts.intervals(points, Axis("E–I")),
        table=parts.table(tongue, head, rows),
        note=tongue.say(_EI_NOTE, times=tongue.count(whole["permutations"])),
    )


def _span(row: Json) -> tuple[float, float] | None:
    if row["mean"] is None or row["sd"] is None:
        return None
    return row["mean"] - _Z * row["sd"], row["mean"] + _Z * row["sd"]
