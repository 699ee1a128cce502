"""Putting a source up for a vendor that is up, and looking at what was kept of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from integrations.harvest import Harvests
from lrs.domain.vocabulary import action_of
from lrs.stores.port import Query
from tests.integrations.vendors.server import Asked, Live, Told, Vendor

Serve = Callable[[Callable[[Asked], Told | Live]], Vendor]


def put(harvests: Harvests, integration: str, vendor: Vendor, **more: Any) -> str:
    """Configure a source of this vendor; its name."""
    settings = {"name": "told", "integration": integration, "instance": vendor.url, **more}
    return harvests.intake.sources.put(settings).name


def statements(harvests: Harvests) -> list[dict[str, Any]]:
    """All that is kept."""
    rows = harvests.intake.lrs.store.find(Query(frozenset(), limit=10_000))
    return [orjson.loads(row.data) for row in rows]


def actions(harvests: Harvests) -> list[str]:
    """The canonical actions of all that is kept, sorted."""
    return sorted(str(action_of(one)) for one in statements(harvests))
