"""
WebSub: a feed's hub is asked to send what is new, and asked again before that ends
(W3C WebSub 5; research/integrations.md 3c).

A source with the option `topic`, the feed's own address (its `self` link), and a secret is
subscribed. The option `hub` names the hub; else the feed does. The hub asks back at the source's
hook, whose translator's handshake answers only for the topic and at the callback's own path; and
only for an hour after it was asked, in which it may ask again.
"""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from urllib.parse import quote

import orjson
import structlog

from integrations.base import Answer, Delivery
from integrations.http import Http, Later, Refused
from integrations.intake import Intake
from integrations.receive import Outcome
from integrations.source import Source
from integrations.sources.feed import callback_path
from integrations.syndication import parsed
from integrations.text import whole
from lrs.stores.port import Draft, Record

KIND = "websub"
LEASE_SECONDS = 5 * 86_400
_RENEW_AT = 0.8  # of the lease
_SECOND = 1_000_000
_PENDING = 3_600 * _SECOND
_log = structlog.get_logger()


def renew(intake: Intake, now: int) -> None:
    """Subscribe every source that is not, or whose subscription is nearly over; `now` in µs."""
    for source in intake.sources.all():
        if source.integration == "feed" and source.secrets and source.options.get("topic"):
            record = intake.lrs.store.record(KIND, source.name)
            if record is None or now >= orjson.loads(record.value)["renew_at"]:
                _subscribe(intake, source, now)


def _subscribe(intake: Intake, source: Source, now: int) -> None:
    http = Http(_addresses(source), agent=intake.lrs.public_url)
    # Before, since the hub may ask back before it answers; until then it counts for an hour.
    _note(intake, source.name, now + _PENDING, pending=now + _PENDING)
    try:
        subscribe(source, http, intake.lrs.public_url)
    except (Later, Refused) as error:
        _note(intake, source.name, now)
        _log.warning("no subscription", source=source.name, reason=str(error))
    finally:
        http.close()


def _addresses(source: Source) -> tuple[str, ...]:
    named = [source.options.get(key) for key in ("topic", "hub", "feed")]
    return (source.instance, *(str(one) for one in named if one))


def subscribe(source: Source, http: Http, public_url: str) -> None:
    """
    Ask the hub; it verifies by asking back.

    Raises:
        Later, Refused: It does not answer or does not want to.
    """
    topic = str(source.options["topic"])
    hub = str(source.options.get("hub") or _discovered(topic, http))
    form = {
        "hub.mode": "subscribe",
        "hub.topic": topic,
        "hub.callback": callback(source, public_url),
        "hub.secret": source.secrets[0],
        "hub.lease_seconds": str(LEASE_SECONDS),
    }
    http.post(hub, data=form, look=None)


def callback(source: Source, public_url: str) -> str:
    """Where the hub sends to; the part after the name is nobody's to guess."""
    place = callback_path(source, source.secrets[0])
    return f"{public_url.rstrip('/')}/hooks/{quote(source.name)}/{place}"


def _discovered(topic: str, http: Http) -> str:
    """The hub that the feed names, in a header or in itself (WebSub 4)."""
    reply = http.get(topic, look=None)
    named = reply.link("hub") or next(
        (
            str(one.href)
            for one in parsed(reply.body).feed.get("links", ())
            if one.get("rel") == "hub"
        ),
        None,
    )
    if named is None:
        raise Refused("the feed names no hub")
    return named


def verified(
    intake: Intake, source: Source, delivery: Delivery, outcome: Outcome, now: int
) -> Outcome:
    """
    What the hub is answered, who asks whether a subscription is wanted: 404 unless one is pending.

    For how long it says that it will send is noted; it may be less than was asked for, not more.

    Args:
        now: µs.
    """
    confirms = outcome.answer is not None and outcome.answer.status == HTTPStatus.OK
    asks = source.integration == "feed" and delivery.query.get("hub.mode") == "subscribe"
    if not confirms or not asks:
        return outcome
    record = intake.lrs.store.record(KIND, source.name)
    pending = orjson.loads(record.value).get("pending", 0) if record else 0
    if now > pending:
        return replace(outcome, status=404, answer=Answer(b"", status=404))
    lease = whole(delivery.query.get("hub.lease_seconds", ""))
    if lease is not None:
        renew_in = int(min(lease, LEASE_SECONDS) * _RENEW_AT) * _SECOND
        _note(intake, source.name, now + renew_in, pending=pending)
    return outcome


def _note(intake: Intake, name: str, renew_at: int, pending: int = 0) -> None:
    """When to ask again, and until when the hub may ask back."""

    def decide(_kept: Record | None) -> Draft:
        return Draft(orjson.dumps({"renew_at": renew_at, "pending": pending}))

    intake.lrs.store.change(KIND, name, decide)
