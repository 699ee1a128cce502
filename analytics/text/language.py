"""
Which language a post is written in.

Restricted to the languages an organisation writes in: a short post that could be any of a hundred
languages is easily told between two.

Spec: research/analytics.md 2.6.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from lrs.domain.words import without_urls

LANGUAGES = ("nl", "en")
UNDETERMINED = "und"

_FEWEST_WORDS = 3
_MOST_WORDS = 50  # tell it as well as a thousand, which take a millisecond
_TAG = re.compile(r"([a-z]{2,3})(?:[-_][a-z0-9-_]+)?$")
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


def language_of(text: str, given: str | None = None, languages: Collection[str] = LANGUAGES) -> str:
    """
    The language of a text: the one given with it, else the likeliest of those configured.

    Args:
        text: Plain text.
        given: A language tag such as "nl-BE", believed also when it is none of `languages`; a
            text that is no tag is not.
        languages: Two-letter codes to choose from.

    Returns:
        A two-letter code, or "und" for fewer than three words of letters only.
    """
    if given:
        tag = _TAG.match(given.strip().lower())
        if tag:
            return tag[1]
    words = _WORD.findall(without_urls(text))
    if len(words) < _FEWEST_WORDS:
        return UNDETERMINED
    code, _ = _identifier(tuple(sorted(languages))).classify(" ".join(words[:_MOST_WORDS]))
    return str(code)


@lru_cache(maxsize=4)
def _identifier(languages: tuple[str, ...]) -> Any:
    """An identifier of its own: py3langid's module functions share one and its set of languages."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(list(languages))
    return identifier
