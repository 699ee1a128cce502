"""
Evidence of transfer as tables: KPIs (grade A), ratings by others (B) and by oneself (C).

What a row is evidence of must have been declared by the programme before. A row's Statement has an
id that follows from programme, measure, person and date, so that a file may be sent again; where a
value was corrected, the first stays and the row says so.

Spec: research/analytics.md 3.3.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any
from uuid import UUID, uuid5

from integrations.base import Unreadable, Why
from integrations.imports import (
    REFUSED,
    SKIPPED,
    STORED,
    UNCHANGED,
    Looked,
    Progress,
    Read,
    Report,
    Row,
    import_rows,
    mapping,
)
from integrations.intake import Intake
from integrations.registry import configured
from integrations.source import Consent, Source
from integrations.sources.csv_records import SYNONYMS as COURSE_RECORDS
from integrations.sources.csv_records import fields_in, moment, number
from lrs.domain import identifiers, tables, timestamps
from lrs.domain import vocabulary as v
from lrs.domain.errors import BadRequest
from lrs.domain.persons import Register
from lrs.domain.programmes import Evidence, Grade, Programme
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version

SYNONYMS: Mapping[str, str] = {
    "person": f"identifier email e_mail e_mail_address e_mailadres mail {COURSE_RECORDS['person']}",
    "date": f"measured_on period month gemeten_op meetdatum maand {COURSE_RECORDS['date']}",
    "kpi": "kpi kpi_name measure metric indicator question maatstaf kengetal meting vraag",
    "raw": f"value waarde rating beoordeling {COURSE_RECORDS['raw']}",
    "low": f"min {COURSE_RECORDS['low']}",
    "high": f"max {COURSE_RECORDS['high']}",
    "scaled": f"scaled {COURSE_RECORDS['scaled']}",
    "rater": "rater rated_by reviewer assessor supervisor manager beoordelaar leidinggevende",
}
"""Field → headers, as of course records; the first that a table has counts."""
_NAMESPACE = UUID("a1c7a9e4-6d0e-5b53-9b5c-3f0d6c1f8d77")
_IDENTIFIER = re.compile(r"(mailto|mbox|mbox_sha1sum|openid|account):|\{")
_NAME = "evidence"


@dataclass(frozen=True, slots=True)
class Options:
    """
    How a table of evidence is to be read.

    Args:
        grade: Of all its rows.
        kpi: The measure of all rows, where no column names it.
        low, high: Bounds of values, where no columns hold them.
        mapped: Column → field, such as `mapping` reads it.
        accounts: Whether who is in no roster is an account of the source's instance.
        dry_run: Keep nothing, only tell.
    """

    grade: Grade
    kpi: str = ""
    low: float | None = None
    high: float | None = None
    mapped: Mapping[str, str] | None = None
    accounts: bool = False
    dry_run: bool = False


def evidence_mapping(text: str) -> dict[str, str]:
    """Column → field, from FIELD=HEADER pairs; raises as `integrations.imports.mapping`."""
    return mapping(text, synonyms=SYNONYMS)


def evidence_source(intake: Intake, name: str | None, instance: str | None) -> Source:
    """
    The source that asserts evidence: a configured one, or one made for it.

    Nobody is recorded who refused, whatever the source is set to.

    Raises:
        NotFound: There is no such source.
        BadRequest: The instance is no address.
    """
    if name:
        source = intake.sources.named(name)
        return (
            source if source.consent is Consent.OPT_IN else replace(source, consent=Consent.OPT_OUT)
        )
    home = instance or intake.lrs.public_url
    settings = {"name": _NAME, "integration": "csv_records", "instance": home}
    return configured({**settings, "consent": "opt-out"})


def import_evidence(
    intake: Intake,
    source: Source,
    programme: Programme,
    body: bytes,
    options: Options,
    *,
    progress: Progress = lambda _done, _all: None,
) -> Report:
    """
    Take in a table of evidence.

    Args:
        source: Its options `dates` and `timezone` say how times are read.
        body: CSV or TSV of any delimiter and encoding, or XLSX.
        progress: Told how many rows are done, of how many.

    Raises:
        BadRequest: No table, a column is missing, or the programme declares no such evidence.
    """
    declared = [one for one in programme.evidence if one.grade == options.grade]
    if not declared:
        raise BadRequest(
            f"{programme.id} declares no evidence of grade {options.grade}; declare it first",
            at="programme",
        )
    table = list(tables.rows(body))
    reader = _Reader(intake, source, programme, options, _fields(table[0].cells, options))
    told = [(row.line, row) for row in table]
    return import_rows(
        intake,
        source,
        told,
        reader.over(declared),
        dry_run=options.dry_run,
        done=lambda rows: progress(rows, len(told)),
    )


def _fields(cells: Mapping[str, str], options: Options) -> dict[str, str]:
    try:
        fields = fields_in(cells, options.mapped, SYNONYMS)
    except Unreadable as error:
        raise BadRequest(str(error), at="map") from None
    for field, what in (("person", "the person"), ("date", "the date")):
        if field not in fields:
            raise BadRequest(f"the table needs a column for {what}")
    if "raw" not in fields and "scaled" not in fields:
        raise BadRequest("the table needs a column for the value")
    return fields


@dataclass(frozen=True, slots=True)
class _Reader:
    intake: Intake
    source: Source
    programme: Programme
    options: Options
    fields: Mapping[str, str]

    def over(self, declared: Sequence[Evidence]) -> Callable[[int, tables.Row], Read]:
        """What reads a row, against the evidence that is declared."""
        looked = Looked(self.intake.lrs, dry_run=self.options.dry_run)
        may = self.intake.recordable(self.source)
        register = self.intake.lrs.persons.register()

        def read(line: int, row: tables.Row) -> Read:
            try:
                statement = self._statement(row, declared, register)
            except (ValueError, BadRequest) as error:
                return Row(line, REFUSED, getattr(error, "detail", str(error))), None
            if not may(statement["actor"]):
                return Row(line, SKIPPED, Why.NO_CONSENT), None
            rater = statement["context"].get("instructor")
            if rater is not None and not may(rater):
                del statement["context"]["instructor"]
            statement["id"] = self._free(statement["id"])
            before = looked.before(Parsed(statement, statement), Version.V2)
            return Row(line, UNCHANGED if before else STORED, before, statement["id"]), statement

        return read

    def _free(self, statement_id: str) -> str:
        """The id, or the one after it where its Statement was voided to be corrected."""
        kept = self.intake.lrs.store.get(statement_id)
        while kept is not None and kept.voided:
            statement_id = str(uuid5(_NAMESPACE, statement_id))
            kept = self.intake.lrs.store.get(statement_id)
        return statement_id

    def _statement(
        self, row: tables.Row, declared: Sequence[Evidence], register: Register
    ) -> dict[str, Any]:
        if row.surplus:
            raise ValueError("another number of cells than the header")
        got = {field: row.cells.get(header, "") for field, header in self.fields.items()}
        when = moment(got["date"], self.source)
        if when is None or not got["person"]:
            raise ValueError("no date" if got["person"] else "no person")
        kpi = got.get("kpi") or self.options.kpi
        evidence = _meant(kpi, declared)
        at = timestamps.micros(when)
        seed = f"{self.programme.id}|{evidence.activity}|{got['person'].casefold()}|{at}"
        context: dict[str, Any] = {
            "contextActivities": {"grouping": [_programme(self.programme)]},
            "extensions": {v.GRADE: self.options.grade, v.PROGRAMME: self.programme.id},
        }
        if got.get("rater"):
            context["instructor"] = self._agent(got["rater"], register, at)
        return {
            "id": str(uuid5(_NAMESPACE, seed)),
            "actor": self._agent(got["person"], register, at),
            "verb": _verb(evidence),
            "object": _object(evidence, kpi, self.source.language),
            "result": {"score": self._score(got)},
            "context": context,
            "timestamp": when.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "version": "2.0.0",
        }

    def _agent(self, text: str, register: Register, at: int) -> dict[str, Any]:
        """Who a cell means: an identifier, an address, a number of the roster, an account."""
        if _IDENTIFIER.match(text):
            return identifiers.agent_of(identifiers.read(text))
        if "@" in text:
            return identifiers.agent_of(identifiers.read(f"mailto:{text}"))
        named = {*register.named("employee", text), *register.named("external_id", text)}
        if len(named) > 1:
            raise ValueError(f"{text!r} may be more than one person")
        for person in named:
            theirs = [part for part in register.intervals(person) if part.since <= at < part.until]
            if theirs:
                return identifiers.agent_of(theirs[0].identifier)
        if self.options.accounts:
            return identifiers.account(self.source.instance, text)
        raise ValueError(f"nobody is known by {text!r}; --instance makes it an account")

    def _score(self, got: Mapping[str, str]) -> dict[str, float]:
        """Bounds are asked for: without them a figure has no place between 0 and 1."""
        raw, scaled = number(got.get("raw", "")), number(got.get("scaled", ""))
        if scaled is not None:
            if not -1 <= scaled <= 1:
                raise ValueError("a scaled value lies between -1 and 1")
            return {"scaled": scaled}
        if raw is None:
            raise ValueError("no value")
        bounds = (number(got.get("low", "")), number(got.get("high", "")))
        low = self.options.low if bounds[0] is None else bounds[0]
        high = self.options.high if bounds[1] is None else bounds[1]
        if low is None or high is None:
            raise ValueError("a value needs bounds: columns min and max, or --min and --max")
        if not low < high or not low <= raw <= high:
            raise ValueError(f"{raw:g} does not lie between {low:g} and {high:g}")
        return {"raw": raw, "min": low, "max": high, "scaled": (raw - low) / (high - low)}


def _meant(name: str, declared: Sequence[Evidence]) -> Evidence:
    """The evidence that a measure's name means: its Activity id, or the last part of that."""
    if not name and len(declared) == 1:
        return declared[0]
    found = [one for one in declared if name == one.activity or _slug(name) == _last(one.activity)]
    if name and len(found) == 1:
        return found[0]
    known = ", ".join(_last(one.activity) for one in declared)
    raise ValueError(f"which evidence is {name!r}? Declared are: {known}")


def _last(activity: str) -> str:
    return _slug(re.split(r"[/#:]", activity.rstrip("/#"))[-1])


def _slug(text: str) -> str:
    return re.sub(r"[\W_]+", "-", text.strip().casefold()).strip("-")


def _verb(evidence: Evidence) -> dict[str, Any]:
    verb = evidence.verb or v.APPLIED
    return {"id": verb, "display": {"en": verb.rstrip("/").rpartition("/")[2]}}


def _object(evidence: Evidence, name: str, language: str) -> dict[str, Any]:
    named = {"definition": {"name": {language: name}}} if name and name != evidence.activity else {}
    return {"objectType": "Activity", "id": evidence.activity, **named}


def _programme(programme: Programme) -> dict[str, Any]:
    named = {"definition": {"name": dict(programme.name)}} if programme.name else {}
    return {
        "objectType": "Activity",
        "id": f"{v.PROFILE}/programmes/{programme.id}",
        **named,
    }
