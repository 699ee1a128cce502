"""Harvesting, whatever the vendor: nothing lost, nothing twice, and the vendor's wishes obeyed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integrations.guard import Forbidden, check
from integrations.harvest import Harvests, job_name
from integrations.http import Http, Later, Refused
from integrations.intake import Intake
from lrs.domain.errors import BadRequest, Conflict
from lrs.services.jobs import Cancelled, LeaseLost, Run
from tests.integrations.vendors.server import CUT, HALF, Asked, Told, Vendor, serving_vendor
from tests.integrations.vendors.wiki import Wiki

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def wiki() -> Wiki:
    return Wiki(35)


@pytest.fixture
def vendor(wiki: Wiki) -> Iterator[Vendor]:
    with serving_vendor(wiki) as up:
        yield up


@pytest.fixture
def source(vendor: Vendor, intake: Intake) -> str:
    options = {"changes_days": 10_000}
    intake.sources.put(
        {"name": "wiki", "integration": "mediawiki", "instance": vendor.url, "options": options}
    )
    return "wiki"


def kept(harvests: Harvests) -> int:
    return harvests.intake.lrs.store.counts()["statements"]


def test_every_page_is_read_to_the_end(harvests: Harvests, source: str) -> None:
    progress = harvests.run(source, SINCE)

    assert (progress.pages, progress.items) == (4, 35)
    assert progress.counts == {"stored": 35}
    assert kept(harvests) == 35


def test_the_next_run_reads_only_what_is_new_and_an_overlap(
    harvests: Harvests, source: str, wiki: Wiki, vendor: Vendor
) -> None:
    harvests.run(source, SINCE)
    wiki.changes = [Wiki.change(n, timestamp=f"2026-11-20T09:{n:02}:00Z") for n in range(1, 36)]
    harvests.run(source)
    wiki.add()
    wiki.changes[-1]["timestamp"] = "2026-11-20T09:40:00Z"
    vendor.asked.clear()

    progress = harvests.run(source)

    assert vendor.asked[0].query["rcstart"] == "2026-11-20T09:30:00+00:00"
    assert progress.counts == {"known": 6, "stored": 1}


def test_what_is_inserted_while_paging_is_read(
    harvests: Harvests, source: str, wiki: Wiki, vendor: Vendor
) -> None:
    def insert(asked: Asked) -> None:
        if len(wiki.changes) < 60:
            wiki.add()

    vendor.before = insert

    harvests.run(source, SINCE)
    harvests.run(source)

    assert kept(harvests) == len(wiki.changes)


def test_broken_connections_and_server_errors_are_tried_again(
    harvests: Harvests, source: str, vendor: Vendor
) -> None:
    vendor.faults.extend([Told("down", 503), None, HALF, CUT, Told(b"<html>", 200), None, CUT])

    progress = harvests.run(source, SINCE)

    assert progress.items == 35
    assert kept(harvests) == 35


def test_retry_after_is_obeyed(harvests: Harvests, source: str, vendor: Vendor) -> None:
    vendor.faults.append(Told({"error": "slow down"}, 429, {"Retry-After": "1"}))
    began = time.monotonic()

    harvests.run(source, SINCE)

    assert time.monotonic() - began >= 1
    assert kept(harvests) == 35


def test_a_long_retry_after_ends_the_run_and_the_source_is_left_alone_until_then(
    harvests: Harvests, source: str, vendor: Vendor
) -> None:
    vendor.faults.extend([None, Told("", 429, {"Retry-After": "3600"})])

    with pytest.raises(Later):
        harvests.run(source, SINCE)

    job = harvests.jobs.job(job_name(source))
    now = time.time_ns() // 1000
    assert kept(harvests) == 10
    assert 3_500_000_000 < job.not_before - now <= 3_600_000_000
    harvests.ask(source)
    assert harvests.due(now) == []
    assert harvests.due(job.not_before) == [source]


def test_a_run_that_was_broken_off_goes_on_from_the_page_after_the_last_stored(
    harvests: Harvests, source: str, vendor: Vendor
) -> None:
    vendor.faults.extend([None, None, Told("", 429, {"Retry-After": "3600"})])
    with pytest.raises(Later):
        harvests.run(source, SINCE)

    progress = harvests.run(source)

    assert progress.counts == {"stored": 15}
    assert kept(harvests) == 35


def test_a_busy_wiki_answers_with_status_200(
    harvests: Harvests, source: str, vendor: Vendor
) -> None:
    lagged = Told({"error": {"code": "maxlag", "lag": 6}}, 200, {"Retry-After": "1"})
    vendor.faults.append(lagged)

    harvests.run(source, SINCE)

    assert kept(harvests) == 35


def test_what_will_not_be_answered_is_not_asked_again_at_once(
    harvests: Harvests, source: str, vendor: Vendor
) -> None:
    vendor.faults.append(Told({"error": {"code": "readapidenied"}}))

    with pytest.raises(Refused, match="readapidenied"):
        harvests.run(source, SINCE)

    assert len(vendor.asked) == 1
    assert harvests.jobs.job(job_name(source)).error == "the wiki answers readapidenied"


def test_two_runs_of_one_source_never_go_on_at_once(harvests: Harvests, source: str) -> None:
    with harvests.jobs.running(job_name(source)) as other:
        assert other is not None
        with pytest.raises(Conflict):
            harvests.run(source, SINCE)

    harvests.run(source, SINCE)


def test_a_lease_is_kept_while_the_run_goes_on_and_runs_out_when_its_worker_dies(
    harvests: Harvests, source: str
) -> None:
    name = job_name(source)
    with harvests.jobs.running(name) as held:
        time.sleep(2.5)  # longer than the lease
        assert harvests.jobs.job(name).is_running(time.time_ns() // 1000)
        assert held is not None
        held.save({"list": "recentchanges"}, {})

    run = Run(harvests.jobs, name, "killed")  # nobody keeps it alive
    assert run.claim(None)
    time.sleep(2.5)

    assert harvests.due(time.time_ns() // 1000) == [source]
    with harvests.jobs.running(name) as taken_over:
        assert taken_over is not None
        with pytest.raises(LeaseLost):
            run.save({"old": True}, {})
    assert "old" not in harvests.jobs.job(name).state


def test_a_cancelled_run_ends_after_a_page_and_keeps_where_it_was(
    harvests: Harvests, source: str
) -> None:
    with pytest.raises(Cancelled):
        harvests.run(source, SINCE, report=lambda _: harvests.jobs.cancel(job_name(source)))

    assert 10 <= kept(harvests) <= 20
    harvests.run(source)
    assert kept(harvests) == 35


def test_a_source_is_due_when_its_minutes_are_over(
    harvests: Harvests, source: str, vendor: Vendor
) -> None:
    settings = {"name": source, "integration": "mediawiki", "instance": vendor.url}
    options = {"changes_days": 10_000}
    harvests.intake.sources.put({**settings, "every_minutes": 10, "options": options})
    harvests.run(source, SINCE)
    now = time.time_ns() // 1000

    assert harvests.due(now) == []
    assert harvests.due(now + 601_000_000) == [source]


def test_a_source_that_is_not_harvested_is_refused(harvests: Harvests) -> None:
    harvests.intake.sources.put(
        {"name": "own", "integration": "generic", "instance": "https://own.example"}
    )

    with pytest.raises(BadRequest):
        harvests.run("own")


def test_only_what_the_configuration_names_may_be_in_a_private_network(vendor: Vendor) -> None:
    vendor.answer = lambda _asked: Told({})

    assert Http((vendor.url,)).get(vendor.url).status == 200
    with pytest.raises(Refused, match="public internet"):
        Http(("https://elsewhere.example",)).get(vendor.url)


@pytest.mark.parametrize("address", ["169.254.169.254", "fe80::1", "224.0.0.1", "::", "0.0.0.0"])
def test_some_addresses_are_refused_even_where_the_configuration_names_them(address: str) -> None:
    """A cloud's credentials are at a link-local address."""
    with pytest.raises(Forbidden):
        check(address, trusted=True)


