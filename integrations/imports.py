"""
Files that people import: tables of course records, and Statements as JSON or JSON lines.

Every row is told what became of it. Ids follow from what a row says, so a file may be imported
again, and a dry run tells what an import would do.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import orjson

from integrations.base import Delivery, Skip, Translated, Unreadable, Why
from integrations.intake import Intake
from integrations.keeping import keep
from integrations.receive import MALFORMED, Outcome, Recordable, take
from integrations.registry import integrations
from integrations.source import Source
from integrations.sources import csv_records
from lrs.domain import tables
from lrs.domain.errors import BadRequest
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services.incoming import same
from lrs.services.lrs import Lrs

Progress = Callable[[int, int], object]
STORED, UNCHANGED, SKIPPED, REFUSED = "stored", "unchanged", "skipped", "refused"
OUTCOMES = (STORED, UNCHANGED, SKIPPED, REFUSED)
AT_A_TIME = 500
TOLD_BEFORE = "told before"
KEPT_OTHERWISE = "told before in other words; the first stays"
_One = TypeVar("_One")


class Row(NamedTuple):
    """What became of a row: its line, one of OUTCOMES, why, and the id of its Statement."""

    line: int
    outcome: str
    reason: str = ""
    statement: str = ""

    def shown(self) -> dict[str, Any]:
        told = {"line": self.line, "outcome": self.outcome}
        more = {"reason": self.reason, "statement": self.statement}
        return told | {name: value for name, value in more.items() if value}


Read = tuple[Row, dict[str, Any] | None]
"""What becomes of a row, and its Statement where it has one."""


@dataclass(slots=True)
class Report:
    """What became of a file; in a dry run, what would become of it."""

    rows: list[Row] = field(default_factory=list)
    dry_run: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many rows had each outcome."""
        counted = Counter(row.outcome for row in self.rows)
        return {outcome: counted[outcome] for outcome in OUTCOMES}


@dataclass(slots=True)
class Looked:
    """Tells whether a Statement is known to the store, or stood earlier in the file."""

    lrs: Lrs
    dry_run: bool
    seen: dict[str, bytes] = field(default_factory=dict)

    def before(self, statement: Parsed, version: Version) -> str:
        """TOLD_BEFORE or KEPT_OTHERWISE; "" where it is new."""
        statement_id = statement.plain["id"]
        known = self.seen.get(statement_id)
        if known is None and (kept := self.lrs.store.get(statement_id)) is not None:
            known = kept.data
        if known is None:
            self._see(statement_id, orjson.dumps(statement.exact))
            return ""
        return TOLD_BEFORE if same(statement, known, version) else KEPT_OTHERWISE

    def _see(self, statement_id: str, data: bytes) -> None:
        """What was kept in the meantime the store knows; a dry run has to hold all."""
        self.seen[statement_id] = data
        if not self.dry_run and len(self.seen) > 2 * AT_A_TIME:
            del self.seen[next(iter(self.seen))]


