"""/api/topics: the organisation's vocabulary."""

from __future__ import annotations

import time

import orjson
from flask import Response
from flask_restx import Namespace

from lrs.api.http import ApiResource, json_answer
from lrs.domain import strict_json

ns = Namespace("topics", "What people talk about, in the organisation's words", path="/api/topics")
_TERMS = {"type": "array", "items": {"type": "string"}, "description": "Of one to three words"}
_VOCABULARY = ns.schema_model(
    "Topics",
    {
        "type": "object",
        "description": "Topic id → its name and terms; replaces the vocabulary as a whole",
        "additionalProperties": {
            "type": "object",
            "properties": {
                "name": {"type": "object", "description": "For people: `en`, `nl`"},
                "en": _TERMS,
                "nl": _TERMS,
            },
        },
    },
)


@ns.route("")
class Topics(ApiResource):
    def get(self) -> Response:
        """The newest version of the vocabulary; version 0 is empty."""
        self.call.credential.must("statements/read")
        return json_answer(orjson.dumps(self.call.lrs.topics.get().told()))

    @ns.expect(_VOCABULARY)
    def put(self) -> Response:
        """Replace the vocabulary by a new version; facts are made anew with the next refresh."""
        self.call.credential.must("all")
        sent = strict_json.loads(self.call.body(), self.call.settings.max_json_depth).plain
        now, by = time.time_ns() // 1000, self.call.credential.key
        vocabulary = self.call.lrs.topics.put(sent, by=by, now=now)
        return json_answer(orjson.dumps(vocabulary.told()))
