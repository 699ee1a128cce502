"""/api/analytics on a real server: figures, formats, refusals, scopes, and who asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import duckdb
import psutil
import pytest

from analytics.registry import metrics
from tests.analytics.planted_organisation import MONTHS, Organisation
from tests.analytics.site import METRICS, WINDOW, Site, fill, measured, table
from tests.server import Client, refusal, run_lrs, serving

PARTICIPATION = f"{METRICS}/participation"
REFRESH = "/api/analytics/jobs/refresh"
K = 10


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    return Organisation(seed=7)


@pytest.fixture(scope="module")
def site(organisation: Organisation) -> Iterator[Site]:
    """A server that shows everything."""
    with serving(LRS_MIN_GROUP="1") as server:
        yield fill(server, organisation)


@pytest.fixture(scope="module")
def careful(organisation: Organisation) -> Iterator[Site]:
    """A server that shows nothing about fewer than ten."""
    with serving(LRS_MIN_GROUP=str(K)) as server:
        yield fill(server, organisation)


def leaves(value: Any) -> Iterator[Any]:
    """Every single value of a result but the labels of its rows."""
    if isinstance(value, dict):
        for name, own in value.items():
            if name not in ("month", "period", "department", "topic"):
                yield from leaves(own)
    elif isinstance(value, list):
        for own in value:
            yield from leaves(own)
    else:
        yield value


def test_figures_are_what_was_planted(site: Site, organisation: Organisation) -> None:
    found = measured(site.client, "participation").json()["result"]["months"]

    assert [row["month"] for row in found] == list(MONTHS)
    for row in found:
        truth = {name: len(who) for name, who in organisation.levels(row["month"]).items()}
        assert {name: row[name] for name in truth} == truth


@pytest.mark.parametrize("name", sorted(metrics()))
def test_csv_and_parquet_hold_the_figures_of_the_json(
    site: Site, careful: Site, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    by = "department" if "department" in metrics()[name].by else None
    for client in (site.client, careful.client):
        split = {"by": by} if by else {}
        result = measured(client, name, **split).json()["result"]
        rows = table(measured(client, name, **split, format="csv").content)
        path = tmp_path_factory.mktemp("parquet") / "figures.parquet"
        path.write_bytes(measured(client, name, **split, format="parquet").content)
        columns = duckdb.read_parquet(str(path)).fetchall()

        told = [row["value"] or row["text"] for row in rows]
        truth = list(leaves(result))
        assert told == [as_csv(value) for value in truth]
        assert [row[-2] for row in columns] == [
            float(row["value"]) if row["value"] else None for row in rows
        ]
        assert [row[-1] or "" for row in columns] == [row["text"] for row in rows]
        places = [(row["section"], row["row"], row["period"], row["figure"]) for row in rows]
        assert len(set(places)) == len(places)


def as_csv(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_no_format_tells_a_small_group(careful: Site, organisation: Organisation) -> None:
    rows = table(measured(careful.client, "participation", by="department", format="csv").content)

    hidden = shown = 0
    for row in rows:
        if row["section"] != "groups" or row["figure"] not in organisation.levels(row["period"]):
            continue
        people = organisation.levels(row["period"])[row["figure"]]
        truth = sum(organisation.of[who] == row["part"] for who in people)
        assert row["value"] in ("", str(truth))
        assert not 0 < truth < K or row["value"] == ""
        hidden += row["value"] == ""
        shown += row["value"] != ""
    assert hidden
    assert shown


def test_the_same_question_gets_the_same_bytes_of_every_process_and_format(site: Site) -> None:
    cutoff = measured(site.client, "participation").json()["cutoff"]
    for form in ("json", "csv", "parquet"):
        asked = {**WINDOW, "cutoff": cutoff, "format": form}

        def ask(_: int, asked: dict[str, str] = asked) -> bytes:
            return Client.of(site.server).get(f"{METRICS}/growth", params=asked).content

        with ThreadPoolExecutor(2) as pool:
            answers = set(pool.map(ask, range(12)))

        assert len(answers) == 1


def test_a_question_about_what_was_known_is_answered_alike_when_more_is_known() -> None:
    with serving(LRS_MIN_GROUP="1") as server:
        site = fill(server, Organisation(seed=3))
        before = measured(site.client, "participation")
        cutoff = before.json()["cutoff"]
        more = next(Organisation(seed=4).statements()) | {
            "id": "0d7f0fc2-60f2-4a3c-8f20-000000000001"
        }
        site.client.keep(more)
        run_lrs(server, "analyse", "refresh")

        after = measured(site.client, "participation", cutoff=cutoff)

        assert after.content == before.content
        now = measured(site.client, "participation").json()
        assert now["rows_used"] == before.json()["rows_used"] + 1


def test_accept_chooses_the_format_and_the_parameter_goes_before_it(site: Site) -> None:
    def kind(accept: str, **more: str) -> str:
        asked = {**WINDOW, **more}
        answer = site.client.get(PARTICIPATION, params=asked, headers={"Accept": accept})
        return answer.headers["Content-Type"].split(";")[0]

    assert kind("text/csv") == "text/csv"
    assert kind("application/vnd.apache.parquet") == "application/vnd.apache.parquet"
    assert kind("application/json, text/csv") == "application/json"
    assert kind("*/*") == "application/json"
    assert kind("text/csv", format="json") == "application/json"


def test_ids_lead_back_to_the_statements(site: Site) -> None:
    ids = measured(site.client, "participation", ids=3).json()["statement_ids"]

    assert len(ids) == 3
    for one in ids:
        assert site.client.get("statements", params={"statementId": one}).status_code == 200


def test_options_of_the_metric_are_parameters_of_their_kind(site: Site) -> None:
    asked = {"gap_days": "30", "complete_start": "true"}

    options = measured(site.client, "tenure", **asked).json()["options"]

    assert options == {"gap_days": 30, "complete_start": True}


@pytest.mark.parametrize(
    ("name", "asked", "at"),
    [
        ("participation", {"nope": "1"}, "nope"),
        ("participation", {"gap_days": "1"}, "gap_days"),
        ("participation", {"by": "mood"}, "by"),
        ("participation", {"by": ""}, "by"),
        ("participation", {"since": "yesterday"}, "since"),
        ("participation", {"since": "2026-02-30"}, "since"),
        ("participation", {"since": "2026-05-01"}, "until"),
        ("participation", {"since": "1900-01-01"}, "since"),
        ("participation", {"timezone": "Mars/Base"}, "timezone"),
        ("participation", {"timezone": "../etc/passwd"}, "timezone"),
        ("participation", {"timezone": "America"}, "timezone"),
        ("participation", {"format": "xlsx"}, "format"),
        ("participation", {"ids": "-1"}, "ids"),
        ("participation", {"cutoff": "soon"}, "cutoff"),
        ("tenure", {"gap_days": "0"}, "gap_days"),
        ("tenure", {"gap_days": "ten"}, "gap_days"),
        ("tenure", {"complete_start": "1"}, "complete_start"),
        ("network", {"layers": "smoke"}, "layers"),
        ("formal_social", {"period": "day"}, "period"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    site: Site, name: str, asked: dict[str, str], at: str
) -> None:
    answer = site.client.get(f"{METRICS}/{name}", params={**WINDOW, **asked})

    assert refusal(answer, 400)["at"] == at


@pytest.mark.parametrize(
    "path", ["metrics/nope", "programmes/nope/transfer", "jobs/nope", "jobs/transfer/nope"]
)
def test_what_is_not_there_is_not_found(site: Site, path: str) -> None:
    refusal(site.client.get(f"/api/analytics/{path}"), 404)


def test_before_the_first_refresh_there_are_no_figures(lrs: Client) -> None:
    refusal(lrs.get(PARTICIPATION), 404)


def test_days_are_those_of_the_time_zone(site: Site) -> None:
    found = measured(site.client, "participation", timezone="Europe/Amsterdam").json()

    assert found["window"]["since"] == "2025-12-31T23:00:00.000000Z"
    assert found["window"]["until"] == "2026-04-30T22:00:00.000000Z"
    assert [row["month"] for row in found["result"]["months"]] == list(MONTHS)


def test_reading_needs_a_scope_and_starting_a_run_all(site: Site) -> None:
    reader = site.client.new_key("statements/read")
    writer = site.client.new_key("statements/write")
    mine = site.client.new_key("statements/read/mine")

    assert reader.get(METRICS).status_code == 200
    assert reader.get(REFRESH).status_code == 200
    assert measured(reader, "participation")
    for client in (writer, mine):
        for path in (METRICS, PARTICIPATION, REFRESH, "/api/analytics/programmes/x/transfer"):
            refusal(client.get(path), 403)
    refusal(reader.post(REFRESH), 403)
    refusal(reader.delete(REFRESH), 403)
    refusal(site.client.anonymous().get(PARTICIPATION), 401)


def test_each_question_is_logged_with_who_what_and_how_much(site: Site) -> None:
    reader = site.client.new_key("statements/read", name="analyst")
    rows = table(measured(reader, "participation", format="csv").content)

    entries = site.client.get("/api/access-log", params={"limit": 100}).json()
    while entries["next"]:
        cursor = {"limit": 100, "cursor": entries["next"]}
        entries = site.client.get("/api/access-log", params=cursor).json()

    [*_, last] = entries["entries"]
    assert (last["name"], last["what"], last["count"]) == ("analyst", "metric", len(rows))
    assert last["asked"] == {**WINDOW, "format": "csv", "metric": "participation"}


def test_a_run_is_asked_for_told_of_and_called_off(site: Site) -> None:
    asked = site.client.post(REFRESH)

    assert asked.status_code == 202
    assert asked.json()["asked"] is True
    assert site.client.get(REFRESH).json() == asked.json()
    assert site.client.delete(REFRESH).status_code == 204
    told = site.client.get("/api/analytics/jobs").json()["jobs"]
    assert ("refresh", False) in [(one["job"], one["asked"]) for one in told]


def test_the_list_of_metrics_tells_how_each_can_be_asked(site: Site) -> None:
    told = {one["name"]: one for one in site.client.get(METRICS).json()["metrics"]}

    assert set(told) == set(metrics())
    assert told["tenure"]["options"] == {"gap_days": 90, "complete_start": False}
    assert told["tenure"]["by"] == ["department"]


def test_health_of_the_facts_is_a_metric_of_the_server(site: Site) -> None:
    lines = dict(
        line.rsplit(" ", 1)
        for line in site.client.get("/metrics").text.splitlines()
        if not line.startswith("#")
    )

    assert 0 <= float(lines["lrs_facts_lag_seconds"]) < 600
    assert 0 < float(lines["lrs_facts_refresh_seconds"]) < 60
    kinds = [name for name in lines if name.startswith("lrs_analytics_failed_jobs")]
    assert len(kinds) == 3


def test_measuring_leaves_the_web_processes_small(site: Site) -> None:
    for name in metrics():
        measured(site.client, name)
        measured(site.client, name, format="parquet")

    web = psutil.Process(site.server.pid).children()

    assert max(process.memory_info().rss for process in web) < 200 * 2**20
