"""
RSS and Atom feeds, polled or pushed by WebSub (research/integrations.md 3b, 3c).

Options: `authors`, from the display names in the feed to accounts; `topic`, the address of the
feed as it was subscribed to at a hub.
"""

from __future__ import annotations

import hmac

from integrations import syndication
from integrations.base import Answer, Delivery, Integration, Shown
from integrations.checks import WebSub
from integrations.source import Source


def callback_path(source: Source, secret: str) -> str:
    """The part of the hook's path after the source's name: nobody's to guess but the hub's."""
    about = f"callback {source.options.get('topic')}".encode()
    return hmac.digest(secret.encode(), about, "sha256").hex()[:32]


def handshake(delivery: Delivery, source: Source) -> Answer | None:
    """
    Echo the hub's challenge if the topic and the place are those that were asked for, else 404.

    Nothing is ever unsubscribed from by us: a subscription that is not renewed ends. Whether a
    request is pending, `integrations.websub` knows.
    """
    mode = delivery.query.get("hub.mode")
    if delivery.method != "GET" or mode is None:
        return None
    asked = delivery.query.get("hub.topic")
    right = asked is not None and asked == source.options.get("topic")
    if mode not in ("subscribe", "denied") or not right or not _is_here(delivery, source):
        return Answer(b"", status=404)
    return Answer(delivery.query.get("hub.challenge", "").encode())


def _is_here(delivery: Delivery, source: Source) -> bool:
    """Whether it came to where the hub was told to send to; with either secret while both hold."""
    given = delivery.path.encode()
    places = (callback_path(source, secret).encode() for secret in source.secrets)
    return any(hmac.compare_digest(given, place) for place in places)


INTEGRATION = Integration(
    name="feed",
    title="Feed",
    checks={"websub": WebSub()},
    handshake=handshake,
    # WebSub 8: what is signed wrongly is dropped, and still answered with success.
    refused=202,
    translate=syndication.translate,
    recorded_as="feeds",
    recognise=lambda _body, _stem: Shown("feed", harvested=True),
)
