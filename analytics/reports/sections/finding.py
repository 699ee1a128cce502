"""What a transfer run found, in the sentence that its design allows, and what warns the reader."""

from __future__ import annotations

from analytics.reports.document import Block, Paragraph, Section
from analytics.reports.language import Text, Tongue
from analytics.reports.sections.parts import Json

_TITLE = Text(
    "Did activity on the topic go together with applying the training?",
    "Ging activiteit over het onderwerp samen met toepassen van de training?",
)
_LEVELS = {
    "0": Text(
        "Level 0 of 4: there is too little to say anything.",
        "Niveau 0 van 4: er is te weinig om iets te zeggen.",
    ),
    "1": Text(
        "Level 1 of 4: a description. Nothing is taken account of.",
        "Niveau 1 van 4: een beschrijving. Er is met niets rekening gehouden.",
    ),
    "2": Text(
        "Level 2 of 4: going together, after taking account of what was measured. It does not show "
        "that the one brings about the other.",
        "Niveau 2 van 4: samengaan, rekening houdend met wat gemeten is. Het laat niet "
        "zien dat het "
        "een uit het ander volgt.",
    ),
    "2r": Text(
        "Level 2 of 4, with all checks passed: going together. It does not show that the one "
        "brings about the other.",
        "Niveau 2 van 4, alle controles doorstaan: samengaan. Het laat niet zien dat het een uit "
        "het ander volgt.",
    ),
    "3": Text(
        "Level 3 of 4: departments that started earlier, against those still waiting.",
        "Niveau 3 van 4: afdelingen die eerder begonnen, tegenover afdelingen die nog wachtten.",
    ),
    "4": Text(
        "Level 4 of 4: who was invited was decided by lot.",
        "Niveau 4 van 4: loting bepaalde wie werd uitgenodigd.",
    ),
}
_NAIVE = Text(
    "Taking account of nothing, the difference is {crude}; as reported it is {estimate} (95% "
    "interval {interval}; n {n}).",
    "Zonder ergens rekening mee te houden is het verschil {crude}; zoals hier verteld {estimate} "
    "(95%-interval {interval}; n {n}).",
)
_POWER = Text(
    "With this number of people a difference of {mde} would be seen eight times out of ten.",
    "Met dit aantal mensen zou een verschil van {mde} acht van de tien keer te zien zijn.",
)
_TESTED = Text(
    "Contrasts tested: {tested}. With one in ten false findings allowed, {kept} of them stand.",
    "Getoetste contrasten: {tested}. Als één op de tien vondsten vals alarm mag zijn, blijven er "
    "{kept} overeind.",
)


def section(tongue: Tongue, result: Json) -> Section:
    """The sentence, what it may be taken for, and the warnings that go with it."""
    blocks: list[Block] = [Paragraph(str(result["wording"][tongue.name]), strong=True)]
    blocks.append(Paragraph(tongue.say(_LEVELS[result["wording"]["level"]])))
    for part in ("invitation", "rollout"):
        worded = (result[part] or {}).get("wording")
        if worded:
            blocks.append(Paragraph(str(worded[tongue.name]), strong=True))
            blocks.append(Paragraph(tongue.say(_LEVELS[worded["level"]])))
    blocks += [Paragraph(text) for text in _said(tongue, result)]
    blocks += [Paragraph(str(warning[tongue.name])) for warning in result["warnings"]]
    return Section(tongue.say(_TITLE), tuple(blocks))


def _said(tongue: Tongue, result: Json) -> list[str]:
    primary = result["primary"]
    said = []
    if primary and primary["crude"] is not None and primary["method"] != "crude":
        values = {
            "crude": tongue.number(primary["crude"]),
            "estimate": tongue.number(primary["estimate"]),
            "interval": tongue.range(primary["ci"]),
            "n": tongue.count(primary["n"]),
        }
        said.append(tongue.say(_NAIVE, **values))
    mde = _mde(result)
    if mde is not None:
        said.append(tongue.say(_POWER, mde=tongue.number(mde)))
    tests = result["multiplicity"]
    if tests["tested"]:
        kept = sum(bool(one["kept"]) for one in tests["contrasts"])
        said.append(tongue.say(_TESTED, tested=str(tests["tested"]), kept=str(kept)))
    return said


def _mde(result: Json) -> float | None:
    """Of the analysis that is reported; as planned where nothing is."""
    primary = result["primary"]
    if primary:
        of = result["pooled"]["analysis"] if primary["of"] == "pooled" else result["analysis"]
        return None if of["mde80"] is None else float(of["mde80"])
    planned = (result["power"] or {}).get("mde80")
    return None if planned is None else float(planned)
