"""Facts as metrics read them: people's acts up to a moment, as they were known at a cutoff."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analytics.facts import manifest as manifests
from analytics.facts.engine import Engine, quoted
from analytics.facts.interactions import INTERACTIONS
from analytics.facts.manifest import Manifest
from analytics.facts.partitions import BOT_ACTS, nothing
from analytics.facts.projection import VERSION
from lrs.domain.errors import NotFound

# Only whole Statements are counted by reason: the first member of a Group stands for it.
_REASONS = """
SELECT CASE WHEN voided THEN 'voided' WHEN quarantine IS NOT NULL THEN quarantine
            WHEN kind = 'group' THEN 'group' WHEN bot THEN 'bot' ELSE 'used' END AS reason,
       count(*) AS n
FROM known
WHERE part = 0 AND (quarantine IN ('past', 'future') OR (ts >= $since AND ts < $until))
GROUP BY reason ORDER BY reason"""

_KNOWN = """
CREATE TEMP VIEW known AS
SELECT f.* EXCLUDE (voided, stored, file_row_number), f.stored,
       f.voided IS NOT NULL AND f.voided <= {cutoff} AS voided, {bot} AS bot,
       (year(ts) * 12 + month(ts)) * {most} + file_row_number AS place
FROM {source} AS f
WHERE f.stored <= {cutoff}"""

# A month's file is in the order of time, id and part: where a row is says it in one number.
_MOST_ROWS = 2**33

_ACTS = """
CREATE TEMP VIEW acts AS
SELECT *, CAST(year(local) * 12 + month(local) - 1 AS INTEGER) AS month,
       CAST(date_diff('day', DATE '1970-01-01', CAST(local AS DATE)) AS INTEGER) AS day
