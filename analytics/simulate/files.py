"""A simulated organisation as files, with its truth: to hold any LRS and its figures against."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from analytics.simulate.organisation import Organisation, programmes
from analytics.simulate.people import roster
from analytics.simulate.subjects import vocabulary
from analytics.simulate.truth import truth

WAYS = ("statements", "forum", "intranet")


def write(of: Organisation, folder: Path) -> list[Path]:
    """
    Write what is sent, by system and in the order of arrival, and what is true.

    `statements.jsonl`, `forum.jsonl` (Discourse webhooks) and `intranet.jsonl` (events of the
    generic source) hold one a line; `roster.csv`, `topics.json` and `programmes.json` are what is
    known beside them; `truth.json` is described in docs/simulation.md.

    Returns:
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        **{f"{way}.jsonl": _lines(t.body for t in of.told if t.way == way) for way in WAYS},
        "roster.csv": roster(of.members),
        "topics.json": _indented(vocabulary()),
        "programmes.json": _indented(programmes(of.plan)),
        "truth.json": _indented(truth(of)),
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def _lines(bodies: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(orjson.dumps(body) + b"\n" for body in bodies)


def _indented(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2)
