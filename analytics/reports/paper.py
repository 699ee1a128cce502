"""A report as PDF (PDF/UA-1, tagged), through Typst: offline, with the fonts that Typst brings."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from analytics.reports.document import Block, Document, Figure, Paragraph, Table
from analytics.reports.drawing import Drawn
from analytics.reports.page import TEMPLATES
from lrs.domain import timestamps

Json = dict[str, Any]
# Narrower than what Vega measured with, so every text finds its place.
_FONT = 'font-family="Libertinus Serif"'
_DRAWN_FONT = 'font-family="Liberation Sans, Arial, Helvetica, sans-serif"'


def pdf(document: Document, drawings: Sequence[Drawn]) -> bytes:
    """
    The document, dated at the results' cutoff.

    Args:
        document: What it says. All of it reaches Typst as data, so that no name can be markup.
        drawings: Of its charts, in reading order.
    """
    import typst

    found: bytes = typst.compile(
        (TEMPLATES / "report.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs=inputs(document, drawings),
        timestamp=int(_moment(document).timestamp()),
        pdf_standards=["ua-1"],
    )
    return found


def inputs(document: Document, drawings: Sequence[Drawn]) -> dict[str, str]:
    """What the template is given."""
    left = iter(drawings)
    moment = _moment(document)
    data = {
        "title": document.title,
        "about": document.about,
        "language": document.language,
        "date": {"year": moment.year, "month": moment.month, "day": moment.day},
        "sections": [
            {"title": section.title, "blocks": [_block(block, left) for block in section.blocks]}
            for section in document.sections
        ],
    }
    return {"data": json.dumps(data, ensure_ascii=False)}


def _moment(document: Document) -> datetime:
    return timestamps.moment(timestamps.parse(document.cutoff)).astimezone(UTC)


def _block(block: Block, drawings: Iterator[Drawn]) -> Json:
    if isinstance(block, Paragraph):
        return {"kind": "text", "text": block.text, "strong": block.strong}
    if isinstance(block, Table):
        return {"kind": "table", **_table(block)}
    return _figure(block, drawings)


def _figure(figure: Figure, drawings: Iterator[Drawn]) -> Json:
    svg = alt = None
    if figure.chart is not None:
        svg = next(drawings).wide.replace(_DRAWN_FONT, _FONT)
        alt = figure.chart.alt
    return {
        "kind": "figure",
        "title": figure.title,
        "about": figure.about,
        "note": figure.note,
        "svg": svg,
        "alt": alt,
        "table": _table(figure.table),
    }


def _table(table: Table) -> Json:
    return {
        "head": list(table.head),
        "rows": [list(row) for row in table.rows],
        "words": table.words,
    }
