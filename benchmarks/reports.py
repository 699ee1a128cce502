"""
Reports, timed: twenty charts of all kinds, drawn and laid out as HTML and PDF; prints JSON.

Spec: research/analytics.md 6.3 (report render, 20 charts: 10 s).
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from itertools import cycle, islice

from analytics.reports import Document, render
from analytics.reports import charts as kinds
from analytics.reports.charts import Axis, Point
from analytics.reports.document import Chart, Figure, Section, Spec, Table
from lrs.domain import timestamps

CHARTS = 20
TARGET_SECONDS = 10.0
_MONTHS = [f"M{month}" for month in range(1, 25)]
_NAMES = [f"Department {place}" for place in range(12)]


def specs() -> list[Spec]:
    """One of each kind, as large as reports have them."""
    series = [
        Point(x, None if place % 9 == 0 else 10 + place + n, f"Series {n}", "hidden")
        for n in range(4)
        for place, x in enumerate(_MONTHS)
    ]
    spans = [Point(x, 0.1 * n, low=0.1 * n - 0.2, high=0.1 * n + 0.2) for n, x in enumerate(_NAMES)]
    cells = [
        Point(str(k), 1 / (1 + k), row, f"{1 / (1 + k):.0%}") for row in _NAMES for k in range(12)
    ]
    amounts = Axis("People")
    return [
        kinds.lines(series, Axis(""), amounts),
        kinds.columns(series, Axis(""), amounts),
        kinds.flows(series, Axis(""), amounts),
        kinds.bars([Point(x, n, text=str(n)) for n, x in enumerate(_NAMES)], amounts),
        kinds.intervals(spans, Axis("Difference")),
        kinds.curve(spans, Axis("Days"), Axis("Share", share=True)),
        kinds.grid(cells, Axis("Months later"), Axis("First month")),
    ]


def document(charts: int) -> Document:
    """A report of so many charts, each with a table of twelve rows."""
    table = Table(("Department", "People"), tuple((name, "12") for name in _NAMES))
    figures = tuple(
        Figure(f"Question {place}?", "n 120", Chart(spec, f"Chart {place}"), table)
        for place, spec in enumerate(islice(cycle(specs()), charts))
    )
    cutoff = timestamps.text(0)
    return Document("bench", "Bench", "", "en", cutoff, (Section("Charts", figures),))


def main() -> None:
    """Measure the first rendering of a process, which starts Vega, and the one after it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--charts", type=int, default=CHARTS)
    said = document(parser.parse_args().charts)
    seconds = []
    for _ in range(2):
        begun, worked = time.perf_counter(), time.process_time()
        made = render(said)
        seconds.append((time.perf_counter() - begun, time.process_time() - worked))
    (first, first_cpu), (again, again_cpu) = seconds
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {
                "charts": len(said.charts()),
                "first_seconds": round(first, 2),
                "first_cpu_seconds": round(first_cpu, 2),
                "again_seconds": round(again, 2),
                "again_cpu_seconds": round(again_cpu, 2),
                "html_kib": len(made.html) // 1024,
                "pdf_kib": len(made.pdf) // 1024,
                "peak_mib": round(peak),
                "target_seconds": TARGET_SECONDS,
                "met": first <= TARGET_SECONDS,
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
