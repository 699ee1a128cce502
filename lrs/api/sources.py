"""/api/sources: the tools that tell us things, and how they are."""

from __future__ import annotations

from datetime import datetime

import orjson
from flask import Response, current_app
from flask_restx import Namespace, fields

from lrs.api.http import ApiResource, json_answer, no_content
from lrs.domain import strict_json, timestamps
from lrs.domain.errors import BadRequest
from lrs.domain.queries import Asked
from lrs.services.sources import SourceDesk

ns = Namespace("sources", "Social tools and LMSs, and how they are", path="/api/sources")
_MOST = 500
_NEW = ns.model(
    "NewSource",
    {
        "name": fields.String(required=True, description="Names its hook: /hooks/<name>"),
        "integration": fields.String(required=True, description="The kind of system"),
        "instance": fields.String(description="Its address, such as https://forum.example"),
        "secrets": fields.List(fields.String, description="One, or two while one takes over"),
        "verify": fields.String(description="How deliveries prove themselves, if not as usual"),
        "texts": fields.String(enum=["none", "excerpt", "full"]),
        "consent": fields.String(enum=["opt-in", "opt-out", "not needed"]),
        "language": fields.String(description="Of titles, where the vendor does not tell"),
        "platform": fields.String(description="`context.platform`"),
        "options": fields.Raw(description="What only this kind of system knows"),
        "keep_days": fields.Integer(description="How long raw deliveries are kept"),
        "every_minutes": fields.Integer(description="How often it is harvested; 0: never"),
        "access": fields.Raw(description="What lets a harvester in"),
        "templates": fields.String(
            enum=["off", "report", "gate"],
            description="What becomes of Statements that follow no template of the profile",
        ),
    },
)
_RUN = ns.model("Run", {"since": fields.String(description="Begin anew from this time")})


class _Sources(ApiResource):
    @property
    def desk(self) -> SourceDesk:
        """Who knows the sources, as the composition root chose it."""
        desk: SourceDesk = current_app.extensions["lrs_desk"]
        return desk


@ns.route("")
class Sources(_Sources):
    def get(self) -> Response:
        """List sources with their health; secrets are never shown."""
        self.call.credential.must("statements/read")
        return json_answer(orjson.dumps(self.desk.sources()))

    @ns.expect(_NEW)
    def post(self) -> Response:
        """Add a source, or replace the one of its name."""
        self.call.credential.must("all")
        sent = strict_json.loads(self.call.body(), self.call.settings.max_json_depth).plain
        if not isinstance(sent, dict):
            raise BadRequest("a JSON object is needed")
        return json_answer(orjson.dumps(self.desk.add(sent)), 201)


@ns.route("/<string:name>")
class Source(_Sources):
    def get(self, name: str) -> Response:
        """One source with its health."""
        self.call.credential.must("statements/read")
        return json_answer(orjson.dumps(self.desk.source(name)))

    def delete(self, name: str) -> Response:
        """Forget a source; its Statements stay."""
        self.call.credential.must("all")
        self.desk.remove(name)
        return no_content()


@ns.route("/<string:name>/dead-letters")
@ns.param("after", "The id of the last one read")
@ns.param("limit", f"At most so many, up to {_MOST}")
class DeadLetters(_Sources):
    def get(self, name: str) -> Response:
        """List deliveries that were believed and could not be read, oldest first."""
        self.call.credential.must("statements/read")
        asked = Asked(self.call.parameters(), ("after", "limit"))
        limit = asked.limit("limit", 100, _MOST)
        letters = self.desk.dead_letters(name, asked.text("after"), limit)
        return json_answer(orjson.dumps({"dead_letters": letters}))


@ns.route("/<string:name>/replay")
class Replay(_Sources):
    def post(self, name: str) -> Response:
        """Read the dead letters again; those that can be read now become Statements."""
        self.call.credential.must("all")
        return json_answer(orjson.dumps(self.desk.replay(name)))


@ns.route("/<string:name>/run")
class Run(_Sources):
    @ns.expect(_RUN)
    def post(self, name: str) -> Response:
        """Ask a worker to harvest this source now."""
        self.call.credential.must("all")
        body = self.call.body() or b"{}"
        sent = strict_json.loads(body, self.call.settings.max_json_depth).plain
        self.desk.run(name, _since(sent))
        return json_answer(b"{}", 202)

    def delete(self, name: str) -> Response:
        """Ask the run that is under way to end."""
        self.call.credential.must("all")
        self.desk.cancel(name)
        return no_content()


def _since(sent: object) -> datetime | None:
    """The time a run shall begin anew from, if one is given."""
    told = sent.get("since") if isinstance(sent, dict) else None
    if told is None:
        return None
    if not isinstance(told, str):
        raise BadRequest("a timestamp", at="since")
    return timestamps.moment(timestamps.parse(told, at="since"))
