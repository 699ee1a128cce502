"""A real worker plans and sends by itself when it starts."""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.servers import clean_environment
from lrs.domain.pulses import DAY
from lrs.stores.sqlite import SqliteStore
from tests.pulses.parts import Place, mail_server
from tests.worker import wait_for, worker


def test_a_worker_sends_what_is_due(tmp_path: Path) -> None:
    store = SqliteStore.open(tmp_path / "lrs.sqlite", tmp_path / "attachments")
    try:
        place = Place.over(store)
        place.declare()
        place.complete("ann@example.org", time.time_ns() // 1000 - 61 * DAY)
        with mail_server() as server:
            environment = clean_environment(
                LRS_STORE_URL=f"sqlite:///{tmp_path / 'lrs.sqlite'}",
                LRS_DATA=str(tmp_path),
                LRS_SMTP_URL=server.url,
                LRS_MAIL_FROM="learning@example.org",
            )

            with worker(environment, tmp_path):
                wait_for(lambda: place.states() == [("sent", "")], tmp_path)

            assert [to for to, _ in server.taken] == ["ann@example.org"]
    finally:
        store.close()
