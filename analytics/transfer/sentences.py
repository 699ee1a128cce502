"""The sentences of the wording ladder, English and Dutch side by side (research §3.8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["0", "1", "2", "2r", "3", "4"]
ROBUST = {
    "en": "This held in all our robustness checks; it is still not proof of an effect.",
    "nl": "Dit hield stand in al onze controles; het is nog altijd geen bewijs van een effect.",
}
"""What level 2r says beyond level 2."""
MODELLED = {
    "en": (
        "Evidence is missing for some; learners with evidence stand for those without who are like "
        "them in what we measured."
    ),
    "nl": (
        "Van sommigen ontbreekt bewijs; lerenden met bewijs staan voor wie het niet heeft en op "
        "hen lijkt in wat we hebben gemeten."
    ),
}
"""What is said where the missingness model is on (§3.6)."""


@dataclass(frozen=True)
class Values:
    """
    What goes into a sentence, already written in its language.

    Args:
        outcome, exposure, covariates: Names.
        people, n: Learners, and units.
        d, interval: The difference without sign; its 95% interval as "low to high".
        a, b: Mean of the exposed and of the others; empty where there are no two means.
        mde: The difference that could have been seen.
        clear: The interval leaves zero out.
        up: The difference is not negative.
        within: Learners are compared with themselves.
        modelled: Those with evidence stand for those without.
        alarm: The off-topic check spoke.
    """

    outcome: str
    exposure: str
    covariates: str
    people: str
    n: str
    d: str
    interval: str
    a: str
    b: str
    mde: str
    clear: bool
    up: bool
    within: bool
    modelled: bool
    alarm: bool


def english(level: Level, v: Values) -> list[str]:
    """The sentences of a level; below level 3 none of them claims a cause."""
    if level == "0":
        return [f"Not enough data to say anything about {v.exposure} and {v.outcome} (n {v.n})."]
    if level == "1":
        return [_described_en(v), "This compares different people."]
    if not v.clear:
        null = (
            "We found no clear difference; with this number of people we could only have seen "
            f"differences of {v.mde} or more."
        )
        return [null, f"This is about {v.exposure}.", *_modelled(v, "en"), *_alarm_en(v)]
    if level == "3":
        return _rollout_en(v)
    if level == "4":
        verb = "raised" if v.up else "lowered"
        return [f"Inviting people ({v.exposure}) {verb} {v.outcome} by {v.d} {_interval_en(v)}."]
    return [
        _association_en(v),
        "People who become active may differ in ways we did not measure.",
        *_modelled(v, "en"),
        *([ROBUST["en"]] if level == "2r" else []),
        *_alarm_en(v),
    ]


def _modelled(v: Values, language: Literal["en", "nl"]) -> list[str]:
    return [MODELLED[language]] if v.modelled else []


def _interval_en(v: Values) -> str:
    return f"(95% interval {v.interval}; n {v.n})"


def _association_en(v: Values) -> str:
    start = "Comparing learners with themselves and taking" if v.within else "After taking"
    account = f"{start} account of {v.covariates}, "
    if not v.covariates:
        account = "Comparing learners with themselves, " if v.within else ""
    more = "higher" if v.up else "lower"
    return f"{account}{v.exposure} went together with {v.outcome} {v.d} {more} {_interval_en(v)}."


def _described_en(v: Values) -> str:
    start = f"Among {v.people} learners,"
    if v.a:
        return f"{start} those with {v.exposure} had an average {v.outcome} of {v.a}, others {v.b}."
    more = "higher" if v.up else "lower"
    return f"{start} one more of {v.exposure} went with {v.outcome} {v.d} {more} on average."


def _rollout_en(v: Values) -> list[str]:
    move = f"rise by {v.d} more" if v.up else f"fall by {v.d} further"
    first = (
        f"Departments that got the community earlier saw {v.outcome} {move} than "
        f"departments still waiting {_interval_en(v)}."
    )
    return [
        first,
        "If they would otherwise have moved alike, this is what the community added.",
    ]


def _alarm_en(v: Values) -> list[str]:
    text = "A check gave an alarm: activity on other topics went together with the outcome as well."
    return [text] if v.alarm else []


def dutch(level: Level, v: Values) -> list[str]:
    """The same in Dutch."""
    if level == "0":
        return [f"Te weinig gegevens om iets te zeggen over {v.exposure} en {v.outcome} (n {v.n})."]
    if level == "1":
        return [_described_nl(v), "Dit vergelijkt verschillende mensen."]
    if not v.clear:
        null = (
            "We vonden geen duidelijk verschil; met dit aantal mensen hadden we alleen verschillen "
            f"van {v.mde} of meer kunnen zien."
        )
        return [null, f"Dit gaat over {v.exposure}.", *_modelled(v, "nl"), *_alarm_nl(v)]
    if level == "3":
        return _rollout_nl(v)
    if level == "4":
        verb = "verhoogde" if v.up else "verlaagde"
        return [f"Mensen uitnodigen ({v.exposure}) {verb} {v.outcome} met {v.d} {_interval_nl(v)}."]
    return [
        _association_nl(v),
        "Wie actief wordt, kan ook verschillen in wat we niet hebben gemeten.",
        *_modelled(v, "nl"),
        *([ROBUST["nl"]] if level == "2r" else []),
        *_alarm_nl(v),
    ]


def _interval_nl(v: Values) -> str:
    return f"(95%-interval {v.interval}; n {v.n})"


def _association_nl(v: Values) -> str:
    start = "Lerenden met zichzelf vergeleken en rekening" if v.within else "Rekening"
    account = f"{start} houdend met {v.covariates} ging "
    if not v.covariates:
        account = "Lerenden met zichzelf vergeleken ging " if v.within else ""
    more = "hoger" if v.up else "lager"
    went = "samen met" if account else "ging samen met"
    return f"{account}{v.exposure} {went} {v.outcome} {v.d} {more} {_interval_nl(v)}."


def _described_nl(v: Values) -> str:
    if v.a:
        return (
            f"Van {v.people} lerenden hadden degenen met {v.exposure} gemiddeld een {v.outcome} "
            f"van {v.a}, de anderen {v.b}."
        )
    more = "hoger" if v.up else "lager"
    return (
        f"Bij {v.people} lerenden ging één meer van {v.exposure} samen met {v.outcome} gemiddeld "
        f"{v.d} {more}."
    )


def _rollout_nl(v: Values) -> list[str]:
    rise = "stijgen" if v.up else "dalen"
    first = (
        f"Afdelingen die de community eerder kregen, zagen {v.outcome} {v.d} meer {rise} dan "
        f"afdelingen die nog wachtten {_interval_nl(v)}."
    )
    return [
        first,
        "Als zij zich anders gelijk hadden ontwikkeld, is dit wat de community toevoegde.",
    ]


def _alarm_nl(v: Values) -> list[str]:
    text = (
        "Een controle gaf alarm: activiteit over andere onderwerpen ging ook samen met de uitkomst."
    )
    return [text] if v.alarm else []
