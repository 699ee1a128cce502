"""What a JSON file holds, item by item: one value, a list, an LRS's answer, or one on each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol

from lrs.domain import strict_json
from lrs.domain.errors import BadRequest
from lrs.domain.strict_json import Parsed
from lrs.stores.port import AttachmentStore

_BOM = b"\xef\xbb\xbf"
_WRAPPING = 2  # levels of nesting that a list of Statements in an answer adds to theirs


class Item(NamedTuple):
    """
    A Statement or an event of a file.

    Args:
        line: Its place, from 1: its line, or its number in the list.
        statement: As it was read; a string, which says why, where it is no JSON.
        data: Where the data of its attachments lies; None where no data came with the file.
    """

    line: int
    statement: Parsed
    data: AttachmentStore | None = None


class Items(Protocol):
    """The items of a file; may be gone through more than once."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Item]: ...


@dataclass(frozen=True, slots=True)
class _Lines:
    """Items that are read when their turn comes: an export may be larger than memory."""

    file: BinaryIO
    count: int
    max_depth: int
    data: AttachmentStore | None

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Item]:
        for number, line in _lines(self.file):
            yield _item(number, line, self.max_depth)._replace(data=self.data)


def is_json(file: BinaryIO) -> bool:
    """Whether a file holds JSON; else it is read as a table."""
    return next(_lines(file), (0, b""))[1].lstrip()[:1] in (b"{", b"[")


def items_of(file: BinaryIO, max_depth: int, data: AttachmentStore | None = None) -> Items:
    """
    What a file holds, at least one item.

    Args:
        file: Seekable, and open for as long as the items are used.
        max_depth: How deep each may be nested.
        data: Where the data of attachments lies.

    Raises:
        BadRequest: Neither JSON nor JSON lines, or nothing in it.
    """
    count = _count(file, max_depth)
    if count > 1:
        return _Lines(file, count, max_depth, data)
    file.seek(0)
    items = _read(file.read(), max_depth)
    if not items:
        raise BadRequest("there are no Statements in this file")
    return [item._replace(data=data) for item in items]


def _count(file: BinaryIO, max_depth: int) -> int:
    """How many lines there are, if the first is a JSON object; none, if it is anything else."""
    lines = _lines(file)
    _, first = next(lines, (0, b""))
    if not first.lstrip().startswith(b"{"):
        return 0
    try:
        strict_json.loads(first, max_depth)
    except BadRequest:
        return 0
    return 1 + sum(1 for _ in lines)


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Those with anything on them, each with its number."""
    file.seek(0)
    for number, line in enumerate(file, 1):
        told = line.removeprefix(_BOM) if number == 1 else line
        if told.strip():
            yield number, told


def _read(body: bytes, max_depth: int) -> list[Item]:
    text = body.removeprefix(_BOM)
    try:
        whole = strict_json.loads(text, max_depth + _WRAPPING)
    except BadRequest as error:
        return _by_line(text, max_depth, error)
    plain, exact = whole.plain, whole.exact
    if isinstance(plain, dict) and isinstance(plain.get("statements"), list):
        plain, exact = plain["statements"], exact["statements"]
    if not isinstance(plain, list):
        plain, exact = [plain], [exact]
    return [Item(n, Parsed(*both)) for n, both in enumerate(zip(plain, exact, strict=True), 1)]


def _by_line(text: bytes, max_depth: int, whole: BadRequest) -> list[Item]:
    """Lines of which the first is no JSON; if none is, the file is no JSON."""
    lines: Sequence[tuple[int, bytes]]
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) < 2 or not text.lstrip().startswith(b"{"):  # noqa: PLR2004 - one is no list
        raise whole
    items = [_item(number, line, max_depth) for number, line in lines]
    if all(isinstance(item.statement.plain, str) for item in items):
        raise whole
    return items


def _item(number: int, line: bytes, max_depth: int) -> Item:
    """A line that is no JSON is an Item that no rule lets in."""
    try:
        return Item(number, strict_json.loads(line, max_depth))
    except BadRequest as error:
        return Item(number, Parsed(error.detail, error.detail))
