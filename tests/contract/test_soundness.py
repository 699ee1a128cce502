"""What is planted in either store is named; a store that is sound has no problem."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from bson import ObjectId
from pymongo import MongoClient

from lrs.services import soundness
from lrs.services.lrs import Lrs
from lrs.services.soundness import Soundness
from lrs.services.statements import Limits
from lrs.stores.checking import Checks
from lrs.stores.mongo_checks import MongoChecks
from lrs.stores.port import Draft, Store, StoreFormatError, StoreUnavailable
from lrs.stores.sqlite_checks import SqliteChecks
from tests.api.samples import a_statement, about, an_attachment, an_id, voiding
from tests.contract.damage import Damage
from tests.contract.places import Place
from tests.contract.test_exports import keep

HOUR = 3700


@pytest.fixture
def lrs(store: Store) -> Lrs:
    return Lrs.over(store, Limits(5000, 64, 500), "https://lrs.example")


@pytest.fixture
def opened(place: Place) -> Iterator[Callable[[], Checks]]:
    with ExitStack() as stack:

        def open_checks() -> Checks:
            checks: Checks
            if place.path is None:
                checks = MongoChecks.open(place.url)
            else:
                checks = SqliteChecks.open(place.path, place.path.with_name("attachments"))
            stack.callback(checks.close)
            return checks

        yield open_checks


@pytest.fixture
def found(opened: Callable[[], Checks]) -> Callable[[], Soundness]:
    return lambda: soundness.verify(opened())


@pytest.fixture
def damage(place: Place) -> Damage:
    return Damage(place)


def told(found: Soundness, about: str) -> list[tuple[str, str]]:
    """The problems, which are about nothing else."""
    assert {flaw.about for flaw in found.first} == {about}, found.first
    return [(flaw.name, flaw.detail) for flaw in found.first]


def stored_of(store: Store, statement_id: str) -> int:
    kept = store.get(statement_id)
    assert kept is not None
    return kept.stored


def test_a_store_of_all_there_is_is_sound(lrs: Lrs, found: Callable[[], Soundness]) -> None:
    data, later = b"proof", an_id()
    [gone] = keep(lrs, a_statement())
    [reply] = keep(lrs, about(later))
    keep(lrs, about(reply), about(an_id()))
    keep(lrs, a_statement(id=later, context={"registration": an_id().upper()}))
    [voids] = keep(lrs, voiding(gone))
    keep(lrs, voiding(voids), about(gone))
    circle = [an_id(), an_id()]
    keep(lrs, about(circle[1], id=circle[0]), about(circle[0], id=circle[1]))
    keep(lrs, a_statement(attachments=[an_attachment(data)]), data=data)
    keep(lrs, a_statement(attachments=[an_attachment(b"x", fileUrl="https://e.example/x")]))
    keep(lrs, a_statement(object={**a_statement(), "objectType": "SubStatement"}))
    keep(lrs, a_statement(actor={"objectType": "Group", "member": [a_statement()["actor"]]}))
    lrs.store.change("thing", "one", lambda _: Draft(b"x", {"a": "b"}, frozenset({"tag", "tog"})))

    told = found()

    assert told.first == []
    assert told.sound
    assert told.counts["statements"] == 14
    assert told.counts["voided"] == 1
    assert told.counts["attachments"] == 1
    assert told.counts["records"] >= 2


def test_an_empty_store_is_sound(store: Store, found: Callable[[], Soundness]) -> None:
    assert store.counts()["statements"] == 0
    assert found().sound


def test_a_statement_that_is_not_found_by_a_term_is_named(
    lrs: Lrs, damage: Damage, opened: Callable[[], Checks]
) -> None:
    kept = keep(lrs, *[a_statement() for _ in range(600)])
    verb = "verb:" + a_statement()["verb"]["id"]
    damage.forget(kept[550], stored_of(lrs.store, kept[550]), verb, opened())

    problems = told(soundness.verify(opened()), "index")

    assert problems == [(kept[550], f"it is not found by {verb}")]


def test_its_authority_and_what_it_inherits_are_looked_for_too(
    lrs: Lrs, damage: Damage, opened: Callable[[], Checks]
) -> None:
    target = a_statement(id=an_id())
    [kept, reply] = keep(lrs, target, about(target["id"]))
    data = lrs.store.get(kept)
    assert data is not None
    account = orjson.loads(data.data)["authority"]["account"]
    asserted = f"authority:account:{account['homePage']}|{account['name']}"
    inherited = "activity:" + target["object"]["id"]
    damage.forget(kept, stored_of(lrs.store, kept), asserted, opened())
    damage.forget(reply, stored_of(lrs.store, reply), inherited, opened())

    problems = told(soundness.verify(opened()), "index")

    assert problems == [
        (kept, f"it is not found by {asserted}"),
        (reply, "it is not found by something that it inherits"),
    ]


def test_a_statement_that_is_found_by_what_it_is_not_is_named(
    lrs: Lrs, damage: Damage, opened: Callable[[], Checks]
) -> None:
    [kept] = keep(lrs, a_statement())
    damage.invent(kept, stored_of(lrs.store, kept), "verb:https://e.example/never", opened())

    [(name, detail)] = told(soundness.verify(opened()), "index")

    assert name == kept
    assert detail in (
        "the index finds it by what it is not kept with",
        "it is found by what is neither its own nor inherited",
    )


@pytest.mark.parametrize("voided", [True, False])
def test_a_wrong_mark_of_the_voided_is_named(
    lrs: Lrs, damage: Damage, found: Callable[[], Soundness], voided: bool
) -> None:
    [kept] = keep(lrs, a_statement())
    if not voided:
        keep(lrs, voiding(kept))
    damage.void(kept, voided=voided)

    [(name, _)] = told(found(), "voided")

    assert name == kept


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        (b'{"id":', b'{"id"\x00', "does not read as a Statement"),
        (b'"verb":', b'"berb":', "does not read as a Statement"),
        (b'"id":"ID"', b'"id":"0"', "its JSON has the id"),
        (b'"stored":"2', b'"stored":"1', "was stored at"),
    ],
)
def test_a_statement_with_a_flipped_byte_is_named(
    lrs: Lrs, damage: Damage, found: Callable[[], Soundness], was: bytes, becomes: bytes, says: str
) -> None:
    [kept] = keep(lrs, a_statement(id=an_id()))
    keep(lrs, a_statement())
    before = lrs.store.get(kept)
    assert before is not None
    sound = was.replace(b"ID", kept.encode())
    assert sound in before.data
    damage.update(kept, data=before.data.replace(sound, becomes, 1))

    problems = found().first

    assert {flaw.name for flaw in problems} == {kept}
    assert any(says in flaw.detail for flaw in problems), problems


def test_a_verb_that_was_changed_is_seen_by_the_index(
    lrs: Lrs, damage: Damage, found: Callable[[], Soundness]
) -> None:
    [kept] = keep(lrs, a_statement())
    before = lrs.store.get(kept)
    assert before is not None
    damage.update(kept, data=before.data.replace(b"/verbs/answered", b"/verbs/answeree"))

    problems = told(found(), "index")

    assert {name for name, _ in problems} == {kept}
    assert any("/verbs/answeree" in detail for _, detail in problems)


def test_an_attachment_that_is_missing_is_named(
    lrs: Lrs, damage: Damage, found: Callable[[], Soundness]
) -> None:
    sha2 = an_attachment(b"proof")["sha2"]
    [kept] = keep(lrs, a_statement(attachments=[an_attachment(b"proof")]), data=b"proof")
    damage.attachment(sha2, None)

    assert told(found(), "attachment") == [
        (sha2, f"the data that Statement {kept} names is missing")
    ]


def test_an_attachment_with_other_data_is_named(
    lrs: Lrs, damage: Damage, found: Callable[[], Soundness]
) -> None:
    sha2 = an_attachment(b"proof")["sha2"]
    keep(lrs, a_statement(attachments=[an_attachment(b"proof")]), data=b"proof")
    damage.attachment(sha2, b"proog")

    assert told(found(), "attachment") == [(sha2, "its data has another hash")]


def test_a_record_that_cannot_be_read_is_named(
    store: Store, place: Place, damage: Damage, found: Callable[[], Soundness]
) -> None:
    store.change("thing", "one", lambda _: Draft(b"x", {"a": "b"}, frozenset({"tag"})))
    if place.path is not None:
        damage.run("UPDATE record SET meta = '{' WHERE kind = 'thing'")
    else:
        with damage.mongo() as database:
            database.records.update_one({"kind": "thing"}, {"$set": {"facts": "x"}})

    assert told(found(), "record") == [("thing one", "it cannot be read")]


def test_a_definition_that_cannot_be_read_is_named(
    lrs: Lrs, place: Place, damage: Damage, found: Callable[[], Soundness]
) -> None:
    activity = {"id": f"https://e.example/{an_id()}", "definition": {"name": {"en": "x"}}}
    keep(lrs, a_statement(object=activity))
    if place.path is not None:
        damage.run("UPDATE definition SET canonical = '[]'")
    else:
        with damage.mongo() as database:
            database.definitions.update_one({}, {"$set": {"value": b"[]"}})

    [(name, detail)] = told(found(), "definition")

    assert name == activity["id"]
    assert "JSON" in detail or "cannot be read" in detail


def test_all_problems_are_counted_and_the_first_are_told(
    lrs: Lrs, damage: Damage, opened: Callable[[], Checks]
) -> None:
    for statement_id in keep(lrs, *[a_statement() for _ in range(5)]):
        damage.void(statement_id, voided=True)

    told = soundness.verify(opened(), most=2)

    assert told.problems["voided"] == 5
    assert len(told.first) == 2
    assert not told.sound


def test_to_look_changes_nothing_and_finds_nothing_half_done_while_others_write(
    lrs: Lrs, opened: Callable[[], Checks]
) -> None:
    """In turn, so that each look meets a store that has just changed through another handle."""
    checks = opened()
    for _ in range(5):
        [kept] = keep(lrs, a_statement())
        keep(lrs, about(kept), voiding(kept))

        assert soundness.verify(checks).first == []
    assert lrs.store.counts()["statements"] == 15


def test_where_there_is_no_store_none_is_made(place: Place, opened: Callable[[], Checks]) -> None:
    with pytest.raises(StoreUnavailable, match="there is no store"):
        opened()

    assert place.path is None or not place.path.exists()


class TestEmbedded:
    """What only the file of the embedded store can have."""

    @pytest.fixture
    def place(self, tmp_path: Any) -> Place:
        return Place(path=tmp_path / "lrs.sqlite")

    def test_a_half_written_attachment_is_named_once_it_is_old(
        self, lrs: Lrs, place: Place, found: Callable[[], Soundness]
    ) -> None:
        assert place.path is not None
        keep(lrs, a_statement(attachments=[an_attachment(b"proof")]), data=b"proof")
        [folder] = place.path.with_name("attachments").iterdir()
        left = folder / "tmp1"
        left.write_bytes(b"pro")
        assert found().sound

        long_ago = time.time() - HOUR
        os.utime(left, (long_ago, long_ago))

        assert told(found(), "attachment") == [(str(left), "a half-written file was left behind")]

    def test_an_index_row_of_nothing_is_named(
        self, lrs: Lrs, damage: Damage, found: Callable[[], Soundness]
    ) -> None:
        keep(lrs, a_statement())
        damage.run("INSERT INTO posting SELECT term, 7 FROM posting LIMIT 1")

        assert told(found(), "index") == [("7", "the index finds a Statement that is not kept")]

    def test_a_tag_by_which_a_record_is_not_found_is_named(
        self, store: Store, damage: Damage, found: Callable[[], Soundness]
    ) -> None:
        store.change("thing", "one", lambda _: Draft(b"x", {}, frozenset({"tag"})))
        damage.run("UPDATE record_tag SET tag = 'other'")

        assert told(found(), "record") == [
            ("thing one", "the index does not find it by its tag tag"),
            ("thing one", "the index finds it by other, not its tag"),
        ]

    def test_a_page_that_is_overwritten_is_a_problem_and_no_failure(
        self, lrs: Lrs, place: Place, damage: Damage, found: Callable[[], Soundness]
    ) -> None:
        assert place.path is not None
        for _ in range(20):
            keep(lrs, *[a_statement() for _ in range(100)])
        lrs.store.close()
        damage.run("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = place.path.stat().st_size // 4096
        with place.path.open("r+b") as file:
            for page in range(pages // 2, pages // 2 + 20):
                file.seek(page * 4096)
                file.write(b"\xff" * 100)

        problems = found()

        assert not problems.sound
        assert problems.problems["file"] > 0

    def test_a_file_that_is_no_store_is_refused(
        self, place: Place, opened: Callable[[], Checks]
    ) -> None:
        assert place.path is not None
        place.path.write_bytes(b"no database at all" * 100)

        with pytest.raises(StoreFormatError):
            opened()


@pytest.mark.mongodb
def test_pieces_of_data_that_no_file_lists_are_named_once_they_are_old(mongo_place: Place) -> None:
    with mongo_place.opened(), MongoClient[Any](mongo_place.url) as client:
        pieces = client.get_default_database()["attachments.chunks"]
        young, old = ObjectId(), ObjectId.from_datetime(datetime(2026, 1, 1, tzinfo=UTC))
        pieces.insert_many([{"files_id": each, "n": 0, "data": b"pro"} for each in (young, old)])
        checks = MongoChecks.open(mongo_place.url)

        found = soundness.verify(checks)

        checks.close()
    assert told(found, "attachment") == [(str(old), "half-written data was left behind")]
