"""A programme's transfer result: what was found, how far it can be relied on, what is withheld."""

from __future__ import annotations

from typing import Any

from analytics.reports import provenance, reasons
from analytics.reports.document import Document, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.registry import Figures, Kind, Request
from analytics.reports.sections import checking, designs, estimates, evidence, finding, parts
from lrs.domain.errors import BadRequest

Json = dict[str, Any]

_TITLE = Text("Transfer of “{name}”", "Transfer van “{name}”")
_ABOUT = Text(
    "Version {version}, declared on {declared}; as known on {cutoff}.",
    "Versie {version}, vastgelegd op {declared}; zoals bekend op {cutoff}.",
)
_WITHHELD = Text("What is not told, and why", "Wat niet wordt verteld, en waarom")
_WHAT = Text("What", "Wat")
_WHY = Text("Why", "Waarom")
_PROGRAMME = Text("Programme", "Programma")
_VERSION = Text("Version", "Versie")
_DECLARED = Text("Declared", "Vastgelegd")
_DECLARED_TOLD = Text("{at} by {by}", "{at} (vastgelegd met de sleutel {by})")
_WINDOWS = Text("Windows (days around the completion)", "Perioden (dagen rond het afronden)")
_WINDOWS_TOLD = Text(
    "baseline {baseline} before; activity {exposure} after; outcome the {outcome} after that",
    "uitgangspunt {baseline} ervoor; activiteit {exposure} erna; uitkomst de {outcome} daarna",
)
_AS_OF = Text("Learners who were ready by", "Lerenden die klaar waren op")
_CUTOFF = Text("Cutoff: what had been recorded by then", "Peilmoment: wat toen was vastgelegd")
_STATEMENTS = Text(
    "Statements used, and the digest of their ids",
    "Gebruikte Statements, en het controlegetal van hun ids",
)
_QUERY = Text("Hash of the queries", "Hash van de queries")
_SEED = Text("Seed", "Seed")
_ACCOUNT = Text("Taken account of", "Rekening gehouden met")
_TABLE = Text(
    "The numbers again, from the exported table", "De cijfers opnieuw, uit de geëxporteerde tabel"
)
_PANEL = Text(
    "Those of the roll-out again, from its table", "Die van de invoering opnieuw, uit haar tabel"
)


def gather(figures: Figures, request: Request) -> dict[str, Json]:
    """The newest result of the programme."""
    if request.programme is None:
        raise BadRequest("this report is about a programme", at="programme")
    return {"transfer": figures.transfer(request.programme, request.version)}


def build(results: dict[str, Json], request: Request) -> Document:
    """
    Everything in a result but the sampling frame of cases, which names people.

    Its sentences are those of the run's wording ladder (analytics/transfer/sentences.py).
    """
    result = results["transfer"]
    tongue = Tongue(request.language, result["min_group"])
    programme = result["programme"]
    about = tongue.say(
        _ABOUT,
        version=programme["version"],
        declared=tongue.day(programme["declared"]),
        cutoff=tongue.day(result["cutoff"]),
    )
    sections = [
        finding.section(tongue, result),
        evidence.section(tongue, result),
        estimates.section(tongue, result),
        checking.section(tongue, result),
        *designs.sections(tongue, result),
    ]
    if result["withheld"]:
        sections.append(_withheld(tongue, result["withheld"]))
    sections.append(_made(tongue, result, request))
    return Document(
        name="transfer",
        title=tongue.say(_TITLE, name=name_of(programme, tongue)),
        about=about,
        language=request.language,
        cutoff=result["cutoff"],
        sections=tuple(sections),
    )


def name_of(programme: Json, tongue: Tongue) -> str:
    """A programme's name in the language, in another one, or its id."""
    names = programme["name"]
    return str(names.get(tongue.name) or next(iter(names.values()), programme["id"]))


def _withheld(tongue: Tongue, withheld: list[Json]) -> Section:
    rows = [
        (reasons.what(tongue, one["what"]), reasons.reason(tongue, one["why"])) for one in withheld
    ]
    table = parts.table(tongue, (_WHAT, _WHY), dict.fromkeys(rows), words=True)
    return Section(tongue.say(_WITHHELD), (table,))


def _made(tongue: Tongue, result: Json, request: Request) -> Section:
    programme, statements = result["programme"], result["statements"]
    command = (
        f"lrs analyse report transfer --programme {programme['id']} "
        f"--version {programme['version']} --lang {request.language}"
    )
    rows = [
        (tongue.say(_PROGRAMME), programme["id"]),
        (tongue.say(_VERSION), str(programme["version"])),
        (
            tongue.say(_DECLARED),
            tongue.say(
                _DECLARED_TOLD, at=tongue.instant(programme["declared"]), by=programme["by"]
            ),
        ),
        (tongue.say(_WINDOWS), tongue.say(_WINDOWS_TOLD, **result["windows"])),
        (tongue.say(_CUTOFF), tongue.instant(result["cutoff"])),
        (tongue.say(_AS_OF), tongue.instant(result["as_of"])),
        *provenance.counted(tongue, result),
        (tongue.say(_STATEMENTS), f"{tongue.count(statements['count'])}; {statements['digest']}"),
        (tongue.say(_QUERY), str(result["query"])),
        (tongue.say(_SEED), str(result["seed"])),
        (tongue.say(_ACCOUNT), str(result["covariates"]["formula"])),
        (tongue.say(provenance.REPEAT), command),
        (tongue.say(_TABLE), str(result["reproduce"])),
    ]
    if "reproduce" in (result["rollout"] or {}):
        rows.append((tongue.say(_PANEL), str(result["rollout"]["reproduce"])))
    notes = provenance.notes(tongue)
    return Section(tongue.say(provenance.TITLE), (*notes, provenance.pairs(tongue, rows)))


REPORT = Kind(
    "transfer", Text("Transfer of a programme", "Transfer van een programma"), gather, build
)
