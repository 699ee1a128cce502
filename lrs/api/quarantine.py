"""/api/quarantine: what marked keys sent and were refused; needs the scope `all`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import orjson
from flask import Response
from flask_restx import Namespace, fields

from lrs.api.bodies import sent
from lrs.api.http import ApiResource, json_answer, no_content
from lrs.domain.queries import Asked
from lrs.domain.repairs import RULES
from lrs.services.quarantine import Repaired

ns = Namespace("quarantine", "Refused Statements, and their repair", path="/api/quarantine")
_MOST = 500
_REPAIR = ns.model(
    "Repair",
    {
        "rules": fields.List(
            fields.String(enum=list(RULES)), description="Those of the key when absent"
        ),
        "dry_run": fields.Boolean(description="Only tell what would become of each Statement"),
    },
)


@ns.route("")
class Listed(ApiResource):
    @ns.doc(
        params={
            "key": "Only what this key sent",
            "limit": {"description": f"At most so many, up to {_MOST}", "type": "integer"},
            "cursor": "`next` of the page before",
        }
    )
    def get(self) -> Response:
        """What is kept, oldest first, with what is wrong with it; without the bodies."""
        self.call.credential.must("all")
        asked = Asked(self.call.parameters(), ("key", "limit", "cursor"))
        limit = asked.limit("limit", 100, _MOST)
        found = self.call.lrs.quarantine.page(asked.text("key"), asked.text("cursor"), limit + 1)
        page = found[:limit]
        following = page[-1]["id"] if len(found) > limit else None
        return json_answer(orjson.dumps({"quarantine": page, "next": following}))


@ns.route("/rules")
class Rules(ApiResource):
    def get(self) -> Response:
        """The rules of repair by name, with what each does."""
        self.call.credential.must("all")
        return json_answer(orjson.dumps({name: rule.says for name, rule in RULES.items()}))


@ns.route("/<string:name>")
class One(ApiResource):
    def get(self, name: str) -> Response:
        """One with its body as it was sent."""
        self.call.credential.must("all")
        found = self.call.lrs.quarantine.one(name)
        self.call.lrs.access_log.note(self.call.credential, "quarantine", {"id": name}, 1)
        return json_answer(orjson.dumps(found))

    def delete(self, name: str) -> Response:
        """Forget one."""
        self.call.credential.must("all")
        self.call.lrs.quarantine.drop(name)
        return no_content()


@ns.route("/<string:name>/repair")
class Repair(ApiResource):
    @ns.expect(_REPAIR)
    def post(self, name: str) -> Response:
        """Store what follows the standard, as it was sent or mended; the rest stays."""
        self.call.credential.must("all")
        body = sent(self.call, _REPAIR, optional=True)
        rules = body.texts("rules") if body.has("rules") else None
        done = self.call.lrs.quarantine.repair(
            name, rules, now=time.time_ns() // 1000, dry_run=body.flag("dry_run")
        )
        return json_answer(orjson.dumps(shown(done)))


def shown(done: Sequence[Repaired]) -> dict[str, Any]:
    """What a repair did, with its counts."""
    outcomes = [one.outcome for one in done]
    counts = {name: outcomes.count(name) for name in ("as sent", "repaired", "left")}
    return {"counts": counts, "statements": [asdict(one) for one in done]}
