"""
Caliper 1.1 sensors (research/integrations.md 8). A sensor shows the key it was given in
`Authorization: Bearer <key>`; nothing is signed.
"""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from integrations import caliper_events
from integrations.base import Delivery, Integration, Shown, Translated
from integrations.checks import Bearer, PathToken
from integrations.source import Source


def translate(delivery: Delivery, _source: Source) -> Iterator[Translated]:
    yield from caliper_events.translate(delivery.json)


def recognise(body: bytes, _stem: str) -> Shown:
    held = orjson.loads(body)
    first = held["data"][0] if "sensor" in held else held
    return Shown(f"{first.get('type')}/{first.get('action')}")


INTEGRATION = Integration(
    name="caliper",
    title="Caliper",
    checks={"bearer": Bearer(), "token": PathToken()},
    translate=translate,
    parts=("data",),
    recognise=recognise,
)
