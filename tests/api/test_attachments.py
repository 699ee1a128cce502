"""Attachments travel as multipart/mixed, both ways (Communication 1.5.2)."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from contextlib import closing
from pathlib import Path

import pytest
import requests

from benchmarks.servers import Server
from lrs.services.access import Credential
from lrs.services.statements import Limits, Statements
from lrs.stores.sqlite import SqliteStore
from tests.api.samples import a_statement, an_activity, an_attachment, an_id, kept, multipart
from tests.server import Client, refusal


def parts_of(answer: requests.Response) -> list[tuple[dict[str, str], bytes]]:
    """Headers (lower-case names) and data of each part of an answer."""
    kind = re.fullmatch(r'multipart/mixed; ?boundary="?([\w-]+)"?', answer.headers["Content-Type"])
    assert kind
    boundary = f"--{kind[1]}".encode()
    first, *middle, last = (b"\r\n" + answer.content).split(b"\r\n" + boundary)
    assert first == b""
    assert last.startswith(b"--")
    found = []
    for part in middle:
        head, _, data = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = (line.split(": ", 1) for line in head.decode().split("\r\n"))
        found.append(({name.lower(): value for name, value in lines}, data))
    return found


def with_data(data: bytes, **properties: object) -> dict:
    return a_statement(**{"id": an_id(), "attachments": [an_attachment(data)], **properties})


def elsewhere(data: bytes) -> dict:
    """A Statement whose Attachment may come without its data."""
    return with_data(data, attachments=[an_attachment(data, fileUrl="https://example.org/file")])


def test_attachment_data_comes_back_byte_for_byte(either: Client) -> None:
    data = b"\r\n--b0--\r\n\x00" + secrets.token_bytes(500)
    statement = with_data(data)

    answer = either.post("statements", **multipart(statement, [(data, {})], boundary="other"))

    assert answer.json() == [statement["id"]], answer.text
    got = either.get("statements", params={"statementId": statement["id"], "attachments": "true"})
    (head, body), (headers, returned) = parts_of(got)
    assert head["content-type"] == "application/json"
    assert json.loads(body)["attachments"] == statement["attachments"]
    assert returned == data
    assert headers["x-experience-api-hash"] == hashlib.sha256(data).hexdigest()
    assert headers["content-transfer-encoding"] == "binary"
    assert headers["content-type"] == "text/plain"


def test_put_takes_attachments_too(either: Client) -> None:
    data = secrets.token_bytes(20)
    statement = with_data(data)

    answer = either.put(
        "statements",
        params={"statementId": statement["id"]},
        **multipart(statement, [(data, {})]),
    )

    assert answer.status_code == 204


def test_a_list_answers_each_hash_once(either: Client) -> None:
    shared, own = secrets.token_bytes(10), secrets.token_bytes(10)
    activity = an_activity()
    batch = [with_data(shared, object=activity), with_data(shared, object=activity)]
    batch += [with_data(own, object=activity), a_statement(object=activity)]
    sent = either.post("statements", **multipart(batch, [(shared, {}), (own, {})]))
    assert sent.status_code == 200, sent.text

    got = either.get("statements", params={"activity": activity["id"], "attachments": "true"})

    (_, body), *others = parts_of(got)
    assert len(json.loads(body)["statements"]) == 4
    assert sorted(data for _, data in others) == sorted([shared, own])


def test_without_attachments_the_answer_is_plain_json(either: Client) -> None:
    data = secrets.token_bytes(10)
    statement = with_data(data)
    either.post("statements", **multipart(statement, [(data, {})]))

    plain = either.get(
        "statements", params={"statementId": statement["id"], "attachments": "false"}
    )

    assert plain.headers["Content-Type"] == "application/json"
    assert kept(either, statement["id"]) == plain.json()


def test_a_list_without_data_is_multipart_with_one_part(either: Client) -> None:
    either.keep(a_statement(object=(activity := an_activity())))

    got = either.get("statements", params={"activity": activity["id"], "attachments": "true"})

    assert len(parts_of(got)) == 1


def test_a_file_url_needs_no_data(either: Client) -> None:
    attachment = an_attachment(b"elsewhere", fileUrl="https://example.org/file")

    assert either.keep(a_statement(attachments=[attachment]))


def test_the_data_of_a_sub_statements_attachment_is_kept(lrs: Client) -> None:
    data = secrets.token_bytes(10)
    planned = {
        "objectType": "SubStatement",
        **a_statement(attachments=[an_attachment(data)]),
    }
    statement = a_statement(id=an_id(), object=planned)

    sent = lrs.post("statements", **multipart(statement, [(data, {})]))

    assert sent.status_code == 200, sent.text
    got = lrs.get("statements", params={"statementId": statement["id"], "attachments": "true"})
    assert parts_of(got)[1][1] == data


def test_data_that_was_refused_leaves_nothing(lrs: Client) -> None:
    data = secrets.token_bytes(10)
    statement = with_data(data)

    answer = lrs.post("statements", **multipart([statement, {}], [(data, {})]))

    refusal(answer, 400)
    refusal(lrs.get("statements", params={"statementId": statement["id"]}), 404)


DATA = b"data"
WRONG = hashlib.sha256(b"other").hexdigest()


@pytest.mark.parametrize(
    ("parts", "at"),
    [
        pytest.param([], "attachments[0]", id="no data"),
        pytest.param([(DATA, {"X-Experience-API-Hash": WRONG})], "parts[1].X-Exp", id="wrong hash"),
        pytest.param([(DATA, {"X-Experience-API-Hash": ""})], "parts[1].X-Exp", id="no hash"),
        pytest.param(
            [(DATA, {"Content-Transfer-Encoding": ""})], "parts[1].Content-T", id="no encoding"
        ),
        pytest.param(
            [(DATA, {"Content-Transfer-Encoding": "base64"})], "parts[1].Content-T", id="base64"
        ),
        pytest.param([(DATA, {"Content-Type": "image/png"})], "attachments[0]", id="other type"),
        pytest.param([(DATA, {}), (b"more", {})], "X-Experience-API-Hash", id="one too many"),
    ],
)
def test_parts_that_do_not_fit_are_refused(either: Client, parts, at: str) -> None:
    answer = either.post("statements", **multipart(with_data(DATA), parts))

    assert refusal(answer, 400)["at"].startswith(at)


@pytest.mark.parametrize(
    "kind", ["multipart/mixed", "multipart/mixed; boundary=", "multipart/mixed; boundary=other"]
)
def test_a_body_without_its_boundary_is_refused(lrs: Client, kind: str) -> None:
    request = multipart(with_data(DATA), [(DATA, {})])

    refusal(lrs.post("statements", data=request["data"], headers={"Content-Type": kind}), 400)


def test_an_attachment_beyond_the_limit_is_too_large(lrs: Client) -> None:
    data = bytes(2**20 + 1)

    answer = lrs.post("statements", **multipart(with_data(data), [(data, {})]))

    refusal(answer, 413)


def test_an_attachment_of_a_megabyte_comes_back(lrs: Client) -> None:
    data = secrets.token_bytes(2**20)
    statement = with_data(data)

    sent = lrs.post("statements", **multipart(statement, [(data, {})]))
    got = lrs.get("statements", params={"statementId": statement["id"], "attachments": "true"})

    assert sent.status_code == 200
    assert parts_of(got)[1][1] == data


def test_data_of_a_statement_that_conflicts_is_not_kept(lrs: Client, server: Server) -> None:
    """Nobody could ever read it, and nobody would remove it."""
    data = secrets.token_bytes(10)
    [known] = lrs.keep(a_statement())

    answer = lrs.post("statements", **multipart(with_data(data, id=known), [(data, {})]))

    refusal(answer, 409)
    assert list(server.log.parent.rglob(hashlib.sha256(data).hexdigest())) == []


def data_of(reader: Client, statement_id: str) -> list[bytes]:
    """The attachment data that comes with a Statement."""
    got = reader.get("statements", params={"statementId": statement_id, "attachments": "true"})
    return [data for _, data in parts_of(got)[1:]]


def test_who_names_a_hash_does_not_read_what_others_sent(lrs: Client) -> None:
    """With statements/read/mine a key reads what is its own; a hash can be guessed or overheard."""
    data = secrets.token_bytes(10)
    lrs.post("statements", **multipart(with_data(data), [(data, {})]))
    lrs.post("statements", **multipart(elsewhere(data), [(data, {})]))
    me = lrs.new_key("statements/write", "statements/read/mine")

    [named] = me.keep(elsewhere(data))

    assert data_of(me, named) == []
    assert data_of(lrs, named) == [data]


def test_who_sent_data_reads_it_with_a_file_url_or_without(lrs: Client) -> None:
    data, other = secrets.token_bytes(10), secrets.token_bytes(10)
    me = lrs.new_key("statements/write", "statements/read/mine")
    sent = [with_data(data), elsewhere(other)]
    answer = me.post("statements", **multipart(sent, [(data, {}), (other, {})]))
    assert answer.status_code == 200, answer.text

    assert [data_of(me, each["id"]) for each in sent] == [[data], [other]]


def test_who_sends_data_again_with_it_reads_it(lrs: Client) -> None:
    """The Statement is known then, and left as it is."""
    data = secrets.token_bytes(10)
    me = lrs.new_key("statements/write", "statements/read/mine")
    [known] = me.keep(sent := elsewhere(data))

    me.post("statements", **multipart(sent, [(data, {})]))

    assert data_of(me, known) == [data]


def test_the_data_of_a_page_is_opened_when_its_turn_comes(tmp_path: Path) -> None:
    """A page may have thousands of Attachments, and a process may open a thousand files."""
    opened = SqliteStore.open(tmp_path / "lrs.sqlite", tmp_path / "attachments")
    with closing(opened) as store:
        datas = [bytes([number]) for number in range(20)]
        for data in datas:
            store.attachments.put(hashlib.sha256(data).hexdigest(), data)
        row = json.dumps(a_statement(attachments=[an_attachment(data) for data in datas])).encode()
        statements = Statements(store, Limits(max_batch=1, max_json_depth=64, max_page=1))
        reader = Credential("key", "name", frozenset({"statements/read"}), {})

        sizes = []
        for _, stream in statements.attached([row], reader):
            sizes.append(len(list(Path("/proc/self/fd").iterdir())))
            stream.close()

        assert len(sizes) == len(datas)
        assert max(sizes) == min(sizes)
