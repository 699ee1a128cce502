"""The organisation's vocabulary, and YAML as people write it."""

from __future__ import annotations

from typing import Any

import pytest

from analytics.text.topics import vocabulary
from lrs.domain import topics, yaml_text
from lrs.domain.errors import BadRequest
from lrs.domain.forms import BadForm
from tests.programmes import VOCABULARY


def test_a_vocabulary_has_names_and_terms_by_language_and_is_read_back_as_the_same() -> None:
    found = topics.topics(VOCABULARY)

    assert found["feedback"].name == {"en": "Feedback"}
    assert found["feedback"].terms == {"en": ("feedback",), "nl": ("feedback geven",)}
    assert topics.topics(topics.shown(found)) == found


def test_its_terms_are_what_posts_are_looked_through_for() -> None:
    words = vocabulary(topics.terms(topics.topics(VOCABULARY)))

    assert words.topics_of("My last performance reviews", "en") == ("review",)


REFUSED: list[tuple[Any, str]] = [
    ([], ""),
    ({"A b": {"en": ["a"]}}, ""),
    ({"-a": {"en": ["a"]}}, "-a"),
    ({"a": None}, "a"),
    ({"a": ["term"]}, "a"),
    ({"a": {}}, "a"),
    ({"a": {"name": {"en": "A"}}}, "a"),
    ({"a": {"en": []}}, "a"),
    ({"a": {"de": ["x"]}}, "a.de"),
    ({"a": {"en": "term"}}, "a.en"),
    ({"a": {"en": ["!!"]}}, "a.en[0]"),
    ({"a": {"en": ["one", "one two three four"]}}, "a.en[1]"),
    ({"a": {"en": ["one", "one"]}}, "a.en[1]"),
    ({"a": {"en": [""]}}, "a.en[0]"),
    ({"a": {"en": ["https://a.example"]}}, "a.en[0]"),
    ({1: {"en": ["x"]}}, ""),
]


@pytest.mark.parametrize(("value", "at"), REFUSED, ids=[str(value) for value, _ in REFUSED])
def test_what_no_post_could_be_looked_through_for_is_refused_at_its_place(
    value: Any, at: str
) -> None:
    with pytest.raises(BadForm) as refused:
        topics.topics(value)

    assert [problem.at for problem in refused.value.problems] == [at]


def test_no_topics_are_a_vocabulary_too() -> None:
    assert topics.topics({}) == {}


def test_yaml_is_plain_data() -> None:
    assert yaml_text.loads("\ufeffname: {en: Café}\ndays: [60, 120]".encode()) == {
        "name": {"en": "Café"},
        "days": [60, 120],
    }


BROKEN = [
    (b"a: 1\nb: [1", "line 2"),
    (b"a: 1\nb: 2\na: 3", "line 3"),
    (b"a: {x: 1, x: 1}", "line 1"),
    (b"a: !!python/object/apply:os.system ['true']", "line 1"),
    (b"a: \x00", ""),
    (b"\xff\xfe", ""),
    (b"a: 2026-02-30", ""),
    (b"[" * 5000, ""),
    (b"a: 1\n---\nb: 2", "line 2"),
]


@pytest.mark.parametrize(("text", "at"), BROKEN, ids=[str(text)[:30] for text, _ in BROKEN])
def test_what_is_no_such_yaml_is_refused_in_one_line_at_its_place(text: bytes, at: str) -> None:
    with pytest.raises(BadRequest) as refused:
        yaml_text.loads(text)

    assert refused.value.at == at
    assert "\n" not in refused.value.detail
