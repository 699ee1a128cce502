"""Where a store of these tests is, so that other processes can open it too."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lrs.stores.mongo import LEASE_SECONDS, MongoStore
from lrs.stores.port import Store
from lrs.stores.sqlite import SqliteStore

# A server that forks children which have loaded the stores already and hold no connection.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.contract.children"])


@dataclass(frozen=True, slots=True)
class Place:
    """
    One store's data.

    Args:
        path: The file of an embedded store; None for MongoDB.
        url: The URL of a MongoDB store.
        lease_seconds: How long a MongoDB store takes a writer that died for alive.
    """

    path: Path | None = None
    url: str = ""
    lease_seconds: float = LEASE_SECONDS

    def open(self) -> Store:
        if self.path is None:
            return MongoStore.open(self.url, lease_seconds=self.lease_seconds)
        return SqliteStore.open(self.path, self.path.with_name("attachments"))

    @contextmanager
    def opened(self) -> Iterator[Store]:
        store = self.open()
        try:
            yield store
        finally:
            store.close()


def wait_out_the_dead(store: Store) -> int:
    """A time that reading is safe through, once no dead writer is in the way; at most 20 s."""
    wanted = time.time_ns() // 1000
    until = time.monotonic() + 20
    while (through := store.consistent_through()) < wanted:
        assert time.monotonic() < until, "a writer that died is in the way for ever"
        time.sleep(0.02)
    return through
