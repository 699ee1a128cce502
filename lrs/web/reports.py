"""/reports: the reports that workers made, to read and to take along."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request

from lrs.services.analytics import AnalyticsDesk, Json
from lrs.services.lrs import Lrs
from lrs.web import languages

reports = Blueprint("reports", __name__, template_folder="templates")
reports.after_request(languages.told)
_REPORT = "report/"
_OF_PROGRAMMES = "transfer/"


@reports.get("/reports")
def every() -> Response:
    """Every report there is or will be, with when it was made."""
    lrs: Lrs = current_app.extensions["lrs"]
    lrs.access.authenticate(request.headers.get("Authorization")).must("statements/read")
    desk: AnalyticsDesk = current_app.extensions["lrs_analytics"]
    rows = [_row(lrs, job) for job in desk.jobs() if job["job"].startswith(_REPORT)]
    return Response(render_template("reports.html", rows=rows))


def _row(lrs: Lrs, job: Json) -> Json:
    """A report's name, the programme it is about, and how its run is getting on."""
    name = job["job"].removeprefix(_REPORT)
    programme = ""
    if name.startswith(_OF_PROGRAMMES):
        declared = lrs.programmes.get(name.removeprefix(_OF_PROGRAMMES))
        programme = languages.named(declared.programme.name) or declared.programme.id
    return {"name": name, "programme": programme, **job}
