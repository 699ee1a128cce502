"""The pages of programmes: what they show, and the form that declares one without any script."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import requests
from flask import Flask
from flask_babel import Babel

from lrs.domain.forms import BadForm
from lrs.domain.programme_forms import programme
from lrs.web.programme_fields import EMPTY, FAULTS, Fields, fields_of
from tests.domain.test_programme_forms import REFUSED
from tests.programmes import VOCABULARY, full, plain
from tests.server import Client, refusal


def the_form(lrs: Client, **parameters: str) -> dict[str, list[str]]:
    """The fields of the form as a browser would send them back untouched."""
    page = lrs.get("/declare", params=parameters)
    assert page.status_code == 200, page.text
    return filled(page.text)


def filled(page: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        said = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if said.get("type") != "checkbox" or " checked" in tag:
            found.setdefault(html.unescape(said["name"]), []).append(html.unescape(said["value"]))
    for name, text in re.findall(r'<textarea name="([^"]+)"[^>]*>([^<]*)</textarea>', page):
        found[html.unescape(name)] = [html.unescape(text)]
    for name, options in re.findall(r'(?s)<select name="([^"]+)"[^>]*>(.*?)</select>', page):
        chosen = re.findall(r'<option value="([^"]*)" selected>', options)
        found[html.unescape(name)] = chosen or re.findall(r'<option value="([^"]*)"', options)[:1]
    return found


def send(lrs: Client, fields: dict[str, list[str]], **parameters: str) -> requests.Response:
    return lrs.post("/declare", data=fields, params=parameters)


def fields_for(lrs: Client, made: dict[str, Any]) -> dict[str, list[str]]:
    """The empty form with what is needed filled in."""
    texts = {"id": made["id"], "name.en": made["name"]["en"], "activities": made["activities"][0]}
    return {**the_form(lrs), **{name: [text] for name, text in texts.items()}}


def versions(lrs: Client, made: dict[str, Any]) -> int:
    answer = lrs.get(f"/api/programmes/{made['id']}/versions")
    return len(answer.json()["versions"]) if answer.ok else 0


def test_a_programme_is_declared_by_the_form_and_shown(lrs: Client) -> None:
    made = plain()

    answer = send(lrs, fields_for(lrs, made))

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/programmes/{made['id']}"
    page = lrs.get(answer.headers["Location"]).text
    assert made["activities"][0] in page
    assert f'href="/programmes/{made["id"]}"' in lrs.get("/programmes").text
    declared = lrs.get(f"/api/programmes/{made['id']}").json()
    assert programme(declared["programme"]) == programme(made)


def test_the_form_of_a_next_version_sent_back_untouched_changes_nothing(lrs: Client) -> None:
    """What the form had no place for would be lost without anybody noticing."""
    lrs.put("/api/topics", json=VOCABULARY)
    made = {**full(), "id": plain()["id"]}
    lrs.post("/api/programmes", json=made)

    answer = send(lrs, the_form(lrs, programme=made["id"]))

    assert answer.status_code == 303
    assert versions(lrs, made) == 1


def test_a_version_that_was_declared_is_shown_as_it_was(lrs: Client) -> None:
    made = plain(seed=77)
    for change in ({}, {"seed": 88}):
        lrs.post("/api/programmes", json={**made, **change})
    path = f"/programmes/{made['id']}"

    assert "<dd>88</dd>" in lrs.get(path).text
    assert "<dd>77</dd>" in lrs.get(path, params={"version": "1"}).text
    refusal(lrs.get(path, params={"version": "3"}), 404)


def test_who_was_invited_is_told_in_numbers_with_a_link_to_the_list(lrs: Client) -> None:
    made = plain(invitations={"unit": "department"})
    lrs.post("/api/programmes", json=made)
    path = f"/api/programmes/{made['id']}/invitations"
    lrs.post(path, json={"units": ["Sales", "Care"]})

    page = lrs.get(f"/programmes/{made['id']}").text

    assert "1 of 2 are invited" in page
    assert f'href="{path}?format=csv"' in page


def test_what_is_wrong_is_shown_beside_its_field_and_nothing_is_lost(lrs: Client) -> None:
    made = plain()
    wrong = {
        "activities": ["https://a.example\nno iri"],
        "evidence[1].activity": ["also none"],
        "openings": ["Sales, 2026-01-01\n\nCare"],
        "pulses.days": ["60, x"],
        "windows.outcome": ["<b>"],
    }

    answer = send(lrs, {**fields_for(lrs, made), **wrong})

    assert answer.status_code == 400
    assert versions(lrs, made) == 0
    found = dict(re.findall(r'<span class="fault" id="fault-([^"]+)">([^<]*)</span>', answer.text))
    assert set(found) == set(wrong)
    assert found["activities"].startswith("line 2: this must be an IRI")
    assert found["openings"] == "line 2: this is needed"
    assert found["pulses.days"].startswith("number 2: this must be a whole number")
    again = filled(answer.text)
    assert {name: again[name] for name in wrong} == {
        name: [text.strip() for text in value] for name, value in wrong.items()
    }
    assert again["id"] == [made["id"]]


def test_a_form_that_does_not_come_from_here_declares_nothing(lrs: Client) -> None:
    """A browser sends the key along with whatever another site's page makes it send."""
    made, other = plain(), lrs.new_key("all")
    fields = fields_for(lrs, made)

    for token in ([], [""], ["forged"], the_form(other)["token"]):
        answer = send(lrs, {**fields, "token": token})
        assert answer.status_code == 403
        assert f'value="{made["id"]}"' in answer.text

    assert versions(lrs, made) == 0
    assert send(lrs, fields).status_code == 303


