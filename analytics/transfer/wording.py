"""
The wording ladder: what a result may be called, in English and Dutch, and the linter that keeps it.

Sentences are generated, never typed by hand (research/analytics.md §3.8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from analytics.transfer.sentences import Level, Values, dutch, english

Language = Literal["en", "nl"]

_CAUSAL: dict[Language, tuple[str, ...]] = {
    "en": (
        r"caus(?:e|es|ed|ing|al|ally|ation)",
        r"(?:lead|leads|led|leading) to",
        r"result(?:s|ed|ing)? in",
        r"improv\w*",
        r"increas\w*",
        r"rais(?:e|es|ed|ing)",
        r"boost\w*",
        r"(?:drive|drives|driven|driving|drove)",
        r"effects? of",
        r"impact\w*",
        r"thanks to",
        r"because of",
    ),
    "nl": (
        r"veroorza\w*",
        r"oorza\w*",
        r"(?:leid(?:en|t|de|den)?|geleid)(?:\s+\w+){0,4}?\s+tot",
        r"verbeter\w*",
        r"(?:verho(?:og|gen|ging)|verhog)\w*",
        r"(?:ge)?stimul(?:eer|er)\w*",
        r"effect(?:en)? van",
        r"impact\w*",
        r"dankzij",
        r"door",
    ),
}
_LINTED = {
    language: re.compile(rf"\b(?:{'|'.join(words)})\b", re.IGNORECASE)
    for language, words in _CAUSAL.items()
}
_BUILD = {"en": english, "nl": dutch}
_PLAIN_NAMES: dict[Language, tuple[str, str, str]] = {
    "en": ("the outcome", "the exposure", "the covariates"),
    "nl": ("de uitkomst", "de activiteit", "de covariaten"),
}
_AND: dict[Language, str] = {"en": "and", "nl": "en"}
_HIDDEN: dict[Language, str] = {"en": "hidden", "nl": "verborgen"}
_TO: dict[Language, str] = {"en": "to", "nl": "tot"}
_MAY_BE_CAUSAL = {"3", "4"}
_WHOLE = 100  # numbers from here on have no decimals


def causal_words(text: str, language: Language) -> list[str]:
    """The words of `text` that claim a cause; below level 3 there may be none."""
    return [found.group(0) for found in _LINTED[language].finditer(text)]


@dataclass(frozen=True)
class Finding:
    """
    What a sentence is about.

    Args:
        outcome, exposure: As the table calls them.
        n: Units; None: how many may not be told, and so at level 0.
        people: Learners among them; None: a unit is a person.
        estimate, ci: In units of the outcome, 95%; None below level 1.
        means: Of the exposed and of the others, for level 1.
        covariates: Taken account of.
        mde: The difference that could have been seen.
        within: Whether learners were compared with themselves.
        missing_modelled: Whether those with evidence stand for those without.
        placebo_alarm: Whether the off-topic check spoke.
    """

    outcome: str
    exposure: str
    n: int | None
    people: int | None = None
    estimate: float | None = None
    ci: tuple[float, float] | None = None
    means: tuple[float, float] | None = None
    covariates: tuple[str, ...] = ()
    mde: float | None = None
    within: bool = False
    missing_modelled: bool = False
    placebo_alarm: bool = False

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.ci is not None and (self.ci[0] > 0 or self.ci[1] < 0)


def wording(level: Level, finding: Finding) -> dict[str, Any]:
    """
    `{level, en, nl}`.

    Raises:
        ValueError: A sentence below level 3 with a causal word: a fault of this module.
    """
    languages: tuple[Language, ...] = ("en", "nl")
    texts: dict[str, str] = {
        name: " ".join(_BUILD[name](level, _values(finding, name))) for name in languages
    }
    if level not in _MAY_BE_CAUSAL:
        for language in languages:
            if found := causal_words(texts[language], language):
                raise ValueError(f"a level {level} sentence says {found[0]!r}: {texts[language]}")
    return {"level": level, **texts}


def _values(finding: Finding, language: Language) -> Values:
    outcome, exposure, covariates = _PLAIN_NAMES[language]
    joined = _joined(finding.covariates, language)
    n = _HIDDEN[language] if finding.n is None else str(finding.n)

    def number(value: float | None) -> str:
        return _number(value, language)

    low, high = finding.ci or (None, None)
    first, second = finding.means or (None, None)
    return Values(
        outcome=_label(finding.outcome, outcome),
        exposure=_label(finding.exposure, exposure),
        covariates=covariates if _any_causal(joined) else joined,
        people=n if finding.people is None else str(finding.people),
        n=n,
        d=number(None if finding.estimate is None else abs(finding.estimate)),
        interval=f"{number(low)} {_TO[language]} {number(high)}",
        a=number(first),
        b=number(second),
        mde=number(finding.mde),
        clear=finding.clear,
        up=(finding.estimate or 0) >= 0,
        within=finding.within,
        modelled=finding.missing_modelled,
        alarm=finding.placebo_alarm,
    )


def _label(name: str, plain: str) -> str:
    """A column's name in quotes, unless it claims a cause itself."""
    if _any_causal(name):
        return plain
    return f"“{name}”"


def _any_causal(text: str) -> bool:
    spaced = re.sub(r"[\W_]+", " ", text)
    return any(causal_words(part, language) for part in (text, spaced) for language in _LINTED)


def _joined(names: tuple[str, ...], language: Language) -> str:
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} {_AND[language]} {names[-1]}"


def _number(value: float | None, language: Language) -> str:
    if value is None:
        return ""
    text = f"{value:.0f}" if abs(value) >= _WHOLE else f"{value:.3g}"
    text = text.replace("-", "−")
    return text.replace(".", ",") if language == "nl" else text
