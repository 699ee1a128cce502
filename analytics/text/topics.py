"""
What a post is about, in the organisation's own words.

A topic is an id with Dutch and English terms; they bring the languages together, and a training to
what people talk about. Words are folded to their stems, the longest term at a place wins, and a
post can have several topics. Only ids go into facts, never the words of a post.

Spec: research/analytics.md 2.6, rung 2.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from analytics.text.language import LANGUAGES
from lrs.domain.topics import LONGEST, UnusableTerm, checked_term
from lrs.domain.words import words

__all__ = ["LONGEST", "UnusableTerm", "Vocabulary", "fold", "vocabulary"]

_ALGORITHMS = {"nl": "dutch", "en": "english"}

Term = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Language → folded term → the ids of the topics that have it, ascending."""

    terms: Mapping[str, Mapping[Term, tuple[str, ...]]]

    def topics_of(self, text: str, language: str) -> tuple[str, ...]:
        """
        The ids of the topics that a text names, ascending.

        Args:
            text: The post as plain text.
            language: "nl", "en", or anything else to look for the terms of both.
        """
        languages = [language] if language in self.terms else list(self.terms)
        found = {topic for code in languages for topic in self._found(fold(text, code), code)}
        return tuple(sorted(found))

    def _found(self, words: Term, language: str) -> Iterable[str]:
        terms, place = self.terms[language], 0
        while place < len(words):
            size = next((n for n in range(LONGEST, 0, -1) if words[place : place + n] in terms), 0)
            yield from terms.get(words[place : place + size], ())
            place += size or 1


def vocabulary(topics: Mapping[str, Mapping[str, Iterable[str]]]) -> Vocabulary:
    """
    The vocabulary of topic id → language → terms.

    Raises:
        UnusableTerm: A term of no words or of more than three.
    """
    found: dict[str, dict[Term, set[str]]] = {code: {} for code in LANGUAGES}
    for topic, by_language in topics.items():
        for language, terms in by_language.items():
            for term in terms:
                _check(topic, language, term)
                folded = fold(term, language)
                found.setdefault(language, {}).setdefault(folded, set()).add(topic)
    return Vocabulary(
        {
            language: {term: tuple(sorted(ids)) for term, ids in terms.items()}
            for language, terms in found.items()
        }
    )


def _check(topic: str, language: str, term: str) -> None:
    try:
        checked_term(term)
    except UnusableTerm as error:
        raise UnusableTerm(f"topic '{topic}', {language}: {error}") from None


def fold(text: str, language: str) -> Term:
    """The stems of a text's words: no case, no accents, no inflection."""
    return tuple(_without_accents(_stem(word, language)) for word in words(text))


@lru_cache(maxsize=100_000)
def _stem(word: str, language: str) -> str:
    stemmer = _stemmer(language)
    return str(stemmer.stemWord(word)) if stemmer else word


@lru_cache(maxsize=8)
def _stemmer(language: str) -> Any:
    import snowballstemmer

    algorithm = _ALGORITHMS.get(language)
    return snowballstemmer.stemmer(algorithm) if algorithm else None


def _without_accents(word: str) -> str:
    """After stemming, for which "é" is not "e"."""
    parts = unicodedata.normalize("NFD", word)
    return "".join(part for part in parts if not unicodedata.combining(part))
