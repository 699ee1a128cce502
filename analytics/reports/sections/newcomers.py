"""Newcomers in a report: whether they were answered, and whether they wrote again."""

from __future__ import annotations

from analytics.reports.document import Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections import parts
from analytics.reports.sections.parts import Json

_TITLE = Text("How are newcomers received?", "Hoe worden nieuwkomers ontvangen?")
_ABOUT = Text(
    "First posts, whether they had a reply within 7 days, and whether their authors wrote again in "
    "the 28 days after. The two may go together for other reasons: whose post was answered may "
    "have written another kind of post.",
    "Eerste berichten, of zij binnen 7 dagen antwoord kregen, en of hun schrijvers in de 28 dagen "
    "daarna nog eens schreven. De twee kunnen om andere redenen samengaan: wie antwoord kreeg, "
    "schreef misschien een ander soort bericht.",
)
_FIRST = Text("First post", "Eerste bericht")
_KINDS = {
    "answered": Text("was answered", "kreeg antwoord"),
    "unanswered": Text("was not answered", "kreeg geen antwoord"),
}
_AGAIN = Text("Wrote again", "Schreef nog eens")


def section(tongue: Tongue, result: Json) -> Section:
    """Both shares beside each other."""
    found = result["result"]
    rows = [
        (
            tongue.say(name),
            tongue.count(found[kind]["newcomers"]),
            tongue.percent(found[kind]["posted_again"]),
        )
        for kind, name in _KINDS.items()
    ]
    table = parts.table(tongue, (_FIRST, parts.PEOPLE, _AGAIN), rows)
    return Section(tongue.say(_TITLE), (Paragraph(tongue.say(_ABOUT)), table))
