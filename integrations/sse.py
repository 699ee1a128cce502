"""Server-sent events, as streams of Mastodon and Wikimedia send them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_STARTS = (b"event:", b"id:", b"data:", b":")


def is_stream(body: bytes) -> bool:
    """Whether a body is a piece of such a stream rather than a document."""
    return body.lstrip().startswith(_STARTS)


def frames(text: str) -> Iterator[tuple[str, str]]:
    """Event name and data of each frame; comments (heartbeats) are left out."""
    event, data = "message", list[str]()
    for line in [*text.splitlines(), ""]:
        field, _, value = line.partition(":")
        if line == "":
            if data:
                yield event, "\n".join(data)
            event, data = "message", []
        elif field == "event":
            event = value.strip()
        elif field == "data":
            data.append(value.removeprefix(" "))


def events(lines: Iterable[str]) -> Iterator[tuple[str, str, str] | None]:
    """
    Id, event name and data of each frame of a stream that goes on; None for a sign of life.

    A frame that the end cut off is left out: it is sent again after the last id.

    Args:
        lines: Without their ends.
    """
    id_, event, data = "", "message", list[str]()
    for line in lines:
        field, _, value = line.partition(":")
        if line == "" and data:
            yield id_, event, "\n".join(data)
            event, data = "message", []
        elif field == "":  # a comment, or nothing yet
            yield None
        elif field == "id":
            id_ = value.strip()
        elif field == "event":
            event = value.strip()
        elif field == "data":
            data.append(value.removeprefix(" "))
