"""Language, questions and topics of posts."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from analytics.text.language import language_of
from analytics.text.questions import is_question
from analytics.text.topics import UnusableTerm, fold, vocabulary
from tests.shared import SHARED

_POST = re.compile(r"(?:- )?(en|nl) ([01]) (.+)")


def labelled(path):
    posts = map(_POST.fullmatch, path.read_text(encoding="utf-8").splitlines())
    return [(post[1], post[2] == "1", post[3]) for post in posts if post]


def scores(posts):
    """Precision, recall and F1 with the language told from the text."""
    verdicts = [(label, is_question(text, language_of(text))) for _, label, text in posts]
    right = sum(label and verdict for label, verdict in verdicts)
    precision = right / sum(verdict for _, verdict in verdicts)
    recall = right / sum(label for label, _ in verdicts)
    return precision, recall, 2 * precision * recall / (precision + recall)


@pytest.mark.shared
def test_the_development_set_of_the_specification():
    """Appendix A; the target is F1 .85 and precision .90 on posts not seen."""
    source = SHARED / "research" / "analytics.md"
    if not source.exists():
        pytest.skip(f"not run: {source} is absent")
    posts = labelled(source)

    precision, recall, f1 = scores(posts)

    assert len(posts) == 60
    assert (precision, recall, f1) >= (0.96, 0.96, 0.96)
    assert [language_of(text) for _, _, text in posts if text != "+1"] == [
        language for language, _, text in posts if text != "+1"
    ]


def test_our_own_posts_keep_their_verdicts():
    posts = labelled(Path(__file__).with_name("posts.txt"))

    precision, recall, f1 = scores(posts)

    assert len(posts) == 340
    assert precision >= 0.97
    assert recall >= 0.97
    assert f1 >= 0.97


@pytest.mark.parametrize("language", ["nl", "en"])
def test_neither_language_is_served_worse(language):
    posts = [
        post for post in labelled(Path(__file__).with_name("posts.txt")) if post[0] == language
    ]

    precision, recall, _ = scores(posts)

    assert min(precision, recall) >= 0.95


@pytest.mark.parametrize(
    "text",
    [
        "Who would have thought?",
        "See https://intranet.example/search?q=how?",
        'Yesterday she asked "how does this work?" and nobody knew.',
        "> How do I reset it?\nHold the button for ten seconds.",
        "Want to know more? Sign up for the course.",
        "The cause? A loose cable.",
        "New blog: how do we learn from each other?",
    ],
)
def test_a_question_mark_does_not_make_a_question(text):
    assert not is_question(text, "en")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("does anyone know where the checklist is", "en"),
        ("weet iemand waar de checklist staat", "nl"),
        ("WEET IEMAND WAAR DE CHECKLIST STAAT", "nl"),
        ("Hi all, who has the keys of room 3", "en"),
        ("Thanks Tom.\nAnd how do I undo it?", "en"),
        ("I can\u2019t figure out how the export works", "en"),
        ("Op zoek naar iemand met ervaring met heftrucks", "nl"),
    ],
)
def test_a_question_needs_no_question_mark(text, language):
    assert is_question(text, language)


def test_a_text_too_short_for_a_language_is_tried_in_both():
    assert language_of("Iemand tips?") == "und"
    assert is_question("Iemand tips?", "und")
    assert is_question("Any ideas?", "und")


def test_an_empty_text_is_no_question():
    assert not is_question("", "en")
    assert not is_question("https://intranet.example/?", "en")


@pytest.mark.parametrize(
    "text", ["@a " * 20_000, "hi, " * 20_000, "tips " * 20_000, '"' * 20_000, "a? " * 20_000]
)
def test_a_long_text_is_judged_in_time(text):
    """A post is anyone's text: no pattern may take more than linear time to fail on it."""
    started = time.process_time()

    is_question(text, "und")

    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("given", "expected"),
    [("nl-BE", "nl"), ("EN", "en"), ("fr", "fr"), ("Dutch", "en"), (None, "en")],
)
def test_the_language_given_is_believed_if_it_is_a_tag(given, expected):
    assert language_of("the form is on the second page", given) == expected


def test_links_and_numbers_are_no_words():
    assert language_of("https://example.org/dit/is/een/pad 12 34 56") == "und"


TOPICS = vocabulary(
    {
        "feedback": {"nl": ["feedback", "terugkoppeling geven"], "en": ["feedback"]},
        "near-miss": {"nl": ["bijna-ongeval"], "en": ["near miss"]},
        "misses": {"en": ["miss"]},
        "safety": {"nl": ["veiligheid"], "en": ["safety", "near miss"]},
    }
)


def test_a_topic_is_the_same_in_both_languages():
    assert TOPICS.topics_of("Hoe geef je feedback?", "nl") == ("feedback",)
    assert TOPICS.topics_of("How to give feedback", "en") == ("feedback",)


def test_inflected_words_are_found():
    assert TOPICS.topics_of("Twee bijna-ongevallen in een week", "nl") == ("near-miss",)


def test_the_longest_term_wins_and_may_belong_to_several_topics():
    assert TOPICS.topics_of("Two near misses", "en") == ("near-miss", "safety")
    assert TOPICS.topics_of("A miss", "en") == ("misses",)


def test_without_a_language_the_terms_of_all_are_looked_for():
    assert TOPICS.topics_of("veiligheid / safety", "und") == ("safety",)


def test_folding_takes_off_case_accents_and_inflection():
    assert fold("Café's CAFÉ", "nl")[1:] == ("cafe",)
    assert fold("vergaderingen", "nl") == fold("Vergadering", "nl")
    assert fold("meetings", "en") == fold("Meeting", "en")


def test_links_are_no_words_of_a_text():
    assert fold("https://example.org/feedback", "en") == ()


@pytest.mark.parametrize("term", ["", "!!", "one two three four"])
def test_a_term_has_one_to_three_words(term):
    with pytest.raises(UnusableTerm, match="topic 't', en"):
        vocabulary({"t": {"en": [term]}})
