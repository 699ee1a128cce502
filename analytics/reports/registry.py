"""Reports: the modules of `analytics/reports/kinds` that have a REPORT. No list to edit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from analytics.reports import kinds as folder
from analytics.reports.document import Document
from analytics.reports.language import Language, Text
from lrs.domain.errors import NotFound
from lrs.domain.offers import offers
from lrs.services.analytics import Asked

Json = dict[str, Any]


class Figures(Protocol):
    """
    Where results come from; AnalyticsDesk is one.

    A report is made of results alone, never of facts: what is hidden there cannot appear in it.
    """

    def metric(self, name: str, asked: Asked) -> Json:
        """One metric's result."""
        ...

    def transfer(self, programme: str, version: int | None = None) -> Json:
        """The newest result of a programme's transfer run."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """
    What a report shall be about.

    Args:
        asked: The window, and what to split by where a metric can be; for kinds of a window.
        language: Of its texts.
        programme, version: For kinds of a programme; None for the newest version.
    """

    asked: Asked | None = None
    language: Language = "en"
    programme: str | None = None
    version: int | None = None

    def speaking(self, language: Language) -> Request:
        return replace(self, language=language)


@dataclass(frozen=True)
class Kind:
    """
    A report that can be asked for.

    Args:
        name: Its module's; what the command and the API call it.
        title: What people call it.
        gather: The results it needs, by name. Raises BadRequest where the request lacks something.
        build: From them to what it says; it must not depend on the clock.
    """

    name: str
    title: Text
    gather: Callable[[Figures, Request], dict[str, Json]]
    build: Callable[[dict[str, Json], Request], Document]


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """Every kind of report by name."""
    return offers(folder, "REPORT")


def kind(name: str) -> Kind:
    """
    The kind of a name.

    Raises:
        NotFound: There is none.
    """
    found = kinds().get(name)
    if found is None:
        raise NotFound(f"there is no report of this name; there are {', '.join(sorted(kinds()))}")
    return found
