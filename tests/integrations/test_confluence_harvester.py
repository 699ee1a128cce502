"""Confluence's search, swept for what webhooks missed, from a small server of its protocol."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.harvest import Harvests
from integrations.sources.confluence import translate
from tests.integrations.test_confluence import a_body, a_page, hook
from tests.integrations.vendors.reading import Serve, actions, put, statements
from tests.integrations.vendors.server import Asked, Told, Vendor

NOW = datetime.now(UTC).replace(microsecond=0)
SINCE = NOW - timedelta(days=3)


def ago(**more: float) -> str:
    return (NOW - timedelta(**more)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def content(number: int, version: int = 1, kind: str = "page", **more: Any) -> dict[str, Any]:
    ada, bo = {"accountId": "acc-7", "accountType": "atlassian"}, {"accountId": "acc-8"}
    return {
        "id": str(number),
        "type": kind,
        "title": f"Page {number}",
        "space": {"key": "ENG"},
        "history": {"createdBy": ada, "createdDate": ago(hours=9)},
        "version": {"number": version, "by": bo if version > 1 else ada, "when": ago(hours=8)},
        "metadata": {"labels": {"results": [{"name": "pumps"}]}},
        "body": {"storage": {"value": "<p>Text</p>"}},
        **more,
    }


PAGE = content(31, 4)
RESTRICTED = content(
    32, restrictions={"read": {"restrictions": {"user": {"results": [], "size": 1}}}}
)
COMMENT = content(40, kind="comment", container={"id": "31", "type": "page", "title": "Page 31"})
REPLY = {**COMMENT, "id": "41", "ancestors": [{"id": "40", "type": "comment"}]}


def confluence(asked: Asked) -> Told:
    """Two pages of results; the second's address is relative to the base that the answer names."""
    assert asked.headers["authorization"].startswith("Basic ")
    assert asked.path == "/wiki/rest/api/content/search"
    base = f"http://{asked.headers['host']}/wiki"
    if asked.query.get("cursor") == "b":
        return Told({"results": [COMMENT, REPLY], "_links": {"base": base}})
    assert asked.query["cql"].endswith('and space in ("ENG") order by lastmodified asc')
    further = "/rest/api/content/search?cursor=b"
    return Told({"results": [PAGE, RESTRICTED], "_links": {"base": base, "next": further}})


def source_of(harvests: Harvests, vendor: Vendor) -> str:
    access = {"user": "ada@acme.example", "password": "token"}
    settings = {"options": {"spaces": ["ENG"]}, "access": access}
    return put(harvests, "confluence", vendor, **settings, instance=f"{vendor.url}/wiki")


def test_a_sweep_finds_pages_with_labels_and_comments_with_what_they_answer(
    harvests: Harvests, serve: Serve
) -> None:
    vendor = serve(confluence)
    source = source_of(harvests, vendor)

    progress = harvests.run(source, SINCE)
    again = harvests.run(source)

    assert actions(harvests) == ["comment", "reply", "wiki_create", "wiki_edit"]
    assert progress.counts["skipped: private"] == 1
    assert set(again.counts) == {"known", "skipped: private"}
    told = {s["object"]["id"].rpartition("=")[2]: s for s in statements(harvests)}
    parents = told["41"]["context"]["contextActivities"]["parent"]
    assert parents[0]["id"].endswith("pageId=40")
    assert told["40"]["context"]["contextActivities"]["parent"][0]["id"].endswith("pageId=31")
    [edit] = [s for s in statements(harvests) if s["verb"]["id"].endswith("update")]
    assert edit["context"]["contextActivities"]["other"][0]["id"].endswith("/tag/pumps")
    assert edit["actor"]["account"]["name"] == "acc-8"


def test_a_sweep_and_a_webhook_of_one_change_are_one_statement(
    harvests: Harvests, serve: Serve
) -> None:
    vendor = serve(confluence)
    source = harvests.intake.sources.named(source_of(harvests, vendor))
    when = round(datetime.fromisoformat(ago(hours=8)).timestamp() * 1000)
    page = a_page(version=4, modificationDate=when)
    sent = hook("page_updated", a_body(page=page, userAccountId="acc-8"))
    [event] = translate(sent, source)
    outcome = harvests.intake.accepted(source, sent)
    harvests.intake.take(source, [(sent, outcome)], round(NOW.timestamp() * 1_000_000))

    progress = harvests.run(source.name, SINCE)

    assert event.source_id == "page/31/updated/4"
    assert progress.counts["unchanged"] == 1
    assert actions(harvests) == ["comment", "reply", "wiki_create", "wiki_edit"]
