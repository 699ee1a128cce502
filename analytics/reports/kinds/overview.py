"""The overview: all metrics of a window, as a learning team reads them every month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from analytics.registry import metrics
from analytics.reports import provenance
from analytics.reports.document import Document, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.registry import Figures, Kind, Request
from analytics.reports.sections import (
    communities,
    demand,
    formal_social,
    growth,
    network,
    newcomers,
    participation,
    plain,
    tenure,
    topic_supply,
    topics,
)
from lrs.domain.errors import BadRequest

Json = dict[str, Any]

_TITLE = Text(
    "Social and informal learning beside formal learning",
    "Sociaal en informeel leren naast formeel leren",
)
_ABOUT = Text(
    "{since} up to {until}; as known on {cutoff}.",
    "{since} tot {until}; zoals bekend op {cutoff}.",
)
_SECTIONS: dict[str, Callable[[Tongue, Json], Section]] = {
    "participation": participation.section,
    "tenure": tenure.section,
    "growth": growth.section,
    "network": network.section,
    "communities": communities.section,
    "newcomers": newcomers.section,
    "topics": topics.section,
    "topic_supply": topic_supply.section,
    "demand": demand.section,
    "formal_social": formal_social.section,
}


def gather(figures: Figures, request: Request) -> dict[str, Json]:
    """Every metric of the window, split where it can be."""
    if request.asked is None:
        raise BadRequest("this report is about a window", at="since")
    asked = request.asked
    known = metrics()
    if asked.by is not None and not any(asked.by in one.by for one in known.values()):
        raise BadRequest("no metric can be split by this", at="by")
    return {
        name: figures.metric(name, replace(asked, by=asked.by if asked.by in one.by else None))
        for name, one in sorted(known.items())
    }


def build(results: dict[str, Json], request: Request) -> Document:
    """A section a metric, and where the figures come from."""
    first = results["participation"]
    tongue = Tongue(request.language, first["min_group"])
    window = first["window"]
    cutoff = min(result["cutoff"] for result in results.values())
    about = tongue.say(
        _ABOUT,
        since=tongue.day(window["since"]),
        until=tongue.day(window["until"]),
        cutoff=tongue.day(cutoff),
    )
    made = provenance.section(tongue, results, _command(first, request))
    return Document(
        name="overview",
        title=tongue.say(_TITLE),
        about=about,
        language=request.language,
        cutoff=cutoff,
        sections=(*_sections(tongue, results), made),
    )


def _sections(tongue: Tongue, results: dict[str, Json]) -> list[Section]:
    """In their order; of a metric that has none of its own, its figures as they are."""
    others = [name for name in results if name not in _SECTIONS]
    return [
        *(section(tongue, results[name]) for name, section in _SECTIONS.items()),
        *(plain.section(tongue, results[name]) for name in others),
    ]


def _command(result: Json, request: Request) -> str:
    window = result["window"]
    since, until, cutoff = (
        Tongue.instant(text) for text in (window["since"], window["until"], result["cutoff"])
    )
    words = [
        "lrs analyse report overview",
        f"--since {since}",
        f"--until {until}",
    ]
    words += [f"--cutoff {cutoff}", f"--timezone {window['timezone']}"]
    if result["by"]:
        words.append(f"--by {result['by']}")
    return " ".join([*words, f"--lang {request.language}"])


REPORT = Kind("overview", Text("Overview of a window", "Overzicht van een periode"), gather, build)
