"""The same difference by every method, from the naive to the most adjusted."""

from __future__ import annotations

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.reasons import WHAT
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

_TITLE = Text(
    "How does the difference change when more is taken account of?",
    "Hoe verandert het verschil als met meer rekening wordt gehouden?",
)
_OWN = Text("Difference by method, this training", "Verschil per methode, deze training")
_POOLED = Text(
    "Difference by method, {n} trainings together", "Verschil per methode, {n} trainingen samen"
)
_ABOUT = Text(
    "Those who were active on the topic minus those who were not. The reported method: {primary}.",
    "Wie actief was over het onderwerp min wie dat niet was. De methode die telt: {primary}.",
)
_NONE = Text("none", "geen")
_SCALES = {
    "score": Text(
        "Difference in transfer score (scale 0 to 1)", "Verschil in transferscore (schaal 0 tot 1)"
    ),
    "kpi": Text(
        "Difference (standard deviations of the role)",
        "Verschil (standaarddeviaties van de functie)",
    ),
}
_METHOD = Text("Method", "Methode")
_DIFFERENCE = Text("Difference", "Verschil")
_N = Text("Learners × trainings", "Lerenden × trainingen")
_NOTHING = Text(
    "No difference can be told; why stands below.",
    "Er is geen verschil te vertellen; waarom staat hieronder.",
)
_EXPOSURE = "active"


def section(tongue: Tongue, result: Json) -> Section:
    """Of the training itself, and of all trainings together where there are several."""
    scale = tongue.say(_SCALES[result["outcome"]["scale"]])
    blocks: list[Block] = []
    own = _figure(tongue, result["analysis"], tongue.say(_OWN), scale)
    if own:
        blocks.append(own)
    pooled = result["pooled"]
    if pooled:
        title = tongue.say(_POOLED, n=len(pooled["programmes"]))
        together = _figure(tongue, pooled["analysis"], title, scale)
        if together:
            blocks.append(together)
    if not blocks:
        blocks.append(Paragraph(tongue.say(_NOTHING)))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _figure(tongue: Tongue, analysis: Json, title: str, scale: str) -> Figure | None:
    points = []
    rows = []
    for row in analysis["estimates"]:
        if row["term"] != _EXPOSURE or row["method"] not in WHAT:
            continue
        name = tongue.say(WHAT[row["method"]])
        low, high = row["ci"]
        points.append(Point(name, row["estimate"], low=low, high=high))
        written = tongue.number(row["estimate"]), tongue.range(row["ci"])
        rows.append((name, *written, tongue.count(row["n"])))
    if not rows:
        return None
    primary = analysis["primary"]
    about = tongue.say(_ABOUT, primary=tongue.say(WHAT[primary] if primary else _NONE))
    return parts.figure(
        tongue,
        Text(title, title),
        about=about,
        kind=parts.DOTS,
        spec=charts.intervals(points, Axis(scale)),
        table=parts.table(tongue, (_METHOD, _DIFFERENCE, parts.INTERVAL, _N), rows),
    )
