"""`lrs backup` of a store in use, and its restore as docs/operations.md says it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.servers import Server, clean_environment, lrs

LRS = Path(sys.executable).with_name("lrs")
PICTURE = b"\x89PNG of a whiteboard"
HEADERS = {"X-Experience-API-Version": "2.0.0"}


def test_a_backup_of_a_store_in_use_restores_all_that_was_stored_before_it(tmp_path: Path) -> None:
    """With its attachments and keys, byte for byte, while others go on writing."""
    with lrs(store_url(tmp_path / "old"), data(tmp_path / "old")) as server, writing(server):
        post(server, with_attachment())
        before = statements(server)
        backup(tmp_path / "old", tmp_path / "copy")
    restore(tmp_path / "copy", tmp_path / "new")

    with lrs(store_url(tmp_path / "new"), data(tmp_path / "new")) as restored:
        as_before = Server(restored.url, server.key, server.secret, restored.pid, restored.log)
        after = statements(as_before)
        answer = get(as_before, attachments="true", ascending="true")

    assert len(before) > 1
    assert after[: len(before)] == before
    assert PICTURE in answer.content


def test_a_backup_goes_nowhere_near_what_is_already_in_a_folder(tmp_path: Path) -> None:
    with lrs(store_url(tmp_path / "old"), data(tmp_path / "old")):
        pass
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "lrs.sqlite").write_bytes(b"the backup of yesterday")

    with pytest.raises(subprocess.CalledProcessError):
        backup(tmp_path / "old", tmp_path / "copy")

    assert (tmp_path / "copy" / "lrs.sqlite").read_bytes() == b"the backup of yesterday"


def store_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'lrs.sqlite'}"


def data(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def backup(store: Path, copy: Path) -> None:
    environment = clean_environment(LRS_STORE_URL=store_url(store), LRS_DATA=str(store))
    subprocess.run([LRS, "backup", copy], env=environment, check=True, capture_output=True)


def restore(copy: Path, store: Path) -> None:
    store.mkdir()
    shutil.copy(copy / "lrs.sqlite", store / "lrs.sqlite")
    shutil.copytree(copy / "attachments", store / "attachments")


class writing:  # noqa: N801  reads as what goes on in its block
    """Statements keep coming for as long as the block lasts, at least two before it begins."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> None:
        for _ in range(2):
            post(self._server, a_request())
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join()

    def _write(self) -> None:
        while not self._enough.is_set():
            post(self._server, a_request())


def a_statement(**more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": "mailto:ann@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/asked"},
        "object": {"id": "https://forum.example.org/t/17"},
        **more,
    }


def a_request() -> tuple[bytes, str]:
    return json.dumps(a_statement()).encode(), "application/json"


def with_attachment() -> tuple[bytes, str]:
    attachment = {
        "usageType": "https://example.org/picture",
        "display": {"en": "picture"},
        "contentType": "image/png",
        "length": len(PICTURE),
        "sha2": hashlib.sha256(PICTURE).hexdigest(),
    }
    statement = json.dumps(a_statement(attachments=[attachment])).encode()
    body = (
        b"--edge\r\nContent-Type: application/json\r\n\r\n" + statement + b"\r\n--edge\r\n"
        b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n"
        b"X-Experience-API-Hash: "
        + attachment["sha2"].encode()
        + b"\r\n\r\n"
        + PICTURE
        + b"\r\n--edge--\r\n"
    )
    return body, "multipart/mixed; boundary=edge"


def post(server: Server, request: tuple[bytes, str]) -> None:
    body, content_type = request
    answer = requests.post(
        f"{server.url}/xapi/statements",
        data=body,
        headers=HEADERS | {"Content-Type": content_type},
        auth=(server.key, server.secret),
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def get(server: Server, **parameters: str) -> requests.Response:
    return requests.get(
        f"{server.url}/xapi/statements",
        params=parameters,
        headers=HEADERS,
        auth=(server.key, server.secret),
        timeout=30,
    )


def statements(server: Server) -> list[dict[str, Any]]:
    answer = get(server, ascending="true", limit="500")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["statements"]
    return found
