"""What a browser that knows a user's key sends for other sites' pages, and shows of what it gets."""

from __future__ import annotations

import json

import pytest

from tests.api.samples import a_statement, an_id, state_of
from tests.server import Client, refusal

FOREIGN = {"Origin": "https://elsewhere.example"}
KEY = {"name": "x", "scopes": ["all"]}
FORM = {"Content-Type": "text/plain"}


@pytest.mark.parametrize("fetched", [{}, {"Sec-Fetch-Site": "cross-site"}])
@pytest.mark.parametrize("kind", [FORM, {}], ids=["a form", "no type"])
def test_another_sites_form_cannot_use_the_rest_api(
    lrs: Client, kind: dict[str, str], fetched: dict[str, str]
) -> None:
    """A browser adds the key it knows, so the page of a stranger could make itself an own one."""
    body = json.dumps({**KEY, "key": an_id()}).encode()

    answer = lrs.post("/api/keys", data=body, headers={**FOREIGN, **kind, **fetched})

    assert refusal(answer, 403)["at"] == "Content-Type"


def test_another_sites_script_may_send_json_with_a_key_of_its_own(lrs: Client) -> None:
    """A browser asks first before it sends JSON, and then leaves the key it knows out."""
    answer = lrs.post("/api/validate", json=a_statement(), headers=FOREIGN)

    assert answer.json()["valid"] is True


def test_own_pages_and_programs_may_send_forms(lrs: Client) -> None:
    own = {"Origin": lrs.url, "Sec-Fetch-Site": "same-origin"}
    body = json.dumps(a_statement()).encode()

    for headers in (own, {"Origin": lrs.url}, {}):
        answer = lrs.post("/api/validate", data=body, headers={**FORM, **headers})
        assert answer.json()["valid"] is True


def test_another_sites_form_in_alternate_syntax_has_to_hold_the_key(lrs: Client) -> None:
    statement = a_statement(id=an_id())
    fields = {"X-Experience-API-Version": "1.0.3", "content": json.dumps(statement)}

    answer = lrs.speaking(None).post("statements?method=POST", data=fields, headers=FOREIGN)

    refusal(answer, 401)
    refusal(lrs.get("statements", params={"statementId": statement["id"]}), 404)


def test_another_sites_script_may_send_a_form_with_headers_of_its_own(lrs: Client) -> None:
    """For these a browser asks first, as before JSON."""
    old = lrs.speaking("1.0.3")
    asked, headers = {"method": "GET"}, {**FOREIGN, "Sec-Fetch-Site": "cross-site"}

    answer = old.post("statements", params=asked, data={"limit": "1"}, headers=headers)

    assert answer.status_code == 200
    version = {"X-Experience-API-Version": "1.0.3"}
    form = old.speaking(None).post("statements", params=asked, data=version, headers=headers)
    refusal(form, 401)


def test_a_document_is_never_shown_as_a_page_of_this_store(lrs: Client) -> None:
    """Whoever may write State could else have scripts run with the keys of those who look."""
    document = state_of()
    page = {"Content-Type": "text/html"}
    lrs.put("activities/state", params=document, data=b"<script>", headers=page)

    got = lrs.get("activities/state", params=document)

    assert got.headers["Content-Type"] == "text/html"
    assert got.headers["Content-Security-Policy"].startswith("sandbox;")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
