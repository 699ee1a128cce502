"""
Microsoft Graph: subscriptions to channels' messages are made, renewed, and made again when Graph
ends them (research/integrations.md 9).

A Teams source with a secret and the option `subscribe` is subscribed: true for the messages of its
`channels`, or a list of Graph's resources. With the options `private_key` and `certificate` (PEM)
messages come whole, encrypted; else a notification only lets a worker fetch what changed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import orjson
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from integrations.base import Delivery
from integrations.harvest import job_name
from integrations.harvesters.shared import option_list
from integrations.harvesters.teams import API, HARVESTER, sign_in
from integrations.http import Busy, Http, Later, Refused
from integrations.intake import Intake
from integrations.receive import Outcome
from integrations.source import Source
from lrs.domain import timestamps
from lrs.services.jobs import Jobs
from lrs.stores.port import Draft, Record

KIND = "graph-subscription"
LASTS = timedelta(hours=24)
"""How long is asked for; with an address for lifecycle events Graph allows three days."""
_RENEW_AT = 0.5  # of the time that Graph grants: a night without Graph is survived
_GONE = frozenset({404})
_SECOND = 1_000_000
Json = dict[str, Any]
_log = structlog.get_logger()


def renew(intake: Intake, now: int) -> None:
    """Subscribe every source that is not, or whose subscription is half over; `now` in µs."""
    for source in intake.sources.all():
        due = [one for one in resources(source) if _is_due(intake, source, one, now)]
        if due:
            _renew_all(intake, source, due, now)


def resources(source: Source) -> Iterator[str]:
    """What a source is to be subscribed to."""
    told = source.options.get("subscribe")
    if source.integration != "teams" or not source.secrets or not told:
        return
    if told is not True:
        yield from option_list(source, "subscribe")
        return
    for place in option_list(source, "channels"):
        team, _, channel = place.partition("/")
        yield f"/teams/{team}/channels/{channel}/messages"


def _is_due(intake: Intake, source: Source, resource: str, now: int) -> bool:
    held = _held(intake, source, resource)
    return now >= held.get("renew_at", 0) or held.get("state") != _state(source)


def _held(intake: Intake, source: Source, resource: str) -> Json:
    record = intake.lrs.store.record(KIND, f"{source.name} {resource}")
    return dict(orjson.loads(record.value)) if record else {}


def _state(source: Source) -> str:
    """Which secret Graph was given, without telling it."""
    return hashlib.sha256(source.secrets[0].encode()).hexdigest()[:16]


def _renew_all(intake: Intake, source: Source, due: list[str], now: int) -> None:
    http = HARVESTER.client(source, intake.lrs.public_url)
    until = (timestamps.moment(now) + LASTS).isoformat()
    try:
        sign_in(source, http)
        for resource in due:
            known = _held(intake, source, resource)
            same = known.get("id") if known.get("state") == _state(source) else None
            asked = _asked(intake, source, resource, until)
            granted = _granted(source, http, same, until, asked)
            lasts = timestamps.parse(granted["expirationDateTime"]) - now
            at = now + int(lasts * _RENEW_AT)
            _note(intake, source, resource, {"id": granted["id"], "renew_at": at})
    except (Later, Refused, Busy, KeyError) as error:
        _log.warning("no subscription", source=source.name, reason=str(error))
    finally:
        http.close()


def _granted(source: Source, http: Http, known: str | None, until: str, asked: Json) -> Json:
    """The subscription for longer; a new one where there is none, or Graph has dropped it."""
    base = str(source.options.get("api") or API).rstrip("/")
    if known:
        url = f"{base}/subscriptions/{quote(known, safe='')}"
        body = {"expirationDateTime": until}
        reply = http.ask("PATCH", url, json=body, accept=_GONE, look=None)
        if reply.status not in _GONE:
            return dict(reply.json)
    return dict(http.post(f"{base}/subscriptions", json=asked).json)


def _asked(intake: Intake, source: Source, resource: str, until: str) -> Json:
    hook = f"{intake.lrs.public_url.rstrip('/')}/hooks/{quote(source.name)}"
    return {
        "changeType": "created,updated",
        "notificationUrl": hook,
        "lifecycleNotificationUrl": hook,
        "resource": resource,
        "expirationDateTime": until,
        "clientState": source.secrets[0],
        **_encryption(source),
    }


def _encryption(source: Source) -> Json:
    """Messages come whole only to who can read them."""
    pem = source.options.get("certificate")
    if not isinstance(pem, str) or not source.options.get("private_key"):
        return {}
    der = x509.load_pem_x509_certificate(pem.encode()).public_bytes(Encoding.DER)
    return {
        "includeResourceData": True,
        "encryptionCertificate": base64.b64encode(der).decode(),
        "encryptionCertificateId": hashlib.sha256(der).hexdigest()[:32],
    }


def _note(intake: Intake, source: Source, resource: str, held: Json) -> None:
    value = orjson.dumps({**held, "state": _state(source)})

    def decide(_kept: Record | None) -> Draft:
        return Draft(value, tags=frozenset({source.name}))

    intake.lrs.store.change(KIND, f"{source.name} {resource}", decide)


def noticed(intake: Intake, source: Source, delivery: Delivery, outcome: Outcome) -> None:
    """Heed what a believed delivery asks for: to renew, to subscribe anew, to fetch."""
    believed = outcome.refused is None and outcome.answer is None and outcome.dead_letter is None
    if source.integration != "teams" or not believed:
        return
    items = delivery.json.get("value", ())
    for item in items:
        event, told = item.get("lifecycleEvent"), item.get("subscriptionId")
        if event in ("reauthorizationRequired", "subscriptionRemoved"):
            _renew_soon(intake, source, str(told), removed=event == "subscriptionRemoved")
    if any(_is_to_fetch(item) for item in items):
        _fetch(intake, source)


def _is_to_fetch(item: Json) -> bool:
    """Whether something happened that the delivery does not tell itself."""
    if "lifecycleEvent" in item:
        return bool(item["lifecycleEvent"] == "missed")
    is_of_chat = str(item.get("resource")).lstrip("/").startswith("chats")
    return "encryptedContent" not in item and not is_of_chat


def _renew_soon(intake: Intake, source: Source, told: str, *, removed: bool) -> None:
    for resource in resources(source):
        held = _held(intake, source, resource)
        if held.get("id") == told:
            _note(intake, source, resource, {"id": "" if removed else told, "renew_at": 0})


def _fetch(intake: Intake, source: Source) -> None:
    """Ask a worker for a run, once however many notifications ask for it."""
    jobs = Jobs(intake.lrs.store, 0)
    if jobs.job(job_name(source.name)).wish is None:
        jobs.ask(job_name(source.name))
