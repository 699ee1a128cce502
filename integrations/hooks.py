"""/hooks/<name>[/<event>][/<token>]: what vendors deliver."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, current_app, request

from integrations import graph_subscriptions, websub
from integrations.base import Delivery
from integrations.intake import Intake
from integrations.receive import Outcome
from lrs.domain.errors import BadRequest, Forbidden, Unauthorized

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
_REFUSALS = {400: BadRequest, 401: Unauthorized, 403: Forbidden}


@hooks.route("/<name>", methods=["GET", "POST"])
@hooks.route("/<name>/<path:tail>", methods=["GET", "POST"])
def deliver(name: str, tail: str = "") -> Response:
    """Take a delivery: 2xx once what it tells is durable, so that the vendor may forget it."""
    intake: Intake = current_app.extensions["lrs_intake"]
    source = intake.sources.named(name)
    # The raw bytes, before anything parses a form: signatures cover them as they came.
    body = request.get_data(cache=True)
    delivery, now = _delivery(name, tail, body, request.environ), time.time()
    outcome = intake.hook(source, delivery, now)
    outcome = websub.verified(intake, source, delivery, outcome, int(now * 1_000_000))
    graph_subscriptions.noticed(intake, source, delivery, outcome)
    return _answer(outcome)


def _delivery(name: str, tail: str, body: bytes, environ: dict[str, Any]) -> Delivery:
    return Delivery(
        source=name,
        body=body,
        method=environ["REQUEST_METHOD"],
        event=tail.partition("/")[0],
        path=tail.strip("/"),
        headers=_headers(environ),
        url=environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"],
        query=request.args.to_dict() if environ.get("QUERY_STRING") else {},
    )


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    """Their names in lower case."""
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    return headers


def _answer(outcome: Outcome) -> Response:
    if outcome.answer is not None:
        told = outcome.answer
        return Response(told.body, told.status, content_type=told.content_type)
    refusal = _REFUSALS.get(outcome.status)
    if refusal is not None:
        raise refusal(outcome.refused or outcome.dead_letter or "refused", at="body")
    ours = outcome.status != HTTPStatus.NO_CONTENT
    return Response(status=HTTPStatus.ACCEPTED if ours else HTTPStatus.NO_CONTENT)
