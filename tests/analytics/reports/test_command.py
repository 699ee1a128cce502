"""`lrs analyse report` and /reports on a real store."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.servers import LRS_COMMAND, clean_environment
from tests.analytics.planted import kept_in, knowing
from tests.analytics.reports.company import Company

WINDOW = ("--since", "2026-01-01", "--until", "2026-07-01")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    made = Company(people=60)
    folder = tmp_path_factory.mktemp("store")
    with kept_in(folder, made.statements()) as kept:
        kept.refresh(knowledge=knowing(made.of))
    return folder


def lrs(folder: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    environment = clean_environment(
        LRS_STORE_URL=f"sqlite:///{folder / 'lrs.sqlite'}", LRS_DATA=str(folder)
    )
    return subprocess.run(
        [LRS_COMMAND, "analyse", "report", *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_a_report_is_written_as_both_files(folder: Path) -> None:
    done = lrs(folder, "overview", *WINDOW, "--lang", "nl", "--html", "r.html", "--pdf", "r.pdf")

    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    assert "Hoeveel mensen doen mee?" in (folder / "r.html").read_text("utf-8")
    assert (folder / "r.pdf").read_bytes().startswith(b"%PDF-1.7")


def test_without_a_file_html_goes_to_standard_output(folder: Path) -> None:
    done = lrs(folder, "overview", *WINDOW, "--by", "department")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"<!doctype html>")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("weather",), "there is no report of this name"),
        (("transfer",), "programme"),
        (("transfer", "--programme", "nothing"), "nothing"),
        (("overview", "--since", "yesterday"), "since"),
        (("overview", "--by", "weather"), "by"),
    ],
)
def test_what_cannot_be_reported_is_one_line(
    folder: Path, words: tuple[str, ...], told: str
) -> None:
    done = lrs(folder, *words)

    assert done.returncode == 2
    [line] = done.stderr.decode().splitlines()
    assert told in line or "programme" in line
