from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.domain.languages import Range, accept_language, one_language

MAP = ("de", "en-US", "en-GB", "fr-CA", "fr")


def chosen(header, tags=MAP):
    return next(iter(one_language(dict.fromkeys(tags, "text"), accept_language(header))))


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        (None, "de"),
        ("", "de"),
        ("en-GB", "en-GB"),
        ("EN-gb", "en-GB"),
        ("fr-CA, fr", "fr-CA"),
        ("fr", "fr"),
        ("en", "en-US"),
        ("fr;q=0.5, en-GB;q=0.8", "en-GB"),
        ("en-GB;q=0.8, de;q=0.8", "en-GB"),
        ("en;q=0.9, en-US;q=0.1", "en-GB"),
        ("nl, *;q=0.1", "de"),
        ("*, de;q=0", "en-US"),
        ("*;q=0.5, fr-CA;q=0.4", "de"),
        ("de;q=0", "en-US"),
        ("en;q=0, fr;q=0, de;q=0", "de"),
        ("nl, en-AU", "en-US"),
        ("e", "de"),
        ("nonsense!, fr;q=x, en-GB", "en-GB"),
        ("fr;q=7", "de"),
    ],
)
def test_the_language_that_suits_best(header, tag):
    assert chosen(header) == tag


def test_each_map_is_chosen_from_on_its_own():
    assert chosen("nl, en", ["en", "nl"]) == "nl"
    assert chosen("nl, en", ["en", "de"]) == "en"


def test_an_empty_map_stays_empty():
    assert one_language({}, accept_language("en")) == {}


def test_a_header_without_end_is_heard_in_part():
    """Each wish is held against every entry of every map: thousands would be work for nothing."""
    wanted = accept_language(", ".join(["nl"] * 5000))

    assert len(wanted) == 32


def test_qualities_are_read():
    assert accept_language("nl ; q=0.25,*") == (Range("nl", 0.25), Range("*", 1.0))


@given(st.text(alphabet="aen-GB;q=0.15,* ", max_size=30))
def test_any_header_leaves_one_language(header):
    assert len(one_language(dict.fromkeys(MAP, "text"), accept_language(header))) == 1
