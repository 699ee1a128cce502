"""Pulses over both stores."""

from __future__ import annotations

import pytest

from lrs.stores.port import Store
from tests.contract.conftest import mongo_place, mongodb, open_store, place, store
from tests.pulses.parts import Place

__all__ = ["mongo_place", "mongodb", "open_store", "place", "store"]


@pytest.fixture
def here(store: Store) -> Place:
    return Place.over(store)
