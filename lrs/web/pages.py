"""Pages for people; until there is sign-in a browser asks for a key and its secret."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, render_template, request
from flask_babel import gettext

from lrs.domain import timestamps
from lrs.domain.languages import Range, accept_language, one_language
from lrs.services.lrs import Lrs
from lrs.web import languages
from lrs.web.guarding import guarded

pages = Blueprint(
    "pages",
    __name__,
    template_folder="templates",
    static_folder="static",
    static_url_path="/static",
)
pages.after_request(languages.told)
pages.after_request(guarded)
LATEST = 50


@pages.get("/")
def latest() -> Response:
    """The latest Statements, newest first."""
    lrs: Lrs = current_app.extensions["lrs"]
    lrs.access.authenticate(request.headers.get("Authorization")).must("statements/read")
    rows = [_row(statement, _wanted()) for statement in lrs.statements.latest(LATEST)]
    return Response(render_template("latest.html", rows=rows, counts=lrs.store.counts()))


def _wanted() -> tuple[Range, ...]:
    """In which language names are read: the page's where it was asked for, else the reader's."""
    reader = accept_language(request.headers.get("Accept-Language"))
    return (Range(languages.language(), 1.0), *reader) if "lang" in request.args else reader


def _row(statement: dict[str, Any], wanted: tuple[Range, ...]) -> dict[str, Any]:
    """What a person reads of a Statement: who, did what, to what, when, from where."""
    target = statement["object"]
    context = statement.get("context", {})
    return {
        "id": statement["id"],
        "when": timestamps.text(timestamps.parse(statement["timestamp"])),
        "who": _name(statement["actor"]),
        "did": _said(statement["verb"].get("display"), wanted)
        or statement["verb"]["id"].rstrip("/").rsplit("/", 1)[-1],
        "what": _said(target.get("definition", {}).get("name"), wanted)
        or target.get("name")
        or target.get("id")
        or target.get("objectType"),
        "where": context.get("platform", ""),
        "authority": _name(statement["authority"]),
    }


def _name(actor: dict[str, Any]) -> str:
    account = actor.get("account", {}).get("name")
    mbox = actor.get("mbox", "").removeprefix("mailto:")
    return str(actor.get("name") or account or mbox or actor.get("openid") or gettext("a group"))


def _said(language_map: dict[str, str] | None, wanted: tuple[Range, ...]) -> str:
    return next(iter(one_language(language_map or {}, wanted).values()), "")
