"""The pages in a real browser, as wide as a desk's and as narrow as a telephone's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.samples import a_statement, an_agent
from tests.browser.driver import MISSING, Browser, browsing
from tests.server import Client, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"not run: {' and '.join(MISSING)} missing"),
]
WIDTHS = (1280, 390)
# How far the page is wider than its viewport, and which elements end right of it. Neither may hide
# behind a box that scrolls; the table's head is clipped away where the screen is narrow.
BEYOND_THE_EDGE = """
    const page = document.documentElement;
    const shown = [...document.querySelectorAll('body *')].filter(e => !e.closest('thead'));
    const beyond = shown.filter(e => e.getBoundingClientRect().right > page.clientWidth + 1);
    return [page.scrollWidth - page.clientWidth, beyond.map(e => e.outerHTML.slice(0, 80))];
"""
TAGS = "return [...document.querySelectorAll('.opblock-tag')].map(e => e.innerText)"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with serving() as server:
        yield Client.of(server)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def signed_in(client: Client, path: str) -> str:
    """An address that gives the browser the key, as a person does when it asks."""
    assert client.auth is not None
    return client.url.replace("://", f"://{client.auth.username}:{client.auth.password}@") + path


@pytest.mark.parametrize("width", WIDTHS)
def test_the_newest_statement_stands_first(client: Client, browser: Browser, width: int) -> None:
    client.keep(a_statement(), a_statement())
    [newest] = client.keep(a_statement(actor=an_agent(name=f"Anna {width}")))

    browser.open(signed_in(client, "/"), width)

    first = browser.run("const r = document.querySelector('tbody tr'); return [r.id, r.innerText]")
    assert first[0] == newest
    assert f"Anna {width}" in first[1]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_goes_beyond_the_edge(client: Client, browser: Browser, width: int) -> None:
    """Names and addresses come from elsewhere, and some have no place to break."""
    client.keep(
        a_statement(
            actor=an_agent(name="N" * 120),
            verb={"id": "http://verbs.example/" + "v" * 120},
            object={"id": "https://forum.example/" + "t" * 300},
            context={"platform": "P" * 120},
        )
    )

    browser.open(signed_in(client, "/"), width)

    assert browser.run("return window.innerWidth") == width
    assert browser.run(BEYOND_THE_EDGE) == [0, []]


@pytest.mark.parametrize("width", WIDTHS)
def test_the_api_is_described_without_the_internet(
    client: Client, browser: Browser, width: int
) -> None:
    browser.open(client.url + "/api/docs", width)

    browser.wait_for(".opblock-tag")
    asked = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
    assert all(url.startswith((client.url, "data:")) for url in asked)
    assert any("Statements: what happened" in tag for tag in browser.run(TAGS))
