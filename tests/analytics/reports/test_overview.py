"""The overview: what it says, of whom, and what it must not say."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from html import unescape

import pytest

from analytics.registry import metrics
from analytics.reports import Report, Request, document, kinds, make, provenance, render
from analytics.reports.language import LANGUAGES, Language, Tongue
from analytics.reports.sections import growth, participation, plain, tenure, topic_supply, topics
from analytics.transfer.wording import causal_words
from lrs.domain.errors import BadRequest, NotFound
from tests.analytics.planted import at
from tests.analytics.reports.company import ATTIC, HALF_YEAR, SCRIPT, SMALL_TOPIC, TYPST, Folder
from tests.analytics.reports.conftest import overview


@pytest.fixture(scope="module")
def reports(company: Folder) -> dict[Language, Report]:
    return {language: render(overview(company, language)) for language in LANGUAGES}


def text_of(report: Report) -> str:
    """What can be read in the page, tags taken out."""
    body = report.html.decode().partition("<body>")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_every_report_of_the_folder_is_known_by_its_name(company: Folder) -> None:
    assert set(kinds()) == {"overview", "transfer"}
    with pytest.raises(NotFound):
        make("weather", company, Request(HALF_YEAR))


def test_every_metric_has_a_section(company: Folder) -> None:
    """A metric that is added is either told of here or left out on purpose."""
    said = overview(company, "en")

    told = {row[0] for block in said.sections[-1].blocks for row in getattr(block, "rows", ())}
    assert set(metrics()) <= told
    assert len(said.sections) == len(metrics()) + 1


def test_figures_are_those_of_the_results(company: Folder, reports: dict[Language, Report]) -> None:
    months = company.metric("participation", HALF_YEAR)["result"]["months"]
    last = months[-1]
    row = ["Jun 2026", *(str(last[level] or "hidden") for level in ("reached", "participants"))]

    assert " ".join(row) in text_of(reports["en"])


def test_what_is_hidden_in_the_results_is_hidden_in_the_report(company: Folder) -> None:
    """Of seven people in the attic and of their topic nothing can be read, in text or picture."""
    for language in LANGUAGES:
        said = overview(company, language)
        hidden = {"en": "hidden", "nl": "verborgen"}[language]

        rows = [
            row
            for section in said.sections
            for block in section.blocks
            for row in getattr(getattr(block, "table", block), "rows", ())
            if row[0] == ATTIC
        ]
        points = [
            point
            for chart in said.charts()
            for point in chart.spec["data"]["values"]
            if point["x"] == ATTIC
        ]

        assert len(rows) >= 3
        assert {cell for row in rows for cell in row[1:]} <= {hidden, "0", "–"}
        assert all(point["y"] in (None, 0) for point in points)
        assert not any(SMALL_TOPIC in text for text in said.texts())


def test_names_are_text_and_never_markup(reports: dict[Language, Report]) -> None:
    for report in reports.values():
        page = report.html.decode()

        assert "<script" not in page
        assert "<b>bold</b>" not in page
        assert SCRIPT in text_of(report)
        assert TYPST in text_of(report)
        assert report.pdf.startswith(b"%PDF-1.7")


def test_the_page_needs_nothing_beside_it(reports: dict[Language, Report]) -> None:
    page = reports["en"].html.decode()

    assert '<meta charset="utf-8">' in page
    assert "default-src 'none'; style-src 'sha256-" in page
    assert not re.search(r"<(?:link|img|iframe|object|script)\b|@import|url\((?!#)", page)
    assert not re.search(r'\bstyle="|\bon\w+="', page)


def test_no_two_elements_share_an_id(reports: dict[Language, Report]) -> None:
    ids = re.findall(r'\bid="([^"]+)"', reports["en"].html.decode())

    assert len(ids) == len(set(ids))


def test_the_same_results_give_the_same_bytes(
    company: Folder, reports: dict[Language, Report]
) -> None:
    for language in LANGUAGES:
        again = render(overview(company, language))

        assert again.html == reports[language].html
        assert again.pdf == reports[language].pdf


def test_every_chart_is_described_and_has_a_table(company: Folder) -> None:
    said = overview(company, "en")
    figures = [block for s in said.sections for block in s.blocks if hasattr(block, "chart")]

    assert len(said.charts()) >= 8
    for figure in figures:
        assert figure.table.rows
        assert figure.title.endswith("?")
        if figure.chart:
            assert figure.title in figure.chart.alt


def test_dutch_is_dutch(reports: dict[Language, Report]) -> None:
    text = text_of(reports["nl"])

    assert '<html lang="nl">' in reports["nl"].html.decode()
    assert "Hoeveel mensen doen mee?" in text
    assert re.search(r"\d,\d", text)
    assert not re.search(r"\b(?:How many|People|Month|hidden|Share)\b", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_claims_a_cause(company: Folder, language: Language) -> None:
    said = list(overview(company, language).texts())

    assert len(said) > 100
    assert [word for text in said for word in causal_words(text, language)] == []


def test_where_the_figures_come_from_is_told(reports: dict[Language, Report]) -> None:
    text = text_of(reports["en"])

    for part in ("Window", "Cutoff", "Population", "Statements read", "Code: projection", "Hash"):
        assert part in text
    assert "lrs analyse report overview --since 2026-01-01T00:00:00Z" in text


@pytest.mark.parametrize("reason", ["past", "future", "voided", "voiding", "group", "bot"])
def test_why_statements_were_left_out_is_told_in_words(company: Folder, reason: str) -> None:
    """Each reason that facts have (`analytics/facts/reading.py`), in either language."""
    result = company.metric("participation", HALF_YEAR) | {"excluded": {reason: 777}}

    told = {
        language: [what for what, n in provenance.counted(Tongue(language), result) if n == "777"]
        for language in LANGUAGES
    }

    assert len(told["nl"]) == len(told["en"]) == 1
    assert told["nl"][0].startswith("Niet meegeteld: ")
    assert not told["nl"][0].endswith(f": {reason}")
    assert told["nl"][0].partition(": ")[2] != told["en"][0].partition(": ")[2]


def test_a_report_about_a_window_needs_one(company: Folder) -> None:
    with pytest.raises(BadRequest):
        make("overview", company, Request())
    with pytest.raises(BadRequest):
        document("overview", company, Request(replace(HALF_YEAR, by="weather")))


def test_a_company_of_nobody_has_a_report_too(company: Folder) -> None:
    """Before anything happened, in a window of whole months."""
    before = replace(HALF_YEAR, since=HALF_YEAR.since - 10**13, until=HALF_YEAR.since - 5 * 10**12)

    report = make("overview", company, Request(before, "nl"))

    assert "Te weinig mensen hebben contact" in text_of(report)


def test_a_metric_without_a_section_of_its_own_is_told_as_it_is() -> None:
    """Whoever adds a metric adds one file, and reports have it."""
    result = {
        "question": "How warm is it?",
        "result": {
            "days": 1_200,
            "mean": 0.25,
            "hidden": None,
            "rooms": [{"room": "<Attic>", "people": None}, {"room": "Hall", "range": [1.5, None]}],
            "by_floor": {"ground_floor": {"people": 20}},
            "years": [{"year": "2026", "coldest": [{"day": 5, "warm_there": False}, {"day": 9}]}],
        },
    }

    said = plain.section(Tongue("nl"), result)

    figures, rooms, floors, years = said.blocks
    assert figures.rows == (("days", "1.200"), ("mean", "0,25"), ("hidden", "–"))
    assert rooms.head == ("room", "people", "range")
    assert rooms.rows == (("<Attic>", "–", "–"), ("Hall", "–", "1,5, –"))
    assert floors.rows == (("ground floor", "20"),)
    assert years.rows == (("2026", "day 5, warm there False; day 9"),)


def test_communities_and_courses_are_told_in_dutch(reports: dict[Language, Report]) -> None:
    """Not in the English words of their results, as a metric that is new is."""
    said = text_of(reports["nl"])

    for name in ("communities", "topic_supply"):
        assert metrics()[name].question not in said
    assert "welke delen ervan blijven?" in said
    assert "over welke praten mensen?" in said


def test_topics_of_the_same_name_are_bars_of_their_own() -> None:
    """Else Vega-Lite would put one on the other, as if their people were different ones."""
    told = topics.labels(Tongue("nl"), ["tag:safety", "topic:safety", "tag:tea"])

    assert told == ["safety (tag)", "safety (woordenlijst)", "tea"]


def test_courses_and_talk_are_told_of_each_topic() -> None:
    counts = {"social": 24, "formal": None, "courses": 1, "quadrant": None, "people": 85}
    orders = {"social_first": 24, "formal_first": 21, "only_social": 29, "only_formal": None}
    tea = dict.fromkeys(orders, 0) | {"only_social": 12, "people": 12, "social": 12}
    tea |= {"formal": 0, "courses": 0, "quadrant": "much_talk_no_course"}
    rows = [{"topic": "topic:safety", **counts, **orders}, {"topic": "tag:tea", **tea}]
    result = {"result": {"topics": rows, "withheld_topics": 2, "much_talk_from": 12.0}}

    untaught, _, sides, first = topic_supply.section(Tongue("nl"), result).blocks

    assert untaught.text == "Veel gesprek, en geen cursus: tea."
    assert sides.table.rows == (
        ("safety", "woordenlijst", "24", "verborgen", "1"),
        ("tea", "tag", "12", "0", "0"),
    )
    assert first.table.rows == (("safety", "24", "21", "29", "verborgen"),)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_month_that_is_not_over_is_marked_and_no_headline(
    company: Folder, language: Language
) -> None:
    """Else everyone who has not come yet would be said to have left."""
    early = replace(HALF_YEAR, until=at("2026-06-05"), by=None)
    result = replace(company, min_group=1, measured={}).metric("growth", early)

    said = growth.section(Tongue(language, 1), result)

    headline, flows, cohorts = said.blocks
    june, may, so_far, unknown = {
        "en": ("Jun 2026", "In May 2026", "(so far)", "not yet known"),
        "nl": ("jun 2026", "In mei 2026", "(tot nu toe)", "nog niet bekend"),
    }[language]
    assert headline.text.startswith(may)
    assert flows.table.rows[-1][0] == f"{june} {so_far}"
    assert flows.table.rows[-1][5:7] == ("–", unknown)
    assert june in flows.about
    assert june in cohorts.about
    last = [[cell for cell in row[2:] if cell][-1] for row in cohorts.table.rows[:-1]]
    assert all(re.fullmatch(r"\(\d+(?:[.,]\d)?%\)", cell) for cell in last)
    for figure in (flows, cohorts):
        points = figure.chart.spec["data"]["values"]
        assert {one["so_far"] for one in points} == {True, False}
    lighter = {one["x"] for one in flows.chart.spec["data"]["values"] if one["so_far"]}
    assert lighter == {f"{june} {so_far}"}


def test_no_sentence_has_a_hole_where_a_figure_is_hidden_or_endless(company: Folder) -> None:
    unequal = deepcopy(company.metric("participation", HALF_YEAR))
    unequal["result"]["contributions"] = {"gini": 0.25, "top_10_percent": None}
    stayed = deepcopy(company.metric("tenure", HALF_YEAR))
    stayed["result"]["people"] |= {"median": 168.0, "median_ci": [90.9, None]}

    said = participation.section(Tongue("en"), unequal), tenure.section(Tongue("en"), stayed)

    sentences = [block.text for one in said for block in one.blocks if hasattr(block, "text")]
    assert not [text for text in sentences if "–" in text.replace("–1", "")]
    assert any("(95% interval 90.9 or more)" in text for text in sentences)


@pytest.mark.parametrize(
    ("language", "adjusted", "told"),
    [
        ("en", 0.03, "Hochberg): no department known and Sales differ, p 0.03."),
        ("en", 0.3, "Hochberg): none differ clearly."),
        ("nl", 0.03, "geen afdeling bekend en Sales verschillen, p 0,03."),
        ("nl", 0.3, "geen verschilt duidelijk."),
    ],
)  # fmt: skip
def test_of_pairs_of_departments_those_that_differ_are_named(
    company: Folder, language: Language, adjusted: float, told: str
) -> None:
    """At q = .10 of adjusted p-values: of many pairs some differ by chance."""
    stayed = deepcopy(company.metric("tenure", replace(HALF_YEAR, by="department")))
    pair = {"groups": [None, "Sales"], "chi2": 4.7, "p": 0.01, "p_adjusted": adjusted}
    stayed["result"]["groups"][0]["n"] = 12
    stayed["result"]["pairwise"] = [pair]

    said = tenure.section(Tongue(language), stayed)

    [note] = [one.note for one in said.blocks if "Benjamini" in getattr(one, "note", "")]
    assert note.endswith(told)
