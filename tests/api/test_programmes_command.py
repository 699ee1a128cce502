"""`lrs programmes …` and `lrs topics …`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.servers import Server
from tests.programmes import VOCABULARY, full, plain
from tests.server import Client, run_lrs


def told(server: Server, *words: str) -> Any:
    """What a command prints with --json; a list where it is more than one line."""
    done = run_lrs(server, *words, "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return lines[0] if len(lines) == 1 else lines


def written(folder: Path, made: Any) -> str:
    path = folder / "made.yaml"
    path.write_text(yaml.safe_dump(made, allow_unicode=True))
    return str(path)


def test_a_programme_is_declared_listed_and_shown(
    server: Server, lrs: Client, tmp_path: Path
) -> None:
    made = plain(name={"nl": "Café"}, invitations={"at": "2026-03-01"})

    declared = told(server, "programmes", "declare", written(tmp_path, made))
    told(server, "programmes", "declare", written(tmp_path, {**made, "seed": 2}))

    name = made["id"]
    assert (declared["version"], declared["by"]) == (1, "command line")
    assert told(server, "programmes", "show", name, "--version", "1") == declared
    assert lrs.get(f"/api/programmes/{name}").json() == told(server, "programmes", "show", name)
    listed = run_lrs(server, "programmes", "list").stdout
    assert f"{name}  version 2  " in listed
    shown = yaml.safe_load(run_lrs(server, "programmes", "show", name).stdout)
    assert shown["programme"]["name"] == {"nl": "Café"}


def test_the_example_of_the_documentation_can_be_declared(server: Server, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "programmes.md").read_text()
    vocabulary, programme = (part.split("```")[0] for part in text.split("```yaml\n")[1:3])

    told(server, "topics", "put", written(tmp_path, yaml.safe_load(vocabulary)))
    declared = told(server, "programmes", "declare", written(tmp_path, yaml.safe_load(programme)))

    assert set(yaml.safe_load(programme)) == set(full())
    assert declared["version"] == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: [", "Error: line 1: this is not YAML"),
        ("id: a\nid: b", "Error: line 2: this is not YAML"),
        ("id: A\nname: {en: A}\nactivities: [a:b]\n", "Error: id: this must be lower-case"),
        ("{id: a, name: {en: A}, activities: [a:b], seed: x}", "Error: seed: this must be"),
        ("", "Error: this must be an object"),
    ],
)
def test_a_bad_file_is_one_line_that_names_the_field_and_exit_2(
    server: Server, tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)

    done = run_lrs(server, "programmes", "declare", str(path))

    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


@pytest.mark.parametrize("words", [("show", "none"), ("invite", "none"), ("openings", "none")])
def test_a_programme_that_is_not_there_is_exit_2(server: Server, words: tuple[str, ...]) -> None:
    done = run_lrs(server, "programmes", *words)

    assert done.returncode == 2
    assert "there is no such programme" in done.stderr


def test_openings_are_listed_by_time(server: Server, tmp_path: Path) -> None:
    late, early = (
        {"department": d, "at": at} for d, at in (("Z", "2026-02-01"), ("A", "2026-01-01"))
    )
    made = plain(openings=[late, early])
    told(server, "programmes", "declare", written(tmp_path, made))

    found = told(server, "programmes", "openings", made["id"])

    assert [(row["department"], row["at"][:10]) for row in found] == [
        ("A", "2026-01-01"),
        ("Z", "2026-02-01"),
    ]


def test_persons_of_a_file_are_invited_by_lot_and_exported(server: Server, tmp_path: Path) -> None:
    made = plain(invitations={})
    told(server, "programmes", "declare", written(tmp_path, made))
    units = [f"mailto:{made['id']}-{number}@example.org" for number in range(4)]
    (tmp_path / "people.txt").write_text("\n".join([*units, "", ""]))

    drawn = told(server, "programmes", "invite", made["id"], str(tmp_path / "people.txt"))
    again = run_lrs(server, "programmes", "invite", made["id"], str(tmp_path / "people.txt"))

    assert (drawn["units"], drawn["invited"]) == (4, 2)
    assert again.returncode == 2
    assert "drawn already" in again.stderr
    table = run_lrs(server, "programmes", "invitations", made["id"]).stdout
    rows = list(csv.DictReader(io.StringIO(table)))
    assert {row["unit"] for row in rows} == {f"mbox:{unit}" for unit in units}
    assert sum(row["invited"] == "yes" for row in rows) == 2


@pytest.mark.parametrize(("unit", "column"), [("person", 0), ("department", 1)])
def test_without_a_file_those_on_the_roster_are_drawn(
    server: Server, lrs: Client, tmp_path: Path, unit: str, column: int
) -> None:
    made = plain(invitations={"unit": unit})
    told(server, "programmes", "declare", written(tmp_path, made))
    rows = []
    for number in range(2):
        facts = [{"name": "department", "value": f"{made['id']} {number}"}]
        held = [{"identifier": f"mailto:{made['id']}-{number}@example.org"}]
        person = lrs.post("/api/persons", json={"identifiers": held, "attributes": facts}).json()
        rows.append((person["id"], f"{made['id']} {number}"))

    drawn = told(server, "programmes", "invite", made["id"])

    assert {row[column] for row in rows} <= set(drawn["lots"])
    assert drawn["unit"] == unit


def test_topics_are_put_and_shown_as_they_are_put(server: Server, tmp_path: Path) -> None:
    first = told(server, "topics", "put", written(tmp_path, VOCABULARY))

    shown = run_lrs(server, "topics", "show").stdout
    again = told(server, "topics", "put", written(tmp_path, yaml.safe_load(shown)))

    assert again == first == told(server, "topics", "show")


def test_a_term_that_cannot_be_used_is_one_line_and_exit_2(server: Server, tmp_path: Path) -> None:
    done = run_lrs(server, "topics", "put", written(tmp_path, {"a": {"en": ["a b c d"]}}))

    assert done.returncode == 2
    assert done.stderr == "Error: a.en[0]: 'a b c d' has no 1 to 3 words\n"
