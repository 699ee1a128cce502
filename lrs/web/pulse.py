"""
/pulse/<token>: a question to a learner or their supervisor, answered in two minutes without a key.

Who has the link may answer, once. To open it changes nothing, for mail scanners do that too. The
address holds a signed random key and nothing about anybody; answers forbid that it is sent on to
other sites, kept by caches or found by search engines.
"""

from __future__ import annotations

import time
from typing import Any

from babel.dates import format_date
from flask import Blueprint, Response, current_app, render_template, request

from lrs.domain import pulse_texts, timestamps
from lrs.domain.errors import BadRequest, NotFound
from lrs.domain.languages import accept_language, one_language
from lrs.services.pulse_answers import Answers, Opened

pulse = Blueprint("pulse", __name__, url_prefix="/pulse", template_folder="templates")
_GONE = 410
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
_LEVELS = range(0, 101, 10)


@pulse.get("/<token>")
def ask(token: str) -> Response:
    """The form; where the link is used or over, a page that says so."""
    return _shown(_answers().open(token, _now()))


@pulse.post("/<token>")
def answer(token: str) -> Response:
    """Take an answer."""
    now = _now()
    try:
        return _shown(_answers().answer(token, request.form.to_dict(flat=False), now))
    except BadRequest as error:
        return _form(_answers().open(token, now), error.at, 400)


@pulse.get("/<token>/stop")
def confirm(token: str) -> Response:
    """Ask whether it is meant: mail scanners open this too."""
    opened = _answers().open(token, _now())
    return _page("pulse_said.html", _language(opened), 200, said="stop", button=True)


@pulse.post("/<token>/stop")
def stop(token: str) -> Response:
    """No more such questions (also by one click in a mail program, RFC 8058)."""
    answers = _answers()
    opened = answers.open(token, _now())
    answers.stop(token)
    return _page("pulse_said.html", _language(opened), 200, said="stopped")


@pulse.errorhandler(NotFound)
def unknown(_error: NotFound) -> Response:
    """A link that is not ours, or was altered."""
    return _page("pulse_said.html", _language(None), 404, said="closed")


def _answers() -> Answers:
    answers: Answers = current_app.extensions["lrs_pulse_answers"]
    return answers


def _shown(opened: Opened) -> Response:
    if opened.status == "open":
        return _form(opened, "", 200)
    status = 200 if opened.status == "thanks" else _GONE
    return _page("pulse_said.html", _language(opened), status, said=opened.status)


def _form(opened: Opened, missing: str, status: int) -> Response:
    if opened.reached is None:  # it was closed meanwhile
        return _shown(opened)
    language, asked = _language(opened), opened.pulse.asked
    name = pulse_texts.said(opened.name, language)
    until = timestamps.moment(opened.pulse.expires).date()
    return _page(
        "pulse_form.html",
        language,
        status,
        form=pulse_texts.FORMS[asked][language],
        question=pulse_texts.question(asked, language, name, opened.reached.learner_name),
        levels=_LEVELS,
        none=pulse_texts.NONE,
        groups=_groups(language) if asked == "learner" else {},
        until=format_date(until, "long", locale=language),
        missing=missing,
    )


def _groups(language: str) -> dict[str, dict[str, str]]:
    """Fields of which several answers may be chosen: word → label."""
    fields = {"obstacles": pulse_texts.OBSTACLES, "helped_by": pulse_texts.HELPED_BY}
    return {
        field: {word: label[language] for word, label in words.items()}
        for field, words in fields.items()
    }


def _page(template: str, language: str, status: int, **shown: Any) -> Response:
    other = next(tag for tag in pulse_texts.LANGUAGES if tag != language)
    texts = pulse_texts.PAGE[language]
    page = render_template(template, language=language, other=other, texts=texts, **shown)
    return Response(page, status, headers=_HEADERS, content_type="text/html; charset=utf-8")


def _language(opened: Opened | None) -> str:
    """As asked for, else the person's own, else as the browser says, else English."""
    asked = request.args.get("language", "")
    if asked in pulse_texts.LANGUAGES:
        return asked
    if opened is not None and opened.reached is not None and opened.reached.language:
        return opened.reached.language
    ranges = accept_language(request.headers.get("Accept-Language"))
    tags = {tag: tag for tag in pulse_texts.LANGUAGES}
    return next(iter(one_language(tags, ranges)), pulse_texts.LANGUAGES[0])


def _now() -> int:
    return time.time_ns() // 1000
