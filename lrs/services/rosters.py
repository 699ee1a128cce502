"""
HR rosters as tables: who there is, by which identifiers, in which department, from when to when.

Headers are read by synonyms in English and Dutch. A row that cannot be read or that contradicts
what is known is told by its line and keeps no other out; the same table may be sent again.

Days are in UTC. An identifier is somebody's from `valid from` until `valid to`, else for good. One
that another person holds passes to who starts later than the other's employment ended.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from lrs.domain import identifiers, tables, timestamps
from lrs.domain.errors import BadRequest, Conflict, LrsError
from lrs.domain.person_entries import BEGIN, END, Change, Hold, Release, Tell
from lrs.domain.persons import Holding, Register
from lrs.domain.tables import Row
from lrs.services.persons import Editing, Persons, new_id

SYNONYMS: Mapping[str, str] = {
    "employee": "employee_id employee_number employee_no personnel_number staff_id person_id "
    "person medewerkernummer medewerkernr medewerkernr. medewerker_id personeelsnummer "
    "personeelsnr personeelsnr. medewerker",
    "email": "email e_mail mail email_address e_mail_address work_email e_mailadres emailadres "
    "mailadres werk_e_mail",
    "sha1": "mbox_sha1sum email_sha1 sha1",
    "openid": "openid",
    "account": "account account_name username user_name login user_id gebruikersnaam gebruiker "
    "inlognaam",
    "home": "home_page homepage account_home_page system systeem",
    "external_id": "external_id sso_id sso upn object_id externe_id",
    "name": "full_name name display_name employee_name volledige_naam naam weergavenaam",
    "department": "department dept team unit business_unit afdeling team_naam organisatieonderdeel",
    "role": "role job_title position function title functie rol functietitel",
    "manager": "manager manager_id manager_email supervisor leidinggevende chef",
    "language": "language preferred_language taal voorkeurstaal",
    "start": "start start_date date_of_hire hire_date employed_from in_dienst datum_in_dienst "
    "indienst startdatum begindatum",
    "end": "end end_date termination_date employed_until leave_date uit_dienst datum_uit_dienst "
    "uitdienst einddatum",
    "since": "valid_from from effective_date geldig_vanaf vanaf ingangsdatum",
    "until": "valid_to valid_until to geldig_tot tot",
}
"""Field → headers, in lower case with `_` between words; the first that a table has counts."""
_NAMING = ("email", "sha1", "openid", "account")
_ATTRIBUTES = ("name", "department", "role", "manager", "employee", "external_id", "language")
_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")
_FOR_GOOD = "9999-12-31"  # as HR systems say that no end is known
_ROWS_AN_ENTRY = 500


@dataclass(slots=True)
class Report:
    """
    What became of the rows.

    Args:
        counts: `new`, `changed`, `unchanged` and `refused` rows.
        refused: Line (the header being 1) and why.
    """

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Take in what became of further rows."""
        self.counts += other.counts
        self.refused += other.refused

    def refuse(self, line: int, why: str) -> None:
        """Tell a row that is left out."""
        self.counts["refused"] += 1
        self.refused.append((line, why))


@dataclass(frozen=True, slots=True)
class Options:
    """
    How a roster is to be read.

    Args:
        home: Home page of accounts where the table has no column for it; "" if it has.
        employee_home: Home page under which personnel numbers are accounts; "" if they are none.
        accounts: Further columns of account names: header → home page.
        day_first: Whether 03/04/2026 is 3 April; None: such a day is refused.
        dry_run: Only tell what would become of the rows.
    """

    home: str = ""
    employee_home: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)
    day_first: bool | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class _Line:
    """A row, read: times in µs."""

    number: int
    identifiers: tuple[str, ...]
    told: Mapping[str, str]
    start: int | None
    end: int | None
    since: int | None
    until: int | None


