"""What a feed's answer may do to the reader: it is only ever read as a feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from integrations.harvesters.feed import _look as look
from integrations.http import Busy, Reply
from integrations.syndication import parsed

WHOLE = b"<rss version='2.0'><channel><title>A</title></channel></rss>"


def test_a_body_that_is_the_name_of_a_file_opens_none(tmp_path: Path) -> None:
    file = tmp_path / "feed.xml"
    file.write_bytes(WHOLE)

    assert parsed(WHOLE).feed.title == "A"
    assert not parsed(str(file).encode()).version
    with pytest.raises(Busy):
        look(Reply(200, {}, str(file).encode(), "https://blog.example/feed"))


@pytest.mark.parametrize(
    "body", [WHOLE + b"\ncached at noon", WHOLE.replace(b"<title>", b"<title>&nbsp;") + b" & more"]
)
def test_a_whole_feed_with_something_behind_it_is_read(body: bytes) -> None:
    """Such as a cache's remark; only what broke off has no end."""
    look(Reply(200, {}, body, "https://blog.example/feed"))

    with pytest.raises(Busy):
        look(Reply(200, {}, body.partition(b"</rss>")[0], "https://blog.example/feed"))
