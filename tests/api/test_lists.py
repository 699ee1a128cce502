"""GET /xapi/statements: each filter finds what it says, and `more` gives each Statement once."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.samples import a_statement, about, an_activity, an_agent, an_id, kept
from tests.server import Client, serving


def pages(client: Client, **parameters: object) -> Iterator[list[str]]:
    """The ids on each page of a list, following `more`."""
    answer = client.get("statements", params=parameters)
    while True:
        assert answer.status_code == 200, answer.text
        result = answer.json()
        assert set(result) == {"statements", "more"}
        yield [statement["id"] for statement in result["statements"]]
        if not result["more"]:
            return
        answer = client.get(result["more"])


def test_newest_come_first_unless_ascending(lrs: Client) -> None:
    actor = an_agent()
    ids = [lrs.keep(a_statement(actor=actor))[0] for _ in range(3)]

    newest, oldest = (
        lrs.ids(agent=json.dumps(actor)),
        lrs.ids(agent=json.dumps(actor), ascending="true"),
    )

    assert newest == ids[::-1]
    assert oldest == ids


def test_a_batch_is_in_the_order_it_was_sent_in(lrs: Client) -> None:
    actor = an_agent()
    ids = lrs.keep(*(a_statement(actor=actor) for _ in range(5)))

    assert lrs.ids(agent=json.dumps(actor), ascending="true") == ids


def test_each_filter_finds_its_own(either: Client) -> None:
    actor, activity, registration = an_agent(), an_activity(), an_id()
    verb = f"https://example.org/verbs/{an_id()}"
    context = {"registration": registration}
    (wanted,) = either.keep(
        a_statement(actor=actor, verb={"id": verb}, object=activity, context=context)
    )
    either.keep(a_statement())

    assert either.ids(agent=json.dumps(actor)) == [wanted]
    assert either.ids(verb=verb) == [wanted]
    assert either.ids(activity=activity["id"]) == [wanted]
    assert either.ids(registration=registration.upper()) == [wanted]
    assert either.ids(verb=verb, activity=activity["id"], registration=registration) == [wanted]
    assert either.ids(verb=verb, activity=an_activity()["id"]) == []


def test_related_filters_look_everywhere(either: Client) -> None:
    someone, parent = an_agent(), an_activity()
    context = {"instructor": someone, "contextActivities": {"parent": [parent]}}
    (wanted,) = either.keep(a_statement(context=context))
    agent = json.dumps(someone)

    assert either.ids(agent=agent) == []
    assert either.ids(activity=parent["id"]) == []
    assert either.ids(agent=agent, related_agents="true") == [wanted]
    assert either.ids(activity=parent["id"], related_activities="true") == [wanted]


@pytest.mark.parametrize("kind", ["agent", "group"])
def test_context_agents_and_groups_are_related(lrs: Client, kind: str) -> None:
    someone = an_agent(objectType=kind.capitalize())
    name = f"context{kind.capitalize()}"
    (wanted,) = lrs.keep(a_statement(context={f"{name}s": [{"objectType": name, kind: someone}]}))

    assert lrs.ids(agent=json.dumps(someone), related_agents="true") == [wanted]
    assert lrs.ids(agent=json.dumps(someone)) == []


def test_a_member_is_found_by_the_agent_filter(lrs: Client) -> None:
    member = an_agent()
    (wanted,) = lrs.keep(a_statement(actor={"objectType": "Group", "member": [member]}))

    assert lrs.ids(agent=json.dumps(member)) == [wanted]


def test_since_excludes_and_until_includes_its_moment(lrs: Client) -> None:
    activity = an_activity()
    ids = [lrs.keep(a_statement(object=activity))[0] for _ in range(3)]
    middle = kept(lrs, ids[1])["stored"]

    assert lrs.ids(activity=activity["id"], since=middle) == [ids[2]]
    assert lrs.ids(activity=activity["id"], until=middle) == [ids[1], ids[0]]
    small = middle.lower()
    assert lrs.ids(activity=activity["id"], since=small) == [ids[2]]
    assert lrs.ids(activity=activity["id"], until=small) == [ids[1], ids[0]]


def test_a_limit_of_zero_is_the_servers_own(lrs: Client) -> None:
    activity = an_activity()
    lrs.keep(*(a_statement(object=activity) for _ in range(101)))

    assert len(lrs.ids(activity=activity["id"], limit=0)) == 100
    assert len(lrs.ids(activity=activity["id"])) == 100
    assert len(lrs.ids(activity=activity["id"], limit=9999)) == 100
    assert [len(page) for page in pages(lrs, activity=activity["id"])] == [100, 1]


def test_more_is_empty_at_the_end_and_a_path_before(lrs: Client) -> None:
    activity = an_activity()
    lrs.keep(*(a_statement(object=activity) for _ in range(4)))
    two = {"activity": activity["id"], "limit": 2}

    first = lrs.get("statements", params=two).json()
    last = lrs.get(first["more"]).json()

    assert first["more"].startswith("/xapi/statements/more?")
    assert len(last["statements"]) == 2
    assert last["more"] == ""


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_paging_gives_each_once_while_others_write(lrs: Client, ascending: str) -> None:
    activity = an_activity()
    before = [lrs.keep(a_statement(object=activity))[0] for _ in range(30)]
    read_all = threading.Event()

    def write() -> None:
        while not read_all.is_set():
            lrs.keep(a_statement(object=activity), a_statement(object=activity))

    writer = threading.Thread(target=write)
    writer.start()
    found: list[str] = []
    for page in pages(lrs, activity=activity["id"], limit=7, ascending=ascending):
        found += page
        if found[-1:] and len(found) > 200:
            break  # ascending, the writer may stay ahead for ever
    read_all.set()
    writer.join()

    assert len(found) == len(set(found))
    assert set(before) <= set(found)
    in_order = [one for one in found if one in set(before)]
    assert in_order == (before if ascending == "true" else before[::-1])


def test_more_keeps_format_and_attachments(lrs: Client) -> None:
    actor = an_agent(name="Anna")
    lrs.keep(*(a_statement(actor=actor) for _ in range(2)))
    asked = {"agent": json.dumps(actor), "limit": 1, "format": "ids", "attachments": "true"}

    first = lrs.get("statements", params=asked)
    more = json.loads(first.content.split(b"\r\n\r\n")[1].split(b"\r\n")[0])["more"]
    second = lrs.get(more)

    assert second.headers["Content-Type"].startswith("multipart/mixed")
    assert b"Anna" not in second.content


def test_a_statement_about_another_is_found_with_it(either: Client) -> None:
    """Recursively, and when the target arrives later (Communication 2.1.3)."""
    actor, target = an_agent(), an_id()
    (near,) = either.keep(about(target))
    (far,) = either.keep(about(near))

    assert either.ids(agent=json.dumps(actor)) == []
    either.keep(a_statement(id=target, actor=actor))

    assert set(either.ids(agent=json.dumps(actor))) == {target, near, far}


def test_since_holds_for_the_referring_statement_itself(lrs: Client) -> None:
    actor = an_agent()
    (target,) = lrs.keep(a_statement(actor=actor))
    (referring,) = lrs.keep(about(target))

    found = lrs.ids(agent=json.dumps(actor), since=kept(lrs, target)["stored"])

    assert found == [referring]


@pytest.mark.parametrize(
    "link",
    [
        "",
        "after=",
        "after=x",
        "after=-1",
        "after=" + "9" * 19,
        "after=1&after=2",
        "after=1&statementId=6d1f5c2e-8a0b-4b59-9a55-0f6f3f7f0a01",
    ],
)
def test_a_link_that_was_never_given_out_is_refused(lrs: Client, link: str) -> None:
    assert lrs.get(f"statements/more?{link}").status_code == 400


def test_behind_a_trusted_proxy_more_has_its_prefix() -> None:
    with serving(LRS_TRUSTED_PROXIES="1") as server:
        lrs = Client.of(server)
        activity = an_activity()
        lrs.keep(*(a_statement(object=activity) for _ in range(3)))
        proxied = lrs.saying(
            X_Forwarded_Prefix="/lrs",
            X_Forwarded_Proto="https",
            X_Forwarded_Host="lrs.example.org",
            X_Forwarded_For="192.0.2.1",
        )

        more = proxied.get("statements", params={"activity": activity["id"], "limit": 2}).json()[
            "more"
        ]
        rest = proxied.get(more.removeprefix("/lrs"))
        lrs.session.close()

    assert more.startswith("/lrs/xapi/statements/more?")
    assert len(rest.json()["statements"]) == 1


def test_a_prefix_from_anybody_else_is_ignored(lrs: Client) -> None:
    activity = an_activity()
    lrs.keep(*(a_statement(object=activity) for _ in range(2)))

    answer = lrs.saying(X_Forwarded_Prefix="/evil").get(
        "statements", params={"activity": activity["id"], "limit": 1}
    )

    assert answer.json()["more"].startswith("/xapi/")


def test_consistent_through_is_never_before_what_was_answered(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement())

    answer = lrs.get("statements", params={"statementId": statement_id})

    stored = datetime.fromisoformat(answer.json()["stored"])
    through = datetime.fromisoformat(answer.headers["X-Experience-API-Consistent-Through"])
    assert stored <= through <= datetime.now(UTC) + timedelta(seconds=1)


@pytest.mark.parametrize("path", ["statements?limit=x", "statements?statementId=" + an_id()])
def test_consistent_through_stands_on_refusals_too(lrs: Client, path: str) -> None:
    answer = lrs.get(path)

    assert answer.status_code in (400, 404)
    assert datetime.fromisoformat(answer.headers["X-Experience-API-Consistent-Through"])


def test_all_promised_by_consistent_through_stays_all(lrs: Client) -> None:
    """A reader who goes on from there misses nothing, though others write all the time."""
    activity = an_activity()
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            lrs.keep(a_statement(object=activity))

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    promised: dict[str, set[str]] = {}
    for _ in range(20):
        answer = lrs.get("statements", params={"activity": activity["id"], "limit": 1})
        through = answer.headers["X-Experience-API-Consistent-Through"]
        promised[through] = set().union(*pages(lrs, activity=activity["id"], until=through))
    done.set()
    for writer in writers:
        writer.join()

    for through, seen in promised.items():
        assert set().union(*pages(lrs, activity=activity["id"], until=through)) == seen
