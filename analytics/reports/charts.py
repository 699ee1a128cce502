"""
Charts as Vega-Lite specifications, one function a kind; `drawing` makes SVG of them.

A figure that is hidden is a gap with the mark of hidden figures at its place, never a zero. Series
differ by shape or dashes and not by colour alone; the colours are those of Okabe and Ito (2008).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from analytics.reports.document import Spec

_BLUE, _ORANGE, _GREEN, _PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
_COLOURS = [_BLUE, _ORANGE, _GREEN, _PURPLE, "#56B4E9", "#D55E00"]
_INK, _QUIET, _GRID = "#1a1a1a", "#595959", "#dddddd"
_SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"]
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3]]
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_ROW, _FRAME, _HEIGHT = 30, 70, 280  # pixels
_LIGHT = 0.35  # opacity of what is so far
_GAPS = "break-paths-filter-domains"


class Axis(NamedTuple):
    """What an axis says: its title with the unit, and whether it counts in shares."""

    title: str
    share: bool = False


class Point(NamedTuple):
    """
    A figure of a chart.

    Args:
        x: Its place: a label.
        y: None: hidden.
        series: Of which it is one.
        text: The figure as the table has it, or the mark of hidden figures.
        low, high: Its interval.
        so_far: It is of a time that is not over yet.
    """

    x: str
    y: float | None
    series: str = ""
    text: str = ""
    low: float | None = None
    high: float | None = None
    so_far: bool = False


def lines(points: Sequence[Point], x: Axis, y: Axis) -> Spec:
    """Series over time; a hidden figure is a gap."""
    line = {
        "mark": {"type": "line", "invalid": _GAPS, "strokeWidth": 2},
        "encoding": {"strokeDash": _by_series(points, _DASHES)},
    }
    dots = {
        "mark": {"type": "point", "filled": True, "size": 60, "invalid": "filter"},
        "encoding": {"shape": _by_series(points, _SHAPES)},
    }
    encoding = {
        "x": _places(points, x),
        "y": _amounts(y),
        "color": _by_series(points, _COLOURS),
    }
    return _chart(points, [line, dots, _gap_at_the_foot()], encoding, _HEIGHT)


def columns(points: Sequence[Point], x: Axis, y: Axis) -> Spec:
    """Columns beside each other, one a series; where a figure is hidden stands its mark."""
    own = {"xOffset": {"field": "series", "sort": _series(points)}}
    bars = {
        "mark": {"type": "bar", "invalid": "filter", "stroke": _INK, "strokeWidth": 0.5},
        "encoding": own,
    }
    encoding = {"x": _places(points, x), "y": _amounts(y), "color": _by_series(points, _COLOURS)}
    return _chart(points, [bars, _gap_at_the_foot(own)], encoding, _HEIGHT)


def flows(points: Sequence[Point], x: Axis, y: Axis) -> Spec:
    """Columns on top of each other, those that are negative below zero; so far: lighter."""
    bars = {
        "mark": {"type": "bar", "invalid": "filter", "stroke": _INK, "strokeWidth": 0.5},
        "encoding": {
            "order": {"field": "place", "type": "quantitative"},
            "fillOpacity": _so_far(_LIGHT, 1),
            "strokeDash": _so_far([3, 2], [1, 0]),
        },
    }
    encoding = {"x": _places(points, x), "y": _amounts(y), "color": _by_series(points, _COLOURS)}
    return _chart(points, [bars, _zero("y"), _gap_at_the_foot()], encoding, _HEIGHT)


def bars(points: Sequence[Point], x: Axis) -> Spec:
    """Bars from left to right, each with its figure at its end."""
    bar = {"mark": {"type": "bar", "color": _BLUE, "invalid": "filter"}}
    text = {
        "mark": {"type": "text", "align": "left", "dx": 5, "color": _INK, "invalid": "filter"},
        "encoding": {"text": {"field": "text"}},
    }
    hidden = {
        "transform": [{"filter": "datum.y === null"}],
        "mark": {"type": "text", "align": "left", "dx": 5, "color": _QUIET},
        "encoding": {"text": {"field": "text"}, "x": {"value": 0}},
    }
    encoding = {"y": _rows(points), "x": _amounts(x)}
    return _chart(points, [bar, text, hidden], encoding, _height(points))


def intervals(points: Sequence[Point], x: Axis, *, zero: bool = True) -> Spec:
    """
    Figures with their 95% intervals, one a row; the interval is a line through the dot.

    Args:
        points: With `low` and `high`.
        x: What is measured.
        zero: Draw where nothing would be.
    """
    span = {"mark": {"type": "rule", "color": _BLUE, "strokeWidth": 3}, "encoding": _span("x")}
    dot = {"mark": {"type": "point", "filled": True, "size": 110, "color": _INK, "opacity": 1}}
    encoding = {"y": _rows(points), "x": _amounts(x, zero=zero)}
    layers = [*([_zero("x")] if zero else []), span, dot]
    shown = [point for point in points if point.y is not None]
    return _chart(shown, layers, encoding, _height(points))


def curve(points: Sequence[Point], x: Axis, y: Axis) -> Spec:
    """Shares at some times with their 95% intervals; between those times nothing is known."""
    line = {
        "mark": {"type": "line", "strokeDash": [2, 3], "color": _QUIET, "invalid": _GAPS},
    }
    span = {
        "mark": {"type": "rule", "color": _BLUE, "strokeWidth": 3},
        "encoding": _span("y"),
    }
    dot = {"mark": {"type": "point", "filled": True, "size": 90, "color": _INK, "opacity": 1}}
    encoding = {"x": _places(points, x), "y": _amounts(y, top=1)}
    return _chart(points, [line, span, dot, _gap_at_the_foot()], encoding, _HEIGHT)


def grid(points: Sequence[Point], x: Axis, y: Axis) -> Spec:
    """
    Shares as shades with their figures written on them: series are rows, x columns.

    Those of a time that is not over yet are lighter, with a dark edge.
    """
    cell = {
        "mark": {"type": "rect"},
        "encoding": {
            "fillOpacity": _so_far(_LIGHT, 1),
            "stroke": _so_far(_QUIET, "white"),
            "color": {
                "field": "y",
                "type": "quantitative",
                "legend": None,
                "scale": {"range": ["#f2f6fa", "#9ecae1"], "domain": [0, 1]},
            },
        },
    }
    text = {
        "mark": {"type": "text", "color": _INK, "fontSize": 11},
        "encoding": {"text": {"field": "text"}},
    }
    rows = list(dict.fromkeys(point.series for point in points))
    encoding = {
        "x": _places(points, x),
        "y": {"field": "series", "type": "ordinal", "sort": rows, "title": y.title},
    }
    return _chart(points, [cell, text], encoding, _FRAME + _ROW * len(rows))


def _chart(points: Sequence[Point], layers: list[Spec], encoding: Spec, height: int) -> Spec:
    series = _series(points)
    values = [_row(point, series.index(point.series)) for point in points]
    return {
        **_frame(height),
        "data": {"values": values},
        "encoding": encoding,
        "layer": layers,
    }


def _frame(height: int) -> Spec:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": {"left": 2, "top": 6, "right": 12, "bottom": 2},
        "config": {
            "aria": False,  # Vega's own descriptions are English; the page describes the chart
            "background": "white",
            "font": _FONT,
            "view": {"stroke": None},
            "text": {"font": _FONT, "fontSize": 12},
            "axis": {
                "labelColor": _INK,
                "titleColor": _INK,
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "gridColor": _GRID,
                "domainColor": _QUIET,
                "labelOverlap": "greedy",
                "labelSeparation": 6,
                "labelFlush": False,
            },
            "axisX": {"grid": False, "labelAngle": 0},
            "axisY": {"labelLimit": 240},
            "legend": {
                "orient": "top",
                "title": None,
                "labelFontSize": 12,
                "labelLimit": 290,
                "symbolSize": 80,
                "columns": 2,
            },
        },
    }


def _row(point: Point, place: int) -> dict[str, Any]:
    return {**point._asdict(), "place": place}


def _series(points: Sequence[Point]) -> list[str]:
    return list(dict.fromkeys(point.series for point in points))


def _by_series(points: Sequence[Point], values: list[Any]) -> Spec:
    """Colours, shapes or dashes in the order of the series; no legend where there is one."""
    found = _series(points)
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": found, "range": values[: len(found)]},
        "legend": {} if len(found) > 1 else None,
    }


def _places(points: Sequence[Point], x: Axis) -> Spec:
    order = list(dict.fromkeys(point.x for point in points))
    return {"field": "x", "type": "ordinal", "sort": order, "title": x.title or None}


def _rows(points: Sequence[Point]) -> Spec:
    order = list(dict.fromkeys(point.x for point in points))
    return {"field": "x", "type": "ordinal", "sort": order, "title": None}


def _amounts(axis: Axis, *, zero: bool = True, top: float | None = None) -> Spec:
    scale: Spec = {"zero": zero, "nice": True}
    if top is not None:
        scale["domain"] = [0, top]
    return {
        "field": "y",
        "type": "quantitative",
        "title": axis.title,
        "scale": scale,
        "axis": {"format": "~%" if axis.share else ",~r", "tickCount": 5},
    }


def _span(channel: str) -> Spec:
    return {
        channel: {"field": "low", "type": "quantitative"},
        f"{channel}2": {"field": "high"},
    }


def _zero(channel: str) -> Spec:
    other = "y" if channel == "x" else "x"
    return {
        "data": {"values": [{"y": 0}]},
        "mark": {"type": "rule", "color": _INK},
        "encoding": {channel: {"field": "y", "type": "quantitative"}, other: None, "color": None},
    }


def _gap_at_the_foot(offset: Spec | None = None) -> Spec:
    """The mark of hidden figures, at the foot of the column of places where there is one."""
    return {
        "transform": [{"filter": "datum.y === null"}],
        "mark": {
            "type": "text",
            "angle": 270,  # upright, so that narrow columns have room for it
            "align": "left",
            "baseline": "middle",
            "dy": 0,
            "dx": 3,
            "color": _QUIET,
            "fontSize": 10,
        },
        "encoding": {
            "text": {"field": "text"},
            "y": {"value": {"expr": "height"}},
            "color": None,
            **(offset or {}),
        },
    }


def _so_far(then: Any, otherwise: Any) -> Spec:
    """What is drawn of a time that is not over yet, and of others."""
    return {"condition": {"test": "datum.so_far", "value": then}, "value": otherwise}


def _height(points: Sequence[Point]) -> int:
    return _FRAME + _ROW * len({point.x for point in points})
