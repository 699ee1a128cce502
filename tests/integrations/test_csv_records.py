"""Course records as tables, by hand: of other delimiters, encodings, languages and dates."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from integrations.base import Delivery, Why
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract

DUTCH = "Personeelsnummer;Naam;Cursuscode;Cursusnaam;Afgerond op;Status;Cijfer\n"


def table(text: str | bytes, event: str = "records") -> Delivery:
    body = text if isinstance(text, bytes) else text.encode()
    return Delivery(source="s", body=body, method="HARVEST", event=event)


def streamed(dimension: str) -> bytes:
    """A workbook without empty cells, and with what its writer tells of the size of its sheet."""
    book, out, told = Workbook(write_only=True), io.BytesIO(), io.BytesIO()
    sheet = book.create_sheet()
    sheet.append(["Employee ID", "Course ID", "Completion date"])
    sheet.append(["e1", "PUMP-4", "2026-03-02"])
    sheet.append(["e2", "PUMP-4"])
    sheet.append(["e3", "PUMP-4", "2026-03-02", "too many"])
    book.save(out)
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(told, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part.replace(b"<sheetData>", dimension.encode() + b"<sheetData>"))
    return told.getvalue()


class TestCsvRecords(IntegrationContract):
    name = "csv_records"
    instance = "https://hr.example"
    harvested = True
    lacks = {
        "unknown event": "a table has rows only: statuses are tested below",
        "bot": "rosters have people only",
        "anonymous": "a row without a person is not readable: tested below",
        "private": "what is exported is meant to be recorded",
    }

    def genuine(self) -> Delivery:
        return table(
            "employee_id,course_id,completion_date,status\ne1034,PUMP-4,2026-03-02,Completed\n"
        )

    def test_the_same_record_in_dutch_and_in_another_encoding(self) -> None:
        text = DUTCH + "e1034;Zoë;PUMP-4;Pomp 4;02-03-2026;Geslaagd;7,5\n"
        made = self.statement(table(text.encode("cp1252")), options={"dates": "d-m-y"})

        assert action_of(made) == "pass"
        assert made["actor"]["name"] == "Zoë"
        assert made["object"]["id"] == "https://hr.example/courses/PUMP-4"
        assert made["timestamp"] == "2026-03-02T00:00:00Z"
        assert made["result"] == {"success": True, "score": {"raw": 7.5}}

    def test_the_order_of_a_date_is_never_guessed(self) -> None:
        text = DUTCH + "e1034;Ada;PUMP-4;;02-03-2026;Geslaagd;\n"

        assert self.told(table(text)).dead_letter
        us = self.statement(table(text), options={"dates": "m-d-y"})
        assert us["timestamp"] == "2026-02-03T00:00:00Z"

    def test_times_without_a_zone_are_of_the_zone_that_is_set(self) -> None:
        text = "username\tobject_id\ttimestamp\ne1\tc1\t2026-07-01T12:00:00\n"

        made = self.statement(table(text), options={"timezone": "Europe/Amsterdam"})

        assert made["timestamp"] == "2026-07-01T10:00:00Z"

    def test_a_row_that_cannot_be_read_is_told_by_its_line_and_keeps_no_other_out(self) -> None:
        text = (
            "employee_id,course_id,completion_date\n"
            "e1,c1,2026-03-02\n"
            "e2,c1,2026-13-02\n"
            ",c1,2026-03-02\n"
            "e3,c1,2026-03-02,too,many\n"
        )
        told = self.told(table(text))

        assert len(told.statements) == 1
        assert told.skipped == {Why.ROW: 3}
        assert [detail.partition(":")[0] for detail in told.details] == [
            "line 3",
            "line 4",
            "line 5",
        ]

    def test_the_same_file_again_and_duplicate_rows_are_harmless(self) -> None:
        line = "e1,c1,2026-03-02\n"
        text = "employee_id,course_id,completion_date\n" + line
        once, twice = self.told(table(text)), self.told(table(text + line))

        assert {s["id"] for s in once.statements} == {s["id"] for s in twice.statements}

    def test_who_did_not_attend_did_nothing(self) -> None:
        text = "student_id\tevent_id\tevent_attended\tstart_time\ns1\tE1\t1\t2026-03-02\ns2\tE1\t0\t2026-03-02\n"
        told = self.told(table(text))

        assert [action_of(s) for s in told.statements] == ["attend"]
        assert told.skipped == {Why.NOT_SOCIAL: 1}

    @pytest.mark.parametrize("person", ["Medewerkernr.", "Deelnemer"])
    @pytest.mark.parametrize("date", ["Voltooiingsdatum", "Datum voltooid"])
    def test_who_did_not_pass_in_dutch_failed(self, person: str, date: str) -> None:
        text = f"{person};Cursus;{date};Status\ne1;c1;2026-03-02;Niet behaald\n"
        made = self.statement(table(text))

        assert action_of(made) == "fail"
        assert made["actor"]["account"]["name"] == "e1"
        assert made["timestamp"] == "2026-03-02T00:00:00Z"
        assert made["result"] == {"success": False}

    def test_a_table_without_rows_says_so(self) -> None:
        assert self.told(table(DUTCH)).dead_letter == "the table has a header and no rows"

    def test_headers_nobody_foresaw_are_mapped(self) -> None:
        text = "Wer;Was\ne1;c1\n"
        made = self.statement(table(text), options={"map": {"Wer": "person", "Was": "object"}})

        assert made["actor"]["account"]["name"] == "e1"
        assert self.told(table(text)).dead_letter

    def test_a_workbook_with_real_dates(self) -> None:
        from datetime import UTC, datetime

        book = Workbook()
        book.active.append(["Employee ID", "Course ID", "Completion date", "Score"])
        book.active.append(
            [1034, "PUMP-4", datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None), 80]
        )
        out = io.BytesIO()
        book.save(out)

        made = self.statement(table(out.getvalue()))

        assert made["actor"]["account"]["name"] == "1034"
        assert made["timestamp"] == "2026-03-02T00:00:00Z"
        assert action_of(made) == "score"

    @pytest.mark.parametrize("number", ["1.234,5", "1,234.5", "seven"])
    def test_a_number_that_may_be_two_is_refused(self, number: str) -> None:
        text = f"employee_id;course_id;score\ne1;c1;{number}\n"

        assert self.told(table(text)).dead_letter

    @pytest.mark.parametrize("dimension", ["", '<dimension ref="A1"/>'])
    def test_a_workbook_of_a_writer_that_streams(self, dimension: str) -> None:
        """Such writers do not know the size of a sheet when they begin it, and tell a wrong one."""
        told = self.told(table(streamed(dimension)))

        assert [s["actor"]["account"]["name"] for s in told.statements] == ["e1", "e2"]
        assert told.skipped == {Why.ROW: 1}
        assert told.details == ["line 4: another number of cells than the header"]
