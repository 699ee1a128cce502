"""
Mastodon: time lines of hashtags, walked forward by id (research/integrations.md 5).

Options: `tags`, hashtags; `public`, true for the instance's own public time line too.
Access: `token`, where the instance shows nothing without one.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from integrations.harvest import OVERLAP, Harvester, Harvesting, Page
from integrations.harvesters.shared import bearer, option_list

_MOST = 40


def harvest(h: Harvesting) -> Iterator[Page]:
    lines = [f"tag/{quote(tag.lstrip('#'))}" for tag in option_list(h.source, "tags")]
    if h.source.options.get("public"):
        lines.append("public")
    cursor = dict(h.cursor)
    for line in lines:
        # An id begins with its time in ms; two minutes and more are read again.
        told = cursor.get(line)
        at = _back(int(told)) if told else int(h.since.timestamp() * 1000) << 16
        while True:
            asked = {"min_id": str(at), "limit": _MOST, "local": "true" if line == "public" else ""}
            page = h.http.get(
                h.url(f"api/v1/timelines/{line}"), {k: v for k, v in asked.items() if v}
            ).json
            if not page:
                break
            statuses = sorted(page, key=lambda status: int(status["id"]))
            at = int(statuses[-1]["id"])
            cursor = {**cursor, line: str(max(at, int(told or 0)))}
            yield Page([h.item(status, "statuses") for status in statuses], cursor)


def _back(status: int) -> int:
    return max(0, status - (int(OVERLAP.total_seconds() * 1000) << 16))


HARVESTER = Harvester(name="mastodon", harvest=harvest, headers=bearer)
