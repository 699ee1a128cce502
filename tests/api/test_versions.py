"""Which version a request speaks, and which one an answer is stamped with (Communication 3.3)."""

from __future__ import annotations

import json

import pytest

from tests.api.samples import a_statement, an_activity, an_agent, an_id
from tests.server import Client, refusal, serving

STAMP = "X-Experience-API-Version"
PATHS = [
    f"statements?statementId={an_id()}",
    "statements/more?after=1",
    f"agents?agent={json.dumps(an_agent())}",
    f"activities?activityId={an_activity()['id']}",
    f"activities/profile?activityId={an_activity()['id']}",
    f"agents/profile?agent={json.dumps(an_agent())}",
    f"activities/state?activityId={an_activity()['id']}&agent={json.dumps(an_agent())}",
]
paths = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.partition("?")[0])


@pytest.mark.parametrize("spoken", ["1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "1.0.9"])
def test_every_1_0_is_spoken_as_1_0_3(lrs: Client, spoken: str) -> None:
    answer = lrs.speaking(spoken).get("statements", params={"limit": "1"})

    assert answer.status_code == 200
    assert answer.headers[STAMP] == "1.0.3"


@pytest.mark.parametrize("spoken", ["2.0", "2.0.0"])
def test_2_0_is_spoken_as_2_0_0(lrs: Client, spoken: str) -> None:
    answer = lrs.speaking(spoken).get("statements", params={"limit": "1"})

    assert answer.headers[STAMP] == "2.0.0"


@paths
@pytest.mark.parametrize(
    "spoken", ["0.9", "0.95", "1", "1.1.0", "2.1.0", "3.0.0", "1.0.x", "", "é"]
)
def test_other_versions_are_refused(lrs: Client, path: str, spoken: str) -> None:
    answer = lrs.get(path, headers={STAMP: spoken.encode()})

    assert refusal(answer, 400)["at"] == STAMP
    assert answer.headers[STAMP] == "2.0.0"


@paths
@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "HEAD"])
def test_no_version_is_refused(lrs: Client, path: str, method: str) -> None:
    answer = lrs.speaking(None).send(method, path)

    if path.startswith("statements") and method == "DELETE":
        assert answer.status_code == 405
    else:
        assert answer.status_code in (400, 405)
    assert answer.headers[STAMP] == "2.0.0"


@paths
def test_refusals_are_stamped_with_the_version_spoken(either: Client, path: str) -> None:
    wrong = either.get(path + "&unknown=1")
    nobody = either.anonymous().get(path)

    refusal(wrong, 400)
    refusal(nobody, 401)
    assert wrong.headers[STAMP] == nobody.headers[STAMP] == either.version


def test_an_unknown_path_below_xapi_is_stamped_too(either: Client) -> None:
    answer = either.get("nothing")

    refusal(answer, 404)
    assert answer.headers[STAMP] == either.version


def test_the_stamp_of_a_request_without_version_is_a_setting() -> None:
    with serving(LRS_XAPI_DEFAULT_VERSION="1.0.3", LRS_WORKERS="1") as server:
        lrs = Client.of(server)
        with lrs.session:
            answer = lrs.speaking(None).get("statements")

    assert answer.headers[STAMP] == "1.0.3"


def test_what_2_0_added_is_refused_under_1_0_3(lrs: Client) -> None:
    context = {"contextAgents": [{"objectType": "contextAgent", "agent": an_agent()}]}

    new = lrs.post("statements", json=a_statement(context=context))
    old = lrs.speaking("1.0.3").post("statements", json=a_statement(context=context))

    assert new.status_code == 200
    assert refusal(old, 400)["at"] == "context.contextAgents"


def test_statements_of_one_version_are_read_in_the_other(lrs: Client) -> None:
    old = lrs.speaking("1.0.3")
    (statement_id,) = old.keep(a_statement())

    back = lrs.get("statements", params={"statementId": statement_id})

    assert back.json()["version"] == "1.0.0"
    assert back.content == old.get("statements", params={"statementId": statement_id}).content
