"""A report as one HTML file: no script, nothing fetched, the same bytes for the same results."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from analytics.reports.document import Document, Figure
from analytics.reports.drawing import Drawn

TEMPLATES = Path(__file__).parent / "templates"


def html(document: Document, drawings: Sequence[Drawn]) -> bytes:
    """
    The page.

    Args:
        document: What it says; every text is escaped.
        drawings: Of its charts, in reading order: SVG of Vega, which escapes the texts in it.
    """
    css = (TEMPLATES / "report.css").read_text("utf-8").strip()
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    text = _template().render(
        document=document,
        css=css,
        digest=digest,
        drawings=_by_place(document, drawings),
    )
    return text.encode()


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html")


def _by_place(document: Document, drawings: Sequence[Drawn]) -> dict[tuple[int, str], Drawn]:
    """(Place of the block in its section, title of the section) → its chart."""
    left = iter(drawings)
    return {
        (place, section.title): next(left)
        for section in document.sections
        for place, block in enumerate(section.blocks)
        if isinstance(block, Figure) and block.chart is not None
    }
