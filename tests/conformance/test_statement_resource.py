"""What an LRS does with Statements that it takes (Data 2, Communication 2.1)."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from tests.api.samples import a_statement, about, an_activity, an_agent, an_id, kept, voiding
from tests.conformance.rules import Check, Rules
from tests.server import Client, refusal

RULES = Rules()


@RULES.shown_by("2")
def numbers_keep_their_precision(lrs: Client) -> None:
    extensions = {"https://e.org/n": [0.1, 1.2345678901234567, 3.4028235e38, 2**53 + 1]}

    (statement_id,) = lrs.keep(a_statement(result={"extensions": extensions}))

    assert kept(lrs, statement_id)["result"]["extensions"] == extensions


@RULES.shown_by("15")
def text_is_utf_8(lrs: Client) -> None:
    text = "ß 漢字 \U0001f600 \u0007"

    (statement_id,) = lrs.keep(a_statement(result={"response": text}))

    assert kept(lrs, statement_id)["result"]["response"] == text


@RULES.shown_by("16 18 19 155 157 163")
def what_is_voided_is_read_as_voided_only(lrs: Client) -> None:
    (target,) = lrs.keep(a_statement())
    (void,) = lrs.keep(voiding(target))
    lrs.post("statements", json=voiding(void))

    refusal(lrs.get("statements", params={"statementId": target}), 404)
    assert lrs.get("statements", params={"voidedStatementId": target}).json()["id"] == target
    assert kept(lrs, void)["id"] == void


@RULES.shown_by("162")
def who_refers_to_the_voided_is_still_found(lrs: Client) -> None:
    activity = an_activity()
    (target,) = lrs.keep(a_statement(object=activity))
    (comment,) = lrs.keep(about(target))
    (void,) = lrs.keep(voiding(target))

    assert lrs.ids(activity=activity["id"]) == [void, comment]


@RULES.shown_by("26 146 147")
def post_answers_200_and_the_ids_it_gave(lrs: Client) -> None:
    answer = lrs.post("statements", json=[a_statement(), a_statement()])

    assert answer.status_code == 200
    assert all(kept(lrs, one)["id"] == one for one in answer.json())


@RULES.shown_by("143")
def put_answers_204(lrs: Client) -> None:
    answer = lrs.put("statements", params={"statementId": an_id()}, json=a_statement())

    assert answer.status_code == 204


@RULES.shown_by("142 182")
def a_known_id_is_never_given_to_another(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement())
    before = kept(lrs, statement_id)

    refusal(lrs.post("statements", json=a_statement(id=statement_id)), 409)

    assert kept(lrs, statement_id) == before


@RULES.shown_by("96")
def a_lone_context_activity_comes_in_an_array(lrs: Client) -> None:
    one = an_activity()

    (statement_id,) = lrs.keep(a_statement(context={"contextActivities": {"other": one}}))

    assert kept(lrs, statement_id)["context"]["contextActivities"]["other"] == [one]


@RULES.shown_by("97 23")
def stored_is_taken_and_set_anew(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement(stored="2001-01-01T00:00:00Z"))

    assert datetime.fromisoformat(kept(lrs, statement_id)["stored"]).year > 2001


@RULES.shown_by("99")
def the_authority_is_the_keys(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement())

    assert kept(lrs, statement_id)["authority"]["account"]["name"] == lrs.auth.username


@RULES.shown_by("122")
def a_timestamp_keeps_its_milliseconds(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement(timestamp="2026-11-24T08:01:02.345Z"))

    assert "02.345" in kept(lrs, statement_id)["timestamp"]


@RULES.shown_by("14 119")
def extensions_hold_any_json(lrs: Client) -> None:
    extensions = {"https://e.org/x": None, "https://e.org/y": "", "https://e.org/z": {"": [{}, []]}}

    (statement_id,) = lrs.keep(a_statement(context={"extensions": extensions}))

    assert kept(lrs, statement_id)["context"]["extensions"] == extensions


@RULES.shown_by("332 330")
def a_version_is_kept(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement(version="1.0.1"))

    assert kept(lrs, statement_id)["version"] == "1.0.1"


@RULES.shown_by("108 109 110 111 113 114 154")
def a_long_list_goes_on_in_more(lrs: Client) -> None:
    activity = an_activity()
    lrs.keep(*(a_statement(object=activity) for _ in range(3)))

    first = lrs.get("statements", params={"activity": activity["id"], "limit": 2})
    second = lrs.get(first.json()["more"])

    assert [set(page.json()) for page in (first, second)] == [{"statements", "more"}] * 2
    assert [len(page.json()["statements"]) for page in (first, second)] == [2, 1]
    assert second.json()["more"] == ""


@RULES.shown_by("149")
def an_empty_list_is_no_error(lrs: Client) -> None:
    answer = lrs.get("statements", params={"activity": an_activity()["id"]})

    assert answer.json() == {"statements": [], "more": ""}


@RULES.shown_by("139 156 158 159 165")
def a_statement_is_read_by_its_id(lrs: Client) -> None:
    (statement_id,) = lrs.keep(a_statement())

    answer = lrs.get("statements", params={"statementId": statement_id})

    assert answer.status_code == 200
    assert answer.json()["id"] == statement_id
    assert answer.headers["Content-Type"] == "application/json"


@RULES.shown_by("153 160")
def consistent_through_is_a_time_on_every_get(lrs: Client) -> None:
    for parameters in ({"limit": "1"}, {"statementId": an_id()}, {"limit": "x"}):
        answer = lrs.get("statements", params=parameters)

        assert datetime.fromisoformat(answer.headers["X-Experience-API-Consistent-Through"])


@RULES.shown_by("164 178 179 180 181")
def each_filter_finds_what_it_says(lrs: Client) -> None:
    actor, activity, registration = an_agent(), an_activity(), an_id()
    verb = f"https://example.org/verbs/{an_id()}"
    context = {"registration": registration}
    one = a_statement(actor=actor, verb={"id": verb}, object=activity, context=context)
    (wanted,) = lrs.keep(one)

    assert lrs.ids(agent=json.dumps(actor)) == [wanted]
    assert lrs.ids(verb=verb) == [wanted]
    assert lrs.ids(activity=activity["id"]) == [wanted]
    assert lrs.ids(registration=registration) == [wanted]


@RULES.shown_by("176 177")
def related_filters_look_into_context_and_sub_statements(lrs: Client) -> None:
    actor, activity = an_agent(), an_activity()
    inner = {"objectType": "SubStatement", **a_statement(actor=actor, object=activity)}
    (wanted,) = lrs.keep(a_statement(object=inner))

    assert lrs.ids(activity=activity["id"], related_activities="true") == [wanted]
    assert lrs.ids(agent=json.dumps(actor), related_agents="true") == [wanted]
    assert lrs.ids(activity=activity["id"]) == []


@RULES.shown_by("166 173 174 175")
def lists_are_ordered_and_bounded(lrs: Client) -> None:
    activity = an_activity()
    ids = [lrs.keep(a_statement(object=activity))[0] for _ in range(3)]
    middle, of = kept(lrs, ids[1])["stored"], {"activity": activity["id"]}

    assert lrs.ids(ascending="true", **of) == ids
    assert lrs.ids(limit=1, **of) == [ids[2]]
    assert lrs.ids(since=middle, **of) == [ids[2]]
    assert lrs.ids(until=middle, **of) == [ids[1], ids[0]]


@RULES.shown_by("161 167")
def without_attachments_a_list_is_json(lrs: Client) -> None:
    plain = lrs.get("statements", params={"limit": "1", "attachments": "false"})
    mixed = lrs.get("statements", params={"limit": "1", "attachments": "true"})

    assert plain.headers["Content-Type"] == "application/json"
    assert mixed.headers["Content-Type"].startswith("multipart/mixed")


@RULES.shown_by("168 169 170 171 172")
def statements_are_shown_in_three_formats(lrs: Client) -> None:
    names = {"en": "test", "nl": "toets"}
    activity = an_activity(definition={"name": names})
    (statement_id,) = lrs.keep(a_statement(object=activity))

    def shown(**asked: str) -> dict[str, object]:
        answer = lrs.get(
            "statements",
            params={"statementId": statement_id, **asked},
            headers={"Accept-Language": "nl"},
        )
        found: dict[str, object] = answer.json()["object"]
        return found

    assert shown() == shown(format="exact") == activity
    assert shown(format="ids") == {"id": activity["id"]}
    assert shown(format="canonical")["definition"] == {"name": {"nl": "toets"}}


@RULES.shown_by("326 328")
def one_wrong_statement_refuses_its_batch(lrs: Client) -> None:
    right = a_statement(id=an_id())

    refusal(lrs.post("statements", json=[right, a_statement(verb={})]), 400)

    refusal(lrs.get("statements", params={"statementId": right["id"]}), 404)


@RULES.shown_by("148 336")
def a_form_stands_for_a_request_under_1_0_only(lrs: Client) -> None:
    statement_id = lrs.keep(a_statement())[0]

    answer = lrs.post("statements", params={"method": "GET"}, data={"statementId": statement_id})

    if lrs.version == "1.0.3":
        assert answer.json()["id"] == statement_id
    else:
        refusal(answer, 400)


@pytest.mark.parametrize("check", RULES.cases)
def test_of_statements(either: Client, check: Check) -> None:
    check(either)


TABLES = [RULES.cases]
