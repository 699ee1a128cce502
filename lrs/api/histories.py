"""/api/histories: what a person did; /api/access-log: who looked."""

from __future__ import annotations

import csv
import io
import re
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from flask import Response
from flask_restx import Namespace, fields

from lrs.api.http import ApiResource, Call, json_answer
from lrs.domain import timestamps
from lrs.domain.actors import ifi
from lrs.domain.csv_text import harmless
from lrs.domain.errors import BadRequest
from lrs.domain.queries import Asked
from lrs.domain.vocabulary import ACTIONS, Mode
from lrs.services.access_log import Wanted
from lrs.services.acts import Act
from lrs.services.histories import Asked as History
from lrs.services.histories import Page

ns = Namespace("histories", "What a person did, in one time line", path="/api/histories")
access_log = Namespace("access-log", "Who looked at what of whom", path="/api/access-log")
_COLUMNS = (
    "statement_id",
    "source",
    "authority",
    "timestamp",
    "stored",
    "action",
    "mode",
    "result",
    "voided",
)
_CURSOR = re.compile(r"(-?\d{1,18})_(\d{1,18})", re.ASCII)
_LOG_CURSOR = re.compile(r"\d{17}-[0-9a-f]{12}", re.ASCII)
_MODES = tuple(mode.value for mode in Mode)
_PARAMETERS: dict[str, dict[str, Any]] = {
    "since": {"description": "Not before this `timestamp`; a day or a time"},
    "until": {"description": "Not after this `timestamp`; a day is its last moment"},
    "source": {"description": "The name of a source or of a key"},
    "action": {"description": "A canonical action", "enum": sorted(ACTIONS)},
    "mode": {"enum": _MODES},
    "course": {"description": "The id of an Activity: the object or in the context"},
    "voided": {"description": "Tell the voided too", "type": "boolean"},
    "order": {"enum": ["newest", "oldest"], "default": "newest"},
    "limit": {"description": "At most so many entries", "type": "integer", "default": 100},
    "cursor": {"description": "`next` of the page before"},
    "format": {"enum": ["json", "csv"], "description": "As Accept; json where neither says"},
}
_ENTRY = ns.model(
    "HistoryEntry",
    {
        "statement_id": fields.String,
        "source": fields.String,
        "authority": fields.Raw(description="The Agent or Group; its identifier in CSV"),
        "timestamp": fields.String(description="When it happened"),
        "stored": fields.String(description="When it was kept"),
        "action": fields.String(description="null where the Verb is not known"),
        "mode": fields.String(enum=_MODES),
        "result": fields.Raw(description="As it was sent"),
        "voided": fields.Boolean,
    },
)
_HISTORY = ns.model(
    "History", {"entries": fields.List(fields.Nested(_ENTRY)), "next": fields.String}
)


@ns.route("/<string:person>")
class PersonHistory(ApiResource):
    @ns.doc(params=_PARAMETERS)
    @ns.produces(["application/json", "text/csv"])
    @ns.response(200, "A page, with the way to the next in `next` and in the header Link", _HISTORY)
    def get(self, person: str) -> Response:
        """
        The formal, social and informal acts of a person, by all identifiers while they held them.

        Each question is logged.
        """
        self.call.credential.must("statements/read")
        asked = Asked(self.call.parameters(), _PARAMETERS)
        as_csv = _wants_csv(self.call, asked)
        page = self.call.lrs.histories.page(
            _history(person, asked, self.call), self.call.credential
        )
        response = _csv(page) if as_csv else _json(page)
        following = _following(page)
        if following is not None:
            query = urlencode({**asked.values, "cursor": following})
            path = self.call.path(f"/api/histories/{quote(person, safe='~')}?{query}")
            response.headers["Link"] = f'<{path}>; rel="next"'
        return response


@access_log.route("")
class AccessLog(ApiResource):
    @access_log.doc(
        params={
            "since": {"description": "Not before; a day or a time"},
            "until": {"description": "Not after; a day is its last moment"},
            "person": {"description": "Only questions about the person of this id"},
            "limit": {"description": "At most so many", "type": "integer"},
            "cursor": {"description": "`next` of the page before"},
        }
    )
    def get(self) -> Response:
        """Who asked for histories, persons and consents: when, what and how much; needs `all`."""
        self.call.credential.must("all")
        asked = Asked(self.call.parameters(), ("since", "until", "person", "limit", "cursor"))
        after = asked.text("cursor")
        if after is not None and not _LOG_CURSOR.fullmatch(after):
            raise BadRequest("this is no cursor that was given out", at="cursor")
        wanted = Wanted(
            asked.time("since"),
            asked.time("until", end=True),
            asked.text("person"),
            after,
            asked.limit("limit", 100, self.call.settings.max_page),
        )
        entries, following = self.call.lrs.access_log.some(wanted)
        return json_answer(orjson.dumps({"entries": entries, "next": following}))


def _history(person: str, asked: Asked, call: Call) -> History:
    after = asked.text("cursor")
    place = _CURSOR.fullmatch(after) if after is not None else None
    if after is not None and place is None:
        raise BadRequest("this is no cursor that was given out", at="cursor")
    return History(
        person=person,
        since=asked.time("since"),
        until=asked.time("until", end=True),
        source=asked.text("source"),
        action=asked.choice("action", sorted(ACTIONS)),
        mode=asked.choice("mode", _MODES),
        course=asked.text("course"),
        voided=asked.flag("voided"),
        oldest=asked.choice("order", ("newest", "oldest")) == "oldest",
        limit=asked.limit("limit", 100, call.settings.max_page),
        after=(int(place[1]), int(place[2])) if place else None,
    )


def _wants_csv(call: Call, asked: Asked) -> bool:
    wanted = asked.choice("format", ("json", "csv"))
    if wanted is not None:
        return wanted == "csv"
    accepted = (call.header("ACCEPT") or "").lower()
    return "text/csv" in accepted and "application/json" not in accepted


def _following(page: Page) -> str | None:
    return None if page.after is None else f"{page.after[0]}_{page.after[1]}"


def _json(page: Page) -> Response:
    entries = [
        {
            **_entry(act),
            "authority": orjson.Fragment(act.authority),
            "result": None if act.result is None else orjson.Fragment(act.result),
        }
        for act in page.acts
    ]
    return json_answer(orjson.dumps({"entries": entries, "next": _following(page)}))


def _csv(page: Page) -> Response:
    """The same columns; the Authority by its identifier and the result as JSON."""
    out = io.StringIO()
    rows = csv.DictWriter(out, _COLUMNS)
    rows.writeheader()
    for act in page.acts:
        entry = {
            **_entry(act),
            "authority": ifi(orjson.loads(act.authority)) or act.authority.decode(),
            "result": "" if act.result is None else act.result.decode(),
            "voided": "true" if act.voided else "false",
        }
        rows.writerow({name: harmless(value or "") for name, value in entry.items()})
    return Response(out.getvalue(), content_type="text/csv; charset=utf-8; header=present")


def _entry(act: Act) -> dict[str, Any]:
    return {
        "statement_id": act.id,
        "source": act.source,
        "authority": None,
        "timestamp": act.when,
        "stored": timestamps.text(act.stored),
        "action": act.action,
        "mode": act.mode,
        "result": None,
        "voided": act.voided,
    }