def import_roster(
    persons: Persons,
    body: bytes,
    options: Options,
    *,
    by: str,
    evidence: str,
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> Report:
    """
    Take in a roster.

    Args:
        body: The file: CSV or TSV of any delimiter and encoding, or XLSX.
        by: The key of who does it.
        evidence: What it rests on, such as the file's name.
        progress: Told how many rows are done, of how many.

    Raises:
        BadRequest: No table, no rows, or no column that names people.
    """
    table = list(tables.rows(body))
    columns = _columns(table[0].cells, options)
    report, trial = Report(), Editing(persons.register().copy())
    lines = list(_lines(table, columns, options, report))
    for start in range(0, len(lines), _ROWS_AN_ENTRY):
        some = lines[start : start + _ROWS_AN_ENTRY]
        take = partial(_take, lines=some)
        report.add(take(trial) if options.dry_run else persons.change(by, evidence, take))
        progress(start + len(some), len(lines))
    return report


def _columns(cells: Mapping[str, str], options: Options) -> dict[str, str]:
    """Field → header of this table."""
    headers = {re.sub(r"[\s-]+", "_", header.strip().lower()): header for header in cells}
    columns = {
        field: headers[word]
        for field, synonyms in SYNONYMS.items()
        if (word := next((one for one in synonyms.split() if one in headers), None))
    }
    missing = sorted(set(options.accounts) - set(cells))
    if missing:
        raise BadRequest(f"the table has no column {missing[0]}", at="account")
    if not (options.accounts or any(name in columns for name in (*_NAMING, "employee"))):
        raise BadRequest("the table needs a column that names people, such as `email`")
    return columns


def _lines(
    table: Sequence[Row], columns: Mapping[str, str], options: Options, report: Report
) -> list[_Line]:
    """The rows that can be read, those who started first at the head."""
    read = []
    for row in table:
        try:
            read.append(_line(row, columns, options))
        except LrsError as error:
            report.refuse(row.line, f"{error.at}: {error.detail}" if error.at else error.detail)
    return sorted(read, key=lambda line: BEGIN if line.start is None else line.start)


def _line(row: Row, columns: Mapping[str, str], options: Options) -> _Line:
    if row.surplus:
        raise BadRequest("another number of cells than the header")
    got = {field: row.cells.get(header, "") for field, header in columns.items()}
    named = tuple(dict.fromkeys(_identifiers(got, row.cells, options)))
    told = {name: got[name] for name in _ATTRIBUTES if got.get(name)}
    if not named and "employee" not in told:
        raise BadRequest("nobody is named")
    line = _Line(
        row.line,
        named,
        told,
        start=_time(got, "start", options),
        end=_time(got, "end", options, end=True),
        since=_time(got, "since", options),
        until=_time(got, "until", options, end=True),
    )
    for first, last in ((line.start, line.end), (line.since, line.until)):
        if first is not None and last is not None and first >= last:
            raise BadRequest("it ends before it begins")
    return line


def _identifiers(
    got: Mapping[str, str], cells: Mapping[str, str], options: Options
) -> Iterator[str]:
    if got.get("email"):
        yield identifiers.read("mailto:" + got["email"].removeprefix("mailto:"), "email")
    if got.get("sha1"):
        yield identifiers.read("mbox_sha1sum:" + got["sha1"], "sha1")
    if got.get("openid"):
        yield identifiers.read("openid:" + got["openid"], "openid")
    accounts = [(header, home, cells[header]) for header, home in options.accounts.items()]
    accounts.append(("account", got.get("home") or options.home, got.get("account", "")))
    accounts.append(("employee", options.employee_home, got.get("employee", "")))
    for at, home, name in accounts:
        if home and name:
            yield identifiers.read(f"account:{home}|{name}", at)


def _time(got: Mapping[str, str], field: str, options: Options, *, end: bool = False) -> int | None:
    """A day or time, µs; the end of a day is the first moment after it."""
    text = got.get(field, "")
    if not text:
        return None
    found = _DAY.fullmatch(text)
    if found:
        if options.day_first is None:
            raise BadRequest(f"say whether {text} begins with the day or the month", at=field)
        day, month = found.group(1, 2) if options.day_first else found.group(2, 1)
        text = f"{found[3]}-{month:>02}-{day:>02}"
    if end and text.startswith(_FOR_GOOD):
        return END
    return timestamps.instant(text, field, end=end) + end


def _take(editing: Editing, lines: Sequence[_Line]) -> Report:
    """Make the changes that rows ask for."""
    report = Report()
    now = time.time_ns() // 1000
    for line in lines:
        try:
            who = _who(editing.register, line)
            person = who or new_id()
            changes = [*_claims(editing.register, person, line)]
            changes += _facts(editing.register, person, line, now)
        except LrsError as error:
            report.refuse(line.number, error.detail)
            continue
        for change in changes:
            editing.do(change)
        report.counts["unchanged" if not changes else "changed" if who else "new"] += 1
    return report


def _who(register: Register, line: _Line) -> str | None:
    """The known person that a row is about; None: a new one."""
    found = set(register.named("employee", line.told.get("employee", "")))
    for name in line.identifiers:
        holders = {register.root(held.person) for held in register.holdings.get(name, ())}
        found |= {who for who in holders if not _is_another(register, who, line)}
    if len(found) > 1:
        raise Conflict(
            f"these identifiers are {len(found)} persons'; merge those or correct the row"
        )
    return next(iter(found), None)


def _is_another(register: Register, who: str, line: _Line) -> bool:
    """Whether a row is about somebody else than who holds one of its identifiers."""
    told = {one.name: one.value for one in register.told(who)}
    if "employee" in told and "employee" in line.told:
        return told["employee"] != line.told["employee"]
    renamed = told.get("name", "").casefold() != line.told.get("name", "").casefold()
    return renamed and line.start is not None and _left(register, who) <= line.start


def _left(register: Register, who: str) -> int:
    """When somebody's last employment ends; END where that is not known."""
    spells = [
        (told.since, told.number, told.until)
        for told in register.told(who)
        if told.name == "employed"
    ]
    return max(spells)[2] if spells else END


def _claims(register: Register, person: str, line: _Line) -> Iterator[Change]:
    since, until = line.since, END if line.until is None else line.until
    for name in line.identifiers:
        held = register.holdings.get(name, ())
        mine = [one for one in held if register.root(one.person) == register.root(person)]
        if mine:
            yield from _corrected(person, name, mine[-1], line)
            continue
        begin = BEGIN if since is None else since
        for other in held:
            if other.since < until and begin < other.until:
                begin = line.start if since is None and line.start is not None else begin
                yield Release(other.person, name, _handed_over(register, name, other, begin))
        yield Hold(person, name, begin, until)


def _corrected(person: str, name: str, mine: Holding, line: _Line) -> Iterator[Change]:
    """What a row says of the validity of what is the person's already."""
    if line.since is not None and line.since < mine.since:
        yield Hold(person, name, line.since, mine.until)
    if line.until is not None and mine.since < line.until < mine.until:
        yield Release(person, name, line.until)


def _handed_over(register: Register, name: str, other: Holding, begin: int) -> int:
    """When an identifier stops being another's, so that it can be somebody's from `begin` on."""
    left = _left(register, other.person)
    if left <= begin and other.since < left:
        return left
    raise Conflict(f"{name} is another person's, who is not known to have left before")


def _facts(register: Register, person: str, line: _Line, now: int) -> list[Change]:
    told = register.told(person)
    wanted = []
    if line.start is not None or line.end is not None:
        begin = BEGIN if line.start is None else line.start
        spell = Tell(person, "employed", "yes", begin, END if line.end is None else line.end)
        same = [one for one in told if one.name == "employed" and one.since == begin]
        if not same or same[-1].until != spell.until:
            wanted.append(spell)
    for name, value in line.told.items():
        first = BEGIN if line.start is None else line.start
        known_before = any(one.name == name for one in told)
        since = line.since if line.since is not None else now if known_before else first
        if register.value(person, name, since) != value:
            wanted.append(Tell(person, name, value, since))
    return list(wanted)
