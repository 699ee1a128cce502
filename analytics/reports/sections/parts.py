"""What sections have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from analytics.reports.document import Chart, Figure, Spec, Table
from analytics.reports.language import Text, Tongue

Json = dict[str, Any]
Row = tuple[str, ...]

PEOPLE = Text("People", "Mensen")
SHARE = Text("Share", "Aandeel")
MONTH = Text("Month", "Maand")
DEPARTMENT = Text("Department", "Afdeling")
INTERVAL = Text("95% interval", "95%-interval")
NO_DEPARTMENT = Text("no department known", "geen afdeling bekend")
LINES = Text("Line chart", "Lijngrafiek")
COLUMNS = Text("Column chart", "Kolomgrafiek")
BARS = Text("Bar chart", "Staafgrafiek")
DOTS = Text("Dot chart with intervals", "Puntgrafiek met intervallen")
SHADES = Text("Grid of shares", "Raster van aandelen")
_ALT = Text(
    "{kind}: {title} {about} Its figures are in the table that follows.",
    "{kind}: {title} {about} De cijfers staan in de tabel die volgt.",
)


def figure(  # noqa: PLR0913 - the parts of a figure, each by name
    tongue: Tongue,
    title: Text,
    *,
    about: str,
    kind: Text,
    spec: Spec | None,
    table: Table,
    note: str = "",
) -> Figure:
    """A figure, its chart described for who does not see it; no chart of no figures."""
    asked = tongue.say(title)
    chart = None
    if spec is not None and any(row["y"] is not None for row in spec["data"]["values"]):
        alt = tongue.say(_ALT, kind=tongue.say(kind), title=asked, about=about)
        chart = Chart(spec, " ".join(alt.split()))
    return Figure(asked, about, chart, table, note)


def table(
    tongue: Tongue, head: Sequence[Text], rows: Iterable[Row], *, words: bool = False
) -> Table:
    return Table(tuple(tongue.say(text) for text in head), tuple(rows), words)


def department(tongue: Tongue, row: Json) -> str:
    """The name of a row's department."""
    return str(row["department"] or tongue.say(NO_DEPARTMENT))


def mark(tongue: Tongue, value: float | None) -> str:
    """What stands in a chart for a hidden figure; nothing for one that is told."""
    return tongue.hidden if value is None else ""
