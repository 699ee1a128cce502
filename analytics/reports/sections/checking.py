"""Whether the learners compared are alike enough, and how much it would take to overturn it."""

from __future__ import annotations

import re

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Block, Figure, Paragraph, Section, Table
from analytics.reports.language import NOTHING, Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.evidence import ARMS
from analytics.reports.sections.parts import Json
from analytics.transfer.labels import LABELS

_TITLE = Text("Can these learners be compared?", "Zijn deze lerenden te vergelijken?")
_CHANCES = Text(
    "How likely was it, for each learner, to be active?",
    "Hoe groot was voor elke lerende de kans om actief te zijn?",
)
_CHANCES_ABOUT = Text(
    "Where both kinds of column stand, alike learners were and were not active. Between 0.05 and "
    "0.95: {share} of all (80% is needed).",
    "Waar beide soorten kolommen staan, waren vergelijkbare lerenden wel en niet actief. Tussen "
    "0,05 en 0,95: {share} van allen (80% is nodig).",
)
_CHANCE = Text("Chance to be active", "Kans om actief te zijn")
_LEARNERS = Text("Learners", "Lerenden")
_BALANCE = Text(
    "What sets them apart, before and after weighting (standardised difference; under 0.1 is "
    "alike):",
    "Waarin zij verschillen, vóór en na weging (gestandaardiseerd verschil; onder 0,1 is gelijk):",
)
_COVARIATE = Text("Covariate", "Covariaat")
_BEFORE = Text("Before", "Vóór")
_AFTER = Text("After", "Na")
_CHECK = Text("Check", "Controle")
_FOUND = Text("Found", "Gevonden")
_MEANING = Text("What it says", "Wat het zegt")
_PLACEBO = Text("Activity on other topics", "Activiteit over andere onderwerpen")
_EARLIER = Text("Evidence from before the training", "Bewijs van vóór de training")
_ALARM = Text("alarm (t {t})", "alarm (t {t})")
_SILENT = Text("silent (t {t})", "stil (t {t})")
_PLACEBO_SAYS = Text(
    "It should say nothing of this outcome. An alarm is a warning; silence proves nothing.",
    "Het hoort niets over deze uitkomst te zeggen. Een alarm waarschuwt; stilte bewijst niets.",
)
_EARLIER_SAYS = Text(
    "What came later cannot be behind it. An alarm: the groups differed already.",
    "Wat later kwam, kan er niet achter zitten. Een alarm: de groepen verschilden al.",
)
_RV = Text("Robustness value", "Robuustheidswaarde")
_RV_SAYS = Text(
    "So much of both activity and outcome something unmeasured would have to explain to make the "
    "difference zero.",
    "Zoveel van zowel activiteit als uitkomst zou iets ongemetens moeten verklaren om het verschil "
    "nul te maken.",
)
_RV05 = Text("The same, for the interval", "Hetzelfde, voor het interval")
_RV05_SAYS = Text(
    "So much, to make the interval touch zero.", "Zoveel, om het interval nul te laten raken."
)
_BENCHMARK = Text("Strongest covariate, for comparison", "Sterkste covariaat, ter vergelijking")
_BENCHMARK_SAYS = Text(
    "So much the strongest measured covariate explains of either.",
    "Zoveel verklaart de sterkste gemeten covariaat van een van beide.",
)
_EVALUE = Text("E-value (interval)", "E-waarde (interval)")
_EVALUE_SAYS = Text(
    "As risk ratios: how strongly something unmeasured would have to go together with both.",
    "Als risicoverhouding: hoe sterk iets ongemetens met beide zou moeten samengaan.",
)
_NEIGHBOURS = Text("With active colleagues in the model", "Met actieve collega's in het model")
_NEIGHBOURS_SAYS = Text(
    "The difference by regression, beside the share of near colleagues who were active too.",
    "Het verschil volgens regressie, naast het deel van de naaste collega's dat ook actief was.",
)
_STRATA = Text(
    "Correlation within training and department", "Samenhang binnen training en afdeling"
)
_STRATA_SAYS = Text("From −1 to 1, pooled over groups.", "Van −1 tot 1, over groepen samen.")
_NONE = Text("No check could be made.", "Geen controle was mogelijk.")
_MOST = 12
_LEVEL = re.compile(r"C\((\w+)\)\[T?\.?(.*)\]")


