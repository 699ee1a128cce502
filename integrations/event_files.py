"""Files of a system's own events or log rows, as it exports them: JSON, or one on each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from integrations.base import Delivery, Skip, Translated, Unreadable, Why
from integrations.imports import Progress, Report, import_rows, reading
from integrations.intake import Intake
from integrations.receive import MALFORMED
from integrations.registry import integrations
from integrations.source import Source
from integrations.statement_files import Item


def holds_statements(items: Sequence[Item]) -> bool:
    """Whether a file is of Statements rather than of a system's own events."""
    first = items[0].statement.plain if items else None
    return not isinstance(first, dict) or {"actor", "verb", "object"} <= set(first)


def import_events(
    intake: Intake,
    source: Source,
    items: Sequence[Item],
    *,
    dry_run: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """
    Take in events as the source's translator reads them: rows of Moodle's log, tracking events of
    Open edX, Live Events of Canvas, ...

    Args:
        items: As `statement_files.read` gives them.
        dry_run: Keep nothing, only tell.
        progress: Told how many rows are done, of how many.
    """
    told = [(item.line, one) for item in items for one in _translated(item, source)]
    read = reading(intake, source)
    return import_rows(intake, source, told, read, dry_run=dry_run, progress=progress)


def _translated(item: Item, source: Source) -> Iterator[Translated]:
    """What an event tells; one that cannot be read is told by its line, and keeps no other out."""
    plain: Any = item.statement.plain
    delivery = Delivery(source=source.name, body=orjson.dumps(plain), method="HARVEST")
    try:
        yield from list(integrations()[source.integration].translate(delivery, source))
    except (Unreadable, *MALFORMED) as error:
        yield Skip(Why.ROW, f"event: {error!r}")
