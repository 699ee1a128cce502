"""POST /hooks/<name>[/<event>][/<token>]: what vendors deliver."""

from __future__ import annotations

import time

from flask import Blueprint, Response, current_app, request

from integrations.base import Delivery
from integrations.catalogue import Sources
from integrations.keeping import keep, keep_dead_letter
from integrations.receive import Outcome, receive
from integrations.source import Source
from lrs.domain.errors import BadRequest, Forbidden, NotFound, Unauthorized
from lrs.services.lrs import Lrs

hooks = Blueprint("hooks", __name__, url_prefix="/hooks")
_REFUSALS = {400: BadRequest, 401: Unauthorized, 403: Forbidden}


@hooks.route("/<name>", methods=["GET", "POST"])
@hooks.route("/<name>/<path:tail>", methods=["GET", "POST"])
def deliver(name: str, tail: str = "") -> Response:
    """Take a delivery: 2xx once what it tells is durable, so that the vendor may forget it."""
    sources: Sources = current_app.extensions["lrs_sources"]
    source = sources.find(name)
    if source is None:
        raise NotFound("there is no such source", at="name")
    # The raw bytes, before anything parses a form: signatures cover them as they came.
    delivery = _delivery(source, tail, request.get_data(cache=True))
    now = time.time()
    outcome = receive(source, delivery, now)
    _keep(current_app.extensions["lrs"], source, delivery, outcome, int(now * 1_000_000))
    return _answer(outcome)


def _delivery(source: Source, tail: str, body: bytes) -> Delivery:
    return Delivery(
        source=source.name,
        body=body,
        method=request.method,
        event=tail.partition("/")[0],
        path=tail.strip("/"),
        headers={key.lower(): value for key, value in request.headers.items()},
        query=request.args.to_dict(),
        url=request.url,
    )


def _keep(lrs: Lrs, source: Source, delivery: Delivery, outcome: Outcome, now: int) -> None:
    if outcome.dead_letter is not None:
        keep_dead_letter(lrs.store, delivery, outcome, now)
    if outcome.statements:
        keep(lrs, source, outcome.statements, now)


def _answer(outcome: Outcome) -> Response:
    if outcome.answer is not None:
        told = outcome.answer
        return Response(told.body, told.status, content_type=told.content_type)
    refusal = _REFUSALS.get(outcome.status)
    if refusal is not None:
        raise refusal(outcome.refused or outcome.dead_letter or "refused", at="body")
    return Response(status=204 if outcome.status == 204 else 202)  # noqa: PLR2004
