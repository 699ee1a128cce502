"""/api/analytics: figures about everybody, never about few; and the runs that make them."""

from __future__ import annotations

import time
from typing import Any, get_args

import orjson
from flask import Response, current_app
from flask_restx import Namespace, fields

from lrs.api.http import ApiResource, Call, json_answer, no_content
from lrs.domain import calendar
from lrs.domain.errors import NotFound
from lrs.domain.forms import LANGUAGES
from lrs.domain.queries import Asked as Parameters
from lrs.services.analytics import AnalyticsDesk, Asked, Format, Json

ns = Namespace("analytics", "Metrics, transfer and the runs behind them", path="/api/analytics")
_FORMATS: tuple[Format, ...] = get_args(Format)
_TYPES = {
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
}
_PAGES = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
# A report runs nothing and fetches nothing.
_NOTHING_ELSE = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_MOST_IDS = 100_000
_FORMAT = {"enum": list(_FORMATS), "description": "As Accept; json where neither says"}
_PARAMETERS: dict[str, dict[str, Any]] = {
    "since": {"description": "From this `timestamp` or day on; twelve months ago without it"},
    "until": {"description": "Before this `timestamp` or day; the end of today without it"},
    "by": {"description": "What to split by, as /api/analytics/metrics tells"},
    "cutoff": {"description": "As known then (`stored`); a day is its last moment"},
    "timezone": {"description": "Of days and months, such as Europe/Amsterdam", "default": "UTC"},
    "ids": {
        "description": "How many ids of the Statements to give, oldest first; JSON only",
        "type": "integer",
        "minimum": 1,
    },
    "format": _FORMAT,
}
_METRIC = ns.model(
    "Metric",
    {
        "name": fields.String,
        "question": fields.String(description="What it answers"),
        "version": fields.String(description="Changes when the same facts give other figures"),
        "by": fields.List(fields.String, description="What it can be split by"),
        "options": fields.Raw(description="Its own parameters with their defaults"),
    },
)
_JOB = ns.model(
    "AnalyticsJob",
    {
        "job": fields.String,
        "running": fields.Boolean,
        "asked": fields.Boolean(description="A worker will begin it"),
        "cancelling": fields.Boolean,
        "started": fields.String,
        "finished": fields.String,
        "progress": fields.Raw,
        "error": fields.String(description="Why it last ended badly"),
    },
)


class _Analytics(ApiResource):
    @property
    def desk(self) -> AnalyticsDesk:
        """Who has the figures, as the composition root chose it."""
        desk: AnalyticsDesk = current_app.extensions["lrs_analytics"]
        return desk

    def answer(self, what: str, asked: dict[str, Any], result: Json, form: Format) -> Response:
        """A result in a format, once the access log knows of it."""
        self.call.lrs.access_log.note(self.call.credential, what, asked, self.desk.figures(result))
        if form == "json":
            return json_answer(orjson.dumps(result))
        return Response(self.desk.table(result, form), content_type=_TYPES[form])


@ns.route("/metrics")
class Metrics(_Analytics):
    @ns.response(200, "The metrics", [_METRIC])
    def get(self) -> Response:
        """List the metrics: what each answers, what it can be split by, its options."""
        self.call.credential.must("statements/read")
        Parameters(self.call.parameters(), ())
        return json_answer(orjson.dumps({"metrics": self.desk.metrics()}))


@ns.route("/metrics/<string:name>")
class Metric(_Analytics):
    @ns.doc(params=_PARAMETERS)
    @ns.produces(["application/json", *_TYPES.values()])
    @ns.response(200, "Its figures, and all that is needed to judge and to repeat them")
    @ns.response(400, "A parameter that is none of the metric's, or cannot be")
    @ns.response(404, "No such metric, or no facts yet")
    @ns.response(503, "It takes long, or much is asked at once; ask again for the same")
    def get(self, name: str) -> Response:
        """
        One metric's figures; its own options are parameters too, as the list of metrics tells.

        Figures about fewer people than LRS_MIN_GROUP are null. Each question is logged.
        """
        self.call.credential.must("statements/read")
        options = self._options(name)
        given = Parameters(self.call.parameters(), (*_PARAMETERS, *options))
        form = _format(self.call, given)
        asked = _asked(given, [one for one in options if one in given.values])
        result = self.desk.metric(name, asked)
        return self.answer("metric", {**given.values, "metric": name}, result, form)

    def _options(self, name: str) -> list[str]:
        for one in self.desk.metrics():
            if one["name"] == name:
                return list(one["options"])
        raise NotFound("there is no such metric", at="name")


