"""Layers of the network beside replies, and who stands between others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lrs.domain import vocabulary as v
from lrs.domain.errors import BadRequest
from tests.analytics.planted import Kept, act, kept_in, knowing, post, reply


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    with kept_in(tmp_path) as made:
        yield made


def edit(who: str, page: str, day: str = "2026-01-10") -> dict[str, Any]:
    return act(who, f"{v.AS}update", page, day, kind=v.PAGE)


def network(kept: Kept, **options: Any) -> dict[str, Any]:
    return kept.result(
        "network", "2026-01-01", "2026-02-01", options={"permutations": 10, **options}
    )


def test_who_edited_the_same_pages_is_a_layer_without_direction(kept: Kept) -> None:
    kept.keep(
        *[edit(one, "w/1") for one in ("ann", "bob", "cem")],
        *[edit(one, "w/2") for one in ("ann", "bob")],
        edit("dee", "w/3"),
    )
    kept.refresh()

    found = network(kept, layers="coedit")

    assert (found["n"], found["dyads"], found["reciprocity"]) == (3, 3, None)
    assert found["isolates"] == 1, "dee, who edited alone"


def test_layers_that_have_nothing_in_common_are_not_added_up(kept: Kept) -> None:
    kept.refresh()

    with pytest.raises(BadRequest):
        network(kept, layers="reply,coedit")


def test_brokers_are_counted_by_role(kept: Kept) -> None:
    """The worked network of six (research/analytics.md 2.5)."""
    of = dict(zip("abcdef", ("X", "X", "Y", "Y", "Y", "Z"), strict=True))
    kept.keep(
        *[post(who, f"post/{who}", "2026-01-01") for who in of],
        *[
            reply(one, f"reply/{one}{two}", f"post/{two}", "2026-01-02")
            for one, two in ("ab", "ba", "ac", "cd", "de", "ec", "fa")
        ],
    )
    kept.refresh(knowledge=knowing(of))

    assert network(kept)["brokers"] == {
        "coordinator": 3,
        "consultant": 0,
        "gatekeeper": 2,
        "representative": 1,
        "liaison": 1,
    }
