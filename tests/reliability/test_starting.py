"""What cannot be used is told at the start, in one line; not later, to those who send."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks.servers import LRS_COMMAND, clean_environment, free_port


def told(folder: Path, command: str, **settings: str) -> str:
    """What a start that is refused prints."""
    own = {"LRS_STORE_URL": f"sqlite:///{folder / 'lrs.sqlite'}", "LRS_DATA": str(folder)}
    own |= {"LRS_PORT": str(free_port())}
    done = subprocess.run(
        [LRS_COMMAND, command],
        env=clean_environment(**own | settings),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode, (done.stdout, done.stderr)
    [line] = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", ["serve", "work"])
@pytest.mark.parametrize("below", ["", "/below"])
def test_a_data_folder_that_is_none_is_refused(tmp_path: Path, command: str, below: str) -> None:
    """A server that starts would be "ready", and refuse every attachment."""
    file = tmp_path / "file"
    file.touch()

    line = told(tmp_path, command, LRS_DATA=f"{file}{below}")

    assert line.startswith(f"Error: LRS_DATA: no files can be made in {file}{below}: ")


def test_a_data_folder_where_no_file_can_be_made_is_refused(tmp_path: Path) -> None:
    """Linux lets nobody make files in /proc, not even root."""
    assert "LRS_DATA" in told(tmp_path, "serve", LRS_DATA="/proc/self")


def test_a_start_leaves_nothing_in_the_data_folder(tmp_path: Path) -> None:
    data = tmp_path / "data"

    line = told(tmp_path, "serve", LRS_DATA=str(data), LRS_STORE_URL=f"sqlite:///{tmp_path}")

    assert "folder" in line
    assert list(data.iterdir()) == []


@pytest.mark.parametrize("command", ["serve", "work"])
def test_a_mail_server_of_another_scheme_is_refused(tmp_path: Path, command: str) -> None:
    """Else the first to know would be the worker, days later, when letters are due."""
    line = told(tmp_path, command, LRS_SMTP_URL="ftp://u:s3cret@mail.example")

    assert line.startswith("Error: LRS_SMTP_URL: ")
    assert "s3cret" not in line


@pytest.mark.parametrize("scheme", ["foo", "foo.bar", "os.nothing"])
def test_a_broker_of_an_unknown_scheme_is_refused(tmp_path: Path, scheme: str) -> None:
    line = told(tmp_path, "work", LRS_BROKER_URL=f"{scheme}://u:s3cret@broker.example")

    assert line.startswith("Error: LRS_BROKER_URL: ")
    assert "s3cret" not in line


def test_port_0_is_refused(tmp_path: Path) -> None:
    """Each web process would listen on another port, and none where the log says."""
    assert told(tmp_path, "serve", LRS_PORT="0").startswith("Error: LRS_PORT: ")


def test_a_store_that_is_a_folder_is_called_so(tmp_path: Path) -> None:
    line = told(tmp_path, "serve", LRS_STORE_URL=f"sqlite:///{tmp_path}")

    assert line == f"Error: {tmp_path} is a folder; the embedded store is a file"


def test_a_store_without_a_name_is_refused(tmp_path: Path) -> None:
    assert "LRS_STORE_URL" in told(tmp_path, "serve", LRS_STORE_URL="sqlite:///")