@pytest.mark.parametrize("path", ["/", "/programmes", "/declare"])
def test_no_other_site_may_frame_a_page(lrs: Client, path: str) -> None:
    policy = lrs.get(path).headers["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy


def test_pages_need_the_scopes_of_the_api(lrs: Client) -> None:
    reader = lrs.new_key("statements/read")

    assert reader.get("/programmes").status_code == 200
    refusal(reader.get("/declare"), 403)
    refusal(reader.post("/declare", data={}), 403)
    refusal(lrs.new_key("statements/write").get("/programmes"), 403)
    refusal(lrs.anonymous().get("/programmes"), 401)
    refusal(lrs.anonymous().post("/declare", data={}), 401)


@pytest.mark.parametrize("made", [full(), plain(), plain(pulses={"remind": []}, binary=0.25)])
def test_the_fields_of_a_programme_say_all_of_it(made: dict[str, Any]) -> None:
    found = programme(made)

    assert programme(fields_of(found).mapping()) == found


def test_a_decimal_comma_is_a_point() -> None:
    fields = {**fields_of(programme(plain())).values, "binary": ["0,25"]}

    assert programme(Fields(fields).mapping()).binary == 0.25


def test_a_row_is_shown_where_it_was_filled_and_there_is_room_for_more() -> None:
    fields = Fields({"evidence[5].activity": ["x"], "evidence[2].kpi": ["yes"]})

    assert fields.rows() == range(8)
    assert [len(one) for one in fields.mapping()["evidence"]] == [1, 2]
    assert fields_of(EMPTY).rows() == range(3)


def test_every_fault_that_the_form_can_make_is_noted_for_translators() -> None:
    """
    Those that no page can send (an unknown field, a list where a text should be) stay English.
    """
    app = Flask("test")
    Babel(app)
    met: set[str] = set()
    with app.test_request_context():
        for change, _at in REFUSED:
            try:
                sent = fields_of(programme(plain())).mapping() | change
                programme(sent)
            except BadForm as refused:
                met |= {problem.detail for problem in refused.problems}

    impossible = (
        "there is no field",
        "this text holds half a character",
        "this must be one of",
        "this must be a list",
        "this must be an o",
    )
    spoken = {
        text
        for text in met
        if not text.startswith((*impossible, "this must be true", "this must be a text"))
    }
    assert spoken <= set(FAULTS)
    assert len(spoken) > 12
