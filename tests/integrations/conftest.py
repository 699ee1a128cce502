"""Both stores, as the contract of stores opens them, and all that takes what sources tell."""

from __future__ import annotations

import pytest

from integrations.harvest import Harvests
from integrations.intake import Intake
from lrs.app import open_intake
from lrs.services.jobs import Jobs
from lrs.services.lrs import Lrs
from lrs.services.statements import Limits
from lrs.stores.port import Store
from tests.contract.conftest import mongo_place, mongodb, open_store, place, store

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
