"""
What else posts are about: suggestions for the organisation's vocabulary, for a person to judge.

Never a source of counts or of a transfer model. One language at a time, for mixed posts fall apart
into languages before they do into topics.

Spec: research/analytics.md 2.6, rung 3.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from analytics.text.language import LANGUAGES
from lrs.domain.words import without_urls

_FEWEST_POSTS = 2  # a word of one post suggests nothing
_WORD = r"[^\W\d_][^\W\d_'-]+"


def suggestions(
    texts: Sequence[str], language: str, topics: int = 10, words: int = 8
) -> list[tuple[str, ...]]:
    """
    Groups of words that are used together: TF-IDF, then non-negative matrix factorisation.

    Deterministic: the factorisation starts from a singular value decomposition, on one thread.

    Args:
        texts: Posts in one language.
        language: Whose stop words are left out.
        topics: At most so many groups.
        words: At most so many words a group, the weightiest first.

    Returns:
        The groups, the one that takes up most of the posts first; fewer for few posts.
    """
    parts, weights, names = _factors(texts, language, topics)
    if parts is None:
        return []
    order = sorted(range(len(weights)), key=lambda topic: (-parts[:, topic].sum(), topic))
    return [
        tuple(str(names[place]) for place in (-weights[topic]).argsort(kind="stable")[:words]
              if weights[topic][place] > 0)
        for topic in order
    ]  # fmt: skip


def strongest(texts: Sequence[str], language: str, topics: int) -> list[int | None]:
    """For each text the number of its strongest group in the factorisation; None for none."""
    parts, _, _ = _factors(texts, language, topics)
    if parts is None:
        return [None] * len(texts)
    return [int(row.argmax()) if row.max() > 0 else None for row in parts]


def _factors(texts: Sequence[str], language: str, topics: int) -> tuple[Any, Any, Any]:
    """Posts by topics, topics by words, and the words; Nones where there are too few posts."""
    from sklearn.decomposition import NMF
    from sklearn.feature_extraction.text import TfidfVectorizer
    from threadpoolctl import threadpool_limits

    # "don't" is read as "don" and "t"
    stopped = {part for word in stop_words(language) for part in re.findall(_WORD, word)}
    vectoriser = TfidfVectorizer(
        token_pattern=_WORD,
        stop_words=sorted(stopped),
        min_df=_FEWEST_POSTS,
        preprocessor=_plain,
    )
    try:
        matrix = vectoriser.fit_transform(texts)
    except ValueError:  # no word is left
        return None, None, None
    rank = min(topics, *matrix.shape)
    with threadpool_limits(1):
        model = NMF(n_components=rank, init="nndsvda", random_state=0, max_iter=1000, tol=1e-4)
        parts = model.fit_transform(matrix)
    return parts, model.components_, vectoriser.get_feature_names_out()


def _plain(text: str) -> str:
    return without_urls(text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").casefold()


@lru_cache(maxsize=4)
def stop_words(language: str) -> frozenset[str]:
    """The function words of a language; none for one that has no list here."""
    if language not in LANGUAGES:
        return frozenset()
    text = files("analytics.text").joinpath(f"stopwords_{language}.txt")
    return frozenset(text.read_text(encoding="utf-8").split())
