"""The words of a text, as terms of topics and posts are compared by."""

from __future__ import annotations

import re
import unicodedata

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


def without_urls(text: str) -> str:
    return _URL.sub(" ", text)


def words(text: str) -> list[str]:
    """The words of a text in their order: no case, no addresses; accents stay."""
    plain = without_urls(text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").casefold()
    return _WORD.findall(unicodedata.normalize("NFKC", plain))
