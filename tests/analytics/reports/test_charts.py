"""Charts: what is hidden is a gap, nothing is fetched, and the same figures give the same bytes."""

from __future__ import annotations

import re

import pytest

from analytics.reports import charts
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Spec
from analytics.reports.drawing import draw

MONTHS = ("Jan", "Feb", "Mar")
SERIES = [
    Point(x, y, s, "" if y else "hidden")
    for s in "ab"
    for x, y in zip(MONTHS, (3, None, 4), strict=True)
]
SPANS = [Point("one", 0.5, low=0.4, high=0.6), Point("two", -0.1, low=-0.2, high=0.1)]
SPECS: dict[str, Spec] = {
    "lines": charts.lines(SERIES, Axis(""), Axis("People")),
    "columns": charts.columns(SERIES, Axis(""), Axis("People")),
    "flows": charts.flows(SERIES, Axis(""), Axis("People")),
    "bars": charts.bars([Point("x", None, text="hidden"), Point("y", 2, text="2")], Axis("People")),
    "intervals": charts.intervals(SPANS, Axis("Difference")),
    "curve": charts.curve([Point("0", 0.9, low=0.8, high=1.0)], Axis("Days"), Axis("Share", True)),
    "grid": charts.grid([Point("1", 0.25, "Jan", "25%")], Axis("Later"), Axis("First")),
}


@pytest.mark.parametrize("name", SPECS)
def test_a_chart_is_drawn_twice_alike_and_carries_no_style_or_script(name: str) -> None:
    """A strict content security policy would drop styles, and a script has no place in it."""
    first, second = draw(SPECS[name], "en", 0), draw(SPECS[name], "en", 0)

    assert first == second
    for svg in (first.wide, first.narrow):
        assert svg.startswith("<svg")
        assert not re.search(r"<script|<style|style=|\bon\w+=|https?://(?!www\.w3\.org)", svg)


@pytest.mark.parametrize("name", ["lines", "columns", "flows"])
def test_a_hidden_figure_is_a_mark_and_no_point(name: str) -> None:
    """Two of the six figures are hidden: their marks stand there, and nothing at zero."""
    told = {**SPECS[name], "data": {"values": [v for v in SPECS[name]["data"]["values"] if v["y"]]}}

    with_hidden, without = draw(SPECS[name], "en", 0).wide, draw(told, "en", 0).wide

    assert with_hidden.count(">hidden<") == 2
    assert _marks(with_hidden) == _marks(without) > 0


def test_a_hidden_bar_says_so() -> None:
    svg = draw(SPECS["bars"], "en", 0).wide

    assert svg.count(">hidden<") == 1
    assert _marks(svg) == 1


def test_what_is_so_far_is_lighter_with_another_edge() -> None:
    points = [Point("Jan", 3, "a"), Point("Feb", 3, "a", so_far=True)]
    columns = draw(charts.flows(points, Axis(""), Axis("People")), "en", 0).wide
    shades = draw(charts.grid(points, Axis(""), Axis("")), "en", 0).wide

    assert columns.count('fill-opacity="0.35"') == columns.count('stroke-dasharray="3,2"') == 1
    assert shades.count('fill-opacity="1" stroke="white"') == 1
    assert shades.count('fill-opacity="0.35" stroke="#595959"') == 1


def test_numbers_at_axes_are_those_of_the_language() -> None:
    spec = charts.bars([Point("x", 12_000, text="")], Axis("Mensen"))

    assert ">12.000<" in draw(spec, "nl", 0).wide
    assert ">12,000<" in draw(spec, "en", 0).wide


def test_labels_are_text_and_never_markup() -> None:
    spec = charts.bars([Point("<script>alert(1)</script>", 1, text="<b>1</b>")], Axis("People"))

    svg = draw(spec, "en", 0).wide

    assert "<script" not in svg
    assert "<b>" not in svg
    assert "&lt;script&gt;" in svg


def _marks(svg: str) -> int:
    """Dots and bars: their group's own paths."""
    groups = re.findall(r'class="mark-(?:symbol|rect) role-mark[^"]*"[^>]*>(.*?)</g>', svg)
    return sum(group.count("<path") for group in groups)
