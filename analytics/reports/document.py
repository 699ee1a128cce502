"""What a report says, before it becomes HTML or PDF: plain values, no markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from analytics.reports.language import Language

Spec = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """
    Rows of written cells.

    Args:
        head: Of the columns; the first names the rows.
        rows: As long as the head.
        words: The cells are words, not figures.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: bool = False

    def texts(self) -> Iterator[str]:
        yield from self.head
        for row in self.rows:
            yield from row


@dataclass(frozen=True)
class Chart:
    """
    A picture of figures.

    Args:
        spec: Vega-Lite, without a width.
        alt: What it shows, for who does not see it.
    """

    spec: Spec
    alt: str


@dataclass(frozen=True)
class Figure:
    """
    A question with its answer as a picture and as a table.

    Args:
        title: The question.
        about: Of whom and how many.
        chart: None where there is nothing to draw.
        note: What has to be known to read it.
    """

    title: str
    about: str
    chart: Chart | None
    table: Table
    note: str = ""

    def texts(self) -> Iterator[str]:
        yield from (self.title, self.about, self.note)
        if self.chart is not None:
            yield self.chart.alt
            yield from _strings(self.chart.spec.get("layer", self.chart.spec))
        yield from self.table.texts()


@dataclass(frozen=True)
class Paragraph:
    """A sentence or some; `strong` for the one that a section is about."""

    text: str
    strong: bool = False

    def texts(self) -> Iterator[str]:
        yield self.text


Block = Figure | Paragraph | Table


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: tuple[Block, ...]

    def texts(self) -> Iterator[str]:
        yield self.title
        for block in self.blocks:
            yield from block.texts()


@dataclass(frozen=True)
class Document:
    """
    A report.

    Args:
        name: Of its kind.
        title, about: What it is called, and the window.
        language: Of all its texts.
        cutoff: What was known then, ISO 8601; the date of the PDF.
        sections: In reading order; the last is the provenance.
    """

    name: str
    title: str
    about: str
    language: Language
    cutoff: str
    sections: tuple[Section, ...]

    def texts(self) -> Iterator[str]:
        """Everything that can be read in it."""
        yield from (self.title, self.about)
        for section in self.sections:
            yield from section.texts()

    def charts(self) -> list[Chart]:
        """In reading order."""
        blocks = [block for section in self.sections for block in section.blocks]
        return [one.chart for one in blocks if isinstance(one, Figure) and one.chart is not None]


def _strings(value: Any) -> Iterator[str]:
    """The texts within a specification, those of its data among them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
