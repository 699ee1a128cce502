"""
What every harvester must do with a vendor's odd answers. A test of a harvester inherits
`HarvesterContract` and gives it a vendor; the rules are here, once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from integrations.harvest import Harvests, Progress, job_name
from integrations.http import Later, Refused
from lrs.services.jobs import Jobs
from tests.contract.places import Place
from tests.integrations.conftest import LEASE_SECONDS, intake_over
from tests.integrations.vendors.reading import Serve, put
from tests.integrations.vendors.server import Asked, Told, Vendor

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = datetime(2026, 10, 1, tzinfo=UTC)  # before what any of these vendors tells
SECRET = "not-for-others"
_NO_ANSWERS = (b"<html><p>Sorry</p></html>", b"", b"null", b"{}", b"[]")
_NO_ITEMS: tuple[Any, ...] = (None, "text", {})
_NO_MARKS = (7, ["a"])
_MOST_REQUESTS = 150  # far more than any of these vendors needs


class HarvesterContract:
    """
    Attributes:
        name: Of the harvester.
        options: Of the source; "{url}" stands for the vendor's address.
        access: What lets it in.
        items: Keys of the lists in answers whose items are read one by one; "" for an answer that
            is such a list itself.
        marks: Keys in answers that say from where to go on.
        vague: Answers that cannot be told from a good one with nothing in it.
        counts: It asks by numbers of its own, so that answers cannot lead it in a circle.
    """

    name: ClassVar[str]
    options: ClassVar[Mapping[str, Any]] = {}
    access: ClassVar[Mapping[str, str]] = {}
    items: ClassVar[tuple[str, ...]] = ()
    marks: ClassVar[tuple[str, ...]] = ()
    vague: ClassVar[tuple[bytes, ...]] = ()
    counts: ClassVar[bool] = False

    def answer(self, asked: Asked, url: str) -> Told:
        """What the vendor, who is up at an address, answers; of several pages if there can be."""
        raise NotImplementedError

    def question(self, asked: Asked) -> str:
        """What is asked, whichever page of it."""
        return asked.path

    @pytest.fixture(autouse=True)
    def without_patience(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What would be asked again at once is given up at once: these vendors never mend."""
        monkeypatch.setattr("integrations.http.ATTEMPTS", 1)

    @pytest.fixture
    def vendor(self, serve: Serve) -> Vendor:
        vendor = serve(lambda asked: self.answer(asked, vendor.url))
        return vendor

    @pytest.fixture
    def good(self, vendor: Vendor, tmp_path: Path) -> list[Told]:
        """All that a vendor answers to a run that reads everything."""
        told: list[Told] = []

        def note(asked: Asked) -> Told:
            told.append(self.answer(asked, vendor.url))
            return told[-1]

        vendor.answer = note
        with self.fresh(tmp_path, vendor) as harvests:
            harvests.run("told", SINCE)
            self.all = kept(harvests)
        vendor.answer = lambda asked: self.answer(asked, vendor.url)
        assert self.all
        return told

    @contextmanager
    def fresh(self, tmp_path: Path, vendor: Vendor) -> Iterator[Harvests]:
        """An empty store with the vendor as a source."""
        place = Place(path=tmp_path / f"{time.monotonic_ns()}.sqlite")
        with place.opened() as store:
            harvests = Harvests(intake_over(store), Jobs(store, LEASE_SECONDS))
            options = json.loads(json.dumps(self.options).replace("{url}", vendor.url))
            put(harvests, self.name, vendor, options=options, access=dict(self.access))
            yield harvests

    def test_an_answer_of_another_kind_loses_nothing(
        self, good: list[Told], vendor: Vendor, tmp_path: Path
    ) -> None:
        for place, told in enumerate(good):
            for body in (*_NO_ANSWERS, told.data[: len(told.data) // 2]):
                if body in self.vague or body == told.data:
                    continue
                with self.fresh(tmp_path, vendor) as harvests:
                    self.ends(harvests, vendor, place, Told(body))
                    assert self.carries_on(harvests) == self.all, (place, body)

    def test_a_wrong_mark_of_where_to_go_on_loses_nothing(
        self, good: list[Told], vendor: Vendor, tmp_path: Path
    ) -> None:
        """It must never become the cursor: every later run would begin from it."""
        for place, told in enumerate(good):
            for body in changed(told.body, self.marks, lambda _: _NO_MARKS):
                with self.fresh(tmp_path, vendor) as harvests:
                    self.ends(harvests, vendor, place, Told(body, 200, told.headers))
                    assert self.carries_on(harvests) == self.all, (place, body)

    def test_what_is_no_item_keeps_no_other_out_and_is_kept_as_a_dead_letter(
        self, good: list[Told], vendor: Vendor, tmp_path: Path
    ) -> None:
        for place, told in enumerate(good):
            for body in changed(told.body, self.items, with_no_item):
                with self.fresh(tmp_path, vendor) as harvests:
                    progress = self.ends(harvests, vendor, place, Told(body, 200, told.headers))
                    assert progress is not None, (place, body)
                    assert progress.counts["dead-lettered"] == 1, (place, body)
                    assert len(harvests.intake.letters.list("told")) == 1
                    assert kept(harvests) == self.all, (place, body)

    def test_a_key_that_is_missing_ends_in_a_clear_way(
        self, good: list[Told], vendor: Vendor, tmp_path: Path
    ) -> None:
        for place, told in enumerate(good):
            for key in told.body if isinstance(told.body, dict) else ():
                body = {one: held for one, held in told.body.items() if one != key}
                with self.fresh(tmp_path, vendor) as harvests:
                    self.ends(harvests, vendor, place, Told(body, 200, told.headers))
                    self.carries_on(harvests)

    def test_answers_that_lead_in_a_circle_end(
        self, vendor: Vendor, good: list[Told], tmp_path: Path
    ) -> None:
        first: dict[str, Told] = {}

        def again(asked: Asked) -> Told:
            assert len(vendor.asked) < _MOST_REQUESTS
            return first.setdefault(self.question(asked), self.answer(asked, vendor.url))

        vendor.asked.clear()
        vendor.answer = again
        with self.fresh(tmp_path, vendor) as harvests:
            progress = self.ends(harvests, vendor, 0, None)

        assert len(vendor.asked) < _MOST_REQUESTS
        assert (progress is not None) is self.counts

    def ends(
        self, harvests: Harvests, vendor: Vendor, place: int, odd: Told | None
    ) -> Progress | None:
        """The progress of a run with one odd answer; None where it ended with a reason."""
        vendor.faults.clear()
        vendor.faults.extend([None] * place + [odd])
        progress = None
        with suppress(Later, Refused):
            progress = harvests.run("told", SINCE)
        vendor.faults.clear()
        job = harvests.jobs.job(job_name("told"))
        is_later = job.not_before > time.time_ns() // 1000
        assert (bool(job.error), is_later) == (progress is None,) * 2
        return progress

    def carries_on(self, harvests: Harvests) -> int:
        """How many Statements there are once the vendor answers well again."""
        harvests.run("told")
        return kept(harvests)


class FollowsAddresses(HarvesterContract):
    """Of a harvester that asks at addresses which an answer holds."""

    def test_an_address_of_another_host_never_gets_what_lets_us_in(
        self,
        good: list[Told],
        vendor: Vendor,
        serve: Serve,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        # Another host inside the network would not be asked at all.
        monkeypatch.setattr("integrations.guard.check", lambda _address, trusted: None)
        other = serve(lambda asked: self.answer(asked, vendor.url))
        for place, told in enumerate(good):
            body = told.data.replace(vendor.url.encode(), other.url.encode())
            headers = {k: v.replace(vendor.url, other.url) for k, v in told.headers.items()}
            with self.fresh(tmp_path, vendor) as harvests:
                self.ends(harvests, vendor, place, Told(body, 200, headers))

        assert other.asked
        for asked in other.asked:
            assert "authorization" not in asked.headers
            assert SECRET not in repr(asked)


def kept(harvests: Harvests) -> int:
    return harvests.intake.lrs.store.counts()["statements"]


def with_no_item(items: Any) -> Iterator[Any]:
    """A list with something in it that is none."""
    yield from ([one, *items] for one in _NO_ITEMS if isinstance(items, list))


def changed(
    held: Any, keys: tuple[str, ...], others: Callable[[Any], Any], key: str = ""
) -> Iterator[Any]:
    """An answer with, in turn, each value under one of the keys changed."""
    if key in keys:
        yield from others(held)
    if isinstance(held, dict):
        for name, value in held.items():
            yield from ({**held, name: one} for one in changed(value, keys, others, name))
