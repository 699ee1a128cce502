"""/api/persons: who is who, when; and what changed about it."""

from __future__ import annotations

import time
from typing import Any

import orjson
from flask import Response
from flask_restx import Namespace, fields

from lrs.api.bodies import sent
from lrs.api.http import ApiResource, Call, json_answer, no_content
from lrs.domain import identifiers
from lrs.domain.errors import BadRequest
from lrs.domain.person_entries import ATTRIBUTES, BEGIN, END
from lrs.domain.persons import Register
from lrs.domain.queries import Asked, Sent
from lrs.services.person_views import shown, told
from lrs.services.persons import Claim, Fact

ns = Namespace("persons", "People: their identifiers, dated", path="/api/persons")
_SCOPE = "statements/read"
_MOST_PERSONS = 500
_IDENTIFIER = (
    "mbox:mailto:<address>, mailto:<address>, mbox_sha1sum:<40 hex digits>, openid:<URI>, "
    "account:<homePage>|<name> or the JSON of an Agent"
)
_CLAIM = ns.model(
    "Identifier",
    {
        "identifier": fields.String(required=True, description=_IDENTIFIER),
        "from": fields.String(description="From when; without it: ever since. A day or a time"),
        "to": fields.String(description="Until when, exclusive; without it: no end is known"),
        "confidence": fields.Float(min=0, max=1, description="1 where it is not doubted"),
        "takes_over": fields.Boolean(description="Ends another person's holding at `from`"),
    },
)
_FACT = ns.model(
    "Attribute",
    {
        "name": fields.String(required=True, enum=list(ATTRIBUTES)),
        "value": fields.String(required=True),
        "from": fields.String(description="As of an identifier"),
        "to": fields.String(description="As of an identifier"),
    },
)
_PERSON = ns.model(
    "PersonChange",
    {
        "person": fields.String(description="Whom it is added to; without it: a new person"),
        "identifiers": fields.List(fields.Nested(_CLAIM)),
        "attributes": fields.List(fields.Nested(_FACT)),
        "evidence": fields.String(description="What it rests on"),
    },
)
_EVIDENCE = {"evidence": fields.String(description="What it rests on")}
_MERGE = ns.model(
    "Merge", {"person": fields.String(required=True, description="Who is the same"), **_EVIDENCE}
)
_SPLIT = ns.model("Split", {"identifiers": fields.List(fields.String, required=True), **_EVIDENCE})
_RELEASE = ns.model(
    "Release",
    {
        "identifier": fields.String(required=True, description=_IDENTIFIER),
        "at": fields.String(description="From when it is not theirs; without it: it never was"),
        **_EVIDENCE,
    },
)
_REASON = ns.model("Reason", _EVIDENCE)
_AT = {
    "on": {"description": "What held then; without it: now. A day or a timestamp"},
    "known": {"description": "What was known then; without it: now. A day or a timestamp"},
}


@ns.route("")
class Persons(ApiResource):
    @ns.doc(
        params={
            "identifier": {"description": f"Whose this is: {_IDENTIFIER}"},
            **_AT,
            "limit": {"description": "At most so many persons", "type": "integer"},
            "cursor": {"description": "`next` of the page before"},
        }
    )
    def get(self) -> Response:
        """
        The person who holds an identifier, or a page of all known persons.

        An identifier that belongs to nobody known is a person of one; its id follows from it.
        """
        self.call.credential.must(_SCOPE)
        asked = Asked(self.call.parameters(), ("identifier", "on", "known", "limit", "cursor"))
        name = asked.text("identifier")
        if name is None:
            return _list(self.call, asked)
        register, on = _known(self.call, asked), _on(asked)
        person = register.holder(identifiers.read(name), on)
        return _answer(self.call, register, person, on, asked)

    @ns.expect(_PERSON)
    def post(self) -> Response:
        """Add identifiers and attributes to a person, or make a new one; needs `all`."""
        self.call.credential.must("all")
        body = sent(self.call, _PERSON)
        claims = [_claim(one) for one in body.objects("identifiers", _CLAIM)]
        facts = [_fact(one) for one in body.objects("attributes", _FACT)]
        if not claims and not facts:
            raise BadRequest("identifiers or attributes are needed")
        who = body.optional("person")
        person = self.call.lrs.persons.put(who, claims, facts, **_said(self.call, body))
        return _shown(self.call, person, 201)


@ns.route("/<string:person>")
class Person(ApiResource):
    @ns.doc(params=_AT)
    def get(self, person: str) -> Response:
        """A person, also by the id of one who was merged into them."""
        self.call.credential.must(_SCOPE)
        asked = Asked(self.call.parameters(), ("on", "known"))
        register = _known(self.call, asked)
        return _answer(self.call, register, register.resolve(person), _on(asked), asked)


@ns.route("/<string:person>/changes")
class Changes(ApiResource):
    def get(self, person: str) -> Response:
        """All that was ever recorded about a person, oldest first, the undone too."""
        self.call.credential.must(_SCOPE)
        Asked(self.call.parameters(), ())
        entries = self.call.lrs.persons.entries(person)
        changes = [told(entry, counts) for entry, counts in entries]
        self.call.lrs.access_log.note(
            self.call.credential, "person changes", {}, len(changes), person
        )
        return json_answer(orjson.dumps({"changes": changes}))


@ns.route("/<string:person>/merge")
class Merge(ApiResource):
    @ns.expect(_MERGE)
    def post(self, person: str) -> Response:
        """Say that another person is this one; needs `all`."""
        self.call.credential.must("all")
        body = sent(self.call, _MERGE)
        said = _said(self.call, body)
        return _shown(self.call, self.call.lrs.persons.merge(body.text("person"), person, **said))


