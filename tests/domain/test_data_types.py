"""IRIs, language tags, timestamps and durations: tables of good and bad ones."""

from __future__ import annotations

import time

import pytest

from lrs.domain.durations import is_duration, seconds, truncated
from lrs.domain.errors import BadRequest, InvalidStatement
from lrs.domain.iri import is_iri
from lrs.domain.language import is_language_tag
from lrs.domain.validation import problems
from lrs.domain.versions import Version
from tests.domain.corpus import MINIMAL


@pytest.mark.parametrize(
    "text",
    [
        "http://example.org",
        "https://example.org/a?b=c&d[]=e#f",
        "http://example.com/فعل/خواندن",
        "urn:uuid:6d1f5c2e-8a0b-4b59-9a55-0f6f3f7f0a01",
        "tag:example.org,2026:x",
        "a+b-c.1:x",
        "mailto:a@example.org",
        "https://example.org/100%25",
    ],
)
def test_an_iri(text: str) -> None:
    assert is_iri(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":",
        "http:",
        "example.org/x",
        "/x",
        "#x",
        "1http://x",
        "ab=c://x",
        "http://a b",
        " http://a",
        "http://a\n",
        "http://a\x7f",
        "http://a<b>",
        'http://a"b"',
        "http://a{b}",
        "http://a\\b",
        "ht tp://a",
        "é://a",
    ],
)
def test_no_iri(text: str) -> None:
    assert not is_iri(text)


@pytest.mark.parametrize(
    "text",
    [
        "en",
        "EN-us",
        "und",
        "es-419",
        "zh-Hant-TW",
        "zh-cmn-Hans-CN",
        "sl-rozaj-biske",
        "de-1996",
        "de-DE-u-co-phonebk",
        "en-a-bbb-x-a-ccc",
        "x-private",
        "X-a-b",
        "i-klingon",
        "I-Klingon",
        "en-GB-oed",
        "sgn-BE-FR",
        "zh-min-nan",
        "abcdefgh",
    ],
)
def test_a_language_tag(text: str) -> None:
    assert is_language_tag(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "x",
        "i-nothing",
        "en-",
        "-en",
        "en-a",
        "en--US",
        "en_US",
        "en US",
        "a12345678",
        "abcdefghi",
        "invalid-imaginary-language",
        "en-US-US",
        "en-x",
        "en-toolongsubtag",
        "ën",
        "en\n",
        "\u0663\u0663",
    ],
)
def test_no_language_tag(text: str) -> None:
    assert not is_language_tag(text)


@pytest.mark.parametrize(
    "text",
    [
        "P3Y1M29DT4H35M59.14S",
        "PT4H35M59.14S",
        "PT16559.14S",
        "P3Y",
        "P4W",
        "P0.5W",
        "PT0S",
        "PT0.5H",
        "PT1,5S",
        "P1Y2M",
        "P1YT1S",
        "P2DT3M",
        "PT1H1S",
        "PT0.123456789012S",
    ],
)
def test_a_duration(text: str) -> None:
    assert is_duration(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1YT",
        "P4W1D",
        "P1.5Y6M",
        "PT1.5H1M",
        "PT1M1H",
        "PA1H0M0S",
        "P0003-06-04T12:30:05",
        "P1S",
        "T1S",
        "-PT1S",
        "pt1s",
        "PT1.S",
        "PT.5S",
        "PT1S\n",
        "PT1S ",
        "PT\u0661S",
    ],
)
def test_no_duration(text: str) -> None:
    assert not is_duration(text)
    assert truncated(text) == text
    with pytest.raises(InvalidStatement):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("PT4H35M59.14S", 16559.14), ("P4W", 2_419_200), ("P1DT1M", 86_460), ("PT0,5H", 1800)],
)
def test_how_long_a_duration_lasts(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["P1Y", "P1M", "P1M1D"])
def test_years_and_months_have_no_fixed_length(text: str) -> None:
    with pytest.raises(InvalidStatement):
        seconds(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT1.239S", "PT1.23S"),
        ("PT1.2S", "PT1.2S"),
        ("PT1.20S", "PT1.2S"),
        ("PT1,209S", "PT1.2S"),
        ("PT1.001S", "PT1S"),
        ("PT01S", "PT1S"),
        ("PT00.5S", "PT0.5S"),
        ("P1MT2M3.999S", "P1MT2M3.99S"),
        ("PT0.5H", "PT0.5H"),
        ("P4W", "P4W"),
    ],
)
def test_a_duration_is_cut_at_a_hundredth_of_a_second(text: str, expected: str) -> None:
    """2.0 4.2.7: precision beyond 0.01 s is no difference; units are never converted."""
    assert truncated(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2008-09-15T15:53:00.601+00:00",
        "2026-11-24T08:01:02Z",
        "2026-11-24 08:01:02Z",
        "2026-11-24t08:01:02z",
        "2026-11-24t08:01:02.5+01:00",
        "2026-11-24T08:01:02.123456789Z",
        "2026-11-24T08:01:02+01",
        "2026-11-24T08:01:02-0130",
        "2026-11-24T08:01:02-00:30",
        "2000-01-01T00:00:00",
        "2024-02-29T00:00:00Z",
        "2016-12-31T23:59:60Z",
        "9999-12-31T23:59:59.9999999Z",
    ],
)
def test_a_timestamp(text: str) -> None:
    assert problems({**MINIMAL, "timestamp": text}, Version.V1) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01/011/2015",
        "2026-11-24",
        "2026-11-24T08:01Z",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-04-31T00:00:00Z",
        "2026-11-24T24:00:00Z",
        "2026-11-24T08:60:00Z",
        "2026-11-24T08:01:61Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "2026-11-24T08:01:02-00",
        "2026-11-24T08:01:02-0000",
        "2026-11-24T08:01:02-00:00",
        "2026-11-24T08:01:02+24:00",
        "2026-11-24T08:01:02+01:60",
        "2026-11-24T08:01:02.Z",
        "2026-11-24T08:01:02Z\n",
        "\u0662\u0660\u0662\u0666-11-24T08:01:02Z",
    ],
)
def test_no_timestamp(text: str) -> None:
    found = problems({**MINIMAL, "timestamp": text}, Version.V1)

    assert [problem.at for problem in found] == ["timestamp"]


@pytest.mark.parametrize("repeated", ["1", "a", "a-", "-a1b2c", "1.", "P1Y", "T1", "a:", "@"])
@pytest.mark.parametrize("end", ["", "\n", "S", "!"])
def test_patterns_are_matched_in_linear_time(repeated: str, end: str) -> None:
    """A million characters that almost match; a pattern that backtracks badly takes hours."""
    text = "PT" * ("1" in repeated) + repeated * (1_000_000 // len(repeated)) + end
    began = time.process_time()

    for matches in (is_iri, is_language_tag, is_duration):
        matches(text)
    problems({**MINIMAL, "timestamp": text, "actor": {"mbox": f"mailto:{text}"}}, Version.V1)

    assert time.process_time() - began < 5


def test_a_refusal_of_a_duration_is_a_bad_request() -> None:
    with pytest.raises(BadRequest):
        seconds("an hour")


@pytest.mark.parametrize("zone", ["Z", "+00:00"])
def test_a_leap_second_after_the_last_day_is_refused(zone: str) -> None:
    """It names a moment that could not be written again."""
    text = f"9999-12-31T23:59:60{zone}"

    [problem] = problems({**MINIMAL, "timestamp": text}, Version.V1)

    assert problem.at == "timestamp"
