"""What the API and the command line ask of the sources that tell us things; integrations answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

Json = dict[str, Any]


class SourceDesk(Protocol):
    """
    Configured sources and how they are. Answers are JSON objects without any secret.

    Where a source is named that is not there, every method raises NotFound.
    """

    def sources(self) -> list[Json]:
        """Every source with its health."""
        ...

    def source(self, name: str) -> Json:
        """One source with its health: last delivery, lag, counts, dead letters, missing numbers."""
        ...

    def add(self, settings: Mapping[str, Any]) -> Json:
        """Add a source or replace the one of its name; BadRequest where a setting is wrong."""
        ...

    def remove(self, name: str) -> None:
        """Forget a source and what is kept of its deliveries; its Statements stay."""
        ...

    def dead_letters(self, name: str, after: str | None, limit: int) -> list[Json]:
        """What could not be read, oldest first, without its bodies."""
        ...

    def replay(self, name: str) -> Json:
        """Read the dead letters again; what became of them."""
        ...

    def run(self, name: str, since: datetime | None) -> None:
        """Ask a worker to harvest a source; BadRequest where its kind is not harvested."""
        ...

    def cancel(self, name: str) -> None:
        """Ask the run that is under way to end after its page."""
        ...
