"""The write-ahead log is copied into the file beside the commits, and then begins anew."""

from __future__ import annotations

import uuid
from typing import Any

import apsw

from lrs.stores.sqlite import CHECKPOINT_PAGES
from tests.reliability.running import Client, Server, wait_until

_PAGE = 4096
_LARGE = 200 * _PAGE


def test_a_long_log_is_copied_without_a_further_commit(server: Server) -> None:
    """No commit does so itself: all that is sent is less than MOST_PAGES."""
    server.start()
    with server.client() as client:
        sent = [_large() for _ in range(CHECKPOINT_PAGES // 200 + 5)]
        for statement in sent:
            assert client.ask("POST", "/xapi/statements", statement).status == 200

        wait_until(lambda: _is_copied(server))

        last = _large()
        assert client.ask("POST", "/xapi/statements", last).status == 200
        assert _log(server)[0] < CHECKPOINT_PAGES
        assert all(_is_kept(client, statement) for statement in [*sent, last])


def _large() -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": "mailto:ann@example.org"},
        "verb": {"id": "http://example.org/wrote"},
        "object": {"id": "http://example.org/essay"},
        "result": {"response": "x" * _LARGE},
    }


def _is_kept(client: Client, statement: dict[str, Any]) -> bool:
    answer = client.ask("GET", "/xapi/statements", query={"statementId": statement["id"]})
    return answer.status == 200 and answer.json["result"] == statement["result"]


def _is_copied(server: Server) -> bool:
    """All of it, or it began anew since, which it does only then."""
    pages, copied = _log(server)
    return pages < CHECKPOINT_PAGES or pages == copied


def _log(server: Server) -> tuple[int, int]:
    """The pages of the log, and how many of them are copied."""
    connection = apsw.Connection(str(server.path))
    try:
        connection.execute("SELECT 1 FROM meta").fetchall()
        return connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_NOOP)
    finally:
        connection.close()
