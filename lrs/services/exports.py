"""Statements on their way out of a store, as they are kept: byte for byte, oldest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from lrs.domain import attachments, strict_json
from lrs.services.paging import MOST_AT_A_TIME, pages
from lrs.stores.port import AttachmentStore, Found, Query, Store

Progress = Callable[[int, int, int], None]
"""Told how many Statements are out, and how far that is: `stored` (µs) of the last, of all."""

_MAY_BE_ATTACHED = b'"attachments"'


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which Statements.

    Args:
        terms: Those that have all of these; empty for every Statement.
        since: Exclusive, µs.
        until: Inclusive, µs; None for all that can be read when it begins.
        voided: Whether the voided ones come too.
    """

    terms: frozenset[str] = frozenset()
    since: int = -1
    until: int | None = None
    voided: bool = False


@dataclass(slots=True)
class Exported:
    """
    How far an export has come.

    Args:
        statements: How many are out.
        last: `stored` (µs) of the last of them, after which another export can go on.
        attachments: How many attachments are out, those that were there before not counted.
        missing: Hash → id of the first Statement whose data the store has not, or not whole.
    """

    statements: int = 0
    last: int | None = None
    attachments: int = 0
    missing: dict[str, str] = field(default_factory=dict)


def export(
    store: Store,
    wanted: Wanted,
    write: Callable[[bytes], object],
    into: AttachmentStore | None = None,
    progress: Progress = lambda _done, _at, _end: None,
) -> Iterator[Exported]:
    """
    Write Statements, one on each line.

    What is stored after it began is left to the next one. The memory it takes does not grow with
    the store.

    Args:
        write: Takes whole lines, about 8 MiB at most where Statements are not larger themselves.
        into: Where the data of their attachments goes, by hash.

    Yields:
        The same object after each page, whose Statements and attachments are written then.

    Raises:
        StoreUnavailable: The store does not answer; what was yielded last holds.
    """
    done = Exported()
    through = store.consistent_through()
    until = through if wanted.until is None else min(wanted.until, through)
    end = _newest(store, wanted, until)
    for page in _pages(store, wanted, until):
        if into is not None:
            _attach(store, page, into, done)
        write(b"".join(row.data + b"\n" for row in page))
        done.statements += len(page)
        done.last = page[-1].stored
        progress(done.statements, done.last, max(end, done.last))
        yield done


def _newest(store: Store, wanted: Wanted, until: int) -> int:
    """`stored` of the last that is not voided; 0 for none. For the progress only."""
    last = store.find(Query(wanted.terms, since=wanted.since, until=until, limit=1))
    return last[0].stored if last else 0


def _pages(store: Store, wanted: Wanted, until: int) -> Iterator[Sequence[Found]]:
    if not wanted.voided:

        def find(since: int, limit: int) -> Sequence[Found]:
            query = Query(wanted.terms, since=since, until=until, ascending=True, limit=limit)
            return store.find(query)

        return pages(find, wanted.since)
    if len(wanted.terms) < 2:  # noqa: PLR2004 - one term needs nothing to meet
        [term] = wanted.terms or {None}
        return _scanned(store, term, wanted.since, until)
    return _meeting([_scanned(store, t, wanted.since, until) for t in sorted(wanted.terms)])


def _scanned(store: Store, term: str | None, since: int, until: int) -> Iterator[Sequence[Found]]:
    """The voided too."""

    def scan(since: int, limit: int) -> Sequence[Found]:
        return [Found(kept.stored, kept.data) for kept in store.scan(since, until, limit, term)]

    return pages(scan, since)


def _meeting(lists: Sequence[Iterator[Sequence[Found]]]) -> Iterator[Sequence[Found]]:
    """What is in all of several lists in the order of `stored`, walking along them together."""
    walks = [(row for page in each for row in page) for each in lists]
    heads = [next(walk, None) for walk in walks]
    met: list[Found] = []
    while None not in heads:
        rows = [head for head in heads if head is not None]
        furthest = max(row.stored for row in rows)
        if all(row.stored == furthest for row in rows):
            met.append(rows[0])
            heads = [next(walk, None) for walk in walks]
        else:
            heads = [
                next(walk, None) if row.stored < furthest else row
                for walk, row in zip(walks, rows, strict=True)
            ]
        if len(met) == MOST_AT_A_TIME:
            yield met
            met = []
    if met:
        yield met


def _attach(store: Store, page: Sequence[Found], into: AttachmentStore, done: Exported) -> None:
    """Copy the data of these Statements, whole or not at all; each hash once."""
    for row in page:
        if _MAY_BE_ATTACHED not in row.data:
            continue
        statement = strict_json.kept(row.data)
        for attachment in attachments.referenced(statement):
            sha2 = attachment["sha2"].lower()
            if _copied(store.attachments, sha2, into):
                done.attachments += 1
            elif "fileUrl" not in attachment and not _has(into, sha2):
                done.missing.setdefault(sha2, statement["id"])


def _copied(source: AttachmentStore, sha2: str, into: AttachmentStore) -> bool:
    """Whether data was copied now."""
    if _has(into, sha2) or (data := source.open(sha2)) is None:
        return False
    with data:
        if not attachments.is_named_by(sha2, data):
            return False
        data.seek(0)
        into.put(sha2, data.read())
    return True


def _has(store: AttachmentStore, sha2: str) -> bool:
    data = store.open(sha2)
    if data is None:
        return False
    data.close()
    return True
