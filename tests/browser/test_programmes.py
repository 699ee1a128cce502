"""The pages of programmes in a real browser: on a desk and on a telephone, in English and Dutch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.driver import MISSING, Browser, browsing
from tests.browser.test_latest import BEYOND_THE_EDGE, WIDTHS, signed_in
from tests.programmes import VOCABULARY, full, plain
from tests.server import Client, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"not run: {' and '.join(MISSING)} missing"),
]
# Fields without a name that a screen reader could say.
NAMELESS = """
    const fields = [...document.querySelectorAll('input, select, textarea')];
    return fields.filter(e => e.type !== 'hidden' && !e.labels.length).map(e => e.name);
"""
UNDESCRIBED = """
    const wrong = [...document.querySelectorAll('[aria-invalid]')];
    return wrong.filter(e => !document.getElementById(e.getAttribute('aria-describedby')))
                .map(e => e.name);
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serving() as server:
        client = Client.of(server)
        client.put("/api/topics", json=VOCABULARY)
        yield client


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def fill(browser: Browser, **values: str) -> None:
    """Fill fields in by their name, two underscores standing for a point, and send the form."""
    for name, value in values.items():
        field = f"document.querySelector('[name=\"{name.replace('__', '.')}\"]')"
        browser.run(f"{field}.value = {value!r}")
    browser.run("document.querySelector('form button').click()")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("language", "said"), [("en", "Days"), ("nl", "Dagen")])
def test_a_programme_is_declared(
    client: Client, browser: Browser, width: int, language: str, said: str
) -> None:
    name = plain()["id"]
    browser.open(signed_in(client, f"/declare?lang={language}"), width)

    fill(browser, id=name, name__en="A training", activities="https://lms.example/1")
    browser.wait_for("dl")

    assert browser.run("return location.pathname + location.search") == (
        f"/programmes/{name}?lang={language}"
    )
    assert browser.run("return document.querySelector('h1').innerText") == "A training"
    terms = browser.run("return [...document.querySelectorAll('dt')].map(e => e.innerText)")
    assert said in terms
    assert client.get(f"/api/programmes/{name}").json()["version"] == 1


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_wrong_is_told_in_the_language_of_the_page_and_to_screen_readers(
    client: Client, browser: Browser, width: int
) -> None:
    browser.open(signed_in(client, "/declare?lang=nl"), width)

    fill(browser, id="Fout", windows__exposure="0")
    browser.wait_for(".fault")

    told = browser.run("return [...document.querySelectorAll('.fault')].map(e => e.innerText)")
    assert "dit moet een geheel getal van 1 tot en met 3650 zijn" in told
    assert len(told) == 5  # the whole, the id, the name, the Activities and the window
    assert browser.run("return [...document.querySelectorAll('[aria-invalid]')].length") == 3
    assert browser.run(UNDESCRIBED) == []
    assert browser.run(BEYOND_THE_EDGE) == [0, []]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_nothing_goes_beyond_the_edge_and_every_field_has_a_name(
    client: Client, browser: Browser, width: int, language: str
) -> None:
    long = {
        "name": {"en": "N" * 200, "nl": "Arbeidsomstandighedenwetgevingsopleiding" * 3},
        "activities": ["https://lms.example/" + "a" * 300],
        "openings": [{"department": "D" * 200, "at": "2026-03-01"}],
    }
    client.post("/api/programmes", json={**full(), **long})

    for path in ("/programmes", "/programmes/feedback", "/declare?programme=feedback"):
        mark = "&" if "?" in path else "?"
        browser.open(signed_in(client, f"{path}{mark}lang={language}"), width)

        assert browser.run("return window.innerWidth") == width
        assert browser.run("return document.documentElement.lang") == language
        assert browser.run(BEYOND_THE_EDGE) == [0, []], path
        assert browser.run(NAMELESS) == []
