"""The form of a pulse in a real browser: on a telephone, in Dutch, by keyboard, without scripts."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.servers import Server
from lrs.domain.pulse_texts import PAGE
from tests.browser.driver import MISSING, Browser, browsing
from tests.browser.test_latest import BEYOND_THE_EDGE
from tests.pulses.test_pages import answers, asked
from tests.server import Client, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"not run: {' and '.join(MISSING)} missing"),
]
WIDTHS = (320, 360, 1280)
# What has no name for who hears the page instead of seeing it, and what is too small for a thumb.
UNNAMED = """
    return [...document.querySelectorAll('input, button, a')].filter(e =>
        !(e.labels && [...e.labels].some(l => l.innerText.trim())) && !e.innerText.trim())
        .map(e => e.outerHTML)
"""
SMALL = """
    return [...document.querySelectorAll('.levels label, .line, button')]
        .map(e => e.getBoundingClientRect()).filter(r => r.height < 40 || r.width < 40).length
"""
LEGENDS = "return [...document.querySelectorAll('fieldset > legend')].map(e => e.innerText)"
# The ratio of WCAG 2.2, 1.4.3, of every text to what is behind it.
FAINT = """
    const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
        .map(x => x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
        return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
    const behind = e => { for (; e; e = e.parentElement) {
        const c = getComputedStyle(e).backgroundColor;
        if (!/, 0\\)|0\\.\\d+\\)/.test(c)) return c; }
        return 'rgb(255, 255, 255)' };
    return [...document.querySelectorAll('body *')].filter(e =>
        [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).filter(e => {
        const [a, b] = [light(getComputedStyle(e).color), light(behind(e))];
        return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) < 4.5 }).map(e => e.outerHTML)
"""


@pytest.fixture(scope="module")
def up() -> Iterator[Server]:
    with serving(LRS_WORKERS="1") as server:
        yield server


@pytest.fixture(scope="module")
def client(up: Server) -> Iterator[Client]:
    client = Client.of(up)
    with client.session:
        yield client


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


def pictured(browser: Browser, folder: Path, name: str) -> None:
    """A picture of all of the page, for people to look at."""
    script = "return [window.innerWidth, document.documentElement.scrollHeight]"
    width, height = browser.run(script)
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    how = {"captureBeyondViewport": True, "clip": clip}
    taken = browser.command("goog/cdp/execute", cmd="Page.captureScreenshot", params=how)
    (folder / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_form_fits_and_everything_has_a_name(
    up: Server, client: Client, browser: Browser, tmp_path: Path, width: int, language: str
) -> None:
    path, _ = asked(up, client, tmp_path)

    browser.open(f"{client.url}{path}?language={language}", width)
    pictured(browser, tmp_path, f"pulse-{language}-{width}")

    assert browser.run("return window.innerWidth") == width
    assert browser.run("return document.documentElement.lang") == language
    assert browser.run(BEYOND_THE_EDGE)[0] == 0
    assert browser.run(UNNAMED) == []
    assert browser.run(FAINT) == []
    assert browser.run(SMALL) == 0
    assert len(browser.run(LEGENDS)) == 3
    loaded = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
    assert loaded
    assert all(url.startswith(client.url) for url in loaded)


def test_an_answer_is_given_on_a_telephone_in_dutch(
    up: Server, client: Client, browser: Browser, tmp_path: Path
) -> None:
    path, programme = asked(up, client, tmp_path)
    browser.open(f"{client.url}{path}?language=nl", 360)

    browser.run("document.getElementById('score-80').click()")
    browser.run("document.getElementById('helped_by-colleague').click()")
    browser.run("document.querySelector('button').click()")
    browser.wait_for("main > h1:not(.for-readers)")
    pictured(browser, tmp_path, "pulse-thanks")

    assert PAGE["nl"]["thanks"] in browser.run("return document.body.innerText")
    [statement] = answers(client, programme)
    assert statement["result"]["score"]["raw"] == 80


def test_the_browser_itself_holds_back_a_form_without_an_answer(
    up: Server, client: Client, browser: Browser, tmp_path: Path
) -> None:
    path, programme = asked(up, client, tmp_path)
    browser.open(client.url + path, 360)

    browser.run("document.querySelector('button').click()")

    assert browser.run("return document.querySelectorAll('input:invalid').length") > 0
    assert answers(client, programme) == []
