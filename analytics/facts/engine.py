"""DuckDB as it is used here: in memory, bounded, and with nothing fetched from elsewhere."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Engine:
    """
    How much a task may take.

    Args:
        threads: Of DuckDB. No result depends on it.
        memory: Beyond it DuckDB writes to a folder of its own beside the facts.
    """

    threads: int = 2
    memory: str = "2GB"

    @contextmanager
    def open(self, folder: Path) -> Iterator[Any]:
        """A connection of its own, for one task."""
        import duckdb

        spill = folder / f".spill-{uuid4().hex}"
        config: dict[str, Any] = {
            "threads": self.threads,
            "memory_limit": self.memory,
            "temp_directory": str(spill),
            "preserve_insertion_order": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        connection = duckdb.connect(":memory:", config=config)
        connection.execute("SET TimeZone = 'UTC'")
        try:
            yield connection
        finally:
            connection.close()
            shutil.rmtree(spill, ignore_errors=True)


def quoted(text: str | Path) -> str:
    """A literal for places where a statement takes no parameter."""
    return "'" + str(text).replace("'", "''") + "'"
