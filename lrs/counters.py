"""
Where the processes of one server share the counters that /metrics shows.

They are mapped files. They lie in memory, for to write a mapped file on a full disk kills the
process; and a server that is killed leaves them behind, so the next one clears them away.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "lrs-counters-"
# A server that starts has made its folder and locked it long before this.
_STARTED_SECONDS = 60


@contextmanager
def shared(parent: Path | None = None) -> Iterator[Path]:
    """
    A folder for the counters of one server, as long as the block lasts.

    It is locked by this process and all that it forks, which tells it from one left behind.

    Args:
        parent: Where it is made; in memory by default.
    """
    parent = parent or _memory()
    _clear(parent)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent) as name:
        folder = os.open(name, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield Path(name)
        finally:
            os.close(folder)


def _memory() -> Path:
    """A folder of files in memory, or the one of temporary files where none is known."""
    folder = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
    return folder if os.access(folder, os.W_OK) else Path(tempfile.gettempdir())


def _clear(parent: Path) -> None:
    """Remove the folders of servers that are gone."""
    for folder in parent.glob(f"{_PREFIX}*"):
        # Those of other users, and one that another start removes just now, are none of ours.
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _STARTED_SECONDS and not _in_use(folder):
                shutil.rmtree(folder)


def _in_use(folder: Path) -> bool:
    fd = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)
    return False
