"""The pages in English and Dutch."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from babel.support import Translations

from tests.api.samples import a_statement, an_agent
from tests.server import Client

WEB = Path(__file__).parents[2] / "lrs" / "web"
PO = WEB / "translations" / "nl" / "LC_MESSAGES" / "messages.po"


def dutch() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="nl")


def texts() -> set[str]:
    """Every text that stands in the code and the templates of the pages."""
    with (WEB / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {"_": None, "gettext": None, "noted": None}
    found = extract_from_dir(WEB, methods, options, keywords=keywords)
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


def test_every_text_of_the_pages_is_translated_and_no_other() -> None:
    """`make translations` gathers them."""
    translated = {message.id: message.string for message in dutch() if message.id}

    assert set(translated) == texts()
    assert [text for text, dutch_text in translated.items() if not dutch_text] == []


def test_placeholders_are_the_same_in_both_languages() -> None:
    assert [problem for message in dutch() for problem in message.check(dutch())] == []


def test_what_is_compiled_is_what_was_translated() -> None:
    """A page reads the compiled file; `make translations` makes it."""
    compiled = Translations.load(WEB / "translations", ["nl"])

    wrong = [m.id for m in dutch() if m.id and compiled.gettext(m.id) != m.string]
    assert wrong == []


@pytest.mark.parametrize(
    ("asked", "accepted", "language"),
    [
        (None, None, "en"),
        (None, "nl-BE, en;q=0.5", "nl"),
        (None, "fr, de;q=0.5", "en"),
        (None, "en;q=0.2, nl-BE;q=0.9", "nl"),
        (None, "nl;q=0", "en"),
        (None, "en-GB, nl;q=0.9", "en"),
        ("nl", "en", "nl"),
        ("en", "nl", "en"),
        ("xx", "nl", "nl"),
        ("", "nl", "nl"),
    ],
)
@pytest.mark.parametrize("path", ["/", "/programmes", "/declare"])
def test_a_page_speaks_as_it_is_asked_else_as_the_browser_does_else_english(
    lrs: Client, path: str, asked: str | None, accepted: str | None, language: str
) -> None:
    page = lrs.get(path, params={"lang": asked}, headers={"Accept-Language": accepted})

    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert page.headers["Content-Language"] == language
    assert "Accept-Language" in page.headers["Vary"]
    assert (">Programma's</a>" in page.text) == (language == "nl")


def test_links_keep_the_language_that_was_asked_for_and_no_other_does(lrs: Client) -> None:
    asked = lrs.get("/", params={"lang": "nl"}).text
    accepted = lrs.get("/", headers={"Accept-Language": "nl"}).text

    assert 'href="/programmes?lang=nl"' in asked
    assert 'href="/static/lrs.css"' in asked
    assert 'href="/programmes"' in accepted
    assert 'href="?lang=en"' in accepted


def test_the_link_to_the_other_language_keeps_what_else_was_asked(lrs: Client) -> None:
    odd = {"lang": "nl", "_scheme": "javascript", "_external": "1", "endpoint": "doc", "a": '"><b>'}

    page = lrs.get("/programmes", params=odd)

    assert page.status_code == 200
    link = "?lang=en&amp;_scheme=javascript&amp;_external=1&amp;endpoint=doc&amp;a=%22%3E%3Cb%3E"
    assert f'href="{link}"' in page.text


def test_names_in_statements_are_read_in_the_language_of_the_page(lrs: Client) -> None:
    verb = {"id": "http://verbs.example/met", "display": {"en": "met-en", "nl": "met-nl"}}
    lrs.keep(a_statement(actor=an_agent(name="Ann"), verb=verb))

    assert "met-nl" in lrs.get("/", params={"lang": "nl"}).text
    assert "met-nl" in lrs.get("/", headers={"Accept-Language": "nl"}).text
    assert "met-en" in lrs.get("/", params={"lang": "en"}, headers={"Accept-Language": "nl"}).text


def test_the_api_says_nothing_of_languages(lrs: Client) -> None:
    answer = lrs.get("/api/programmes", headers={"Accept-Language": "nl"})

    assert "Content-Language" not in answer.headers
