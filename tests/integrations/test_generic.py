"""The generic source: home-made tools, intranet search, notes of a coffee corner."""

from __future__ import annotations

from typing import Any

from integrations.base import Delivery, Why
from lrs.domain import vocabulary as v
from lrs.domain.vocabulary import action_of
from tests.integrations.contract import IntegrationContract, posted


def a_search(**changes: Any) -> dict[str, Any]:
    return {
        "id": "search-8812",
        "act": "search",
        "time": "2026-03-02T10:15:00+01:00",
        "person": {"id": "e1034", "name": "Ada"},
        "query": "pump 4  manual",
        "hits": 0,
        **changes,
    }


class TestGeneric(IntegrationContract):
    name = "generic"
    instance = "https://intranet.example"

    def genuine(self) -> Delivery:
        return posted(a_search())

    def unknown(self) -> Delivery:
        return posted(a_search(act="juggle"))

    def by_bot(self) -> Delivery:
        return posted(a_search(person={"id": "crawler", "kind": "bot"}))

    def by_nobody(self) -> Delivery:
        return posted(a_search(person=None))

    def private(self) -> Delivery:
        return posted(a_search(private=True))

    def test_a_search_tells_what_was_sought_and_how_much_was_found(self) -> None:
        made = self.statement(self.genuine())

        assert action_of(made) == "search"
        assert made["object"]["id"] == "https://intranet.example/search"
        assert made["result"] == {"response": "pump 4 manual", "extensions": {v.HITS: 0}}
        assert made["timestamp"] == "2026-03-02T09:15:00Z"

    def test_what_was_found_is_an_act_of_its_own(self) -> None:
        found = a_search(
            id="f1", act="find", object={"id": "docs/31", "title": "Manual"}, parent="search"
        )
        made = self.statement(posted(found))

        assert action_of(made) == "find"
        assert made["object"]["id"] == "https://intranet.example/docs/31"

    def test_a_note_of_a_conversation(self) -> None:
        note = {
            "id": "coffee-3",
            "act": "post",
            "person": "e1034",
            "text": "<p>Pump 4 leaks</p>",
            "mentions": ["e2000"],
            "topics": ["Pumps"],
            "within": [{"id": "places/coffee-corner", "title": "Coffee corner"}],
        }
        made = self.statement(posted(note))

        assert action_of(made) == "post"
        assert made["object"]["definition"]["description"] == {"und": "Pump 4 leaks"}

    def test_several_events_at_once(self) -> None:
        told = self.told(posted({"events": [a_search(), a_search(id="2"), a_search(act="juggle")]}))

        assert len(told.statements) == 2
        assert told.skipped == {Why.UNKNOWN_EVENT: 1}

    def test_a_number_of_hits_that_is_none_is_a_dead_letter(self) -> None:
        for wrong in (-1, "many", 1.5):
            assert self.told(posted(a_search(hits=wrong))).dead_letter

    def test_an_act_that_needs_an_object_says_so(self) -> None:
        told = self.told(posted(a_search(act="like")))

        assert told.dead_letter == "an act of like needs an object"
