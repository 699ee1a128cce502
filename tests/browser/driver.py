"""A browser for tests: Debian's Chromium through chromedriver, spoken to as WebDriver has it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from benchmarks.servers import free_port

MISSING = tuple(name for name in ("chromium", "chromedriver") if shutil.which(name) is None)
_HEIGHT = 900
_PATIENCE_SECONDS = 30
# Without what Chromium asks of the internet by itself.
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Browser:
    """
    One window.

    Args:
        url: Of its session at chromedriver.
    """

    url: str
    session: requests.Session

    def command(self, path: str, **parameters: Any) -> Any:
        """
        A command of WebDriver, such as "url"; what it gives back.

        Raises:
            AssertionError: It did not succeed; with what chromedriver says of it.
        """
        answer = self.session.post(f"{self.url}/{path}", json=parameters, timeout=_PATIENCE_SECONDS)
        assert answer.ok, answer.text
        return answer.json()["value"]

    def open(self, url: str, width: int) -> None:
        """Load a page in a viewport of this many CSS pixels; narrow ones as a telephone has them."""
        metrics = {"width": width, "height": _HEIGHT, "deviceScaleFactor": 1, "mobile": width < 600}
        self.command("goog/cdp/execute", cmd="Emulation.setDeviceMetricsOverride", params=metrics)
        self.command("url", url=url)

    def run(self, script: str) -> Any:
        """What a script returns that runs in the page."""
        return self.command("execute/sync", script=script, args=[])

    def wait_for(self, selector: str) -> None:
        """Wait until an element is there that a CSS selector finds."""
        until = time.monotonic() + _PATIENCE_SECONDS
        while not self.run(f"return document.querySelector('{selector}') !== null"):
            assert time.monotonic() < until, f"{selector} did not appear"
            time.sleep(0.1)


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own, until the block ends."""
    port = free_port()
    driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
    try:
        with requests.Session() as session:
            session.trust_env = False
            with _window(session, f"http://127.0.0.1:{port}", profile) as browser:
                yield browser
    finally:
        driver.terminate()
        driver.wait()


@contextmanager
def _window(session: requests.Session, driver: str, profile: Path) -> Iterator[Browser]:
    _wait(session, driver)
    options = {
        "binary": shutil.which("chromium"),
        "args": [*_ARGUMENTS, f"--user-data-dir={profile}"],
    }
    made = session.post(
        f"{driver}/session",
        json={"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}},
        timeout=_PATIENCE_SECONDS,
    )
    assert made.ok, made.text
    url = f"{driver}/session/{made.json()['value']['sessionId']}"
    try:
        yield Browser(url, session)
    finally:
        session.delete(url, timeout=_PATIENCE_SECONDS)


def _wait(session: requests.Session, driver: str) -> None:
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            if session.get(f"{driver}/status", timeout=_PATIENCE_SECONDS).ok:
                return
        except requests.ConnectionError:
            assert time.monotonic() < until, "chromedriver did not start"
        time.sleep(0.1)
