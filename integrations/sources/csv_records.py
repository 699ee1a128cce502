"""
Course records as tables: exports of an LMS, an HR system or a library (integrations.md 8).

Headers are read by synonyms in English and Dutch, or by the option `map` (header → field). What
a row says was done: its status, else the option `act`, else what its columns or the table's name
say. A row's Statement follows from person, course and date, so that the same file may be sent
again; a row that is missing deletes nothing.
Options: `map`; `act`; `dates` ("iso", "d-m-y" or "m-d-y": never guessed); `timezone`, IANA.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from integrations.base import (
    Act,
    Delivery,
    Integration,
    Party,
    Result,
    Shown,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Unreadable,
    Why,
)
from integrations.source import Source
from integrations.tables import Row, rows
from integrations.text import tidy
from lrs.domain import vocabulary as v

SYNONYMS: Mapping[str, str] = {
    "person": "username student_id user_id userid employee_id employee_number personnel_number "
    "person learner learner_id medewerker medewerkernummer medewerkernr medewerkernr. "
    "personeelsnummer personeelsnr personeelsnr. gebruiker gebruikersnaam cursist deelnemer",
    "name": "full_name learner_name employee_name naam volledige_naam",
    "object": "object_id course_id course_code course activity_id event_id item_id cursus_id "
    "cursuscode cursus opleiding training_id",
    "title": "object_name course_name course_title title event_name item_name cursusnaam titel "
    "training opleidingsnaam",
    "date": "timestamp completed_on completion_date date_completed completed_at date end_date "
    "start_time datum afgerond_op datum_afgerond voltooid_op datum_voltooid voltooiingsdatum "
    "einddatum",
    "status": "status completion_status result_status voltooiing resultaat",
    "attended": "event_attended attended aanwezig",
    "raw": "score_raw score raw_score grade_raw cijfer punten",
    "low": "score_min min_score minimum",
    "high": "score_max max_score maximum",
    "scaled": "score_scaled",
    "text": "response score_response reactie",
    "parent": "parent_id",
    "instructor": "instructor_username staff_id docent_id",
    "type": "type object_type",
    "site": "borrowing_site",
}
"""Field → headers, in lower case with `_` between words; the first that a table has counts."""

_STATUS = {
    Act.COMPLETE: "completed complete x yes ja 1 true done voltooid afgerond abgeschlossen",
    Act.PASS: "passed pass geslaagd behaald voldoende bestanden",
    Act.FAIL: "failed fail not_passed gezakt onvoldoende niet_behaald niet_geslaagd "
    "nicht_bestanden",
    Act.REGISTER: "registered enrolled ingeschreven aangemeld in_progress bezig gestart",
}
_WORDS = {word: act for act, words in _STATUS.items() for word in words.split()}
_NAMES = {
    "viewed": Act.VIEW,
    "borrowed": Act.BORROW,
    "forum_post": Act.POST,
    "attendance": Act.ATTEND,
}
_TYPES = {Act.ATTEND: v.MEETING, Act.POST: v.DISCUSSION, Act.SCORE: v.ASSESSMENT}
_ORDERS = {"d-m-y": ("%d", "%m", "%Y"), "m-d-y": ("%m", "%d", "%Y")}
_EXCEL_EPOCH = datetime(1899, 12, 30, tzinfo=UTC)
_HTTP = re.compile(r"https?://", re.IGNORECASE)


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    """A row that cannot be read is told by its line, and does not keep the others out."""
    told = [one for _, one in records(delivery, source)]
    unread = [one for one in told if isinstance(one, Skip) and one.why is Why.ROW]
    if told and len(unread) == len(told):
        raise Unreadable(f"no row can be read; the first: {unread[0].detail}")
    yield from told


def records(delivery: Delivery, source: Source) -> Iterator[tuple[int, Translated]]:
    """
    What each row tells, with its line.

    Raises:
        Unreadable: No table, or one without rows or without columns for the person and the course.
    """
    table = list(rows(delivery.body))
    fields = fields_in(table[0].cells, source.options.get("map"))
    if "person" not in fields or "object" not in fields:
        raise Unreadable("the table needs a column for the person and one for the course")
    for row in table:
        yield row.line, _row(row, fields, delivery.event, source)


def field_of(word: str, synonyms: Mapping[str, str] = SYNONYMS) -> str | None:
    """The field that a word stands for: its name or one of its headers, as people write it."""
    wanted = _plain(word)
    return next((f for f, words in synonyms.items() if wanted in (f, *words.split())), None)


def _plain(header: str) -> str:
    return re.sub(r"[\s-]+", "_", header.strip().lower())


def fields_in(
    cells: Mapping[str, str], mapped: object, synonyms: Mapping[str, str] = SYNONYMS
) -> dict[str, str]:
    """
    Field → header of a table.

    Args:
        cells: Of one row, by header.
        mapped: Header → field, over what the headers say; None for none.

    Raises:
        Unreadable: A header that is mapped is not there.
    """
    headers = {_plain(header): header for header in cells}
    fields: dict[str, str] = {}
    for header, field in mapped.items() if isinstance(mapped, dict) else ():
        if _plain(header) not in headers:
            raise Unreadable(f"the table has no column {header!r}; it has {', '.join(cells)}")
        fields[str(field)] = headers[_plain(header)]
    for field, words in synonyms.items():
        found = next((headers[word] for word in words.split() if word in headers), None)
        if found is not None:
            fields.setdefault(field, found)
    return fields


def _row(row: Row, fields: Mapping[str, str], table: str, source: Source) -> Translated:
    if row.surplus:
        return Skip(Why.ROW, f"line {row.line}: another number of cells than the header")
    got = {field: row.cells.get(header, "") for field, header in fields.items()}
    if not got["person"] or not got["object"]:
        return Skip(Why.ROW, f"line {row.line}: no person or no course")
    try:
        return _record(got, table, source)
    except ValueError as error:
        return Skip(Why.ROW, f"line {row.line}: {error}")


def _record(got: Mapping[str, str], table: str, source: Source) -> Translated:
    act = _act(got, table, source)
    if isinstance(act, Skip):
        return act
    at = moment(got.get("date", ""), source)
    kind = got.get("type") if _HTTP.match(got.get("type", "")) else None
    to = Thing(_address(got["object"]), kind or _TYPES.get(act, v.COURSE), got.get("title") or None)
    parent = got.get("parent")
    return SocialEvent(
        act=act,
        source_id=f"row/{got['object']}/{at}",
        at=at,
        actor=Party(got["person"], got.get("name") or None),
        object=to,
        text=tidy(got["text"]) if got.get("text") else None,
        parent=Thing(_address(parent), v.GROUP) if parent else None,
        result=_result(act, got),
        instructor=Party(got["instructor"]) if got.get("instructor") else None,
    )


def _act(got: Mapping[str, str], table: str, source: Source) -> Act | Skip:
    if "attended" in got:
        came = got["attended"].lower() in _STATUS[Act.COMPLETE].split()
        return Act.ATTEND if came else Skip(Why.NOT_SOCIAL, "did not attend")
    status = re.sub(r"\s+", "_", got.get("status", "").lower())
    if status:
        return _WORDS.get(status) or Skip(Why.NOT_SOCIAL, f"status {got['status']}")
    if source.options.get("act"):
        return Act(str(source.options["act"]))
    if "site" in got:
        return Act.BORROW
    if got.get("raw") or got.get("scaled"):
        return Act.SCORE
    return next((act for name, act in _NAMES.items() if name in table), Act.COMPLETE)


def _address(text: str) -> str:
    """An address, or a code of a course below the instance."""
    return text if _HTTP.match(text) else f"courses/{text}"


def _result(act: Act, got: Mapping[str, str]) -> Result:
    raw, low, high = (number(got.get(field, "")) for field in ("raw", "low", "high"))
    scaled = number(got.get("scaled", ""))
    if scaled is None and raw is not None and high is not None and high > (low or 0):
        scaled = (raw - (low or 0)) / (high - (low or 0))
    success = {Act.PASS: True, Act.FAIL: False}.get(act)
    completion = True if act is Act.COMPLETE else None
    return Result(raw, low, high, scaled, success, completion)


def number(text: str) -> float | None:
    """With a decimal point or comma; both at once are ambiguous and refused (ValueError)."""
    if not text:
        return None
    if "," in text and "." in text:
        raise ValueError(f"is {text!r} a number with a decimal comma or a decimal point?")
    return float(text.replace(",", ".").rstrip("%"))


def moment(text: str, source: Source) -> datetime | None:
    """
    A day or a time as tables have it, also Excel's numbers; None for an empty cell.

    The order of a date is a setting: 03/04 is never guessed.

    Raises:
        ValueError: It is none, or the order has to be set.
    """
    if not text:
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _EXCEL_EPOCH + timedelta(days=float(text))
    order = _ORDERS.get(str(source.options.get("dates", "iso")))
    day = re.match(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", text)
    if day and order is None:
        raise ValueError(f"the order of {text!r} is not set (option `dates`)")
    if day and order:
        parts = datetime.strptime("-".join(day.groups()), "-".join(order)).replace(tzinfo=UTC)
        text = f"{parts:%Y-%m-%d}{text[day.end() :]}"
    moment = datetime.fromisoformat(text)
    zone = ZoneInfo(str(source.options.get("timezone", "UTC")))
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


INTEGRATION = Integration(
    name="csv_records",
    title="Course records",
    translate=translate,
    recorded_as="csv",
    recognise=lambda _body, stem: Shown(stem, harvested=True),
)
