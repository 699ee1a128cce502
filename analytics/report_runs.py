"""Reports that workers make: every kind, about the last twelve months or about each programme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from analytics import reports
from analytics.asking import measured, question
from analytics.reports.language import LANGUAGES
from lrs.domain import calendar
from lrs.domain.errors import NotFound
from lrs.services.analytics import Asked, Json
from lrs.services.programmes import Programmes

if TYPE_CHECKING:
    from analytics.jobs import Work

_OF_PROGRAMMES = "transfer"


def names(programmes: Sequence[str]) -> Iterator[str]:
    """The runs there are: `report/<kind>`, or `report/<kind>/<programme>`."""
    for kind in sorted(reports.kinds()):
        if kind == _OF_PROGRAMMES:
            yield from (f"report/{kind}/{programme}" for programme in programmes)
        else:
            yield f"report/{kind}"


def check(about: str, programmes: Programmes) -> None:
    """
    Whether there is a report of a name, such as "overview" or "transfer/safety".

    Raises:
        NotFound: There is not.
    """
    kind, _, programme = about.partition("/")
    reports.kind(kind)
    if (kind == _OF_PROGRAMMES) != bool(programme):
        raise NotFound("a report is of a kind, or transfer/<programme>", at="name")
    if programme:
        programmes.get(programme)


def key(about: str, language: str, form: str) -> str:
    """Under which a report is kept among the results."""
    return f"report/{about} {language} {form}"


def make(about: str, work: Work, cutoff: int) -> Iterator[reports.Report]:
    """
    A report in every language.

    Args:
        about: "overview", or "transfer/<programme>".
        cutoff: What was known then, µs.

    Raises:
        NotFound: There is no result to report on yet.
    """
    kind, _, programme = about.partition("/")
    since, until = calendar.last_months(cutoff, calendar.zone("UTC"))
    asked = Asked(since, until, cutoff=cutoff)
    figures = _Figures(work)
    for language in LANGUAGES:
        yield reports.make(kind, figures, reports.Request(asked, language, programme or None))


class _Figures:
    """Results for a report; what several languages ask is measured once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._found: dict[str, Json] = {}

    def metric(self, name: str, asked: Asked) -> Json:
        key = repr((name, asked))
        if key not in self._found:
            asking = question(name, asked, self._work.min_group)
            self._found[key] = measured(asking, self._work.facts, self._work.engine)
        return self._found[key]

    def transfer(self, programme: str, version: int | None = None) -> Json:
        return self._work.transfer(programme, version)
