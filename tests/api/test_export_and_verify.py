"""`lrs export` and `lrs verify` on the store of a server that is up."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import orjson
import pytest

from benchmarks.servers import LRS_COMMAND, Server, clean_environment
from lrs.cli_export import BrokenOff, written
from lrs.stores.sqlite_adding import key
from tests.api.samples import a_statement, an_agent, an_attachment, multipart, voiding
from tests.server import Client, run_lrs, serving


@pytest.fixture
def up() -> Iterator[Server]:
    """A store of its own for each test: what is exported is all of it."""
    with serving(LRS_WORKERS="1") as server:
        yield server


@pytest.fixture
def client(up: Server) -> Client:
    return Client.of(up)


def export(server: Server, *words: str) -> Any:
    done = run_lrs(server, "export", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ids(data: bytes) -> list[str]:
    return [orjson.loads(line)["id"] for line in data.splitlines()]


def exact(client: Client, statement_id: str) -> bytes:
    return client.get("statements", params={"statementId": statement_id}).content


def test_a_file_holds_what_the_endpoint_answers_and_takes_its_name_whole(
    up: Server, client: Client, tmp_path: Path
) -> None:
    kept = [each for _ in range(3) for each in client.keep(*[a_statement() for _ in range(150)])]
    file = tmp_path / "out.jsonl"
    file.write_text("an older export")

    said = export(up, str(file))

    lines = file.read_bytes().splitlines()
    assert ids(file.read_bytes()) == kept
    assert lines[0] == exact(client, kept[0])
    assert said["statements"] == 450
    assert said["last"] == orjson.loads(lines[-1])["stored"]
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    assert file.stat().st_mode & 0o077 == 0


def test_an_export_can_go_on_after_the_last(up: Server, client: Client, tmp_path: Path) -> None:
    client.keep(a_statement())
    last = export(up, str(tmp_path / "one"))["last"]
    new = client.keep(a_statement())

    said = export(up, str(tmp_path / "two"), "--after", last)
    nothing = export(up, str(tmp_path / "three"), "--after", said["last"])

    assert ids((tmp_path / "two").read_bytes()) == new
    assert (nothing["statements"], nothing["last"]) == (0, None)
    assert (tmp_path / "three").read_bytes() == b""


def test_standard_output_takes_statements_and_the_rest_goes_to_the_other(
    up: Server, client: Client
) -> None:
    ann = an_agent()
    [kept] = client.keep(a_statement(actor=ann))
    client.keep(a_statement())

    done = run_lrs(up, "export", "-", "--agent", json.dumps(ann))

    assert ids(done.stdout.encode()) == [kept]
    assert "1 Statements" in done.stderr


def test_a_packed_export_is_imported_into_another_store_with_its_attachments(
    up: Server, client: Client, tmp_path: Path
) -> None:
    data = b"proof" * 100
    statement = a_statement(attachments=[an_attachment(data)])
    [first] = client.post("statements", **multipart(statement, [(data, {})])).json()
    client.keep(a_statement(), voiding(first))
    file, folder = tmp_path / "all.jsonl.gz", tmp_path / "data"

    said = export(up, str(file), "--voided", "--attachments", str(folder))

    lines = gzip.decompress(file.read_bytes())
    assert (said["statements"], said["attachments"], said["missing"]) == (3, 1, {})
    assert ids(lines)[0] == first
    with serving(LRS_WORKERS="1") as other:
        done = run_lrs(other, "import", str(file), "--attachments", str(folder), "--json")
        assert json.loads(done.stdout)["stored"] == 3, done.stderr
        again = tmp_path / "again"
        export(other, str(again), "--voided")
        assert [bare(line) for line in again.read_bytes().splitlines()] == [
            bare(line) for line in lines.splitlines()
        ]
        answer = Client.of(other).get(
            "statements", params={"voidedStatementId": first, "attachments": "true"}
        )
        assert data in answer.content
        assert run_lrs(other, "verify").returncode == 0


def bare(line: bytes) -> dict[str, Any]:
    return {k: v for k, v in orjson.loads(line).items() if k not in ("stored", "authority")}


def test_a_wrong_filter_a_device_and_a_store_that_is_not_there_are_refused(
    up: Server, client: Client, tmp_path: Path
) -> None:
    client.keep(a_statement())

    wrong = run_lrs(up, "export", str(tmp_path / "out"), "--verb", "no iri")
    device = run_lrs(up, "export", "/dev/null")
    nowhere = run_lrs(up, "import", str(cut_off(tmp_path)))

    assert (wrong.returncode, device.returncode, nowhere.returncode) == (2, 2, 2)
    assert "verb" in wrong.stderr
    assert "gzip cannot unpack" in nowhere.stderr
    assert not (tmp_path / "out").exists()
    elsewhere = clean_environment(LRS_STORE_URL=f"sqlite:///{tmp_path}/no.sqlite")
    for command, code in (["export", "-"], 1), (["verify"], 2):
        said = subprocess.run(
            [LRS_COMMAND, *command], env=elsewhere, capture_output=True, text=True, check=False
        )
        assert said.returncode == code
        assert "there is no store" in said.stderr
        assert not (tmp_path / "no.sqlite").exists()


def cut_off(folder: Path) -> Path:
    file = folder / "cut.gz"
    file.write_bytes(gzip.compress(b'{"a":1}' * 1000)[:-20])
    return file


def test_an_export_that_is_stopped_leaves_a_part_and_tells_how_to_go_on(
    up: Server, client: Client, tmp_path: Path
) -> None:
    """The reader of a full pipe holds it up for as long as the test needs."""
    kept = [each for _ in range(20) for each in client.keep(*[a_statement() for _ in range(200)])]
    folder = up.log.parent
    environment = clean_environment(
        LRS_STORE_URL=f"sqlite:///{folder / 'lrs.sqlite'}", LRS_DATA=str(folder)
    )
    with subprocess.Popen(
        [LRS_COMMAND, "export", "-"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        assert running.stdout
        assert running.stderr
        first = running.stdout.readline()
        running.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        rest = running.stdout.read()
        said = running.stderr.read().decode()

    written = ids(first + rest)
    assert running.returncode == 1
    assert written == kept[: len(written)]
    assert len(written) < len(kept)
    last = said.split("--after ")[1].strip()
    assert last == orjson.loads((first + rest).splitlines()[-1])["stored"]
    export(up, str(tmp_path / "rest"), "--after", last)
    assert written + ids((tmp_path / "rest").read_bytes()) == kept


def write_one_line(file: Path, and_then: Exception) -> None:
    with written(str(file)) as out:
        out.write(b"one line\n")
        raise and_then


@pytest.mark.parametrize(("name", "part"), [("a", "a.part"), ("a.gz", "a.part.gz")])
def test_a_file_that_is_broken_off_has_another_name(tmp_path: Path, name: str, part: str) -> None:
    with pytest.raises(BrokenOff):
        write_one_line(tmp_path / name, BrokenOff("it was stopped"))

    content = (tmp_path / part).read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == [part]
    assert (gzip.decompress(content) if name == "a.gz" else content) == b"one line\n"


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"):
        write_one_line(tmp_path / "a", OSError("the disk is full"))

    assert list(tmp_path.iterdir()) == []


def test_a_store_is_sound_while_others_write_to_it(up: Server, client: Client) -> None:
    ended = threading.Event()

    def write() -> None:
        while not ended.is_set():
            [kept] = client.keep(a_statement())
            client.keep(voiding(kept), a_statement())

    writer = threading.Thread(target=write)
    writer.start()
    try:
        done = [run_lrs(up, "verify", "--json") for _ in range(3)]
    finally:
        ended.set()
        writer.join()

    assert [each.returncode for each in done] == [0, 0, 0], [each.stdout for each in done]
    last = json.loads(done[-1].stdout)
    assert last["sound"]
    assert last["checked"]["statements"] > last["checked"]["voided"] > 0


def test_what_is_wrong_is_named_and_told_by_the_exit_code(up: Server, client: Client) -> None:
    kept = client.keep(*[a_statement() for _ in range(3)])
    connection = apsw.Connection(str(up.log.parent / "lrs.sqlite"))
    connection.execute("UPDATE statement SET flags = 2 WHERE id = ?", (key(kept[1]),))
    connection.close()

    done = run_lrs(up, "verify")

    assert done.returncode == 1
    assert kept[1] in done.stdout.splitlines()[0]
    assert "voided" in done.stdout.splitlines()[-1]
    assert json.loads(run_lrs(up, "verify", "--json").stdout)["problems"] == {"voided": 1}
