"""Reports for people, made of results: one HTML file and a PDF of the same content."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.reports.document import Document
from analytics.reports.registry import Figures, Request, kind, kinds

__all__ = [
    "Document",
    "Figures",
    "Report",
    "Request",
    "document",
    "kind",
    "kinds",
    "make",
    "render",
]


@dataclass(frozen=True)
class Report:
    """
    A report as it is kept and sent.

    Args:
        name, title, language: Of its document.
        cutoff: What was known then, ISO 8601.
        html: One file that needs nothing beside it.
        pdf: The same content.
    """

    name: str
    title: str
    language: str
    cutoff: str
    html: bytes
    pdf: bytes


def make(name: str, figures: Figures, request: Request) -> Report:
    """
    Gather results and render them.

    Args:
        name: Of a kind of report: `overview`, `transfer`, or another module of the folder.
        figures: Where results come from.
        request: The window or the programme, and the language.

    Raises:
        NotFound: No such report, facts, programme or result.
        BadRequest: The request lacks what this kind is about.
    """
    return render(document(name, figures, request))


def document(name: str, figures: Figures, request: Request) -> Document:
    """What a report says, not rendered yet; raises as `make`."""
    asked = kind(name)
    return asked.build(asked.gather(figures, request), request)


def render(said: Document) -> Report:
    """HTML and PDF of a document; the same bytes for the same document."""
    from analytics.reports import page, paper
    from analytics.reports.drawing import draw

    drawings = [draw(chart.spec, said.language, place) for place, chart in enumerate(said.charts())]
    return Report(
        said.name,
        said.title,
        said.language,
        said.cutoff,
        page.html(said, drawings),
        paper.pdf(said, drawings),
    )
