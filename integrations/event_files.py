"""Files of a system's own events or log rows, as it exports them: JSON, or one on each line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from integrations.base import Delivery, Skip, Translated, Unreadable, Why
from integrations.imports import Progress, Report, import_rows, reading
from integrations.intake import Intake
from integrations.json_items import Item, Items
from integrations.receive import MALFORMED
from integrations.registry import integrations
from integrations.source import Source


def holds_statements(items: Items) -> bool:
    """Whether a file is of Statements rather than of a system's own events."""
    first = next(iter(items)).statement.plain
    return not isinstance(first, dict) or {"actor", "verb", "object"} <= set(first)


def import_events(
    intake: Intake,
    source: Source,
    items: Items,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """
    Take in events as the source's translator reads them: rows of Moodle's log, tracking events of
    Open edX, Live Events of Canvas, ...

    Args:
        items: As `items_of` gives them.
        dry_run: Keep nothing, only tell.
        progress: Told how many rows are done, of how many.
    """
    told = ((item.line, one) for item in items for one in _translated(item, source))
    read = reading(intake, source, dry_run=dry_run)
    return import_rows(
        intake,
        source,
        told,
        read,
        dry_run=dry_run,
        done=lambda rows: progress(min(rows, len(items)), len(items)),
    )


def _translated(item: Item, source: Source) -> Iterator[Translated]:
    """What an event tells; one that cannot be read is told by its line, and keeps no other out."""
    plain: Any = item.statement.plain
    delivery = Delivery(source=source.name, body=orjson.dumps(plain), method="HARVEST")
    try:
        yield from list(integrations()[source.integration].translate(delivery, source))
    except (Unreadable, *MALFORMED) as error:
        yield Skip(Why.ROW, f"event: {error!r}")
