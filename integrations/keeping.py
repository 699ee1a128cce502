"""From Statements of a source to the store, under the source's own Authority, exactly once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from integrations.source import Source
from lrs.domain.errors import BadRequest, Conflict
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services.access import Credential
from lrs.services.incoming import Request
from lrs.services.lrs import Lrs

Json = dict[str, Any]


@dataclass(slots=True)
class Kept:
    """
    What became of Statements.

    Args:
        counts: `stored` for the first time; `known`, told before; `unchanged`, told before in
            other words, so that the first one stays as it is.
        refused: Those that break the standard, each with what is wrong.
    """

    counts: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[Json, str]] = field(default_factory=list)


def authority(source: Source, public_url: str) -> Credential:
    """Who asserts what a source tells: the source itself, as an account at this store."""
    account = {"homePage": public_url, "name": f"source:{source.name}"}
    agent = {"objectType": "Agent", "name": source.name, "account": account}
    scopes = frozenset({"statements/write", "define"})
    return Credential(f"source:{source.name}", source.name, scopes, agent)


def keep(lrs: Lrs, source: Source, statements: Sequence[Json], now: int) -> Kept:
    """
    Store what a source tells, exactly once however often it is told.

    Args:
        statements: In the 2.0 form, with ids that follow from what they tell.
        now: µs.

    Raises:
        StoreUnavailable: Not all of them are kept; all may be told again.
    """
    credential = authority(source, lrs.public_url)
    kept = Kept()
    once = {statement["id"]: statement for statement in reversed(statements)}
    kept.counts["known"] = len(statements) - len(once)
    told = list(reversed(once.values()))
    for start in range(0, len(told), lrs.statements.limits.max_batch):
        part = told[start : start + lrs.statements.limits.max_batch]
        _store(lrs, Request(Parsed(part, part), {}, credential, Version.V2, now), kept)
    kept.counts = +kept.counts
    return kept


def _store(lrs: Lrs, request: Request, kept: Kept) -> None:
    """A batch, and where one of it is refused, its halves: all the others are kept."""
    part: list[Json] = request.body.plain
    try:
        new = len(lrs.statements.keep_new(request))
    except (Conflict, BadRequest) as error:
        if len(part) > 1:
            for half in (part[: len(part) // 2], part[len(part) // 2 :]):
                _store(lrs, _of(request, half), kept)
        elif isinstance(error, Conflict):
            kept.counts["unchanged"] += 1
        else:
            kept.refused.append((part[0], f"{error.at}: {error.detail}"))
        return
    kept.counts["stored"] += new
    kept.counts["known"] += len(part) - new


def _of(request: Request, part: list[Json]) -> Request:
    return Request(Parsed(part, part), {}, request.credential, request.version, request.now)