FROM (SELECT * EXCLUDE (voided, bot), {local} AS local FROM known
      WHERE NOT voided AND NOT bot AND quarantine IS NULL AND kind <> 'group' AND ts < {until})"""


@dataclass(frozen=True, slots=True)
class Window:
    """
    Which acts are asked about; µs.

    Args:
        since: Inclusive.
        until: Exclusive.
        cutoff: What was stored later does not count, nor what was voided later: a figure can be
            told again as it was known then.
        timezone: Of calendar months and days.
    """

    since: int
    until: int
    cutoff: int
    timezone: str = "UTC"


class Facts:
    """
    Facts open for reading.

    The views `known` (every row, with `voided`, `bot` and `place`, a number in the order of time,
    id and part) and `acts` (people's acts before the end of the window, with the local `month` as
    year * 12 + month - 1 and `day` as days since 1970) are there to be queried; `interactions()`
    makes a table of that name.
    """

    def __init__(self, connection: Any, window: Window, manifest: Manifest) -> None:
        self._connection = connection
        self._asked: list[str] = []
        self._tables: set[str] = set()
        self._answers: dict[str, list[tuple[Any, ...]]] = {}
        self.window = window
        self.manifest = manifest

    def again(self) -> Facts:
        """The same for another metric: what was made for one is there, what was asked is not."""
        other = Facts(self._connection, self.window, self.manifest)
        other._tables, other._answers = self._tables, self._answers
        return other

    def rows(self, sql: str, parameters: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query, which must say their order."""
        self._asked.append(sql)
        rows: list[tuple[Any, ...]] = self._execute(sql, parameters).fetchall()
        return rows

    def columns(self, sql: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The columns of a query as NumPy arrays."""
        self._asked.append(sql)
        found: dict[str, Any] = self._execute(sql, parameters).fetchnumpy()
        return found

    def run(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Make a temporary table or view of the asker's own, or fill one."""
        self._asked.append(sql)
        self._execute(sql, parameters)

    def table(self, name: str, sql: str) -> None:
        """Make a temporary table of a query, unless it is there; one name is one query."""
        self._asked.append(sql)
        if name not in self._tables:
            self._execute(f"CREATE TEMP TABLE {name} AS {sql}", None)
            self._tables.add(name)

    def once(self, sql: str) -> list[tuple[Any, ...]]:
        """As `rows`, of a query that every metric asks."""
        if sql not in self._answers:
            self._answers[sql] = self._execute(sql, None).fetchall()
        self._asked.append(sql)
        return self._answers[sql]

    def _execute(self, sql: str, parameters: Mapping[str, Any] | None) -> Any:
        """With $since and $until (timestamps) wherever a query names them."""
        window = {"since": self.window.since, "until": self.window.until}
        given = {**window, **(parameters or {})}
        for name in window:
            sql = sql.replace(f"${name}", f"make_timestamp(CAST($_{name} AS BIGINT))")
        named = {f"_{name}" if name in window else name: value for name, value in given.items()}
        used = {name: value for name, value in named.items() if f"${name}" in sql}
        return self._connection.execute(sql, used)

    def interactions(self) -> None:
        """Make the table `interactions` (analytics/facts/interactions.py)."""
        self.table("interactions", INTERACTIONS)

    def excluded(self) -> dict[str, int]:
        """Statements of the window by what became of them; `used` are the people's acts."""
        return {str(reason): int(n) for reason, n in self.once(_REASONS)}

    def has_roster(self) -> bool:
        return self.manifest.roster is not None

    def query_hash(self) -> str:
        """Of all that has been asked: with the same facts and hash, the same figures."""
        return hashlib.sha256("\n".join(self._asked).encode()).hexdigest()


@contextmanager
def open_facts(folder: Path, window: Window | None, engine: Engine) -> Iterator[Facts]:
    """
    Read the facts of a folder.

    Args:
        window: None for all there is.

    Raises:
        NotFound: There are no facts yet.
    """
    manifest = manifests.load(folder)
    if manifest is None:
        raise NotFound("there are no facts yet; `lrs analyse refresh` makes them")
    if manifest.made.get("projection") != VERSION:
        raise NotFound(
            "the facts are those of another version; `lrs analyse refresh` makes them anew"
        )
    window = window or Window(0, manifest.cursor, manifest.cursor)
    with engine.open(folder) as connection:
        _views(connection, folder, manifest, window)
        yield Facts(connection, window, manifest)


def _views(connection: Any, folder: Path, manifest: Manifest, window: Window) -> None:
    files = [quoted(folder / name) for name in manifest.months.values()]
    cutoff, until = (f"make_timestamp({at})" for at in (window.cutoff, window.until))
    read = f"SELECT *, file_row_number FROM read_parquet([{', '.join(files)}])"
    source = f"({read if files else nothing()})"
    bots = _bots(connection, manifest, f"{source} WHERE stored <= {cutoff}", cutoff)
    bot = f"f.person IN ({_listed(bots)})" if bots else "false"
    connection.execute(_KNOWN.format(cutoff=cutoff, source=source, bot=bot, most=_MOST_ROWS))
    local = "ts" if window.timezone == "UTC" else _zoned(window.timezone)
    connection.execute(_ACTS.format(local=local, until=until))
    if manifest.roster:
        path = quoted(folder / manifest.roster)
        connection.execute(f"CREATE TEMP VIEW roster AS SELECT * FROM read_parquet({path})")
    words = "SELECT CAST(NULL AS BIGINT) AS query, CAST(NULL AS VARCHAR) AS words WHERE false"
    if manifest.queries:
        words = f"SELECT query, words FROM read_parquet({quoted(folder / manifest.queries)})"
    connection.execute(f"CREATE TEMP VIEW queries AS {words}")


def _bots(connection: Any, manifest: Manifest, rows: str, cutoff: str) -> list[int]:
    """Who is no person, ascending: those named, and of the busy those busy as of the cutoff."""
    suspects = {one for people in manifest.busy.values() for one in people}
    found: list[tuple[int]] = []
    if suspects:
        found = connection.execute(
            f"SELECT person FROM {rows} AND person IN ({_listed(suspects)}) "
            f"AND (voided IS NULL OR voided > {cutoff}) AND quarantine IS NULL "
            f"GROUP BY person, CAST(ts AS DATE) HAVING count(*) > {BOT_ACTS}"
        ).fetchall()
    return sorted({*manifest.bots, *(person for [person] in found)})


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(numbers)))


def _zoned(timezone: str) -> str:
    return f"timezone({quoted(timezone)}, timezone('UTC', ts))"
