"""What columns are called in sentences, and the sentences that every result carries."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from analytics.transfer.wording import Language, causal_words

Text = dict[Language, str]
_MAY_BE_CAUSAL = {"3", "4"}

LABELS: dict[str, tuple[str, str]] = {
    "transfer": ("transfer score", "transferscore"),
    "active": ("activity on the topic", "activiteit over het onderwerp"),
    "invited": ("the invitation", "de uitnodiging"),
    "formal_score": ("the score of the training", "de score van de training"),
    "formal_score_known": ("whether that is known", "of die bekend is"),
    "prior_score": ("earlier scores", "eerdere scores"),
    "prior_score_known": ("whether those are known", "of die bekend zijn"),
    "social_before": ("earlier social activity", "eerdere sociale activiteit"),
    "topic_before": ("earlier activity on the topic", "eerdere activiteit over het onderwerp"),
    "evidence_before": ("earlier transfer evidence", "eerder transferbewijs"),
    "evidence_before_known": ("whether that is there", "of dat er is"),
    "tenure": ("tenure", "dienstjaren"),
    "prior_trainings": ("earlier trainings", "eerdere trainingen"),
    "department": ("department", "afdeling"),
    "role": ("role", "functie"),
    "manager": ("manager", "leidinggevende"),
    "month": ("calendar month", "kalendermaand"),
    "training": ("training", "training"),
    "learned_socially": ("social days", "sociale dagen"),
    "completion_rate": ("completion percentage", "afrondingspercentage"),
    "pass_rate": ("pass percentage", "slagingspercentage"),
}
"""Column or figure → English, Dutch."""

SELF_REPORT: Text = {
    "en": (
        "What learners say of their own transfer runs too high, and more so for those who like to "
        "be active: who says both is the same person. A difference here may be one of telling only."
    ),
    "nl": (
        "Wat lerenden over hun eigen transfer zeggen valt te hoog uit, het meest bij wie graag "
        "actief is: wie beide vertelt is dezelfde persoon. Een verschil hier kan alleen een "
        "verschil in vertellen zijn."
    ),
}
AFTER_RESULTS: Text = {
    "en": "This version was declared when there were results: what is tested was not fixed before.",
    "nl": "Deze versie is vastgelegd toen er al resultaten waren: de toets stond niet vooraf vast.",
}
INTERFERENCE: Text = {
    "en": "What one person posts helps colleagues too, so learners are not apart from each other.",
    "nl": "Wat iemand plaatst helpt ook collega's, dus lerenden staan niet los van elkaar.",
}
MISSING: Text = {
    "en": "Learners without evidence are left out; nothing is taken to be known of them.",
    "nl": "Lerenden zonder bewijs zijn weggelaten; over hen wordt niets aangenomen.",
}


def warning(what: str, text: Text) -> dict[str, str]:
    """`{what, en, nl}`."""
    return {"what": what, "en": text["en"], "nl": text["nl"]}


def labelled(worded: dict[str, Any], before: Text | None = None) -> dict[str, Any]:
    """
    A wording with labels in place of column names.

    Args:
        worded: `{level, en, nl}` of the ladder.
        before: What precedes it in either language.

    Raises:
        ValueError: A causal word below level 3: a fault of the labels.
    """
    languages: tuple[Language, ...] = ("en", "nl")
    texts: dict[str, str] = {}
    for place, language in enumerate(languages):
        text = _NAMES.sub(partial(_label, place), str(worded[language]))
        texts[language] = f"{before[language]} {text}" if before else text
        causal = causal_words(texts[language], language)
        if causal and worded["level"] not in _MAY_BE_CAUSAL:
            raise ValueError(f"a level {worded['level']} sentence says {causal[0]!r}")
    return {"level": worded["level"], **texts}


def _label(place: int, found: re.Match[str]) -> str:
    return LABELS[found["quoted"] or found["bare"]][place]


# Words that sentences have of their own are names in quotes only.
_PLAIN = frozenset({"transfer", "active", "invited"})
_LONGEST_FIRST = sorted(LABELS, key=len, reverse=True)
_NAMES = re.compile(
    f"“(?P<quoted>{'|'.join(_LONGEST_FIRST)})”"
    rf"|\b(?P<bare>{'|'.join(name for name in _LONGEST_FIRST if name not in _PLAIN)})\b"
)
