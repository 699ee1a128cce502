"""Metrics on the facts: their figures, and all that is needed to judge and to repeat them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analytics.analyse.output import plain
from analytics.facts import manifest as manifests
from analytics.facts.engine import Engine
from analytics.facts.reading import Facts, Window, open_facts
from analytics.registry import Ask, Metric, Rows, metric, metrics
from analytics.small_groups import Counts
from lrs.domain import timestamps
from lrs.domain.errors import BadRequest, NotFound

_IDS = """
SELECT CAST(id AS VARCHAR) FROM acts WHERE ts >= $since AND part = 0
ORDER BY place LIMIT CAST($most AS BIGINT)"""
# The exclusive or of the ids' MD5: the order of rows and the number of threads do not matter.
_DIGEST = """
SELECT count(*), coalesce(CAST(bit_xor(md5_number(CAST(id AS VARCHAR))) AS VARCHAR), '0')
FROM acts WHERE ts >= $since AND part = 0"""


@dataclass(frozen=True, slots=True)
class Question:
    """
    What is asked of a metric.

    Args:
        name: Of the metric.
        by: What to split by.
        options: Of the metric, by name.
        ids: How many of the Statements' ids to give, oldest first.
    """

    name: str
    by: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    ids: int = 0


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
    Measure one metric.

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
    [report] = run_all(
        [Question(name, by, options or {}, ids)],
        folder,
        since=since,
        until=until,
        min_group=min_group,
        cutoff=cutoff,
        timezone=timezone,
        engine=engine,
    )
    return report


def run_all(  # noqa: PLR0913 - as `run`
    questions: Sequence[Question],
    folder: Path,
    *,
    since: int,
    until: int,
    min_group: int = 10,
    cutoff: int | None = None,
    timezone: str = "UTC",
    engine: Engine | None = None,
    progress: Callable[[Question], object] = lambda _question: None,
) -> list[dict[str, Any]]:
    """
    Measure several metrics over one window, each as `run` does.

    What more than one of them needs, such as who dealt with whom, is worked out once: several
    together take much less time than one after the other. `progress` is told of each that is
    done; what it raises ends the run.
    """
    asks = [(question, _checked(question)) for question in questions]
    with _facts(folder, since, until, cutoff, timezone, engine) as facts:
        reports = []
        for question, asked in asks:
            reports.append(_measured(question, asked, facts.again(), min_group))
            progress(question)
        return reports


def rows(  # noqa: PLR0913 - as `run`
    question: Question,
    folder: Path,
    *,
    since: int,
    until: int,
    min_group: int = 10,
    cutoff: int | None = None,
    timezone: str = "UTC",
    engine: Engine | None = None,
) -> Rows:
    """
    What a metric is made of, for `lrs analyse`; the arguments are those of `run_all`.

    Raises:
        BadRequest: As `run`, or the metric has no such tables.
    """
    asked = _checked(question)
    if asked.rows is None:
        can = ", ".join(name for name, one in sorted(metrics().items()) if one.rows)
        raise BadRequest(f"{asked.name} has no such table; {can} have", at="rows")
    with _facts(folder, since, until, cutoff, timezone, engine) as facts:
        return asked.rows(_ask(question, asked, facts, min_group))


@contextmanager
def _facts(
    folder: Path,
    since: int,
    until: int,
    cutoff: int | None,
    timezone: str,
    engine: Engine | None,
) -> Iterator[Facts]:
    if until <= since:
        raise BadRequest("the window ends before it begins", at="until")
    manifest = manifests.load(folder)
    if manifest is None:
        raise NotFound("there are no facts yet; `lrs analyse refresh` makes them")
    known = manifest.cursor if cutoff is None else min(cutoff, manifest.cursor)
    window = Window(since, until, known, _zone(timezone))
    with open_facts(folder, window, engine or Engine()) as facts:
        yield facts


def _checked(question: Question) -> Metric:
    asked = metric(question.name)
    _options(asked, question.options)
    if question.by is not None and question.by not in asked.by:
        can = f"; it can by {', '.join(asked.by)}" if asked.by else ", nor by anything else"
        raise BadRequest(f"{asked.name} cannot be split by this{can}", at="by")
    return asked


def _measured(question: Question, asked: Metric, facts: Facts, k: int) -> dict[str, Any]:
    ask = _ask(question, asked, facts, k)
    result = asked.measure(ask)
    report = {**_provenance(asked, ask, facts.manifest.made), "result": result}
    if question.ids:
        report["statement_ids"] = [one for [one] in facts.rows(_IDS, {"most": question.ids})]
    return dict(plain(report))


def _ask(question: Question, asked: Metric, facts: Facts, k: int) -> Ask:
    return Ask(facts, Counts(k), question.by, k, _options(asked, question.options))


def _provenance(asked: Metric, ask: Ask, made: dict[str, str]) -> dict[str, Any]:
    facts, window = ask.facts, ask.facts.window
    query = facts.query_hash()
    counted = facts.excluded()
    [(statements, digest)] = facts.once(_DIGEST)
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
