"""What is needed to judge and to repeat the figures of a report."""

from __future__ import annotations

from typing import Any

from analytics.reports.document import Block, Paragraph, Section, Table
from analytics.reports.language import NOTHING, Text, Tongue

Json = dict[str, Any]

TITLE = Text("Where these figures come from", "Waar deze cijfers vandaan komen")
_HEAD = (Text("What", "Wat"), Text("Value", "Waarde"))
_WINDOW = Text("Window", "Periode")
_WINDOW_TOLD = Text(
    "{since} up to but not including {until}, calendar of {timezone}",
    "{since} tot {until} (die dag niet meegerekend), kalender van {timezone}",
)
_CUTOFF = Text("Cutoff: what had been recorded by then", "Peilmoment: wat toen was vastgelegd")
_POPULATION = Text("Population", "Populatie")
_POPULATIONS = {
    "roster": Text("everyone on the roster", "iedereen op de personeelslijst"),
    "people seen": Text(
        "everyone seen in the records so far (there is no roster)",
        "iedereen die tot dan toe in de gegevens voorkomt (er is geen personeelslijst)",
    ),
}
_READ = Text("Statements read", "Statements gelezen")
_USED = Text("Statements used", "Statements gebruikt")
_EXCLUDED = Text("Left out: {reason}", "Niet meegeteld: {reason}")
_DIGEST = Text("Digest of the Statements' ids", "Controlegetal van de ids van de Statements")
_LEAST = Text("Smallest group that is told of", "Kleinste groep waarover iets wordt verteld")
_CODE = Text("Code: {part}", "Code: {part}")
REPEAT = Text("How to make this report again", "Zo is dit rapport opnieuw te maken")
_HIDDEN = Text(
    "“{mark}” stands for a figure that is kept back: it is about fewer than {k} people, or such a "
    "figure could be worked out from it.",
    "“{mark}” staat voor een cijfer dat niet wordt verteld: het gaat over minder "
    "dan {k} mensen, of "
    "zo'n cijfer zou eruit af te leiden zijn.",
)
_NO_FIGURE = Text(
    "“{mark}” stands where there is no figure: nothing was measured, or a part of it is hidden.",
    "“{mark}” staat waar geen cijfer is: er is niets gemeten, of een deel ervan blijft verborgen.",
)
_METRICS = (
    Text("Metric", "Meting"),
    Text("Version", "Versie"),
    Text("Hash of the queries", "Hash van de queries"),
)
_REASONS = {
    "past": Text("dated before there were any records", "gedateerd vóór er gegevens waren"),
    "future": Text("dated in the future", "gedateerd in de toekomst"),
    "voided": Text("voided", "ongeldig verklaard"),
    "voiding": Text("declares another void", "verklaart een ander ongeldig"),
    "group": Text("done in the name of a group", "gedaan uit naam van een groep"),
    "bot": Text("made by software", "gemaakt met software zonder mens"),
}


def section(tongue: Tongue, results: dict[str, Json], command: str) -> Section:
    """
    The provenance of several metrics over one window.

    Args:
        tongue: The report's.
        results: By name, as `analytics.measure.run` gives them.
        command: That makes the report again.
    """
    first = next(iter(results.values()))
    table = tuple(_metric(result) for result in results.values())
    blocks: list[Block] = [
        *notes(tongue),
        pairs(tongue, [*_window(tongue, first), (tongue.say(REPEAT), command)]),
        Table(tuple(tongue.say(text) for text in _METRICS), table, words=True),
    ]
    return Section(tongue.say(TITLE), tuple(blocks))


def notes(tongue: Tongue) -> list[Paragraph]:
    """What the marks in place of a figure mean."""
    said = [tongue.say(_NO_FIGURE, mark=NOTHING)]
    if tongue.k > 1:
        said.insert(0, tongue.say(_HIDDEN, mark=tongue.hidden, k=tongue.k))
    return [Paragraph(text) for text in said]


def pairs(tongue: Tongue, rows: list[tuple[str, str]]) -> Table:
    """A table of what and value."""
    return Table(tuple(tongue.say(text) for text in _HEAD), tuple(rows), words=True)


def counted(tongue: Tongue, result: Json) -> list[tuple[str, str]]:
    """Statements read, used and left out, the smallest group, and versions of code."""
    rows = [
        (tongue.say(_READ), tongue.count(result["rows_read"])),
        (tongue.say(_USED), tongue.count(result["rows_used"])),
    ]
    for reason, n in result["excluded"].items():
        rows.append((tongue.say(_EXCLUDED, reason=_reason(tongue, reason)), tongue.count(n)))
    rows.append((tongue.say(_LEAST), str(result["min_group"])))
    made = {part: version for part, version in result["code"].items() if part != "metric"}
    return [*rows, *((tongue.say(_CODE, part=part), str(value)) for part, value in made.items())]


def _window(tongue: Tongue, result: Json) -> list[tuple[str, str]]:
    known = _POPULATIONS.get(result["denominator"])
    return [
        (tongue.say(_WINDOW), _between(tongue, result["window"])),
        (tongue.say(_CUTOFF), tongue.instant(result["cutoff"])),
        (tongue.say(_POPULATION), tongue.say(known) if known else result["denominator"]),
        (tongue.say(_DIGEST), result["statements"]["digest"]),
        *counted(tongue, result),
    ]


def _between(tongue: Tongue, window: Json) -> str:
    times = {name: tongue.instant(window[name]) for name in ("since", "until")}
    return tongue.say(_WINDOW_TOLD, **times, timezone=window["timezone"])


def _reason(tongue: Tongue, reason: str) -> str:
    known = _REASONS.get(reason)
    return tongue.say(known) if known else reason


def _metric(result: Json) -> tuple[str, ...]:
    return result["metric"], result["code"]["metric"], str(result["query"])
