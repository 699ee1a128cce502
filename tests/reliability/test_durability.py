"""Between a write to the store and the answer that it is kept stands a sync of what was written."""

from __future__ import annotations

import hashlib
import json
import uuid
from pathlib import Path

import pytest

from tests.reliability import traced
from tests.reliability.attaching import post_attached
from tests.reliability.load import Load, a_statement, at, under_load
from tests.reliability.running import Server, say, wait_until
from tests.reliability.traced import Call, is_sync_of

pytestmark = pytest.mark.skipif(
    not traced.may_trace(),
    reason="not run: durability by a traced run, since strace is absent or may not trace",
)


@pytest.fixture
def trace(server: Server, tmp_path: Path) -> Path:
    """Where the trace of the running server is written; whole once the server has stopped."""
    path = tmp_path / "trace"
    server.workers = 1
    # Under strace another thread may take the signal, and Python's main thread sleeps on: then
    # the process is killed after this time, all being answered.
    server.drain_seconds = 2
    server.start(traced.prefix(path))
    return path


def _answers(calls: list[Call], request_id: str) -> list[Call]:
    """The writes to sockets that begin the answer 200 or 204 to a request."""
    head = f"x-request-id: {request_id}"
    return [c for c in calls if "HTTP/1.1 20" in c.text and head in c.text and "socket:" in c.text]


def _kept_before(calls: list[Call], log: Path, text: str, answer: Call) -> list[Call]:
    """The writes to the log of the store that hold this text and had been synced by the answer."""
    writes = [c for c in calls if c.name == "pwrite64" and f"<{log}>" in c.text and text in c.text]
    syncs = [c for c in calls if is_sync_of(c, str(log)) and c.ended < answer.began]
    return [write for write in writes if any(sync.began > write.ended for sync in syncs)]


def test_a_statement_is_synced_before_it_is_answered(server: Server, trace: Path) -> None:
    """Four connections at once: requests that share a commit wait for its sync, each of them."""
    load = Load(server, "sync", sizes=(1, 1, 1, 1, 3))
    with under_load(load) as log:
        wait_until(lambda: len(log.sent) >= 60)
    assert server.stop() == 0

    calls = traced.calls(trace, server.process.pid)
    for sent in log.sent:
        [answer] = _answers(calls, sent.request_id)
        for statement in sent.statements:
            assert _kept_before(calls, server.write_ahead, statement["id"], answer)
    say(f"{len(log.sent)} requests synced before their answer, {len(calls)} calls read")


def test_a_document_is_synced_before_it_is_answered(server: Server, trace: Path) -> None:
    marks = [uuid.uuid4().hex for _ in range(10)]

    with server.client() as client:
        for mark in marks:
            headers = {"X-Request-Id": mark}
            body = json.dumps({"mark": mark}).encode()
            answer = client.ask("PUT", "/xapi/activities/state", body, at(mark), headers)
            assert answer.status == 204
    assert server.stop() == 0

    calls = traced.calls(trace, server.process.pid)
    for mark in marks:
        [answered] = _answers(calls, mark)
        assert _kept_before(calls, server.write_ahead, mark, answered)


def test_attachment_data_and_its_folder_are_synced_before_the_answer(
    server: Server, trace: Path
) -> None:
    content = uuid.uuid4().bytes * 1000
    sha2 = hashlib.sha256(content).hexdigest()
    statement = a_statement("attached", 1)

    with server.client() as client:
        assert post_attached(client, statement, content) == 200
    assert server.stop() == 0

    calls = traced.calls(trace, server.process.pid)
    [answer] = _answers(calls, statement["id"])
    folder = server.data / "attachments"
    [rename] = [c for c in calls if c.name.startswith("rename") and sha2 in c.text]
    temporary = rename.text.split('"')[1]
    before = [c for c in calls if is_sync_of(c, temporary) and c.ended < rename.began]
    assert before, "the data is on disk before it has its name"
    for each in (folder / sha2[:2], folder, server.data):
        after = [
            c
            for c in calls
            if is_sync_of(c, str(each)) and rename.ended < c.began and c.ended < answer.began
        ]
        assert after, f"{each} is not synced"
