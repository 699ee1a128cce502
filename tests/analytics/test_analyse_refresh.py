"""`lrs analyse refresh`: facts of the store, by the command."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.servers import LRS_COMMAND, clean_environment

STATEMENT = {
    "actor": {"mbox": "mailto:ann@example.org"},
    "verb": {"id": "http://activitystrea.ms/create"},
    "object": {"id": "https://forum.example/t/1"},
    "timestamp": "2026-03-02T09:00:00Z",
}


def test_a_refresh_says_what_is_new_and_the_next_that_nothing_is(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text(json.dumps(STATEMENT))
    lrs(tmp_path, "import", str(file), "--json")

    first, second = (lrs(tmp_path, "analyse", "refresh", "--json") for _ in range(2))

    assert first == {"statements": 1, "months": ["2026-03"]}
    assert second["statements"] == 0


def test_a_new_vocabulary_makes_the_facts_anew_with_its_topics(tmp_path: Path) -> None:
    """Any Statement may be about a topic that nobody had named before."""
    file, vocabulary = tmp_path / "one.json", tmp_path / "topics.yaml"
    said = {"response": "How do we do the lockouts on line 3?"}
    file.write_text(json.dumps({**STATEMENT, "result": said}))
    vocabulary.write_text("safety: {en: [lockout]}")
    lrs(tmp_path, "import", str(file), "--json")
    lrs(tmp_path, "analyse", "refresh", "--json")
    assert topics_in(tmp_path) == set()

    lrs(tmp_path, "topics", "put", str(vocabulary), "--json")
    done = lrs(tmp_path, "analyse", "refresh", "--json")

    assert done["statements"] == 1
    assert topics_in(tmp_path) == {"topic:safety"}


def topics_in(folder: Path) -> set[str]:
    """The topics in all facts."""
    with duckdb.connect() as connection:
        files = [str(path) for path in (folder / "facts").rglob("*.parquet")]
        rows = connection.execute("SELECT unnest(topics) FROM read_parquet(?)", [files]).fetchall()
    return {topic for (topic,) in rows}


def lrs(folder: Path, *words: str) -> Any:
    settings = {"LRS_STORE_URL": f"sqlite:///{folder / 'lrs.sqlite'}", "LRS_DATA": str(folder)}
    done = subprocess.run(
        [LRS_COMMAND, *words],
        env=clean_environment(**settings),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)
