"""The limits of this machine: a bare Flask-RESTX application on our server, and a plain loop."""

from __future__ import annotations

import os
import threading
import time
import uuid
from pathlib import Path
from typing import Any

import apsw
import orjson
from flask import Flask, Response, request
from flask_restx import Api, Resource

from benchmarks import samples

_local = threading.local()
_LIST = (
    "SELECT s.data FROM posting p CROSS JOIN statement s ON s.stored = p.stored "
    "WHERE p.term = ? ORDER BY p.stored DESC LIMIT 100"
)
_LATEST = "SELECT data FROM statement WHERE stored > ? ORDER BY stored DESC LIMIT 100"
_ONE = "SELECT data FROM statement WHERE id = ?"


def create() -> Flask:
    """Parses and echoes what is posted; reads rows of an existing store by their keys."""
    app = Flask("bare")
    api = Api(app)

    @api.route("/statements")
    class Statements(Resource):  # type: ignore[misc]
        def post(self) -> Response:
            return _json(orjson.dumps(orjson.loads(request.get_data())))

        def get(self) -> Response:
            asked = request.args
            if "id" in asked:
                return _json(_rows(_ONE, uuid.UUID(asked["id"]).bytes)[0][0])
            if "term" in asked:
                rows = _rows(_LIST, int(asked["term"]))
            else:
                rows = _rows(_LATEST, int(asked["since"]))
            return _json(b'{"statements":[' + b",".join([row[0] for row in rows]) + b"]}")

    return app


def _json(data: bytes) -> Response:
    return Response(data, content_type="application/json")


def _rows(sql: str, key: Any) -> list[Any]:
    connection = getattr(_local, "connection", None)
    if connection is None:
        connection = _local.connection = apsw.Connection(
            os.environ["BARE_STORE"], apsw.SQLITE_OPEN_READONLY
        )
    return connection.execute(sql, (key,)).fetchall()  # type: ignore[no-any-return]


def plain_loop(folder: Path, seconds: float) -> float:
    """
    Statements per second of a loop that parses and inserts, with the index rows the LRS has.

    One transaction per 500, WAL, synchronous=FULL, terms as 64-bit integers.
    """
    bodies = [orjson.dumps(samples.statement(n, 5, 1000)) for n in range(20_000)]
    db = apsw.Connection(str(folder / "plain.sqlite"))
    db.pragma("journal_mode", "wal")
    db.pragma("synchronous", "full")
    db.execute(
        "CREATE TABLE statement (stored INTEGER PRIMARY KEY, id BLOB UNIQUE, data BLOB);"
        "CREATE TABLE posting (term INTEGER, stored INTEGER, PRIMARY KEY (term, stored)) "
        "WITHOUT ROWID"
    )
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds and done < len(bodies):
        with db:
            for body in bodies[done : done + 500]:
                done += 1
                _insert(db, done, body)
    return done / (time.perf_counter() - began)


def _insert(db: apsw.Connection, stored: int, body: bytes) -> None:
    parsed = orjson.loads(body)
    db.execute(
        "INSERT INTO statement VALUES (?, ?, ?)", (stored, uuid.UUID(parsed["id"]).bytes, body)
    )
    terms = _terms(parsed)
    db.executemany("INSERT INTO posting VALUES (?, ?)", [(hash(t), stored) for t in terms])


def _terms(parsed: dict[str, Any]) -> set[str]:
    """As many index rows as the LRS has for such a Statement, from the same values."""
    context = parsed["context"]
    who, what = str(parsed["actor"]), parsed["object"]["id"]
    related = [a["id"] for group in context["contextActivities"].values() for a in group]
    return {
        f"verb {parsed['verb']['id']}",
        f"agent {who}",
        f"related agent {who}",
        "related agent authority",
        "authority",
        f"activity {what}",
        f"related activity {what}",
        f"registration {context['registration']}",
        *(f"related activity {activity}" for activity in related),
    }
