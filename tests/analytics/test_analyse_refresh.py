"""`lrs analyse refresh`: facts of the store, by the command."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

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
