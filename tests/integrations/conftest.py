"""Both stores, as the contract of stores opens them, and all that takes what sources tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from integrations.harvest import Harvests
from integrations.intake import Intake
from lrs.app import open_intake
from lrs.services.jobs import Jobs
from lrs.services.lrs import Lrs
from lrs.services.statements import Limits
from lrs.stores.port import Store
from tests.contract.conftest import mongo_place, mongodb, open_store, place, store
from tests.integrations.vendors.reading import Serve
from tests.integrations.vendors.server import serving_vendor

__all__ = ["mongo_place", "mongodb", "open_store", "place", "store"]
LEASE_SECONDS = 2.0


def intake_over(store: Store) -> Intake:
    return open_intake(Lrs.over(store, Limits(5000, 64, 500), "https://lrs.example"))


@pytest.fixture
def intake(store: Store) -> Intake:
    return intake_over(store)


@pytest.fixture
def harvests(intake: Intake) -> Harvests:
    return Harvests(intake, Jobs(intake.lrs.store, LEASE_SECONDS))


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Puts up vendors until the test ends."""
    with ExitStack() as stack:
        yield lambda answer: stack.enter_context(serving_vendor(answer))
