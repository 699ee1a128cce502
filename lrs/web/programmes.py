"""/programmes: trainings as they were declared, and the form that declares one."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext
from itsdangerous import BadData, URLSafeTimedSerializer

from lrs.domain import timestamps
from lrs.domain.forms import BadForm
from lrs.domain.programme_forms import GRADES, SKILLS, UNITS
from lrs.domain.programmes import Declared
from lrs.services.access import Credential
from lrs.services.lrs import Lrs
from lrs.services.signing import signer
from lrs.web import languages
from lrs.web.guarding import guarded
from lrs.web.programme_fields import EMPTY, Fields, fields_of

programmes = Blueprint("programmes", __name__, template_folder="templates")
programmes.after_request(languages.told)
programmes.after_request(guarded)
_HOURS = 12


@programmes.get("/programmes")
def every() -> Response:
    """The programmes, each in its newest version."""
    lrs, _ = _asked("statements/read")
    rows = [_row(declared) for declared in lrs.programmes.all()]
    return Response(render_template("programmes.html", rows=rows))


@programmes.get("/programmes/<string:programme>")
def one(programme: str) -> Response:
    """A programme in its newest version, or in the one that `?version=` asks for."""
    lrs, _ = _asked("statements/read")
    version = request.args.get("version", type=int)
    declared = lrs.programmes.get(programme, version)
    page = render_template(
        "programme.html",
        declared=declared,
        row=_row(declared),
        versions=[_row(each) for each in reversed(lrs.programmes.versions(programme))],
        draws=[draw.told() for draw in lrs.programmes.draws(programme)],
        fields=fields_of(declared.programme),
    )
    return Response(page)


@programmes.get("/declare")
def blank() -> Response:
    """The form: empty, or with the programme that `?programme=` names to declare its next."""
    lrs, credential = _asked("all")
    name = request.args.get("programme")
    fields = fields_of(lrs.programmes.get(name).programme if name else EMPTY)
    return _form(lrs, credential, fields)


@programmes.post("/declare")
def declare() -> Response:
    """
    Declare what stands in the form; where something is wrong, show it with what.

    A browser adds the key to what any site makes it send, so the form must prove that it came from
    here: by a token that was signed for this key.
    """
    lrs, credential = _asked("all")
    fields = Fields({name: request.form.getlist(name) for name in request.form})
    if not _is_ours(lrs, credential, fields.one("token")):
        stale = gettext(
            "This form is too old or came from elsewhere. Look at it and send it again."
        )
        return _form(lrs, credential, fields, {"": [(0, stale)]}, HTTPStatus.FORBIDDEN)
    try:
        now = time.time_ns() // 1000
        declared = lrs.programmes.declare(fields.mapping(), by=credential.key, now=now)
    except BadForm as refusal:
        faults = fields.faults(refusal.problems)
        return _form(lrs, credential, fields, faults, HTTPStatus.BAD_REQUEST)
    target = url_for("programmes.one", programme=declared.programme.id)
    return Response(status=HTTPStatus.SEE_OTHER, headers={"Location": target})


def _asked(scope: str) -> tuple[Lrs, Credential]:
    lrs: Lrs = current_app.extensions["lrs"]
    credential = lrs.access.authenticate(request.headers.get("Authorization"))
    credential.must(scope)
    return lrs, credential


def _form(
    lrs: Lrs,
    credential: Credential,
    fields: Fields,
    faults: dict[str, list[tuple[int, str]]] | None = None,
    status: int = HTTPStatus.OK,
) -> Response:
    page = render_template(
        "declare.html",
        fields=fields,
        faults=faults or {},
        topics=lrs.topics.get().topics,
        token=_signer(lrs).dumps(credential.key),
        grades=GRADES,
        units=UNITS,
        skills=SKILLS,
    )
    return Response(page, status)


def _signer(lrs: Lrs) -> URLSafeTimedSerializer:
    return signer(lrs.store, "form: declare a programme")


def _is_ours(lrs: Lrs, credential: Credential, token: str) -> bool:
    try:
        key: object = _signer(lrs).loads(token, max_age=_HOURS * 3600)
    except BadData:
        return False
    return key == credential.key


def _row(declared: Declared) -> dict[str, Any]:
    """What a person reads of a version."""
    programme = declared.programme
    return {
        "id": programme.id,
        "name": languages.named(programme.name),
        "version": declared.version,
        "declared": timestamps.text(declared.at),
        "by": declared.by,
        "after_results": declared.after_results,
        "grades": sorted({one.grade for one in programme.evidence}),
        "openings": len(programme.openings),
        "invitations": programme.invitations,
    }
