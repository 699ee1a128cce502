"""/api/programmes: trainings as they were declared, and who is invited to them by lot."""

from __future__ import annotations

import time
from collections.abc import Sequence

import orjson
from flask import Response
from flask_restx import Namespace, fields

from lrs.api.bodies import sent
from lrs.api.http import ApiResource, Call, json_answer
from lrs.domain import strict_json
from lrs.domain.errors import BadRequest
from lrs.domain.programme_forms import ASKED, GRADES, SKILLS, UNITS, told
from lrs.domain.programmes import Declared
from lrs.domain.queries import Asked
from lrs.services.lots import exported, person_units

ns = Namespace(
    "programmes", "Trainings, declared before data are looked at", path="/api/programmes"
)
_SCOPE = "statements/read"
_LONGEST_NUMBER = 6
_EVIDENCE = ns.model(
    "Evidence",
    {
        "activity": fields.String(required=True, description="The object of these Statements"),
        "grade": fields.String(
            required=True, enum=GRADES, description="A objective, B another person, C oneself"
        ),
        "verb": fields.String(description="Only those with this Verb id"),
        "kpi": fields.Boolean(description="A figure with a level of its own; grade A"),
    },
)
_WINDOWS = ns.model(
    "Windows",
    {
        "baseline": fields.Integer(description="Days before completion", default=90),
        "exposure": fields.Integer(description="Days after it", default=30),
        "outcome": fields.Integer(description="Days after the exposure", default=90),
    },
)
_PULSES = ns.model(
    "Pulses",
    {
        "days": fields.List(fields.Integer, description="After completion; none: off"),
        "ask": fields.List(fields.String(enum=ASKED)),
        "share": fields.Float(description="Of those who complete, drawn by lot", default=1),
        "remind": fields.List(fields.Integer, description="Days after a question"),
        "expire": fields.Integer(description="Days after which a link is dead", default=30),
    },
)
_OPENING = ns.model(
    "Opening",
    {
        "department": fields.String(required=True),
        "at": fields.String(required=True, description="A day or a timestamp"),
    },
)
_SCHEME = ns.model(
    "Invitations",
    {
        "unit": fields.String(enum=UNITS, description="By whom lots are drawn"),
        "share": fields.Float(description="Of units that are invited", default=0.5),
        "at": fields.String(description="From when they count; never before the draw"),
    },
)
_PROGRAMME = ns.model(
    "Programme",
    {
        "id": fields.String(required=True, description="Lower-case letters, digits, hyphens"),
        "name": fields.Raw(required=True, description="For people: `en`, `nl` or both"),
        "activities": fields.List(
            fields.String, required=True, description="Passing or completing one completes it"
        ),
        "topics": fields.List(fields.String, description="Ids of /api/topics"),
        "evidence": fields.List(fields.Nested(_EVIDENCE), description="What tells of transfer"),
        "primary": fields.String(enum=GRADES, description="The outcome that counts"),
        "binary": fields.Float(description="From this score on it is applied", default=0.6),
        "skill": fields.String(enum=SKILLS),
        "windows": fields.Nested(_WINDOWS),
        "pulses": fields.Nested(_PULSES),
        "openings": fields.List(fields.Nested(_OPENING)),
        "invitations": fields.Nested(_SCHEME),
        "seed": fields.Integer(description="Of every lot", default=1),
    },
)
_DRAW = ns.model(
    "Draw",
    {
        "units": fields.List(
            fields.String,
            required=True,
            description="Departments by name; persons by id or identifier, as of /api/persons",
        ),
        "joiners": fields.Boolean(description="They joined later; who was drawn is passed over"),
    },
)


@ns.route("")
class Programmes(ApiResource):
    def get(self) -> Response:
        """Every programme in its newest version, by id."""
        self.call.credential.must(_SCOPE)
        found = [told(one) for one in self.call.lrs.programmes.all()]
        return json_answer(orjson.dumps({"programmes": found}))

    @ns.expect(_PROGRAMME)
    def post(self) -> Response:
        """Declare a programme or its next version; what equals the newest adds none."""
        self.call.credential.must("all")
        body = strict_json.loads(self.call.body(), self.call.settings.max_json_depth).plain
        now, by = time.time_ns() // 1000, self.call.credential.key
        declared = self.call.lrs.programmes.declare(body, by=by, now=now)
        return json_answer(orjson.dumps(told(declared)), 201)


@ns.route("/<string:programme>")
class Programme(ApiResource):
    @ns.doc(params={"version": {"description": "The newest without it", "type": "integer"}})
    def get(self, programme: str) -> Response:
        """A programme as it was declared: when, by whom, and whether results were seen before."""
        self.call.credential.must(_SCOPE)
        version = _version(Asked(self.call.parameters(), ("version",)))
        return json_answer(orjson.dumps(told(self.call.lrs.programmes.get(programme, version))))


@ns.route("/<string:programme>/versions")
class Versions(ApiResource):
    def get(self, programme: str) -> Response:
        """Every version of a programme, oldest first; none is ever changed."""
        self.call.credential.must(_SCOPE)
        found = [told(one) for one in self.call.lrs.programmes.versions(programme)]
        return json_answer(orjson.dumps({"versions": found}))


@ns.route("/<string:programme>/invitations")
class Invitations(ApiResource):
    @ns.doc(params={"format": {"enum": ["json", "csv"], "description": "json without it"}})
    @ns.produces(["application/json", "text/csv"])
    def get(self, programme: str) -> Response:
        """Every draw, and who was invited and from when; each question is logged."""
        self.call.credential.must(_SCOPE)
        asked = Asked(self.call.parameters(), ("format",))
        as_csv = asked.choice("format", ("json", "csv")) == "csv"
        self.call.lrs.programmes.get(programme)
        draws = self.call.lrs.programmes.draws(programme)
        units = sum(len(draw.invitations()) for draw in draws)
        noted = {**asked.values, "programme": programme}
        self.call.lrs.access_log.note(self.call.credential, "invitations", noted, units)
        if as_csv:
            content_type = "text/csv; charset=utf-8; header=present"
            return Response(exported(draws), content_type=content_type)
        return json_answer(orjson.dumps({"draws": [draw.listed() for draw in draws]}))

    @ns.expect(_DRAW)
    def post(self, programme: str) -> Response:
        """Draw by lot who is invited. It is recorded for good and never drawn again."""
        self.call.credential.must("all")
        body, now = sent(self.call, _DRAW), time.time_ns() // 1000
        declared = self.call.lrs.programmes.get(programme)
        units = _units(self.call, declared, body.texts("units"), now)
        by, joiners = self.call.credential.key, body.flag("joiners")
        drawn = self.call.lrs.programmes.draw(declared, units, by=by, now=now, joiners=joiners)
        return json_answer(orjson.dumps(drawn.listed()), 201)


def _version(asked: Asked) -> int | None:
    text = asked.text("version")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER:
        raise BadRequest("this must be a whole number from 1", at="version")
    return int(text)


def _units(call: Call, declared: Declared, names: Sequence[str], now: int) -> Sequence[str]:
    """The units as they are drawn; persons as they are known now."""
    scheme = declared.programme.invitations
    if scheme is None or scheme.unit == "department":
        return names
    return person_units(call.lrs.persons.register(), names, now)