@pytest.mark.parametrize("address", ["10.1.2.3", "127.0.0.1", "::1", "::ffff:10.0.0.1", "fd00::1"])
def test_an_intranet_is_reached_only_where_the_configuration_names_it(address: str) -> None:
    check(address, trusted=True)

    with pytest.raises(Forbidden):
        check(address, trusted=False)


def test_a_redirect_into_the_network_is_refused(vendor: Vendor) -> None:
    port = vendor.url.rpartition(":")[2]
    vendor.faults.append(Told("", 302, {"Location": f"http://localhost:{port}/admin"}))
    client = Http((vendor.url,), {"Authorization": "Bearer secret"})

    with pytest.raises(Refused, match="public internet"):
        client.get(f"{vendor.url}/feed")

    assert [asked.path for asked in vendor.asked] == ["/feed"]


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/next",
        "https://wiki.example:8443/next",
        "https://wiki.example@elsewhere.example/next",
        "https://elsewhere.example\\@wiki.example/next",
        "https://wiki.example.elsewhere.example/next",
        "http://wiki.example/next",  # for everybody on the way to read
    ],
)
def test_what_lets_us_in_goes_to_no_other_host_and_not_unencrypted(url: str) -> None:
    client = Http(("https://wiki.example/w",), {"Authorization": "Bearer secret"})

    assert client.headers_for("https://Wiki.example/next") == {"Authorization": "Bearer secret"}
    assert client.headers_for(url) == {}


def test_the_address_that_is_asked_is_the_one_whose_host_was_looked_at(vendor: Vendor) -> None:
    """Parsers differ over a backslash; the sender's own has to say who gets the secret."""
    client = Http(("https://wiki.example",), {"Authorization": "Bearer secret"})
    odd = vendor.url.replace("127.0.0.1", "localhost") + "\\@wiki.example/next"

    with pytest.raises(Refused, match="public internet"):
        client.get(odd)

    assert vendor.asked == []


def test_a_stream_that_is_opened_again_may_ask_what_it_asked_before(vendor: Vendor) -> None:
    vendor.answer = lambda _asked: Told({})
    client = Http((vendor.url,))
    for _ in range(10):
        client.get(vendor.url)
    with pytest.raises(Refused, match="circle"):
        client.get(vendor.url)

    list(client.lines(vendor.url, {}))

    assert client.get(vendor.url).status == 200


def test_an_answer_that_is_too_large_is_refused(vendor: Vendor) -> None:
    vendor.faults.append(Told(b" " * (17 * 2**20)))

    with pytest.raises(Refused, match="larger"):
        Http((vendor.url,)).get(vendor.url)


@pytest.mark.parametrize("form", ["seconds", "epoch", "iso"])
def test_when_nothing_is_left_of_the_allowance_the_next_request_waits(
    vendor: Vendor, form: str
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    reset = {"seconds": "1", "epoch": str(int(soon.timestamp())), "iso": soon.isoformat()}[form]
    left = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset}
    vendor.faults.extend([Told({}, 200, left), Told({})])
    client = Http((vendor.url,))
    began = time.monotonic()

    client.get(vendor.url)
    client.get(vendor.url)

    assert time.monotonic() - began >= 0.9
