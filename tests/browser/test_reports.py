"""A report in a real browser, on a desk and on a telephone; and the page that lists them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from analytics.reports import Request, make
from tests.analytics.planted import kept_in, knowing
from tests.analytics.reports.company import HALF_YEAR, Company, Folder
from tests.browser.driver import MISSING, Browser, browsing
from tests.browser.test_latest import signed_in
from tests.server import Client, serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(bool(MISSING), reason=f"not run: {' and '.join(MISSING)} missing"),
]
WIDTHS = (1280, 360)
SHOWN = """
    const shown = [...document.querySelectorAll('svg')].filter(e => e.checkVisibility());
    return shown.map(e => Math.round(e.getBoundingClientRect().width));
"""
# Charts that are shown with a text smaller than 9 px cannot be read.
SMALLEST = """
    const shown = [...document.querySelectorAll('svg')].filter(e => e.checkVisibility());
    const sizes = shown.flatMap(svg => {
        const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
        return [...svg.querySelectorAll('text')]
            .map(e => parseFloat(e.getAttribute('font-size')) * scale);
    });
    return Math.min(...sizes);
"""
BEYOND = "const p = document.documentElement; return p.scrollWidth - p.clientWidth"
FETCHED = "return performance.getEntriesByType('resource').map(e => e.name)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An overview of a company, as a file on a disk."""
    made, folder = Company(), tmp_path_factory.mktemp("report")
    with kept_in(folder, made.statements()) as kept:
        kept.refresh(knowledge=knowing(made.of))
    report = make("overview", Folder(folder / "facts"), Request(HALF_YEAR, "nl"))
    file = folder / "overview.html"
    file.write_bytes(report.html)
    return file


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_fits_and_its_charts_can_be_read(page: Path, browser: Browser, width: int) -> None:
    browser.open(page.as_uri(), width)

    widths = browser.run(SHOWN)
    assert len(widths) >= 8
    assert all(280 < shown <= min(width, 700) for shown in widths)
    assert browser.run(SMALLEST) >= 9
    assert browser.run(BEYOND) == 0
    assert browser.run(FETCHED) == []


def test_its_own_style_is_let_through_by_its_policy(page: Path, browser: Browser) -> None:
    """The policy of the page names the style sheet by its digest."""
    browser.open(page.as_uri(), 1280)

    assert browser.run("return getComputedStyle(document.body).maxWidth") == "736px"


@pytest.mark.parametrize("width", WIDTHS)
def test_the_reports_that_there_will_be_are_listed(browser: Browser, width: int) -> None:
    with serving() as server:
        client = Client.of(server)

        browser.open(signed_in(client, "/reports?lang=nl"), width)

        assert browser.run("return document.querySelector('h1').innerText") == "Rapporten"
        assert "nog niet" in browser.run("return document.querySelector('tbody').innerText")
        assert browser.run(BEYOND) == 0
