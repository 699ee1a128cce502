"""M3 in a report: how far people hang together month by month, and which communities go on."""

from __future__ import annotations

from analytics.reports.document import Block, Paragraph, Section
from analytics.reports.language import NOTHING, Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

_TITLE = Text(
    "How far does the group hang together, and which parts of it go on?",
    "Hoe hangt de groep samen, en welke delen ervan blijven?",
)
_ABOUT = Text(
    "Who answered or mentioned whom in a month. A community goes on when it shares three tenths "
    "of its people or more with one of the month before, and then keeps its number. Those of "
    "fewer than {k} people are not told.",
    "Wie in een maand wie antwoordde of noemde. Een gemeenschap blijft als zij drie tiende of "
    "meer van haar mensen deelt met een van de maand ervoor, en houdt dan haar nummer. Die van "
    "minder dan {k} mensen worden niet verteld.",
)
_GIANT = Text("Largest linked part", "Grootste verbonden deel")
_HOW_MANY = Text("Communities", "Gemeenschappen")
_LARGEST = Text("Communities that are told", "Gemeenschappen die verteld worden")
_NEW = Text("no. {number}: {n} people, new", "nr. {number}: {n} mensen, nieuw")
_ON = Text("no. {number}: {n} people, goes on", "nr. {number}: {n} mensen, blijft")


def section(tongue: Tongue, result: Json) -> Section:
    """A row for every month."""
    rows = [
        (
            tongue.month(row["month"]),
            tongue.count(row["people"]),
            tongue.percent(row["giant_share"]),
            tongue.count(row["communities"]),
            "; ".join(_community(tongue, one) for one in row["largest"]) or NOTHING,
        )
        for row in result["result"]["months"]
    ]
    head = (parts.MONTH, parts.PEOPLE, _GIANT, _HOW_MANY, _LARGEST)
    blocks: tuple[Block, ...] = (
        Paragraph(tongue.say(_ABOUT, k=tongue.k)),
        parts.table(tongue, head, rows, words=True),
    )
    return Section(tongue.say(_TITLE), blocks)


def _community(tongue: Tongue, told: Json) -> str:
    text = _ON if told["goes_on"] else _NEW
    return tongue.say(text, number=told["community"], n=tongue.count(told["people"]))
