"""Vega-Lite to SVG, without the network and the same byte for byte."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

from analytics.reports.document import Spec
from analytics.reports.language import Language

VEGA_LITE = "6.4"
_WIDE, _NARROW = 680, 320  # CSS pixels: a desk's column and a telephone's
_NARROW_LABEL = 110
_LOCALES: dict[Language, Literal["en-US", "nl-NL"]] = {"en": "en-US", "nl": "nl-NL"}
_ID = re.compile(r'(\bid="|url\(#|href="#)')
# A chart that asked for a file or an address would be refused, not fetched.
_NOWHERE: list[str] = []


@dataclass(frozen=True)
class Drawn:
    """The same chart twice: as wide as a page, and as narrow as a telephone."""

    wide: str
    narrow: str


def draw(spec: Spec, language: Language, place: int) -> Drawn:
    """
    Both drawings of a chart.

    Args:
        spec: Without a width.
        language: Of the numbers at its axes.
        place: Of the chart in its report: within one page no two elements share an id.
    """
    narrow = deepcopy(spec)
    narrow["config"]["axisY"]["labelLimit"] = _NARROW_LABEL
    return Drawn(
        _svg({**spec, "width": _WIDE}, language, f"w{place}-"),
        _svg({**narrow, "width": _NARROW}, language, f"n{place}-"),
    )


def _svg(spec: Spec, language: Language, prefix: str) -> str:
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(
        spec,
        vl_version=VEGA_LITE,
        allowed_base_urls=_NOWHERE,
        format_locale=_LOCALES[language],
    )
    return _ID.sub(rf"\g<1>{prefix}", svg)
