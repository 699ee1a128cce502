"""The StatementRef rule and voiding, in every order of arrival (Communication 2.1.3; Data 2.3.2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import permutations

import pytest

from lrs.stores.linking import MOST_INHERITED, Referrer, link
from lrs.stores.port import NewStatement, Query, Store
from tests.contract.builders import a_batch, a_statement, an_id

EVER = 2**60

CHAIN = {
    "target": a_statement("target", terms={"t"}),
    "middle": a_statement("middle", refers="target", terms={"m"}),
    "top": a_statement("top", refers="middle", terms={"p"}),
}
VOIDING = {
    "target": a_statement("target", terms={"t"}),
    "voider": a_statement("voider", voids="target", terms={"v"}),
    "referrer": a_statement("referrer", refers="target", terms={"r"}),
}


def found(store: Store, term: str) -> set[str]:
    ids = {k.stored: k.id for k in store.scan(0, EVER, 1000)}
    return {ids[row.stored] for row in store.find(Query(frozenset({term})))}


def ids(*names: str) -> set[str]:
    return {an_id(name) for name in names}


def add_one_by_one(store: Store, *statements: NewStatement) -> None:
    for statement in statements:
        store.add(a_batch(statement))


@pytest.mark.parametrize("order", list(permutations(CHAIN)))
@pytest.mark.parametrize("together", [True, False])
def test_a_referrer_inherits_along_a_chain_whichever_arrives_first(
    store: Store, order: tuple[str, ...], together: bool
) -> None:
    statements = [CHAIN[name] for name in order]

    if together:
        store.add(a_batch(*statements))
    else:
        add_one_by_one(store, *statements)

    assert found(store, "t") == ids("target", "middle", "top")
    assert found(store, "m") == ids("middle", "top")
    assert found(store, "p") == ids("top")


@pytest.mark.parametrize("order", list(permutations(VOIDING)))
@pytest.mark.parametrize("together", [True, False])
def test_a_voided_target_is_not_listed_but_gives_its_terms(
    store: Store, order: tuple[str, ...], together: bool
) -> None:
    statements = [VOIDING[name] for name in order]

    if together:
        store.add(a_batch(*statements))
    else:
        add_one_by_one(store, *statements)

    assert store.get(an_id("target")).voided
    assert found(store, "t") == ids("voider", "referrer")
    assert found(store, "v") == ids("voider")


def test_own_terms_are_not_inherited(store: Store) -> None:
    add_one_by_one(
        store,
        a_statement("target", terms={"t"}, own={"o"}),
        a_statement("referrer", refers="target"),
    )

    assert found(store, "o") == ids("target")
    assert found(store, "t") == ids("target", "referrer")


def test_a_term_of_its_own_that_is_also_inherited_goes_on(store: Store) -> None:
    add_one_by_one(
        store,
        a_statement("middle", refers="target", own={"x"}),
        a_statement("top", refers="middle"),
        a_statement("target", terms={"x"}),
    )

    assert found(store, "x") == ids("target", "middle", "top")


def test_a_circle_with_an_own_term_ends(store: Store) -> None:
    add_one_by_one(
        store,
        a_statement("a", refers="b", own={"x"}, terms={"a"}),
        a_statement("b", refers="a", own={"a"}, terms={"x"}),
    )

    assert found(store, "a") == ids("a", "b")
    assert found(store, "x") == ids("a", "b")


def test_a_statement_may_refer_to_itself(store: Store) -> None:
    store.add(a_batch(a_statement("s", refers="s", terms={"a"})))

    assert found(store, "a") == ids("s")


def test_a_statement_that_voids_itself_voids_nothing(store: Store) -> None:
    """A voiding Statement cannot be voided (Data 2.3.2)."""
    store.add(a_batch(a_statement("s", voids="s", terms={"a"})))

    assert not store.get(an_id("s")).voided


@pytest.mark.parametrize("order", list(permutations(["a", "b", "c"])))
def test_circles_end_and_share_their_terms(store: Store, order: tuple[str, ...]) -> None:
    circle = {"a": "b", "b": "c", "c": "a"}

    add_one_by_one(store, *(a_statement(n, refers=circle[n], terms={n}) for n in order))

    for name in circle:
        assert found(store, name) == ids("a", "b", "c")


@pytest.mark.parametrize("order", list(permutations(["target", "voider", "second"])))
def test_a_voiding_statement_cannot_be_voided(store: Store, order: tuple[str, ...]) -> None:
    statements = {
        "target": a_statement("target"),
        "voider": a_statement("voider", voids="target"),
        "second": a_statement("second", voids="voider"),
    }

    add_one_by_one(store, *(statements[name] for name in order))

    assert store.get(an_id("target")).voided
    assert not store.get(an_id("voider")).voided
    assert not store.get(an_id("second")).voided


def test_a_reference_without_voiding_voids_nothing(store: Store) -> None:
    add_one_by_one(store, a_statement("target"), a_statement("referrer", refers="target"))

    assert not store.get(an_id("target")).voided


def test_many_referrers_of_one_target_all_inherit(store: Store) -> None:
    referrers = [a_statement(f"r{i}", refers="target") for i in range(40)]
    store.add(a_batch(*referrers))

    store.add(a_batch(a_statement("target", terms={"t"})))

    assert found(store, "t") == {r.id for r in referrers} | ids("target")


def test_linking_leaves_the_bytes_alone(store: Store) -> None:
    store.add(a_batch(a_statement("voider", voids="target"), a_statement("r", refers="target")))
    before = store.get(an_id("r"))

    store.add(a_batch(a_statement("target", terms={"t"})))

    assert store.get(an_id("r")) == before


@pytest.mark.parametrize("last", ["end", "s0"])
def test_each_statement_of_a_long_chain_gets_its_terms_in_one_step(last: str) -> None:
    """Else one small batch of Statements that refer to one another stops all writing."""
    length = 60
    links = CountedLinks(
        [a_statement(f"s{i}", refers=f"s{i + 1}", terms={f"t{i}"}) for i in range(length - 1)]
        + [a_statement(f"s{length - 1}", refers=last, terms={f"t{length - 1}"})]
    )

    link(links, links.added)

    assert links.kept[an_id("s0")] == {f"t{i}" for i in range(length)}
    assert max(links.written.values()) == 1
    assert links.asked <= 4 * length


@pytest.mark.parametrize("last", ["end", "s0"])
def test_a_chain_made_to_be_long_begins_anew_where_terms_are_too_many(last: str) -> None:
    """Else each batch that lengthens it costs more than the one before, without end."""
    length = 60
    width = MOST_INHERITED // 20
    chain = [
        a_statement(
            f"s{i}",
            refers=f"s{i + 1}" if i < length - 1 else last,
            terms={f"t{i}-{j}" for j in range(width)},
        )
        for i in range(length)
    ]
    links = CountedLinks(chain)

    link(links, links.added)

    assert max(len(terms) for terms in links.kept.values()) <= MOST_INHERITED + width
    assert links.kept[an_id("s0")] >= chain[0].terms | chain[1].terms
    assert max(links.written.values()) <= 2  # a circle is walked along once more


def test_what_a_writer_that_died_passed_on_halfway_is_finished() -> None:
    chain = list(CHAIN.values())
    links = CountedLinks(chain)
    links.kept[an_id("middle")] |= {"t"}

    link(links, [chain[0]])

    assert links.kept[an_id("top")] == {"t", "m", "p"}


class CountedLinks:
    """Links in memory that count what they are asked for."""

    def __init__(self, added: Sequence[NewStatement]) -> None:
        self.added = added
        self.kept = {s.id: set(s.terms) for s in added}
        self.written: Counter[str] = Counter()
        self.asked = 0

    def referrers(self, ids: Collection[str]) -> Mapping[str, Sequence[Referrer]]:
        found: dict[str, list[Referrer]] = {}
        for one in self.added:
            if one.refers in ids:
                found.setdefault(one.refers, []).append(Referrer(one.id, one.voids))
        return found

    def terms(self, ids: Collection[str]) -> Mapping[str, frozenset[str]]:
        self.asked += len(ids)
        return {i: frozenset(self.kept[i]) for i in ids if i in self.kept}

    def add_terms(self, statement_id: str, terms: frozenset[str]) -> None:
        self.kept[statement_id] |= terms
        self.written[statement_id] += 1

    def void(self, ids: Collection[str]) -> None:
        """Not looked at here."""
