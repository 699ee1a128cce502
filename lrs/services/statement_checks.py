"""One Statement beside what a store has of it: everything that does not follow from its bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from lrs.domain import attachments, strict_json, terms, timestamps
from lrs.domain.errors import LrsError
from lrs.services.incoming import authority_term
from lrs.stores.checking import Checks, Digest, Flaw, Seen

AUTHORITY = "authority"
"""The facet of what only the Statement itself is found by."""

_NO_STATEMENT = (LrsError, LookupError, TypeError, AttributeError, ValueError)


def flaws(checks: Checks, one: Seen) -> list[Flaw]:
    """What is wrong with a Statement or with what the store has of it."""
    try:
        said = strict_json.kept(one.data)
        heritable = terms.terms_of(said, said["authority"])
        own = frozenset((authority_term(said["authority"]),))
        statement_id, stored = said["id"].lower(), timestamps.parse(said["stored"])
        refers, voids = terms.refers_to(said), terms.is_voiding(said)
        named = [each["sha2"].lower() for each in _with_data(said)]
    except _NO_STATEMENT as wrong:
        why = wrong.detail if isinstance(wrong, LrsError) else f"{type(wrong).__name__}: {wrong}"
        return [Flaw("statement", one.id, f"it does not read as a Statement: {why}")]
    found = []
    if statement_id != one.id:
        found.append(Flaw("statement", one.id, f"its JSON has the id {statement_id}"))
    if stored != one.stored:
        detail = f"its JSON was stored at {said['stored']}, its row at {one.stored} µs"
        found.append(Flaw("statement", one.id, detail))
    if refers != one.refers or voids != one.voids:
        found.append(Flaw("statement", one.id, "what it refers to or voids is kept otherwise"))
    found += _voided(one, voids=voids)
    found += _index(checks, one, heritable, own)
    found += [
        Flaw("attachment", sha2, f"the data that Statement {one.id} names is missing")
        for sha2 in named
        if not _is_there(checks, sha2)
    ]
    return found


def _with_data(said: dict[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The Attachments whose data must be here, for it is nowhere else."""
    if "attachments" in said or said["object"].get("objectType") == "SubStatement":
        for attachment in attachments.referenced(said):
            if "fileUrl" not in attachment:
                yield attachment


def _is_there(checks: Checks, sha2: str) -> bool:
    try:
        data = checks.attachments.open(sha2)
    except (OSError, ValueError):  # told by its hash too, unless it is none
        return False
    if data is None:
        return False
    data.close()
    return True


def _voided(one: Seen, *, voids: bool) -> Iterator[Flaw]:
    """What voids cannot be voided (Data 2.3.2)."""
    if one.voided and (voids or not one.may_be_voided):
        yield Flaw("voided", one.id, "it is marked as voided, and nothing that is kept voids it")
    elif not one.voided and one.has_voider and not voids:
        yield Flaw("voided", one.id, "it is voided, and not marked so")


def _index(
    checks: Checks, one: Seen, heritable: Collection[str], own: Collection[str]
) -> Iterator[Flaw]:
    """Its own terms and its target's, all of them and no others (Communication 2.1.3)."""
    kept_as = {term: checks.digest(term) for term in (*heritable, *own)}
    names = {digest: term for term, digest in kept_as.items()}
    mine = frozenset(d for term in heritable if (d := kept_as[term]) is not None)
    alone = frozenset(d for term in own if (d := kept_as[term]) is not None)
    inherited = one.target or frozenset()
    wanted = mine | inherited
    missing = (wanted - one.terms) | checks.unlisted(one, wanted | one.terms | alone)
    if None in names:
        yield Flaw("index", one.id, f"it is not found by {names[None]}")
    for digest in sorted(missing, key=str):
        yield Flaw("index", one.id, f"it is not found by {_name(names, digest)}")
    if (one.terms - wanted) | (one.own - alone):
        yield Flaw("index", one.id, "it is found by what is neither its own nor inherited")
    if not one.found_by_id:
        yield Flaw("index", one.id, "it is not found by its id")


def _name(names: Mapping[Digest | None, str], digest: Digest) -> str:
    return names.get(digest, "something that it inherits")
