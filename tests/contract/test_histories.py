"""Histories over both stores: what one process knew already is right after others wrote."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lrs.domain.identifiers import agent_of, of_one
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services.access import Credential
from lrs.services.histories import Asked
from lrs.services.history_stretches import KIND, code
from lrs.services.incoming import Request
from lrs.services.lrs import Lrs
from lrs.services.statements import Limits
from lrs.stores.port import Draft, Kept, Store
from tests.contract.builders import an_id

JAN = "mbox:mailto:jan@example.org"
KEY = Credential("key", "key", frozenset({"all"}), agent_of("mbox:mailto:lms@example.org"))
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def over(store: Store) -> Lrs:
    return Lrs.over(store, Limits(100, 40, 100), "http://lrs.example.org")


def keep(lrs: Lrs, *statements: dict[str, object]) -> None:
    body = [{"actor": agent_of(JAN), **statement} for statement in statements]
    lrs.statements.keep(Request(Parsed(body, body), {}, KEY, Version.V2, now=0))


def an_act(name: str, day: int) -> dict[str, object]:
    return {
        "id": an_id(name),
        "verb": {"id": "http://example.org/did"},
        "object": {"id": "http://example.org/it"},
        "timestamp": f"2026-01-{day:02}T00:00:00Z",
    }


def voids(name: str) -> dict[str, object]:
    return {
        "actor": agent_of("mbox:mailto:admin@example.org"),
        "verb": {"id": VOIDED},
        "object": {"objectType": "StatementRef", "id": an_id(name)},
    }


def history(lrs: Lrs, *, voided: bool = False) -> list[tuple[str, bool]]:
    page = lrs.histories.page(Asked(of_one(JAN), voided=voided, oldest=True, limit=1000), KEY)
    return [(act.id, act.voided) for act in page.acts]


def test_what_others_store_and_void_is_in_the_next_answer(
    open_store: Callable[[], Store],
) -> None:
    reader, writer = over(open_store()), over(open_store())
    keep(writer, an_act("b", 2), an_act("d", 4))
    assert history(reader) == [(an_id("b"), False), (an_id("d"), False)]

    keep(writer, voids("b"), voids("late"), an_act("c", 3))
    keep(writer, an_act("late", 5), an_act("a", 1))

    assert history(reader) == [(an_id("a"), False), (an_id("c"), False), (an_id("d"), False)]
    everything = [("a", False), ("b", True), ("c", False), ("d", False), ("late", True)]
    assert history(reader, voided=True) == [(an_id(name), gone) for name, gone in everything]
    assert history(over(open_store()), voided=True) == history(reader, voided=True)


def test_another_process_need_not_read_what_one_wrote_down(
    open_store: Callable[[], Store],
) -> None:
    """It answers the same: also what was voided after it was written down."""
    writer = over(open_store())
    for start in range(0, 600, 100):
        keep(writer, *(an_act(f"a{n}", 1 + n % 28) for n in range(start, start + 100)))
    first = history(over(open_store()), voided=True)
    keep(writer, voids("a7"), an_act("late", 3))

    counting = Counting(open_store())
    told = history(over(counting), voided=True)

    assert counting.read < 200
    assert len(told) == len(first) + 1 == 601
    assert [one for one in told if one[1]] == [(an_id("a7"), True)]
    assert told == history(over(open_store()), voided=True)


def test_what_other_code_wrote_down_is_not_believed(open_store: Callable[[], Store]) -> None:
    store = open_store()
    writer = over(store)
    for start in range(0, 300, 100):
        keep(writer, *(an_act(f"a{n}", 1 + n % 28) for n in range(start, start + 100)))
    told = history(writer)
    [written] = store.records(KIND)
    wrong = written.value.replace(code().encode(), b"another").replace(b"2026-01", b"1999-01")
    store.change(KIND, written.key, lambda _: Draft(wrong, tags=frozenset({JAN})))

    assert history(over(open_store())) == told


class Counting:
    """A store that counts the Statements it scans."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.read = 0

    def scan(self, since: int, until: int, limit: int, term: str | None = None) -> list[Kept]:
        found = self._store.scan(since, until, limit, term)
        self.read += len(found)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
