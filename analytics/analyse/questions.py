"""`lrs analyse questions`: which texts ask for knowledge, and in which language (2.6, 2.7)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from analytics.analyse._options import column
from analytics.analyse.kinds import Kind, Options
from analytics.analyse.tables import Table


def run(table: Table, options: Options) -> dict[str, Any]:
    """The JSON of docs/analyse.md, `questions`: a row for every row of the file."""
    text, given = options["text"], options["language"]
    used = table.complete([text], may_miss=[given] if given else [])
    languages = table.cells[given] if given else [None] * len(table.cells)
    rows = [
        _row(number, body, language)
        for (number, body), language in zip(table.cells[text].items(), languages, strict=True)
    ]
    return {**used.counts, "by_language": _by_language(rows), "rows": rows, "withheld": []}


def _row(number: Any, body: Any, given: Any) -> dict[str, Any]:
    from analytics.text.language import language_of
    from analytics.text.questions import is_question

    if body is None:
        return {"row": number, "language": None, "is_question": None}
    language = language_of(str(body), None if given is None else str(given))
    return {"row": number, "language": language, "is_question": is_question(str(body), language)}


def _by_language(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    texts = Counter(row["language"] for row in rows if row["language"])
    questions = Counter(row["language"] for row in rows if row["is_question"])
    return {code: {"texts": texts[code], "questions": questions[code]} for code in sorted(texts)}


KIND = Kind(
    name="questions",
    summary="Which texts ask others for knowledge, in Dutch and English.",
    options=(
        column("--text", "The text.", required=True),
        column("--language", "Its language, such as nl or en-GB; told from the text if missing."),
    ),
    run=run,
)
