"""From what people wrote, in HTML or not, to plain text; tags of languages, numbers."""

from __future__ import annotations

import html
import re

import nh3

EXCERPT = 280
"""Length of an excerpt, in characters."""

_BREAKS = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/blockquote|/tr|/pre)\b[^>]*>", re.IGNORECASE)
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\s*\n\s*")
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)
# Not languages: undetermined, none, several, uncoded, and ISO 639-2's range for private use
# (X sends qme, qst, ... for posts of only media or only links).
_NO_LANGUAGE = re.compile(r"(und|zxx|mul|mis|q[a-t][a-z])(-.*)?", re.IGNORECASE)


def plain(markup: str | None) -> str | None:
    """HTML without its tags, scripts and styles; one line per paragraph. None stays None."""
    if markup is None:
        return None
    bare = html.unescape(nh3.clean(_BREAKS.sub("\n", markup), tags=set()))
    return tidy(bare)


def tidy(text: str) -> str:
    """Plain text with single spaces and single line ends."""
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def excerpt(text: str) -> str:
    """The beginning of a text, cut at a word, with an ellipsis where something was cut."""
    if len(text) <= EXCERPT:
        return text
    cut = text[: EXCERPT - 1]
    head, space, _ = cut.rpartition(" ")
    return (head if space else cut) + "…"


def language_tag(tag: str | None) -> str | None:
    """A language tag that names a language; None for "und", "zxx", "qme", "en_US" and the like."""
    if tag is None or not _TAG.fullmatch(tag) or _NO_LANGUAGE.fullmatch(tag):
        return None
    return tag


def whole(text: str) -> int | None:
    """A number of ASCII digits that a store can hold; None where a text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None  # noqa: PLR2004
