"""
Mattermost: posts in public channels, by outgoing webhook (content type application/json).

Mattermost signs nothing: a token that it made for the webhook stands in the body. It sends these
webhooks for public channels only, tells no edits and not which post is answered.
Option: `bots`, ids of users that are none.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson

from integrations.base import (
    Act,
    Delivery,
    Integration,
    Party,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Unreadable,
    Why,
)
from integrations.source import Source
from integrations.text import tidy
from integrations.times import epoch
from lrs.domain import vocabulary as v


@dataclass(frozen=True, slots=True)
class BodyToken:
    """The token that Mattermost made for the webhook, as a property of the body."""

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], _now: float) -> str | None:
        try:
            given = delivery.json.get("token")
        except (Unreadable, AttributeError):
            return "the token is missing"
        if not isinstance(given, str):
            return "the token is missing"
        believed = [hmac.compare_digest(given.encode(), secret.encode()) for secret in secrets]
        return None if any(believed) else "the token is wrong"

    def sign(self, delivery: Delivery, secret: str, _now: float) -> Delivery:
        try:
            body = {**orjson.loads(delivery.body), "token": secret}
        except (orjson.JSONDecodeError, TypeError):
            return delivery
        return replace(delivery, body=orjson.dumps(body))


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    post = delivery.json
    if "post_id" not in post:
        yield Skip(Why.UNKNOWN_EVENT, "no post")
    elif not post["user_id"]:
        yield Skip(Why.ANONYMOUS)
    elif post["user_id"] in source.option_ids("bots"):
        yield Skip(Why.BOT)
    else:
        yield SocialEvent(
            act=Act.POST,
            source_id=f"post/{post['post_id']}",
            at=epoch(post["timestamp"], 1000),
            actor=Party(post["user_id"], post["user_name"]),
            object=Thing(f"{post['team_domain']}/pl/{post['post_id']}", v.CHAT_MESSAGE),
            text=tidy(post["text"]),
            containers=(
                Thing(f"channels/{post['channel_id']}", v.CHAT_CHANNEL, post["channel_name"]),
            ),
        )


INTEGRATION = Integration(
    name="mattermost",
    title="Mattermost",
    checks={"token": BodyToken()},
    translate=translate,
)