def import_records(
    intake: Intake,
    source: Source,
    body: bytes,
    table: str,
    *,
    dry_run: bool = False,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """
    Take in a table of course records as the source tells it.

    Args:
        source: Of the integration `csv_records`.
        body: CSV or TSV of any delimiter and encoding, or XLSX.
        table: Its name, which may say what was done ("attendance").
        dry_run: Keep nothing, only tell.
        progress: Told how many rows are done, of how many.

    Raises:
        BadRequest: No table, or none with columns for the person and the course.
    """
    delivery = Delivery(source=source.name, body=body, method="HARVEST", event=table)
    try:
        told = list(csv_records.records(delivery, source))
    except Unreadable as error:
        raise BadRequest(str(error)) from None
    _check_readable(told)
    read = reading(intake, source, dry_run=dry_run)
    return import_rows(
        intake,
        source,
        told,
        read,
        dry_run=dry_run,
        done=lambda rows: progress(rows, len(told)),
    )


def reading(intake: Intake, source: Source, *, dry_run: bool) -> Callable[[int, Translated], Read]:
    """Tells what becomes of a row, by its line and what the source's translator says of it."""
    looked, recordable = Looked(intake.lrs, dry_run=dry_run), intake.recordable(source)

    def read(line: int, one: Translated) -> Read:
        outcome = _taken(one, source, recordable)
        return _row(line, outcome, looked), next(iter(outcome.statements), None)

    return read


def _taken(one: Translated, source: Source, recordable: Recordable) -> Outcome:
    """A row that no Statement can be built of keeps no other out."""
    outcome, integration = Outcome(), integrations()[source.integration]
    try:
        take(outcome, one, source, integration, recordable)
    except MALFORMED as error:
        return Outcome(skipped=Counter({Why.ROW: 1}), details=[f"row: {error!r}"])
    return outcome


def import_rows(
    intake: Intake,
    source: Source,
    told: Iterable[tuple[int, _One]],
    read: Callable[[int, _One], Read],
    *,
    dry_run: bool = False,
    done: Callable[[int], object] = lambda _rows: None,
) -> Report:
    """
    Take in rows, so many at a time.

    Args:
        told: Each with its line.
        read: What becomes of a row, and its Statement; that is kept where the row is STORED.
        dry_run: Keep nothing, only tell.
        done: Told how many rows are done.
    """
    report = Report(dry_run=dry_run)
    for some in chunks(told, AT_A_TIME):
        statements = []
        for line, one in some:
            row, statement = read(line, one)
            report.rows.append(row)
            if statement is not None and row.outcome == STORED:
                statements.append(statement)
        if statements and not dry_run:
            report = _kept(intake, source, statements, report)
        done(len(report.rows))
    return report


def _check_readable(told: Sequence[tuple[int, Any]]) -> None:
    """A table of which no row can be read is a wrong file or a wrong setting."""
    unread = [one for _, one in told if isinstance(one, Skip) and one.why is Why.ROW]
    if not told:
        raise BadRequest("the table has a header and no rows")
    if len(unread) == len(told):
        raise BadRequest(f"no row can be read; the first: {unread[0].detail}")


def _row(line: int, outcome: Outcome, looked: Looked) -> Row:
    if outcome.statements:
        statement = outcome.statements[0]
        before = looked.before(Parsed(statement, statement), Version.V2)
        return Row(line, UNCHANGED if before else STORED, before, statement["id"])
    why = next(iter(outcome.skipped), Why.EMPTY)
    detail = outcome.details[0] if outcome.details else why
    if why is Why.ROW:
        return Row(line, REFUSED, detail.partition(": ")[2] or detail)
    return Row(line, SKIPPED, detail)


def _kept(
    intake: Intake, source: Source, statements: Sequence[dict[str, Any]], report: Report
) -> Report:
    """Keep them; a Statement that the standard refuses is told with its row."""
    now = time.time_ns() // 1000
    kept = keep(intake.lrs, source, statements, now)
    if intake.sources.find(source.name) is not None:
        intake.tallies.count(source.name, kept.counts, now)
    refused = {statement["id"]: why for statement, why in kept.refused}
    if refused:
        report.rows = [
            row._replace(outcome=REFUSED, reason=refused[row.statement])
            if row.statement in refused
            else row
            for row in report.rows
        ]
    return report


def chunks(items: Iterable[_One], size: int) -> Iterator[list[_One]]:
    """The items in order, in lists of at most `size`."""
    each = iter(items)
    while some := list(islice(each, size)):
        yield some


def with_options(source: Source, told: dict[str, Any]) -> Source:
    """The source with further options of tables: `map`, `act`, `dates`, `timezone`."""
    given = {name: value for name, value in told.items() if value}
    return replace(source, options={**source.options, **given})


def mapping(
    text: str, at: str = "map", synonyms: Mapping[str, str] = csv_records.SYNONYMS
) -> dict[str, str]:
    """
    Header → field, from FIELD=HEADER pairs.

    Args:
        synonyms: Field → headers.
        text: Such as "learner=Personeelsnr,course=Cursus"; a header that holds a comma is put
            in double quotes with its field, as in a line of CSV.

    Raises:
        BadRequest: A pair without "=", or a field that there is not.
    """
    found = {}
    for pair in tables.cells(text):
        word, equals, header = pair.partition("=")
        column = csv_records.field_of(word, synonyms)
        if not equals or not header.strip():
            raise BadRequest("FIELD=HEADER is needed, several with commas between", at=at)
        if column is None:
            names = ", ".join(synonyms)
            raise BadRequest(f"there is no field {word.strip()!r}; there are {names}", at=at)
        found[header.strip()] = column
    return found
