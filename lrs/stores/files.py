"""Attachment data as files, named by their hash and kept once."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from lrs.stores.port import StoreUnavailable

_SHA2 = re.compile(r"[0-9a-f]{56,128}")


class AttachmentFiles:
    """A folder of `ab/abcdef…` files; one that is there is whole and on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, sha2: str, content: bytes | memoryview) -> None:
        path = self._path(sha2)
        try:
            if not path.exists():
                _write(path, content)
            # Also where it was there: whoever wrote it may not have come this far yet.
            for folder in (path.parent, self._folder, self._folder.parent):
                _sync(folder)
        except OSError as error:
            raise StoreUnavailable("the attachment cannot be kept") from error

    def open(self, sha2: str) -> BinaryIO | None:
        try:
            return self._path(sha2).open("rb")
        except FileNotFoundError:
            return None

    def hashes(self) -> Iterator[str]:
        for path in sorted(self._folder.glob("??/*")):
            if _SHA2.fullmatch(path.name):
                yield path.name

    def copy_to(self, folder: Path) -> None:
        """Copy all data into another folder, made also for none; durable when this returns."""
        folder.mkdir(parents=True, exist_ok=True)
        for sha2 in self.hashes():
            target = folder / sha2[:2] / sha2
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(self._path(sha2), target)
            for written in (target, target.parent, folder, folder.parent):
                _sync(written)

    def _path(self, sha2: str) -> Path:
        if not _SHA2.fullmatch(sha2):
            raise ValueError("an attachment is named by a SHA-2 hash in lower-case hex")
        return self._folder / sha2[:2] / sha2


def _write(path: Path, content: bytes | memoryview) -> None:
    """Write a file that has its name only when all of it is on disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).rename(path)
        except OSError:
            Path(file.name).unlink()
            raise


def _sync(path: Path) -> None:
    """Make the content of a file, or the names in a folder, durable."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
