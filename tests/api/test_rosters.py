"""`lrs persons import`: HR rosters become persons, as often as they are sent."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from benchmarks.servers import Server
from tests.api.test_persons import HOME, new_mbox, put, who
from tests.server import Client, run_lrs


def imported(server: Server, path: Path, *words: str) -> dict[str, Any]:
    done = run_lrs(server, "persons", "import", str(path), "--json", *words)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def test_a_roster_is_imported_and_sending_it_again_changes_nothing(
    lrs: Client, server: Server, tmp_path: Path
) -> None:
    """Dutch headers, semicolons, Windows' code page, days first: as HR systems in Excel export it."""
    number, mbox = uuid.uuid4().hex, new_mbox()
    roster = tmp_path / "medewerkers.csv"
    roster.write_bytes(
        (
            "Personeelsnummer;E-mail;Volledige naam;Afdeling;Functie;Leidinggevende;In dienst;Moodle\r\n"
            f"{number};{mbox[12:]};Zoë de Vries;Zorg;verpleegkundige;77;01-02-2024;{number}x\r\n"
            ";;niemand;Zorg;;;;\r\n"
            f"8{number};geen adres;Fout;Zorg;;;;\r\n"
        ).encode("cp1252")
    )
    words = (
        "--dates",
        "d-m-y",
        "--account",
        f"Moodle={HOME}",
        "--employee-home",
        "https://hr.example.org",
    )

    dry = imported(server, roster, "--dry-run", *words)
    assert who(lrs, mbox)["known"] is False
    first, again = imported(server, roster, *words), imported(server, roster, *words)

    assert dry == {**first, "dry_run": True}
    assert [first[word] for word in ("new", "changed", "unchanged", "refused")] == [1, 0, 0, 2]
    assert [again[word] for word in ("new", "changed", "unchanged", "refused")] == [0, 0, 1, 2]
    assert [row["line"] for row in first["rows"]] == [3, 4]
    person = who(lrs, mbox)
    assert person["now"] | {"at": ""} == {
        "at": "",
        "identifiers": [
            mbox,
            f"account:{HOME}|{number}x",
            f"account:https://hr.example.org|{number}",
        ],
        "name": "Zoë de Vries",
        "department": "Zorg",
        "role": "verpleegkundige",
        "manager": "77",
        "employed": "yes",
        "employee": number,
        "external_id": None,
        "language": None,
    }
    assert who(lrs, mbox, on="2024-01-31")["now"]["employed"] is None


def test_an_address_passes_to_who_starts_after_the_other_left(
    lrs: Client, server: Server, tmp_path: Path
) -> None:
    """The row that comes first in the file is not the one who came first."""
    one, other, mbox = uuid.uuid4().hex, uuid.uuid4().hex, new_mbox()
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "employee_id,email,name,start,end\n"
        f"{other},{mbox[12:]},Jan Smit,2026-03-01,9999-12-31\n"
        f"{one},{mbox[12:]},Jan Bakker,2020-01-01,2025-12-31\n"
    )

    report = imported(server, roster)

    assert (report["new"], report["refused"]) == (2, 0)
    assert who(lrs, mbox, on="2025-12-31")["now"]["employee"] == one
    assert who(lrs, mbox, on="2026-02-01")["known"] is False
    assert who(lrs, mbox, on="2026-03-01")["now"]["employee"] == other
    assert imported(server, roster)["unchanged"] == 2


def test_an_address_of_someone_who_did_not_leave_is_not_taken_away(
    lrs: Client, server: Server, tmp_path: Path
) -> None:
    mbox = new_mbox()
    person = put(lrs, mbox, attributes=[{"name": "employee", "value": uuid.uuid4().hex}])
    roster = tmp_path / "roster.csv"
    roster.write_text(f"employee_id,email,start\n{uuid.uuid4().hex},{mbox[12:]},2026-03-01\n")

    report = imported(server, roster)

    assert report["refused"] == 1
    assert who(lrs, mbox, on="2026-04-01")["id"] == person["id"]


def test_a_new_department_holds_from_now_and_not_before(
    lrs: Client, server: Server, tmp_path: Path
) -> None:
    mbox = new_mbox()
    roster = tmp_path / "roster.csv"
    for department in ("Sales", "Care"):
        roster.write_text(f"email,department,start\n{mbox[12:]},{department},2024-01-01\n")
        imported(server, roster)

    assert who(lrs, mbox)["now"]["department"] == "Care"
    assert who(lrs, mbox, on="2024-06-01")["now"]["department"] == "Sales"


def test_a_table_that_names_nobody_is_refused(server: Server, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("colour,size\nred,7\n")

    done = run_lrs(server, "persons", "import", str(roster))

    assert done.returncode == 2
    assert "names people" in done.stderr
