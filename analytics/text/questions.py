"""
Whether the author of a post asks others for knowledge.

Rules, not a model: each verdict can be looked up, and no text leaves the machine. A question mark
alone is a poor sign (titles, invitations, rhetoric), and many questions at work have none.

Spec: research/analytics.md 2.7 and Appendix A.
"""

from __future__ import annotations

import re

from analytics.text.language import LANGUAGES, UNDETERMINED, without_urls
from analytics.text.question_patterns import (
    ASKING_LABEL,
    GREETING,
    INVERTED,
    INVITATION,
    NOT_ASKING,
    OFFER,
    OPENING,
    REASON_FOLLOWS,
    REQUEST,
    TITLE,
    Pattern,
)

_QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]*[\"”»]")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”)\]]*\s+|\n+")
_ASKS = re.compile(r"\?+!*[\"'”)\]]*$")
_FRAGMENT_WORDS = 3


def is_question(text: str, language: str) -> bool:
    """
    Whether a post asks others for knowledge; what is asked for rhetoric's sake does not count.

    Args:
        text: The post as plain text.
        language: "nl", "en", or anything else to try the rules of both.
    """
    bare = _QUOTED.sub(' ""', _QUOTED_LINE.sub("", without_urls(text))).replace("’", "'")
    bare = re.sub(r"[^\S\n]+", " ", bare).strip().lower()
    if not bare or TITLE.search(bare):
        return False
    languages = [language] if language in LANGUAGES else list(LANGUAGES)
    sentences = [part.strip() for part in _SENTENCE.split(bare) if part.strip()]
    exclaims = bare.endswith("!")
    return any(
        _asks(sentence, sentences[place + 1 :], code, exclaims)
        for place, sentence in enumerate(sentences)
        for code in languages
    )


def _asks(sentence: str, following: list[str], language: str, exclaims: bool) -> bool:
    sentence = GREETING.sub("", sentence)
    if ASKING_LABEL.match(sentence):
        return True
    if NOT_ASKING[language].search(sentence):
        return False
    if _ASKS.search(sentence):
        return not _leads_up(sentence, following, language)
    if REQUEST[language].search(sentence):
        return True
    return not exclaims and _opens_like_one(sentence, language)


def _leads_up(sentence: str, following: list[str], language: str) -> bool:
    """Whether a sentence with a question mark only prepares the author's own next sentence."""
    if not following:
        return False
    after = GREETING.sub("", following[0])
    if REASON_FOLLOWS.search(after):
        return True
    if OFFER[language].search(sentence):
        return bool(INVITATION.search(after))
    short = len(sentence.split()) <= _FRAGMENT_WORDS and not _ASKS.search(after)
    return short and not _any_of((REQUEST, OPENING, INVERTED), sentence, language)


def _opens_like_one(sentence: str, language: str) -> bool:
    """An interrogative or inverted start, in a sentence that is neither a title nor a condition."""
    if ":" in sentence:
        return False
    if OPENING[language].search(sentence):
        return True
    # "Heb je een vraag, bel de helpdesk" and "Should it fail, restart" are conditions.
    return "," not in sentence and bool(INVERTED[language].search(sentence))


def _any_of(rules: tuple[dict[str, Pattern], ...], sentence: str, language: str) -> bool:
    return any(rule[language].search(sentence) for rule in rules)


__all__ = ["UNDETERMINED", "is_question"]