@ns.route("/programmes/<string:programme>/transfer")
class Transfer(_Analytics):
    @ns.doc(
        params={
            "version": {"description": "Of the programme; the newest with a result without it"},
            "format": _FORMAT,
        }
    )
    @ns.produces(["application/json", *_TYPES.values()])
    @ns.response(200, "The newest result")
    @ns.response(404, "No such programme or version, or no result yet")
    def get(self, programme: str) -> Response:
        """
        What transfer of a programme went together with, as the last run found it.

        Each question is logged.
        """
        self.call.credential.must("statements/read")
        given = Parameters(self.call.parameters(), ("version", "format"))
        form = _format(self.call, given)
        version = given.limit("version", 1, 10**9) if "version" in given.values else None
        result = self.desk.transfer(programme, version)
        return self.answer("transfer", {**given.values, "programme": programme}, result, form)


@ns.route("/reports/<path:name>")
@ns.param("name", "overview, or transfer/<programme>")
class Report(_Analytics):
    @ns.doc(
        params={
            "format": {"description": "What to get it as", "enum": list(_PAGES), "default": "html"},
            "language": {
                "description": "Of its texts",
                "enum": list(LANGUAGES),
                "default": LANGUAGES[0],
            },
        }
    )
    @ns.produces(list(_PAGES.values()))
    @ns.response(200, "The newest report of this name")
    @ns.response(404, "No such report, or none yet")
    def get(self, name: str) -> Response:
        """A report as the last run made it: one file that needs nothing beside it."""
        self.call.credential.must("statements/read")
        given = Parameters(self.call.parameters(), ("format", "language"))
        form = given.choice("format", _PAGES) or "html"
        language = given.choice("language", LANGUAGES) or LANGUAGES[0]
        made = self.desk.report(name, language, form)
        self.call.lrs.access_log.note(
            self.call.credential, "report", {**given.values, "report": name}, 1
        )
        response = Response(made, content_type=_PAGES[form])
        response.headers["Content-Security-Policy"] = _NOTHING_ELSE
        return response


@ns.route("/jobs")
class Jobs(_Analytics):
    @ns.response(200, "The runs", [_JOB])
    def get(self) -> Response:
        """List the runs there are, and how each is getting on."""
        self.call.credential.must("statements/read")
        Parameters(self.call.parameters(), ())
        return json_answer(orjson.dumps({"jobs": self.desk.jobs()}))


@ns.route("/jobs/<path:job>")
@ns.param("job", "refresh, transfer/<programme> or report/<name>")
@ns.response(404, "There is no such run")
class AnalyticsJob(_Analytics):
    @ns.response(200, "Its row", _JOB)
    def get(self, job: str) -> Response:
        """Say how a run is getting on."""
        self.call.credential.must("statements/read")
        Parameters(self.call.parameters(), ())
        return json_answer(orjson.dumps(self.desk.job(job)))

    @ns.response(202, "A worker will begin it", _JOB)
    def post(self, job: str) -> Response:
        """Ask a worker for a run; needs `all`."""
        self.call.credential.must("all")
        Parameters(self.call.parameters(), ())
        return json_answer(orjson.dumps(self.desk.ask(job)), 202)

    @ns.response(204, "It ends soon, or will not begin")
    def delete(self, job: str) -> Response:
        """Ask a run to end; needs `all`."""
        self.call.credential.must("all")
        Parameters(self.call.parameters(), ())
        self.desk.cancel(job)
        return no_content()


def _asked(given: Parameters, options: list[str]) -> Asked:
    timezone = given.text("timezone") or "UTC"
    zone = calendar.zone(timezone)
    since, until = calendar.last_months(time.time_ns() // 1000, zone)

    def instant(name: str, *, end: bool = False) -> int | None:
        text = given.text(name)
        return None if text is None else calendar.instant(text, zone, name, end=end)

    asked_since, asked_until = instant("since"), instant("until")
    return Asked(
        since=since if asked_since is None else asked_since,
        until=until if asked_until is None else asked_until,
        by=given.text("by"),
        cutoff=instant("cutoff", end=True),
        timezone=timezone,
        ids=given.limit("ids", 1, _MOST_IDS) if "ids" in given.values else 0,
        options={one: given.values[one] for one in options},
    )


def _format(call: Call, given: Parameters) -> Format:
    """What `format` says, else the first of Accept that there is."""
    wanted = given.choice("format", _FORMATS)
    if wanted is not None:
        return next(one for one in _FORMATS if one == wanted)
    for accepted in (call.header("ACCEPT") or "").lower().split(","):
        kind = accepted.split(";")[0].strip()
        if kind in ("application/json", "*/*"):
            return "json"
        for form in ("csv", "parquet"):
            if kind == _TYPES[form].split(";")[0]:
                return form
    return "json"
