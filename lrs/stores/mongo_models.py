"""
The collections of the MongoDB store and their indexes, as MongoEngine documents.

The classes say what is in a collection and by what it is found; reading and writing goes as plain
BSON through the collections, since the hot path has no use for one object per Statement. Nothing
here is bound to a connection, so one process can have several stores open.

Every index has at most one array field and names its fields in the order equality, sort, range.
"""

from __future__ import annotations

from typing import Any, ClassVar

from mongoengine import (
    BinaryField,
    BooleanField,
    DateTimeField,
    Document,
    IntField,
    ListField,
    LongField,
    ObjectIdField,
    StringField,
)
from pymongo.collection import Collection
from pymongo.database import Database

Raw = dict[str, Any]


class Structure(Document):  # type: ignore[misc]  # MongoEngine comes without types
    """What the documents below have in common."""

    meta: ClassVar[Raw] = {"abstract": True, "auto_create_index": False}

    @classmethod
    def within(cls, database: Database[Raw]) -> Collection[Raw]:
        """The collection of this class in a database."""
        return database[cls._meta["collection"]]

    @classmethod
    def create_indexes(cls, database: Database[Raw]) -> None:
        """Create the indexes that are not there yet."""
        for spec in cls._meta["index_specs"]:
            options = dict(spec)
            cls.within(database).create_index(options.pop("fields"), **options)


class KeptStatement(Structure):
    """
    A Statement.

    `data` is its exact JSON; `terms` are digests of all that it is found by; `own` are those among
    them that a Statement which refers to it does not inherit; `batch` is the journal's entry under
    which it was added. In a sharded cluster the shard key is the hashed `_id`, which keeps ids
    unique.
    """

    id = StringField(primary_key=True)
    stored = LongField(required=True)
    data = BinaryField(required=True)
    terms = ListField(BinaryField())
    own = ListField(BinaryField())
    refers = StringField()
    voids = BooleanField(required=True)
    voided = BooleanField(required=True)
    batch = ObjectIdField(required=True)

    meta: ClassVar[Raw] = {
        "collection": "statements",
        "indexes": [
            {"fields": ["terms", "voided", "-stored"]},
            {"fields": ["voided", "-stored"]},
            {"fields": ["stored"]},
            {"fields": ["refers"], "sparse": True},
        ],
    }


class KeptDefinition(Structure):
    """The canonical definition of an Activity, under its id."""

    id = StringField(primary_key=True)
    value = BinaryField(required=True)

    meta: ClassVar[Raw] = {"collection": "definitions"}


class KeptRecord(Structure):
    """A record; `updated` is unique to a change and so also its revision."""

    kind = StringField(required=True)
    key = StringField(required=True)
    value = BinaryField()
    # Pairs, since a name may hold what a field's name must not.
    facts = ListField(ListField(StringField()))
    tags = ListField(StringField())
    updated = LongField(required=True)

    meta: ClassVar[Raw] = {
        "collection": "records",
        "indexes": [
            {"fields": ["kind", "key"], "unique": True},
            {"fields": ["kind", "key", "updated"]},
            {"fields": ["kind", "tags", "key", "updated"]},
        ],
    }


class Clock(Structure):
    """
    The one clock of the store: `at` is the latest `stored` given out or promised to be past.

    It stands in the journal's collection, before the entries, so that one read gives both.
    """

    id = StringField(primary_key=True)
    at = LongField(required=True)
    now = DateTimeField()

    meta: ClassVar[Raw] = {"collection": "journal"}


class Entry(Structure):
    """
    A batch under way, or one that was given up; mongo_journal.py says what the states mean.

    `floor` is less than any `stored` of the batch; `until` is when others may clean up after it.
    """

    id = ObjectIdField(primary_key=True)
    state = StringField(required=True)
    floor = LongField(required=True)
    until = DateTimeField(required=True)
    ids = ListField(StringField())

    meta: ClassVar[Raw] = {"collection": "journal"}


class Format(Structure):
    """The version of all this (`store`), and the lock of the one who brings it up to date."""

    id = StringField(primary_key=True)
    version = IntField()
    until = DateTimeField()

    meta: ClassVar[Raw] = {"collection": "format"}


class AttachmentFile(Structure):
    """GridFS's list of files; the name is the SHA-2 and kept once."""

    id = ObjectIdField(primary_key=True)
    filename = StringField(required=True)

    meta: ClassVar[Raw] = {
        "collection": "attachments.files",
        "strict": False,
        "indexes": [{"fields": ["filename"], "unique": True}],
    }


STRUCTURES: tuple[type[Structure], ...] = (
    KeptStatement,
    KeptDefinition,
    KeptRecord,
    Clock,
    Entry,
    Format,
    AttachmentFile,
)
