"""What only the MongoDB store has: its format, its limits, its failures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pymongo import MongoClient

from lrs.domain.errors import BadRequest, TooLarge
from lrs.stores.mongo import MongoStore
from lrs.stores.mongo_format import VERSION
from lrs.stores.mongo_models import Clock, Entry, KeptDefinition, KeptRecord, KeptStatement
from lrs.stores.mongo_wire import MAX_CONTENT_BYTES, has_transactions
from lrs.stores.port import Draft, StoreFormatError, StoreUnavailable
from tests.contract.builders import a_batch, a_statement, an_id
from tests.contract.children import linked_batch, linked_before
from tests.contract.places import Place
from tests.mongo.server import running, why_not

pytestmark = pytest.mark.mongodb


@pytest.fixture
def raw(mongo_place: Place):
    """The database itself, beside the store."""
    with MongoClient(mongo_place.url) as client:
        yield client.get_default_database()


def test_a_store_of_newer_software_is_refused(mongo_place: Place, raw) -> None:
    mongo_place.open().close()
    raw.format.update_one({"_id": "store"}, {"$set": {"version": VERSION + 1}})

    with pytest.raises(StoreFormatError):
        mongo_place.open()


def test_an_older_store_is_upgraded_with_its_data(mongo_place: Place, raw) -> None:
    with mongo_place.opened() as store:
        store.add(a_batch(a_statement("s1")))
    indexes = set(raw.statements.index_information())
    raw.statements.drop_index("stored_1")
    raw.format.delete_one({"_id": "store"})

    with mongo_place.opened() as store:
        assert store.get(an_id("s1")) is not None

    assert raw.format.find_one({"_id": "store"})["version"] == VERSION
    assert set(raw.statements.index_information()) == indexes


def test_of_processes_that_open_a_fresh_store_at_once_each_can_use_it(mongo_place: Place) -> None:
    def open_and_add(i: int) -> list[str]:
        with mongo_place.opened() as store:
            return store.add(a_batch(a_statement(f"s{i}")))

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(open_and_add, range(6)))


def test_a_lock_left_by_an_upgrade_that_died_is_taken_over(mongo_place: Place, raw) -> None:
    mongo_place.open().close()
    raw.format.delete_one({"_id": "store"})
    raw.format.insert_one({"_id": "upgrading", "until": raw.journal.find_one("clock")["now"]})

    mongo_place.open().close()

    assert raw.format.find_one({"_id": "upgrading"}) is None


def test_no_time_is_given_out_twice(mongo_place: Place) -> None:
    with mongo_place.opened() as one, mongo_place.opened() as two:
        stamps = [store._statements.journal.stamp for store in (one, two)]
        with ThreadPoolExecutor(8) as threads:
            times = list(threads.map(lambda i: stamps[i % 2](), range(200)))

    assert len(set(times)) == 200


def test_a_clock_that_ran_ahead_is_counted_on_from(mongo_place: Place, raw) -> None:
    """Such as after a failover to a server whose clock is an hour behind."""
    with mongo_place.opened() as store:
        ahead = store.consistent_through() + 3_600_000_000
        raw.journal.update_one({"_id": "clock"}, {"$set": {"at": ahead}})

        store.add(a_batch(a_statement("s1"), a_statement("s2")))

        assert [k.stored - ahead for k in store.scan(0, 2**60, 10)] == [1, 2]
        assert store.consistent_through() == ahead + 2


def test_two_databases_in_one_process_do_not_meet(mongo_place: Place) -> None:
    beside = Place(url=mongo_place.url + "-b")
    with mongo_place.opened() as one, beside.opened() as two:
        one.add(a_batch(a_statement("s1")))

        assert two.get(an_id("s1")) is None
        two._wire.client.drop_database(two._wire.durable.name)


def test_what_is_written_is_as_the_structures_say(mongo_place: Place, raw) -> None:
    with mongo_place.opened() as store:
        store.add(linked_before("x"))
        store.add(linked_batch("x"))
        store.change("k", "1", lambda _: Draft(b"v", {"a": "b"}, frozenset({"t"})))
        entry, _ = store._statements.journal.begin(["s1"])

    checked = {
        KeptStatement: list(raw.statements.find()),
        KeptDefinition: list(raw.definitions.find()),
        KeptRecord: list(raw.records.find()),
        Clock: [raw.journal.find_one("clock")],
        Entry: [raw.journal.find_one(entry)],
    }
    for structure, documents in checked.items():
        assert documents
        for document in documents:
            structure._from_son(document).validate()


def test_what_does_not_fit_into_a_document_is_refused(mongo_place: Place) -> None:
    large = "x" * (MAX_CONTENT_BYTES + 1)
    with mongo_place.opened() as store:
        with pytest.raises(TooLarge):
            store.add(a_batch(a_statement("s1"), a_statement("s2", text=large)))
        with pytest.raises(TooLarge):
            store.change("k", "1", lambda _: Draft(large.encode()))

        assert store.get(an_id("s1")) is None
        assert store.record("k", "1") is None


def test_what_just_fits_is_kept(mongo_place: Place) -> None:
    with mongo_place.opened() as store:
        store.add(a_batch(a_statement("s1", text="x" * (MAX_CONTENT_BYTES - 200))))

        assert len(store.get(an_id("s1")).data) > MAX_CONTENT_BYTES - 200


def test_an_attachment_written_twice_at_once_leaves_no_chunks_behind(
    mongo_place: Place, raw
) -> None:
    content = b"x" * 600_000
    with mongo_place.opened() as store, ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store.attachments.put("a" * 64, content), range(4)))

    assert raw["attachments.chunks"].count_documents({}) == 3


def test_backup_says_what_to_use_instead(mongo_place: Place) -> None:
    with mongo_place.opened() as store, pytest.raises(BadRequest, match="mongodump"):
        store.backup("/nowhere")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable) as refused:
        MongoStore.open("mongodb://127.0.0.1:1/lrs?serverSelectionTimeoutMS=100")

    assert "127.0.0.1" not in str(refused.value)  # it is answered to clients
    assert "127.0.0.1" in str(refused.value.__cause__)


def test_a_url_that_is_none_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        MongoStore.open("mongodb://127.0.0.1:notaport/lrs")


@pytest.mark.skipif(why_not() is not None, reason="not run: needs Java 17 and Maven")
def test_a_server_that_goes_away_is_unavailable_until_it_is_back(tmp_path: Path) -> None:
    with running(tmp_path) as url:
        port = int(url.rpartition(":")[2])
        store = MongoStore.open(f"{url}/lrs?serverSelectionTimeoutMS=300")
        store.add(a_batch(a_statement("s1")))
    for refused in (
        store.ping,
        store.consistent_through,
        lambda: store.add(a_batch(a_statement("s2"))),
        lambda: store.get(an_id("s1")),
        lambda: store.change("k", "1", lambda _: Draft(b"v")),
        lambda: store.attachments.put("a" * 64, b"x"),
    ):
        with pytest.raises(StoreUnavailable):
            refused()

    with running(tmp_path, port):
        assert store.get(an_id("s1")) is not None
        assert store.add(a_batch(a_statement("s2"))) == [an_id("s2")]
        store.close()


@pytest.mark.parametrize(
    ("hello", "wanted"),
    [
        ({}, False),
        ({"isWritablePrimary": True}, False),
        ({"setName": "rs0", "isWritablePrimary": True}, True),
        ({"msg": "isdbgrid"}, True),
    ],
)
def test_a_batch_is_a_transaction_on_a_replica_set_or_mongos(
    hello: dict[str, object], wanted: bool
) -> None:
    assert has_transactions(hello) is wanted
