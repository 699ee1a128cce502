"""What other processes do in these tests; each opens the store for itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection

import pytest
from pymongo import monitoring

from lrs.stores.port import Batch, Draft, DuplicateId, NewStatement, Store, StoreUnavailable
from tests.contract import builders
from tests.contract.builders import a_batch, a_statement
from tests.contract.places import Place


def count_up(place: Place, times: int) -> None:
    """Raise the number in one record by one, so many times."""
    with place.opened() as store:
        for _ in range(times):
            store.change("k", "n", lambda r: Draft(b"%d" % (int(r.value) + 1 if r else 1)))


def add_overlapping(place: Place, batches: list[list[str]], text: str) -> tuple[list[str], int]:
    """
    Add batches of Statements of these names.

    Returns:
        The ids that were new to this process, and how many batches were refused.
    """
    with place.opened() as store:
        return add_all(store, batches, text)


def add_all(store: Store, batches: list[list[str]], text: str) -> tuple[list[str], int]:
    won: list[str] = []
    refused = 0
    for names in batches:
        try:
            won += store.add(a_batch(*(a_statement(n, text=text, terms={"a"}) for n in names)))
        except DuplicateId:
            refused += 1
    return won, refused


def add_some(place: Place, prefix: str, batches: int, size: int) -> None:
    """Add batches of Statements `<prefix>-<batch>-<n>`."""
    with place.opened() as store:
        for b in range(batches):
            store.add(
                a_batch(*(a_statement(f"{prefix}-{b}-{n}", terms={"a"}) for n in range(size)))
            )


def add_and_stop_midway(place: Place, pipe: Connection, name: str) -> None:
    """Begin to add a Statement, say so from within the write, and end it when told to."""

    def merge(kept: bytes | None, learned: bytes) -> bytes:
        pipe.send("under way")
        pipe.recv()
        return builders.merge(kept, learned)

    with place.opened() as store:
        learned = {"http://example.org/" + name: b"{}"}
        store.add(Batch([a_statement(name, terms={"a"})], learned, builders.same, merge))
    pipe.send("done")


def add_until_killed(place: Place, pipe: Connection, prefix: str, size: int) -> None:
    """Add batches for ever, telling the number of each when it is kept."""
    with place.opened() as store:
        number = 0
        while True:
            names = [f"{prefix}-{number}-{n}" for n in range(size)]
            targets = [a_statement(name, terms={"a"}) for name in names]
            voiders = [a_statement(f"v-{names[0]}", voids=names[0], terms={"v"})]
            store.add(a_batch(*voiders, *targets))
            pipe.send(number)
            number += 1


def add_and_die_at(place: Place, command: int, name: str) -> None:
    """Add `linked_batch(name)` and die just before the driver sends its so-manieth command."""
    fate = Fate(lambda number, _: "die" if number == command else "")
    with fate, place.opened() as store:
        fate.begin()
        store.add(linked_batch(name))


def insert_late(place: Place, name: str, then_die: bool) -> None:
    """Be suspended just before the insert; when woken, insert, and die if told to."""

    def at(_: int, event: monitoring.CommandStartedEvent) -> str:
        if event.command_name == "insert" and event.command["insert"] == "statements":
            return "sleep"
        return "die" if then_die and event.command_name == "update" else ""

    fate = Fate(at)
    with fate, place.opened() as store:
        fate.begin()
        with pytest.raises(StoreUnavailable):
            store.add(a_batch(a_statement(name, terms={"a"}, text="late")))


def sleep_before_deciding(place: Place, batch: list[NewStatement]) -> None:
    """Be suspended when all is inserted and nothing decided; go on when woken."""
    slept: list[bool] = []

    def at(_: int, event: monitoring.CommandStartedEvent) -> str:
        if event.command_name != "update" or slept:
            return ""
        slept.append(True)
        return "sleep"

    fate = Fate(at)
    with fate, place.opened() as store:
        fate.begin()
        store.add(a_batch(*batch))


class Fate(monitoring.CommandListener):
    """Stops or kills its own process between two commands of MongoDB's driver."""

    def __init__(self, at: Callable[[int, monitoring.CommandStartedEvent], str]) -> None:
        self._at = at
        self._number = -1

    def __enter__(self) -> None:
        monitoring.register(self)

    def __exit__(self, *_: object) -> None: ...

    def begin(self) -> None:
        """Count from here on."""
        self._number = 0

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if self._number >= 0:
            act = self._at(self._number, event)
            self._number += 1
            if act:
                os.kill(os.getpid(), signal.SIGKILL if act == "die" else signal.SIGSTOP)

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...

    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...


def linked_batch(name: str) -> Batch:
    """Three Statements that void, refer to and are referred to by those of `linked_before`."""
    return a_batch(
        a_statement(f"{name}-voider", voids=f"{name}-target", terms={f"{name}-v"}),
        a_statement(f"{name}-referrer", refers=f"{name}-target", terms={f"{name}-r"}),
        a_statement(f"{name}-late", terms={f"{name}-l"}),
        definitions={f"http://example.org/{name}": b'{"name":1}'},
    )


def linked_before(name: str) -> Batch:
    return a_batch(
        a_statement(f"{name}-target", terms={f"{name}-t"}),
        a_statement(f"{name}-early", refers=f"{name}-late"),
    )