def section(tongue: Tongue, result: Json) -> Section:
    """Of the analysis that is reported."""
    primary = result["primary"]
    together = bool(primary) and primary["of"] == "pooled"
    analysis = result["pooled"]["analysis"] if together else result["analysis"]
    blocks: list[Block] = []
    overlap = analysis["overlap"]
    if overlap:
        blocks += [
            _chances(tongue, overlap),
            Paragraph(tongue.say(_BALANCE)),
            _balance(tongue, overlap),
        ]
    rows = _checks(tongue, analysis, result)
    if rows:
        blocks.append(parts.table(tongue, (_CHECK, _FOUND, _MEANING), rows, words=True))
    if not blocks:
        blocks.append(Paragraph(tongue.say(_NONE)))
    return Section(tongue.say(_TITLE), tuple(blocks))


def _chances(tongue: Tongue, overlap: Json) -> Figure:
    edges, counts = overlap["histogram"]["edges"], overlap["histogram"]["counts"]
    places = _filled([counts[arm] for arm in ARMS])
    points = [
        Point(
            tongue.number(edges[place]),
            counts[arm][place],
            tongue.say(text),
            parts.mark(tongue, counts[arm][place]),
        )
        for arm, text in ARMS.items()
        for place in places
    ]
    rows = [
        (
            f"{tongue.number(edges[place])}–{tongue.number(edges[place + 1])}",
            *(tongue.count(counts[arm][place]) for arm in ARMS),
        )
        for place in places
    ]
    axes = Axis(tongue.say(_CHANCE)), Axis(tongue.say(_LEARNERS))
    return parts.figure(
        tongue,
        _CHANCES,
        about=tongue.say(_CHANCES_ABOUT, share=tongue.percent(overlap["share_in_05_95"])),
        kind=parts.COLUMNS,
        spec=charts.columns(points, *axes),
        table=parts.table(tongue, (_CHANCE, *ARMS.values()), rows),
    )


def _filled(counts: list[list[int | None]]) -> range:
    """From the first class that is not empty to the last."""
    there = [place for place, cells in enumerate(zip(*counts, strict=True)) if cells != (0, 0)]
    return range(there[0], there[-1] + 1) if there else range(0)


def _balance(tongue: Tongue, overlap: Json) -> Table:
    ranked = sorted(overlap["smd"].items(), key=lambda one: (-abs(one[1]["before"]), one[0]))
    rows = [
        (_label(tongue, term), tongue.fixed(pair["before"]), tongue.fixed(pair["after"]))
        for term, pair in ranked[:_MOST]
    ]
    return parts.table(tongue, (_COVARIATE, _BEFORE, _AFTER), rows)


def _label(tongue: Tongue, term: str) -> str:
    """A model's column as people call it."""
    found = _LEVEL.fullmatch(term)
    name, level = found.groups() if found else (term, "")
    label = tongue.say(Text(*LABELS[name])) if name in LABELS else name
    return f"{label}: {level}" if level else label


def _checks(tongue: Tongue, analysis: Json, result: Json) -> list[tuple[str, ...]]:
    rows = []
    for name, check, says in (
        (_PLACEBO, analysis["placebo"], _PLACEBO_SAYS),
        (_EARLIER, result["placebo_outcome"], _EARLIER_SAYS),
    ):
        if check and "t" in check:
            told = _ALARM if check["alarm"] else _SILENT
            rows.append((name, tongue.say(told, t=tongue.number(check["t"])), says))
    rows += _sensitivity(tongue, analysis)
    near = result["interference"]
    if near and "estimate" in near:
        told_near = f"{tongue.number(near['estimate'])} ({tongue.range(near['ci'])})"
        rows.append((_NEIGHBOURS, told_near, _NEIGHBOURS_SAYS))
    strata = result["stratified"]
    if strata and strata.get("r") is not None:
        told_strata = f"{tongue.number(strata['r'])} ({tongue.range(strata['ci'])})"
        rows.append((_STRATA, told_strata, _STRATA_SAYS))
    return [(tongue.say(name), told, tongue.say(says)) for name, told, says in rows]


def _sensitivity(tongue: Tongue, analysis: Json) -> list[tuple[Text, str, Text]]:
    found = analysis["sensitivity"]
    if not found:
        return []
    rows = [
        (_RV, tongue.percent(found["rv"]), _RV_SAYS),
        (_RV05, tongue.percent(found["rv_05"]), _RV05_SAYS),
    ]
    strongest = max(
        (max(one["r2_exposure"], one["r2_outcome"]) for one in analysis["benchmarks"]), default=None
    )
    if strongest is not None:
        rows.append((_BENCHMARK, tongue.percent(strongest), _BENCHMARK_SAYS))
    if found["evalue"] is not None:
        limit = tongue.number(found["evalue_ci"]) if found["evalue_ci"] is not None else NOTHING
        rows.append((_EVALUE, f"{tongue.number(found['evalue'])} ({limit})", _EVALUE_SAYS))
    return rows
