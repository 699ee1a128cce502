"""`lrs analyse suggestions`: words used together, for a vocabulary of topics (2.6, rung 3)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import click

from analytics.analyse._options import column
from analytics.analyse.kinds import Kind, Options
from analytics.analyse.tables import Table

_MOST = 10


def run(table: Table, options: Options) -> dict[str, Any]:
    """The JSON of docs/analyse.md, `suggestions`: groups of words by language."""
    from analytics.text.discovery import suggestions
    from analytics.text.language import language_of

    text, given = options["text"], options["language"]
    used = table.complete([text], may_miss=[given] if given else [])
    tags = used.cells[given] if given else [None] * len(used.cells)
    by_language: dict[str, list[str]] = defaultdict(list)
    for body, tag in zip(used.cells[text], tags, strict=True):
        language = language_of(str(body), str(tag) if isinstance(tag, str) else None)
        by_language[language].append(str(body))
    return {
        **used.counts,
        "suggestions": {
            language: [list(words) for words in suggestions(texts, language, options["topics"])]
            for language, texts in sorted(by_language.items())
        },
        "withheld": [],
    }


KIND = Kind(
    name="suggestions",
    summary="Groups of words that posts use together, as suggestions for topics.",
    options=(
        column("--text", "The text.", required=True),
        column("--language", "Its language, such as nl or en-GB; told from the text if missing."),
        click.Option(["--topics"], type=click.IntRange(1, 100), default=_MOST, show_default=True),
    ),
    run=run,
)
