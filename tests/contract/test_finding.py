"""Finding: all terms, bounds, both orders, whole pages."""

from __future__ import annotations

import pytest

from lrs.stores.port import Query, Store
from tests.contract.builders import a_batch, a_statement, an_id

EVER = 2**60


def found(store: Store, *terms: str, **more: object) -> list[str]:
    """The names (of s0, s1, ...) that a query finds, in its order."""
    names = {an_id(f"s{i}"): f"s{i}" for i in range(300)}
    times = {k.stored: k.id for k in store.scan(0, EVER, 1000)}
    return [names[times[f.stored]] for f in store.find(Query(frozenset(terms), **more))]


def test_a_statement_is_found_when_it_has_all_terms(store: Store) -> None:
    store.add(
        a_batch(
            a_statement("s0", terms={"a"}),
            a_statement("s1", terms={"a", "b"}),
            a_statement("s2", terms={"b", "c"}, own={"a"}),
        )
    )

    assert found(store, "a", ascending=True) == ["s0", "s1", "s2"]
    assert found(store, "a", "b", ascending=True) == ["s1", "s2"]
    assert found(store, "a", "b", "c") == ["s2"]
    assert found(store, "a", "d") == []
    assert found(store, ascending=True) == ["s0", "s1", "s2"]


def test_what_is_found_is_what_is_kept(store: Store) -> None:
    store.add(a_batch(a_statement("s0", terms={"a"})))

    [row] = store.find(Query(frozenset({"a"})))

    kept = store.get(an_id("s0"))
    assert (row.stored, row.data) == (kept.stored, kept.data)
    assert type(row.stored) is int
    assert type(row.data) is bytes


def test_the_newest_comes_first_unless_asked_otherwise(store: Store) -> None:
    store.add(a_batch(*(a_statement(f"s{i}", terms={"a"}) for i in range(5))))

    assert found(store, "a") == ["s4", "s3", "s2", "s1", "s0"]
    assert found(store, "a", ascending=True, limit=2) == ["s0", "s1"]
    assert found(store, "a", limit=2) == ["s4", "s3"]


@pytest.mark.parametrize("terms", [(), ("a",)])
def test_since_is_exclusive_and_until_inclusive(store: Store, terms: tuple[str, ...]) -> None:
    store.add(a_batch(*(a_statement(f"s{i}", terms={"a"}) for i in range(5))))
    times = [k.stored for k in store.scan(0, EVER, 10)]

    assert found(store, *terms, since=times[1], ascending=True) == ["s2", "s3", "s4"]
    assert found(store, *terms, until=times[1], ascending=True) == ["s0", "s1"]
    assert found(store, *terms, since=times[0], until=times[2]) == ["s2", "s1"]
    assert found(store, *terms, since=times[4]) == []


@pytest.mark.parametrize("terms", [frozenset(), frozenset({"a"}), frozenset({"a", "b"})])
@pytest.mark.parametrize("ascending", [True, False])
def test_pages_are_full_although_voided_ones_lie_between(
    store: Store, terms: frozenset[str], ascending: bool
) -> None:
    """A short page would read as the end of the list."""
    names = [f"s{i}" for i in range(30)]
    store.add(a_batch(*(a_statement(name, terms={"a", "b"}) for name in names)))
    voiders = [a_statement(f"v{i}", voids=f"s{i}", terms={"v"}) for i in range(0, 30, 3)]
    store.add(a_batch(*voiders))
    left = {an_id(name) for i, name in enumerate(names) if i % 3}

    seen: list[int] = []
    bounds: dict[str, int] = {}
    while True:
        page = store.find(Query(terms, ascending=ascending, limit=4, **bounds))
        seen += [row.stored for row in page]
        if len(page) < 4:
            break
        last = page[-1].stored
        bounds = {"since": last} if ascending else {"until": last - 1}

    ids = {k.stored: k.id for k in store.scan(0, EVER, 100)}
    # Voiding Statements inherit what their target is found by, and are listed.
    assert [ids[at] for at in seen] == [
        ids[at]
        for at in sorted(ids, reverse=not ascending)
        if ids[at] in left | {v.id for v in voiders}
    ]


def test_scan_gives_the_voided_too_and_in_pages(store: Store) -> None:
    store.add(a_batch(*(a_statement(f"s{i}") for i in range(5)), a_statement("v", voids="s1")))

    first = store.scan(0, EVER, 4)
    rest = store.scan(first[-1].stored, EVER, 4)

    assert [k.id for k in first] == [an_id(f"s{i}") for i in range(4)]
    assert [k.voided for k in first] == [False, True, False, False]
    assert [k.id for k in rest] == [an_id("s4"), an_id("v")]
    assert store.scan(0, first[1].stored, 10) == first[:2]


def test_scan_by_a_term_gives_the_voided_too_and_what_voids_them_later(store: Store) -> None:
    """So that who remembers what it scanned learns of voidings by going on."""
    store.add(a_batch(*(a_statement(f"s{i}", terms={"a" if i % 2 else "b"}) for i in range(6))))

    first = store.scan(0, EVER, 2, "a")
    store.add(a_batch(a_statement("v", voids="s1", terms={"v"}), a_statement("s7", own={"a"})))
    rest = store.scan(first[-1].stored, EVER, 10, "a")

    assert [k.id for k in first] == [an_id("s1"), an_id("s3")]
    assert [k.id for k in rest] == [an_id("s5"), an_id("v"), an_id("s7")]
    assert [k.voided for k in store.scan(0, first[-1].stored, 10, "a")] == [True, False]
    assert store.scan(0, EVER, 10, "c") == []


STRANGE = [
    "agent:mbox:mailto:a.b$c@example.org",
    "$where",
    "a\x00b",
    "verb:http://example.org/😀/é",
    "e\u0301",
    " leading and trailing ",
    "'; DROP TABLE statement; --",
    "x" * 2000,
]


def test_terms_are_any_strings_told_apart_exactly(store: Store) -> None:
    store.add(a_batch(*(a_statement(f"s{i}", terms={t}) for i, t in enumerate(STRANGE))))

    assert [found(store, term) for term in STRANGE] == [[f"s{i}"] for i in range(len(STRANGE))]
    assert found(store, "\u00e9") == []
    assert found(store, "x" * 1999) == []
    assert found(store, STRANGE[0].upper()) == []
