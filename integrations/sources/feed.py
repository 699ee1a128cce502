"""
RSS and Atom feeds, polled or pushed by WebSub (research/integrations.md 3b, 3c).

Options: `authors`, from the display names in the feed to accounts; `topic`, the address of the
feed as it was subscribed to at a hub.
"""

from __future__ import annotations

from integrations import syndication
from integrations.base import Answer, Delivery, Integration, Shown
from integrations.checks import WebSub
from integrations.source import Source


def handshake(delivery: Delivery, source: Source) -> Answer | None:
    """Echo the hub's challenge if the topic is the one that was asked for; 404 otherwise."""
    mode = delivery.query.get("hub.mode")
    if delivery.method != "GET" or mode is None:
        return None
    if mode == "denied":
        return Answer(b"")
    asked = delivery.query.get("hub.topic")
    if mode not in ("subscribe", "unsubscribe") or asked != source.options.get("topic"):
        return Answer(b"", status=404)
    return Answer(delivery.query.get("hub.challenge", "").encode())


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
