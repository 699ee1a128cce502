"""
Whether the author of a post asks others for knowledge.

Rules, not a model: each verdict can be looked up, and no text leaves the machine. A question mark
alone is a poor sign (titles, invitations, rhetoric), and many questions at work have none.

Spec: research/analytics.md 2.7 and Appendix A.
"""

from __future__ import annotations

import re

from analytics.text.language import LANGUAGES
from analytics.text.rules import rules
from lrs.domain.words import without_urls

_QUOTED_LINE = re.compile(r"^\s*>.*$", re.MULTILINE)
_QUOTED = re.compile(r"[\"“„«][^\"“”„«»]*[\"”»]")
_APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"
_BLANKS = re.compile(r"[^\S\n]+")
_SENTENCE = re.compile(rf"(?<=[.!?…])[\"'”{_APOSTROPHE})\]]*\s+|\n+")
_ASKS = re.compile(r"\?+!*[\"'”)\]]*$")
_FRAGMENT_WORDS = 3


def is_question(text: str, language: str) -> bool:
    """
    Whether a post asks others for knowledge; what is asked for rhetoric's sake does not count.

    Args:
        text: The post as plain text.
        language: "nl", "en", or anything else to try the rules of both.
    """
    bare = _QUOTED.sub(' ""', _QUOTED_LINE.sub("", without_urls(text)))
    bare = _BLANKS.sub(" ", bare.replace(_APOSTROPHE, "'")).strip().lower()
    if not bare or rules("any")["title"].search(bare):
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
    sentence = rules("any")["disclaimer"].sub("", _greeted(sentence))
    if rules("any")["asking_label"].match(sentence):
        return True
    if rules(language)["not_asking"].search(sentence):
        return False
    if _ASKS.search(sentence):
        return not _leads_up(sentence, following, language)
    if rules(language)["request"].search(sentence):
        return True
    return not exclaims and _opens_like_one(sentence, language)


def _greeted(sentence: str) -> str:
    """What is left after salutations and interjections."""
    return rules("any")["greeting"].sub("", sentence)


def _leads_up(sentence: str, following: list[str], language: str) -> bool:
    """Whether a sentence with a question mark only prepares the author's own next sentence."""
    if not following:
        return False
    after = _greeted(following[0])
    if rules("any")["reason_follows"].search(after) or rules("any")["promotion"].search(after):
        return True
    if rules(language)["offer"].search(sentence):
        return bool(rules("any")["invitation"].search(after))
    short = len(sentence.split()) <= _FRAGMENT_WORDS and not _ASKS.search(after)
    return short and not _matches(("request", "opening", "inverted"), sentence, language)


def _opens_like_one(sentence: str, language: str) -> bool:
    """An interrogative or inverted start, in a sentence that is neither a title nor a condition."""
    if ":" in sentence:
        return False
    if _matches(("opening",), sentence, language):
        return True
    last = _greeted(sentence.rpartition(", ")[2])
    if last != sentence and rules("any")["to_others"].search(last):
        return _matches(("opening", "inverted"), last, language)
    # "Heb je een vraag, bel de helpdesk" and "Should it fail, restart" are conditions.
    return "," not in sentence and _matches(("inverted",), sentence, language)


def _matches(sections: tuple[str, ...], sentence: str, language: str) -> bool:
    return any(rules(language)[section].search(sentence) for section in sections)
