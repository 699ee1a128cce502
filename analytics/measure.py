"""One metric on the facts: its figures, and all that is needed to judge and to repeat them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analytics.analyse.output import plain
from analytics.facts import manifest as manifests
from analytics.facts.engine import Engine
from analytics.facts.reading import Window, open_facts
from analytics.registry import Ask, Metric, metric
from analytics.small_groups import Counts
from lrs.domain import timestamps
from lrs.domain.errors import BadRequest, NotFound

_IDS = """
SELECT CAST(id AS VARCHAR) FROM acts WHERE ts >= $since AND part = 0
ORDER BY ts, id LIMIT CAST($most AS BIGINT)"""
# The exclusive or of the ids' MD5: the order of rows and the number of threads do not matter.
_DIGEST = """
SELECT count(*), coalesce(CAST(bit_xor(md5_number(CAST(id AS VARCHAR))) AS VARCHAR), '0')
FROM acts WHERE ts >= $since AND part = 0"""


def run(  # noqa: PLR0913 - the questions of the API, each by name
    name: str,
    folder: Path,
    *,
    since: int,
    until: int,
    by: str | None = None,
    min_group: int = 10,
    cutoff: int | None = None,
    timezone: str = "UTC",
    ids: int = 0,
    options: dict[str, Any] | None = None,
    engine: Engine | None = None,
) -> dict[str, Any]:
    """
    Measure.

    Args:
        name: Of the metric.
        folder: Of the facts.
        since, until: The acts asked about, µs; `until` is exclusive.
        by: What to split by.
        min_group: The fewest people a figure may be about; 1 shows all.
        cutoff: µs of `stored`: what was known then. All that is known when None.
        timezone: Of calendar months and days.
        ids: How many of the Statements' ids to give, oldest first.
        options: Of the metric.
        engine: What DuckDB may take; no figure depends on it.

    Returns:
        Plain JSON values: the provenance, and under `result` the metric's own.

    Raises:
        NotFound: No such metric, or no facts yet.
        BadRequest: A window that ends before it begins, an unknown split or option.
    """
    asked = metric(name)
    chosen = _options(asked, options or {})
    if by is not None and by not in asked.by:
        raise BadRequest(f"{name} cannot be split by this; it can by {asked.by}", at="by")
    if until <= since:
        raise BadRequest("the window ends before it begins", at="until")
    manifest = manifests.load(folder)
    if manifest is None:
        raise NotFound("there are no facts yet; refresh them first")
    known = manifest.cursor if cutoff is None else min(cutoff, manifest.cursor)
    window = Window(since, until, known, _zone(timezone))
    with open_facts(folder, window, engine or Engine()) as facts:
        ask = Ask(facts, Counts(min_group), by, min_group, chosen)
        result = asked.measure(ask)
        report = {**_provenance(asked, ask, manifest.made), "result": result}
        if ids:
            report["statement_ids"] = [one for [one] in facts.rows(_IDS, {"most": ids})]
        return dict(plain(report))


def _provenance(asked: Metric, ask: Ask, made: dict[str, str]) -> dict[str, Any]:
    facts, window = ask.facts, ask.facts.window
    query = facts.query_hash()
    counted = facts.excluded()
    [(statements, digest)] = facts.rows(_DIGEST)
    return {
        "metric": asked.name,
        "question": asked.question,
        "window": {
            "since": timestamps.text(window.since),
            "until": timestamps.text(window.until),
            "timezone": window.timezone,
        },
        "cutoff": timestamps.text(window.cutoff),
        "by": ask.by,
        "options": ask.options,
        "min_group": ask.k,
        "denominator": "roster" if facts.has_roster() else "people seen",
        "rows_read": sum(counted.values()),
        "rows_used": counted.pop("used", 0),
        "excluded": counted,
        "statements": {"count": statements, "digest": f"{int(digest):032x}"},
        "code": {"metric": asked.version, **made},
        "query": query,
    }


def _options(asked: Metric, given: dict[str, Any]) -> dict[str, Any]:
    known = dict(asked.options)
    for name in given:
        if name not in known:
            raise BadRequest(f"{asked.name} has no such option", at=name)
    return {**known, **given}


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadRequest("this is no time zone of the IANA database", at="timezone") from None
    return name
