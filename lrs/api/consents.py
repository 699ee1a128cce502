"""/api/consents: what people said about being recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Response
from flask_restx import Namespace, fields

from lrs.api.bodies import sent
from lrs.api.http import ApiResource, json_answer
from lrs.domain import identifiers, timestamps
from lrs.domain.consents import Said
from lrs.domain.errors import BadRequest
from lrs.domain.queries import Asked
from lrs.services.consent import Consent

ns = Namespace("consents", "Who may be recorded", path="/api/consents")
_MOST = 500
_DECISIONS = ("give", "withdraw", "object")
_SAYING = ns.model(
    "Consent",
    {
        "identifier": fields.String(required=True, description="As of /api/persons"),
        "decision": fields.String(required=True, enum=_DECISIONS),
        "source": fields.String(description="The name of a source; without it: all of them"),
        "at": fields.String(description="From when, a day or a timestamp; without it: now"),
        "evidence": fields.String(description="What it rests on"),
    },
)


@ns.route("")
class Consents(ApiResource):
    @ns.doc(
        params={
            "identifier": {"description": "Only what this person said, by any identifier"},
            "limit": {"description": "At most so many identifiers", "type": "integer"},
            "cursor": {"description": "`next` of the page before"},
        }
    )
    def get(self) -> Response:
        """What was said, by one person or by everybody; each with its date and evidence."""
        self.call.credential.must("statements/read")
        asked = Asked(self.call.parameters(), ("identifier", "limit", "cursor"))
        name = asked.text("identifier")
        if name is not None:
            found = self.call.lrs.consent.said(name)
            self.call.lrs.access_log.note(self.call.credential, "consent", asked.values, len(found))
            rows = [shown(identifier, one) for identifier, one in found]
            return json_answer(orjson.dumps({"consents": rows, "next": None}))
        return self._every(asked)

    def _every(self, asked: Asked) -> Response:
        limit = asked.limit("limit", 100, _MOST)
        found = self.call.lrs.consent.every(asked.text("cursor"), limit + 1)
        page = found[:limit]
        self.call.lrs.access_log.note(self.call.credential, "consents", asked.values, len(page))
        rows = [shown(identifier, one) for identifier, said in page for one in said]
        following = page[-1][0] if len(found) > limit else None
        return json_answer(orjson.dumps({"consents": rows, "next": following}))

    @ns.expect(_SAYING)
    def post(self) -> Response:
        """
        Give or withdraw consent, or object to being recorded even where no consent is needed.

        Every process heeds it within a second. Needs `all`.
        """
        self.call.credential.must("all")
        body = sent(self.call, _SAYING)
        name = identifiers.read(body.text("identifier"))
        said = _say(self.call.lrs.consent, body.text("decision"))(
            body.optional("source"),
            name,
            body.time("at"),
            body.optional("evidence") or "",
            self.call.credential.key,
        )
        return json_answer(orjson.dumps(shown(name, said)), 201)


def _say(consent: Consent, decision: str) -> Callable[..., Said]:
    """What to do with a decision."""
    if decision not in _DECISIONS:
        raise BadRequest(f"this must be one of: {', '.join(_DECISIONS)}", at="decision")
    ways = {"give": consent.give, "withdraw": consent.withdraw, "object": consent.object_to}
    return ways[decision]


def shown(identifier: str, said: Said) -> dict[str, Any]:
    """One thing that was said, with its dates as text."""
    return {
        "identifier": identifier,
        "decision": "object" if said.objects else "give" if said.given else "withdraw",
        "source": said.source,
        "at": timestamps.text(said.at),
        "recorded": timestamps.text(said.recorded),
        "by": said.by,
        "evidence": said.evidence,
    }
