"""`make fixtures` on a folder written by hand: its table, its totals and its exit status."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from integrations.fixtures import DEFAULT, main
from tests.shared import SHARED

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    post = {
        "id": 1,
        "name": "Ada",
        "username": "ada",
        "user_id": 7,
        "created_at": "2026-03-02T09:15:00Z",
        "updated_at": "2026-03-02T09:15:00Z",
        "post_number": 1,
        "post_type": 1,
        "topic_id": 9,
        "topic_title": "Pump 4",
        "topic_archetype": "regular",
        "category_id": 3,
        "version": 1,
    }
    discourse = tmp_path / "discourse"
    discourse.mkdir()
    (discourse / "ORIGIN.md").write_text("by hand")
    (discourse / "new-post.json").write_bytes(orjson.dumps({"post": post}))
    (discourse / "any-name.json").write_bytes(
        orjson.dumps({"like": {"post": post, "user": {"id": 8, "username": "bo"}}})
    )
    (discourse / "told.json").write_bytes(orjson.dumps({"post": post}))
    (discourse / "told.headers.json").write_bytes(
        orjson.dumps(
            {"X-Discourse-Event": "post_destroyed", "X-Discourse-Instance": "https://f.example"}
        )
    )
    (discourse / "broken-post.json").write_bytes(b'{"post": "cut ')
    return tmp_path


def test_every_file_is_accounted_for(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main([str(folder)])

    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "accounted 4, statements 2, skipped 1, dead-lettered 1, failed 0"
    assert len(lines) == 5
    assert status == 0


def test_a_folder_that_no_integration_answers_for_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "nobody").mkdir()
    (folder / "nobody" / "event.json").write_text("{}")

    status = main([str(folder)])

    assert capsys.readouterr().out.splitlines()[-1].endswith("failed 1")
    assert status == 1


def test_nothing_to_account_for_is_a_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main([str(tmp_path)])

    assert capsys.readouterr().out.startswith("accounted 0, statements 0")
    assert status == 1


@pytest.mark.skipif(shutil.which("make") is None, reason="not run: make is absent")
def test_make_fixtures_takes_a_folder_of_any_name_and_its_last_line_is_the_totals(
    folder: Path,
) -> None:
    named = folder.rename(folder.parent / "a folder of fixtures")

    installed = ["-o", ".venv/.installed", f"BIN={Path(sys.executable).parent}"]
    done = subprocess.run(
        ["make", "-s", *installed, "fixtures", f"FIXTURES={named}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    totals = "accounted 4, statements 2, skipped 1, dead-lettered 1, failed 0"
    assert done.stdout.splitlines()[-1] == totals, done.stderr
    assert done.returncode == 0


def test_the_default_folder_is_the_one_beside_the_project() -> None:
    assert DEFAULT == SHARED / "fixtures" / "integrations"