@ns.route("/<string:person>/split")
class Split(ApiResource):
    @ns.expect(_SPLIT)
    def post(self, person: str) -> Response:
        """Say that some identifiers were another person's all along; needs `all`."""
        self.call.credential.must("all")
        body = sent(self.call, _SPLIT)
        names = [identifiers.read(name, "identifiers") for name in body.texts("identifiers")]
        if not names:
            raise BadRequest("this is needed", at="identifiers")
        new = self.call.lrs.persons.split(person, names, **_said(self.call, body))
        return _shown(self.call, new, 201)


@ns.route("/<string:person>/release")
class Release(ApiResource):
    @ns.expect(_RELEASE)
    def post(self, person: str) -> Response:
        """Say that an identifier is not theirs any more, or never was; needs `all`."""
        self.call.credential.must("all")
        body = sent(self.call, _RELEASE)
        name, at = identifiers.read(body.text("identifier")), body.time("at")
        at = BEGIN if at is None else at
        self.call.lrs.persons.release(person, name, at, **_said(self.call, body))
        return _shown(self.call, self.call.lrs.persons.register().resolve(person))


@ns.route("/changes/<int:number>/undo")
class Undo(ApiResource):
    @ns.expect(_REASON)
    def post(self, number: int) -> Response:
        """Undo a change (or an undoing); what was recorded stays readable. Needs `all`."""
        self.call.credential.must("all")
        body = sent(self.call, _REASON, optional=True)
        self.call.lrs.persons.undo(number, **_said(self.call, body))
        return no_content()


@ns.route("/suggestions")
class Suggestions(ApiResource):
    @ns.doc(
        params={
            "limit": {"description": "About so many", "type": "integer"},
            "cursor": {"description": "`next` of the page before"},
        }
    )
    def get(self) -> Response:
        """Who may be one human, for a person to decide."""
        self.call.credential.must(_SCOPE)
        asked = Asked(self.call.parameters(), ("limit", "cursor"))
        limit = asked.limit("limit", 100, _MOST_PERSONS)
        found, after = self.call.lrs.suggestions.some(asked.text("cursor") or "", limit)
        rows = [
            {"id": one.id, "person": one.person, "other": one.other, "reason": one.reason}
            | {"rests_on": one.rests_on}
            for one in found
        ]
        return json_answer(orjson.dumps({"suggestions": rows, "next": after}))


@ns.route("/suggestions/<string:suggestion>/confirm")
class Confirm(ApiResource):
    @ns.expect(_REASON)
    def post(self, suggestion: str) -> Response:
        """Make one person of the two; needs `all`."""
        self.call.credential.must("all")
        said = _said(self.call, sent(self.call, _REASON, optional=True))
        return _shown(self.call, self.call.lrs.suggestions.confirm(suggestion, **said))


@ns.route("/suggestions/<string:suggestion>/dismiss")
class Dismiss(ApiResource):
    @ns.expect(_REASON)
    def post(self, suggestion: str) -> Response:
        """Do not suggest this again; needs `all`."""
        self.call.credential.must("all")
        said = _said(self.call, sent(self.call, _REASON, optional=True))
        self.call.lrs.suggestions.dismiss(suggestion, **said)
        return no_content()


def _on(asked: Asked) -> int:
    on = asked.time("on")
    return time.time_ns() // 1000 if on is None else on


def _known(call: Call, asked: Asked) -> Register:
    """What is known, or was known on a day: all of it, for `2026-03-01` is the end of that day."""
    at = asked.time("known", end=True)
    return call.lrs.persons.register() if at is None else call.lrs.persons.known_at(at)


def _answer(call: Call, register: Register, person: str, on: int, asked: Asked) -> Response:
    """A person, once it is logged that somebody looked."""
    call.lrs.access_log.note(call.credential, "person", asked.values, 1, person)
    return json_answer(orjson.dumps(shown(register, person, on)))


def _shown(call: Call, person: str, status: int = 200) -> Response:
    register, now = call.lrs.persons.register(), time.time_ns() // 1000
    return json_answer(orjson.dumps(shown(register, register.resolve(person), now)), status)


def _list(call: Call, asked: Asked) -> Response:
    """A page of the known persons, in the order of their ids."""
    limit, after = asked.limit("limit", 100, _MOST_PERSONS), asked.text("cursor") or ""
    register, on = _known(call, asked), _on(asked)
    rest = [person for person in register.known() if person > after]
    page = rest[:limit]
    call.lrs.access_log.note(call.credential, "persons", asked.values, len(page))
    persons = [shown(register, person, on) for person in page]
    following = page[-1] if len(rest) > limit else None
    return json_answer(orjson.dumps({"persons": persons, "next": following}))


def _said(call: Call, body: Sent) -> dict[str, Any]:
    return {"by": call.credential.key, "evidence": body.optional("evidence") or ""}


def _claim(one: Sent) -> Claim:
    since, until = one.time("from"), one.time("to")
    return Claim(
        identifiers.read(one.text("identifier"), one.place("identifier")),
        BEGIN if since is None else since,
        END if until is None else until,
        one.share("confidence", 1.0),
        one.flag("takes_over"),
    )


def _fact(one: Sent) -> Fact:
    name, since, until = one.text("name"), one.time("from"), one.time("to")
    if name not in ATTRIBUTES:
        raise BadRequest(f"attributes are {', '.join(ATTRIBUTES)}", at=one.place("name"))
    begin, end = BEGIN if since is None else since, END if until is None else until
    if begin >= end:
        raise BadRequest("this holds for no time at all", at=one.place("to"))
    return Fact(name, one.text("value"), begin, end)
