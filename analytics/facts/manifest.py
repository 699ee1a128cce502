"""Which files the facts are in, and how far they go. It is written last, so it is never ahead."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

_NAME = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """
    Facts as they are now.

    Args:
        made: What the rows depend on beside the Statements: versions of code, persons, topics.
        cursor: Every Statement stored up to then (µs) is in the facts, and no later one.
        generation: Of the files that were written last.
        months: "2026-01" → file, immutable once written.
        roster: File of the roster; None without one.
        queries: File of the words that many looked for; None without such.
        pending: [id, µs] of voided Statements that are not there yet.
        bots: Codes of actors that are no people.
        busy: Month → codes of actors that may be none, by what they did on one day.
        retired: Files that the facts before these were in; a reader may still have them open.
    """

    made: dict[str, str] = field(default_factory=dict)
    cursor: int = -1
    generation: int = 0
    months: dict[str, str] = field(default_factory=dict)
    roster: str | None = None
    queries: str | None = None
    pending: list[tuple[str, int]] = field(default_factory=list)
    bots: list[int] = field(default_factory=list)
    busy: dict[str, list[int]] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)

    @property
    def files(self) -> set[str]:
        """All that these facts are read from."""
        return {*self.months.values(), *filter(None, (self.roster, self.queries))}


def load(folder: Path) -> Manifest | None:
    """The facts of a folder; None where there are none yet."""
    try:
        text = (folder / _NAME).read_text("utf-8")
    except FileNotFoundError:
        return None
    kept: dict[str, Any] = json.loads(text)
    pending = [(one, at) for one, at in kept.pop("pending")]
    return replace(Manifest(**kept), pending=pending)


def save(folder: Path, manifest: Manifest, before: Manifest | None) -> None:
    """
    Make these the facts of the folder, in one step, once their files are on the disk.

    The files of the facts before stay until the next time, for those who are reading them.
    """
    old = before.files - manifest.files if before else set()
    _write(folder / _NAME, json.dumps(asdict(replace(manifest, retired=sorted(old)))))
    for name in set(before.retired if before else ()) - manifest.files - old:
        (folder / name).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_file(path: Path) -> None:
    """Wait until a file that was written is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


sync_folder = sync_file
