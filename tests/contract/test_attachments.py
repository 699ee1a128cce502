"""Attachments: kept under their hash, once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from lrs.stores.port import Store

LARGE = bytes(range(256)) * 4 * 10_000


def sha2(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read(store: Store, name: str) -> bytes:
    with store.attachments.open(name) as file:
        return file.read()


def test_an_attachment_comes_back_byte_by_byte(store: Store) -> None:
    for content in (b"", b"\x00\r\n", LARGE):
        store.attachments.put(sha2(content), content)

    for content in (b"", b"\x00\r\n", LARGE):
        assert read(store, sha2(content)) == content


def test_an_attachment_may_come_as_a_view(store: Store) -> None:
    store.attachments.put(sha2(LARGE), memoryview(LARGE))

    assert read(store, sha2(LARGE)) == LARGE


def test_an_attachment_can_be_read_in_pieces(store: Store) -> None:
    store.attachments.put(sha2(LARGE), LARGE)

    with store.attachments.open(sha2(LARGE)) as file:
        pieces = list(iter(lambda: file.read(300_000), b""))

    assert b"".join(pieces) == LARGE


def test_one_that_was_never_put_is_none(store: Store) -> None:
    assert store.attachments.open(sha2(b"never")) is None


def test_put_again_it_is_kept_once(store: Store, open_store: Callable[[], Store]) -> None:
    contents = [b"a", b"b", b"a"]

    for content in contents:
        store.attachments.put(sha2(content), content)

    assert sorted(open_store().attachments.hashes()) == sorted({sha2(c) for c in contents})


def test_of_writers_at_once_one_keeps_it(store: Store) -> None:
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store.attachments.put(sha2(LARGE), LARGE), range(4)))

    assert list(store.attachments.hashes()) == [sha2(LARGE)]
    assert read(store, sha2(LARGE)) == LARGE


def test_longer_sha2_hashes_are_names_too(store: Store) -> None:
    name = hashlib.sha512(b"x").hexdigest()

    store.attachments.put(name, b"x")

    assert read(store, name) == b"x"
