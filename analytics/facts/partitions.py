"""Facts on the disk: one Parquet file a month, rewritten when anything of the month is new."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from analytics.facts.engine import quoted
from analytics.facts.manifest import sync_file
from analytics.facts.people import Post
from analytics.facts.projection import Fact, code

TYPES: Mapping[str, str] = {
    "id": "UUID",
    "part": "USMALLINT",
    "ts": "TIMESTAMP",
    "stored": "TIMESTAMP",
    "quarantine": "VARCHAR",
    "kind": "VARCHAR",
    "members": "USMALLINT",
    "ifi": "BIGINT",
    "person": "BIGINT",
    "known": "BOOLEAN",
    "department": "VARCHAR",
    "verb": "VARCHAR",
    "action": "VARCHAR",
    "vclass": "VARCHAR",
    "mode": "VARCHAR",
    "channel": "VARCHAR",
    "refers": "UUID",
    "object": "BIGINT",
    "otype": "VARCHAR",
    "parent": "BIGINT",
    "thread": "BIGINT",
    "towards": "BIGINT",
    "mentions": "BIGINT[]",
    "source": "VARCHAR",
    "course": "VARCHAR",
    "topics": "VARCHAR[]",
    "score": "DOUBLE",
    "raw": "DOUBLE",
    "success": "BOOLEAN",
    "completion": "BOOLEAN",
    "milliseconds": "BIGINT",
    "language": "VARCHAR",
    "question": "BOOLEAN",
    "hits": "BIGINT",
    "query": "BIGINT",
}
"""The columns of the facts, in the order of `Fact`; files also have `voided`, the time of it."""
_STAGED: Mapping[str, str] = {**TYPES, "words": "VARCHAR"}

# How a column is made from what Python hands over, where a cast does not do.
_MADE = {
    "ts": "make_timestamp(ts)",
    "stored": "make_timestamp(stored)",
    "mentions": "CAST(string_split(nullif(mentions, ''), ',') AS BIGINT[])",
    "topics": "string_split(nullif(topics, ''), chr(31))",
}
# Text that says the same on many rows goes over as numbers into a list of the distinct ones.
_FEW = {name for name, kind in _STAGED.items() if kind == "VARCHAR"} | {"topics"}
_DISTINCT = frozenset({"id", "refers", "mentions"})
_FIGURES = frozenset({"score", "raw"})
_FLAGS = frozenset({"success", "completion"})
_MONTH = "strftime(CASE WHEN quarantine IN ('past', 'future') THEN stored ELSE ts END, '%Y-%m')"


BOT_ACTS = 500
"""More acts than this on one day (UTC) and it is no person (2.0)."""


def stage(connection: Any, rows: Sequence[Fact], path: Path) -> None:
    """Write rows to a file of their own, with their month, for `write_months`."""
    import pandas as pd

    columns = dict(zip(Fact._fields, zip(*rows, strict=True), strict=True))
    frame = pd.DataFrame({name: _column(name, values) for name, values in columns.items()})
    chosen = ", ".join(
        f"{_MADE.get(name, f'CAST({name} AS {kind})')} AS {name}" for name, kind in _STAGED.items()
    )
    connection.register("handed_over", frame)
    connection.execute(
        f"COPY (SELECT *, {_MONTH} AS month FROM (SELECT {chosen} FROM handed_over)) "
        f"TO {quoted(path)} (FORMAT parquet)"
    )
    connection.unregister("handed_over")


def _column(name: str, values: tuple[Any, ...]) -> Any:
    import pandas as pd

    if name in _FEW:
        return pd.Categorical(values)
    if name in _DISTINCT:
        return pd.array(values, dtype=object)
    if name in _FIGURES:
        return pd.array(values, dtype="Float64")
    if name in _FLAGS:
        return pd.array(values, dtype="boolean")
    has_gaps = any(value is None for value in values)
    return pd.array(values, dtype="Int64") if has_gaps else pd.array(values)


def staged_months(connection: Any, staged: Path) -> dict[str, list[Path]]:
    """The months of which something is staged, and in which files it is."""
    months: dict[str, list[Path]] = {}
    if not any(staged.glob("*.parquet")):
        return months
    source = quoted(staged / "*.parquet")
    found = connection.execute(
        f"SELECT DISTINCT month, filename FROM read_parquet({source}, filename = true) ORDER BY ALL"
    )
    for month, file in found.fetchall():
        months.setdefault(month, []).append(Path(file))
    return months


def months_of(
    connection: Any, files: Mapping[str, Path], ids: Collection[str]
) -> tuple[set[str], set[str]]:
    """In which months Statements are, and which of them are there."""
    months: set[str] = set()
    there: set[str] = set()
    if not files or not ids:
        return months, there
    fill(connection, "wanted", {"id": "UUID"}, [(one,) for one in ids])
    for month, path in files.items():
        found = connection.execute(
            f"SELECT DISTINCT CAST(id AS VARCHAR) FROM read_parquet({quoted(path)}) "
            "SEMI JOIN wanted USING (id)"
        ).fetchall()
        if found:
            months.add(month)
            there.update(one for [one] in found)
    return months, there


def nothing() -> str:
    """A query with the columns of the facts, as they are read, and no row."""
    columns = {**TYPES, "voided": "TIMESTAMP", "file_row_number": "BIGINT"}
    chosen = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in columns.items())
    return f"SELECT {chosen} WHERE false"


def write_month(
    connection: Any, month: str, old: Path | None, staged: Sequence[Path], new: Path
) -> None:
    """
    Write the file of a month anew: what it held, what is staged, and what is voided by now.

    Args:
        staged: The files that hold something of the month, and may hold more.

    Expects the temporary table `voids` (id, moment in µs).
    """
    columns = ", ".join(TYPES)
    parts = []
    if old is not None:
        parts.append(f"SELECT {columns}, voided FROM read_parquet({quoted(old)})")
    if staged:
        files = ", ".join(map(quoted, staged))
        parts.append(
            f"SELECT {columns}, CAST(NULL AS TIMESTAMP) AS voided "
            f"FROM read_parquet([{files}]) WHERE month = {quoted(month)}"
        )
    chosen = ", ".join(f"f.{name}" for name in TYPES)
    rows = " UNION ALL ".join(parts)
    known = "least(f.voided, make_timestamp(v.moment))"
    voided = f"CASE WHEN f.quarantine IS DISTINCT FROM 'voiding' THEN {known} END"
    connection.execute(
        f"COPY (SELECT {chosen}, {voided} AS voided FROM ({rows}) AS f "
        f"LEFT JOIN voids AS v ON v.id = f.id ORDER BY f.ts, f.id, f.part) "
        f"TO {quoted(new)} (FORMAT parquet, COMPRESSION zstd)"
    )
    sync_file(new)


def busy(connection: Any, file: Path) -> list[int]:
    """Who may be a bot, ascending: more acts on one day than people have, whatever voids them."""
    found = connection.execute(
        f"SELECT DISTINCT person FROM (SELECT person FROM read_parquet({quoted(file)}) "
        "WHERE quarantine IS NULL GROUP BY person, CAST(ts AS DATE) "
        f"HAVING count(*) > {BOT_ACTS}) ORDER BY person"
    ).fetchall()
    return [person for [person] in found]


def write_queries(
    connection: Any, months: Sequence[Path], staged: Path, sources: tuple[Path | None, Path], k: int
) -> bool:
    """
    Write what k people or more have looked for in the same words; False when there is nothing.

    It is the only text beside the facts: what so many type alike tells of none of them.

    Args:
        months: All files of the facts.
        staged: Where new rows are, with their words.
        sources: The file of such words so far, None for none; and the new file.
    """
    old, new = sources
    parts = [f"SELECT query, words FROM read_parquet({quoted(old)})"] if old else []
    if any(staged.glob("*.parquet")):
        parts.append(
            f"SELECT query, words FROM read_parquet({quoted(staged / '*.parquet')}) "
            "WHERE words IS NOT NULL"
        )
    if not parts or not months:
        return False
    files = ", ".join(map(quoted, months))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE queries AS WITH often AS (SELECT query "
        f"FROM read_parquet([{files}]) WHERE query IS NOT NULL AND voided IS NULL "
        f"AND quarantine IS NULL GROUP BY query HAVING count(DISTINCT person) >= {k}) "
        f"SELECT DISTINCT query, words FROM ({' UNION ALL '.join(parts)}) SEMI JOIN often "
        "USING (query)"
    )
    [[n]] = connection.execute("SELECT count(*) FROM queries").fetchall()
    if n:
        connection.execute(f"COPY (FROM queries ORDER BY ALL) TO {quoted(new)} (FORMAT parquet)")
        sync_file(new)
    return bool(n)


def fill(
    connection: Any, name: str, types: Mapping[str, str], rows: Collection[tuple[Any, ...]]
) -> None:
    """Make a temporary table of a few columns, in one go."""
    import pandas as pd

    columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
    if rows:
        frame = pd.DataFrame(list(rows), columns=list(types), dtype=object)
        connection.register("filling", frame)
        chosen = ", ".join(f"CAST({column} AS {kind})" for column, kind in types.items())
        connection.execute(f"INSERT INTO {name} SELECT {chosen} FROM filling")
        connection.unregister("filling")


def write_roster(connection: Any, posts: Iterable[Post], new: Path) -> bool:
    """Write the roster; False when it is empty and there is no file."""
    rows = [
        (
            code(post.person), post.department or "", post.since, post.until, post.role or "",
            code(post.manager) if post.manager else None,
        )
        for post in posts
    ]  # fmt: skip
    if not rows:
        return False
    columns = {
        "person": "BIGINT", "department": "VARCHAR", "since": "BIGINT", "until": "BIGINT",
        "role": "VARCHAR", "manager": "BIGINT",
    }  # fmt: skip
    fill(connection, "roster", columns, rows)
    connection.execute(
        "COPY (SELECT person, nullif(department, '') AS department, make_timestamp(since) AS since,"
        " make_timestamp(until) AS until, nullif(role, '') AS role, manager FROM roster) "
        f"TO {quoted(new)} (FORMAT parquet)"
    )
    sync_file(new)
    return True
