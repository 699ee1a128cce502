"""Suggestions for a vocabulary, on posts whose topics were planted."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import normalized_mutual_info_score

from analytics.text.discovery import stop_words, strongest, suggestions

PLANTED = {
    "en": [
        "forklift pallet warehouse loading dock",
        "invoice payment supplier order budget",
        "patient medication ward nurse dosage",
        "password login laptop update server",
        "feedback coaching conversation listening trust",
    ],
    "nl": [
        "heftruck pallet magazijn laden laadperron",
        "factuur betaling leverancier bestelling begroting",
        "patiënt medicatie afdeling verpleegkundige dosering",
        "wachtwoord inloggen laptop update server",
        "feedback coaching gesprek luisteren vertrouwen",
    ],
}
FILLER = {
    "en": [
        "we",
        "will",
        "have",
        "the",
        "from",
        "this",
        "week",
        "about",
        "with",
        "today",
        "meeting",
        "team",
        "colleagues",
    ],
    "nl": [
        "wij",
        "gaan",
        "het",
        "van",
        "deze",
        "week",
        "over",
        "met",
        "vandaag",
        "overleg",
        "team",
        "collega's",
    ],
}


def planted(language, n=600):
    rng = np.random.default_rng(8)
    truth = rng.integers(0, 5, n)
    posts = []
    for topic in truth:
        own = PLANTED[language][topic].split(" ")
        words = [*rng.choice(own, 4), *rng.choice(FILLER[language], 5)]
        posts.append(" ".join(rng.permutation(words)))
    return posts, truth


@pytest.mark.parametrize("language", ["nl", "en"])
def test_planted_topics_are_found_in_each_language(language):
    posts, truth = planted(language)

    found = strongest(posts, language, topics=5)

    assert normalized_mutual_info_score(truth, found) > 0.9


@pytest.mark.parametrize("language", ["nl", "en"])
def test_suggestions_are_words_of_one_topic_and_no_stop_words(language):
    posts, _ = planted(language)

    groups = suggestions(posts, language, topics=5, words=4)

    planted_words = [set(words.casefold().split()) for words in PLANTED[language]]
    assert sum(any(set(group) <= own for own in planted_words) for group in groups) >= 4
    assert not stop_words(language) & {word for group in groups for word in group}


def test_suggestions_are_the_same_every_time():
    posts, _ = planted("en")

    assert suggestions(posts, "en") == suggestions(posts, "en")


@pytest.mark.parametrize("texts", [[], ["one post only"], ["the of and", "the of and"]])
def test_too_few_posts_suggest_nothing(texts):
    assert suggestions(texts, "en") == []
    assert strongest(texts, "en", topics=3) == [None] * len(texts)


def test_half_a_function_word_is_no_suggestion() -> None:
    posts = ["we don't know the pump", "they couldn't repair the pump", "it isn't the pump"] * 4

    found = {word for group in suggestions(posts, "en") for word in group}

    assert found == {"know", "pump", "repair"}
