"""
The organisation's vocabulary: topics with their Dutch and English terms.

    feedback:
      name: {en: Giving feedback, nl: Feedback geven}
      en: [feedback, performance review]
      nl: [feedback, functioneringsgesprek]

Spec: research/analytics.md 2.6, rung 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lrs.domain.forms import LANGUAGES, SHORT_NAME, Form
from lrs.domain.words import words

LONGEST = 3  # words in a term

Json = dict[str, Any]


class UnusableTerm(ValueError):
    """A term without a word, or with more words than are looked for."""


@dataclass(frozen=True, slots=True)
class Topic:
    """
    Args:
        name: For people, by language; may be empty, then the id is shown.
        terms: Language → what posts call it.
    """

    name: dict[str, str]
    terms: dict[str, tuple[str, ...]]


def checked_term(term: str) -> str:
    """
    The term as it is.

    Raises:
        UnusableTerm: A term of no words or of more than three.
    """
    if not 1 <= len(words(term)) <= LONGEST:
        raise UnusableTerm(f"'{term}' has no 1 to {LONGEST} words")
    return term


def topics(value: object) -> dict[str, Topic]:
    """
    The vocabulary of a mapping: topic id → name and terms.

    Raises:
        BadForm: Naming every id, field and term that is wrong.
    """
    ids = [name for name in value if isinstance(name, str)] if isinstance(value, dict) else []
    form = Form(value, ids or ["<topic>"])
    found: dict[str, Topic] = {}
    for topic in ids:
        if not SHORT_NAME.fullmatch(topic):
            form.fault(topic, "a topic's id is lower-case letters, digits and hyphens, at most 64")
        inner = form.form(topic, ("name", *LANGUAGES))
        if inner is None:
            form.fault(topic, "this must be an object with terms")
        else:
            found[topic] = _topic(inner)
    form.checked()
    return found


def shown(vocabulary: dict[str, Topic]) -> dict[str, Json]:
    """The mapping of a vocabulary; `topics` reads it back."""
    return {
        topic: {"name": one.name, **{code: list(terms) for code, terms in one.terms.items()}}
        for topic, one in vocabulary.items()
    }


def terms(vocabulary: dict[str, Topic]) -> dict[str, dict[str, tuple[str, ...]]]:
    """Topic id → language → terms, as `analytics.text.topics.vocabulary` takes them."""
    return {topic: one.terms for topic, one in vocabulary.items()}


def _topic(form: Form) -> Topic:
    found = Topic(form.names("name"), {code: form.each(code, checked_term) for code in LANGUAGES})
    if not any(found.terms.values()):
        form.fault("", "at least one term is needed, in en or nl")
    return found
