"""
The embedded store's file: its tables, its format version and how an older file is brought up.

`posting` is the index of every filter: one row per Statement and term, clustered by term and
then by `stored`, so that a list is one range of one B-tree, newest or oldest first.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from lrs.stores.port import StoreFormatError

# SQLite 3.7.0-3.51.2 can corrupt a WAL file when two connections write and checkpoint at once.
SAFE_SQLITE = 3_051_003
APPLICATION_ID = 0x4C525321

_STATEMENTS = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('salt', randomblob(32));
CREATE TABLE statement (
    stored INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    refers BLOB,
    flags INTEGER NOT NULL,
    terms BLOB NOT NULL,
    data BLOB NOT NULL
);
CREATE INDEX statement_refers ON statement (refers) WHERE refers IS NOT NULL;
CREATE INDEX statement_voided ON statement (stored) WHERE flags >= 2;
CREATE TABLE posting (
    term INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    PRIMARY KEY (term, stored)
) WITHOUT ROWID;
CREATE TABLE facet (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE definition (
    activity TEXT PRIMARY KEY,
    learned BLOB NOT NULL,
    canonical BLOB NOT NULL
) WITHOUT ROWID;
"""

_RECORDS = """
CREATE TABLE record (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    updated INTEGER NOT NULL,
    meta TEXT NOT NULL,
    tags TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE record_tag (
    kind TEXT NOT NULL,
    tag TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (kind, tag, key)
) WITHOUT ROWID;
"""

# The n-th script brings a file from format n to n + 1; scripts that were released never change.
UPGRADES = (_STATEMENTS, _RECORDS)
FORMAT = len(UPGRADES)


def check(path: Path) -> None:
    """
    Look at the file, leaving it as it is.

    Raises:
        StoreFormatError: It is newer than this software, or is no store.
    """
    if not path.exists():
        return
    if path.is_dir():
        raise StoreFormatError(f"{path} is a folder; the embedded store is a file")
    if not path.stat().st_size:
        return
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        connection.set_busy_timeout(10_000)
        with connection:
            _format(connection)
    except apsw.NotADBError:
        raise StoreFormatError("this file is no SQLite database") from None
    finally:
        connection.close()


def _format(connection: apsw.Connection) -> int:
    """The format of a file that is a store this software knows; 0 when it is empty."""
    version: int = connection.pragma("user_version")
    used = version or connection.execute("SELECT count(*) FROM sqlite_schema").get
    if used and connection.pragma("application_id") != APPLICATION_ID:
        raise StoreFormatError("this file is a SQLite database, but not a Learning Record Store")
    if version > FORMAT:
        raise StoreFormatError(
            f"the store has format {version}, and this software knows formats up to {FORMAT}: "
            "use the newer software that wrote it"
        )
    return version


def upgrade(connection: apsw.Connection, to: int = FORMAT) -> None:
    """
    Bring the file to format `to`, each step in one transaction; a current file is left alone.

    Raises:
        StoreFormatError: The file is newer than this software, is no store, or this SQLite
            library is one that can corrupt it.
    """
    if apsw.SQLITE_VERSION_NUMBER < SAFE_SQLITE:
        raise StoreFormatError(
            f"SQLite {apsw.sqlite_lib_version()} can corrupt a WAL file; 3.51.3 is needed"
        )
    for step in range(_format(connection), to):
        with connection:
            connection.execute(UPGRADES[step])
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("user_version", step + 1)
