"""
A Statement as facts: narrow rows of codes, ids and numbers. No text and no name is in what is kept.

One row for each person who acted: a Group is its members. People and objects are 64-bit hashes of
their identifiers, so that equal ones meet in joins and nothing about them can be read.

Spec: research/analytics.md 2.0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from analytics.facts.people import EachForItself, People
from analytics.facts.words import About, words_of
from analytics.text.topics import Vocabulary
from lrs.domain import durations, timestamps
from lrs.domain import vocabulary as v
from lrs.domain.actors import ifi
from lrs.domain.errors import LrsError

VERSION = "3"
"""Of the facts: changes whenever the same Statement would become other rows."""

MANDATORY, DEPARTMENT = v.MANDATORY, v.DEPARTMENT

_MINUTE, _EARLIEST = 60_000_000, timestamps.parse("1990-01-01T00:00:00Z")
_FUTURE = 5 * _MINUTE

Json = Mapping[str, Any]
_NONE: Json = {}


class Fact(NamedTuple):
    """
    One row; times in µs, hashes by `code`.

    Args:
        part: Place among the members of a Group; 0 for everyone else.
        quarantine: Why the times cannot be right (`future`, `past`), or None.
        kind: `person`, `member` of a Group, or `group` that stays one actor.
        members: How many rows the Statement has.
        known: Whether the identifier was found in the persons store.
        channel: formal, formal_embedded, social, transfer, search or other.
        refers: The Statement that the object or else the context refers to.
        towards: The person who is answered, followed or otherwise acted towards, where told.
        mentions: Codes of persons named in it, by comma.
        topics: Topic ids, by the unit separator.
        score: 0 to 1 (scaled, -1 to 1).
        raw: The figure that `score` was made of; a KPI has no other.
        milliseconds: `result.duration`.
        hits, query: Of a search: how much it found, and the code of what was looked for.
        words: What was looked for; not kept with the row (`partitions.write_queries`).
    """

    id: str
    part: int
    ts: int
    stored: int
    quarantine: str | None
    kind: str
    members: int
    ifi: int
    person: int
    known: bool
    department: str | None
    verb: str
    action: str | None
    vclass: str
    mode: str
    channel: str
    refers: str | None
    object: int | None
    otype: str | None
    parent: int | None
    thread: int | None
    towards: int | None
    mentions: str
    source: str
    course: str | None
    topics: str
    score: float | None
    raw: float | None
    success: bool | None
    completion: bool | None
    milliseconds: int | None
    language: str | None
    question: bool
    hits: int | None
    query: int | None
    words: str | None


@dataclass(frozen=True)
class Knowledge:
    """What is known beside the Statements: persons, and the organisation's vocabulary of topics."""

    people: People = field(default_factory=EachForItself)
    topics: Vocabulary | None = None


@lru_cache(maxsize=1 << 17)
def code(name: str) -> int:
    """A name as a signed 64-bit number; two of ten million meet with a probability of 3e-6."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def facts_of(statement: Json, stored: int, knowledge: Knowledge) -> Iterator[Fact]:
    """
    The rows of a Statement, as it is kept.

    Args:
        stored: When it was kept, µs.
    """
    action = v.action_of(statement)
    vclass, mode = v.vclass(action), v.mode_of(action, statement)
    target, context = statement["object"], statement.get("context", _NONE)
    about = words_of(statement, action, vclass, knowledge.topics)
    ts = _time(statement, stored)
    people, doers = knowledge.people, _doers(statement["actor"])
    head = (ts, stored, _quarantine(ts, stored))
    # In the order of Fact's fields: by name, 35 of them take a tenth of all the time there is.
    rest = (
        statement["verb"]["id"],
        action,
        vclass.value,
        mode.value,
        _channel(vclass, mode, about, context),
        _refers(target, context),
        _object(target),
        about.type,
        _coded(about.parent),
        _coded(about.thread),
        _towards(target, context, people, ts),
        _mentions(statement["actor"], context, about.named, people, ts),
        about.source,
        about.course,
        "\x1f".join(about.topics),
        *_outcome(statement.get("result", _NONE)),
        about.language,
        about.question,
        about.hits,
        _coded(about.query),
        about.query,
    )
    for part, (name, kind) in enumerate(doers):
        person = people.person(name, ts)
        department = _department(people, person or name, ts, context)
        who = (kind, len(doers), code(name), code(person or name), person is not None, department)
        yield Fact._make((statement["id"], part, *head, *who, *rest))


def _time(statement: Json, stored: int) -> int:
    try:
        return timestamps.parse(statement.get("timestamp", ""))
    except LrsError:
        return stored


def _quarantine(ts: int, stored: int) -> str | None:
    if ts > stored + _FUTURE:
        return "future"
    return "past" if ts < _EARLIEST else None


def _doers(actor: Json) -> list[tuple[str, str]]:
    """Who acted, by identifier and kind; a Group with identifier and members is its members."""
    name = ifi(actor)
    if actor.get("objectType") != "Group":
        return [(name or "", "person")]
    members = sorted({one for member in actor.get("member", ()) if (one := ifi(member))})
    if name and members:
        return [(member, "member") for member in members]
    return [(name or "group:" + "|".join(members), "group")]


def _department(people: People, person: str, ts: int, context: Json) -> str | None:
    known = people.department(person, ts)
    if known is not None:
        return known
    told = context.get("extensions", _NONE).get(DEPARTMENT)
    return told if isinstance(told, str) else None


def _channel(vclass: v.Class, mode: v.Mode, about: About, context: Json) -> str:
    if vclass is v.Class.TRANSFER:
        return "transfer"
    if mode is v.Mode.FORMAL:
        return "formal"
    if mode is v.Mode.SOCIAL and vclass is not v.Class.OTHER:
        required = context.get("extensions", _NONE).get(MANDATORY) is True and about.course
        return "formal_embedded" if required else "social"
    return "search" if vclass is v.Class.SEARCH else "other"


def _refers(target: Json, context: Json) -> str | None:
    if target.get("objectType") == "StatementRef":
        return str(target["id"]).lower()
    reference = context.get("statement")
    return str(reference["id"]).lower() if reference else None


def _object(target: Json) -> int | None:
    """The code of an Activity; who is an object is in `towards`."""
    return code(target["id"]) if target.get("objectType", "Activity") == "Activity" else None


def _coded(name: str | None) -> int | None:
    return None if name is None else code(name)


def _towards(target: Json, context: Json, people: People, ts: int) -> int | None:
    if target.get("objectType") == "Agent":
        return _person(target, people, ts)
    if "contextAgents" not in context:
        return None
    return next(_relevant(context, v.ANSWERED, people, ts), None)


def _mentions(actor: Json, context: Json, named: tuple[str, ...], people: People, ts: int) -> str:
    """Who is named: as a context Agent, or by a tag @name whom the persons store knows (2.0)."""
    found: list[int] = []
    if "contextAgents" in context:
        found += _relevant(context, v.MENTIONED, people, ts)
    for name in named if "account" in actor else ():
        beside = {"account": {**actor["account"], "name": name}}
        person = people.person(ifi(beside) or "", ts)
        if person is not None:
            found.append(code(person))
    return ",".join(map(str, dict.fromkeys(found)))


def _relevant(context: Json, relevance: str, people: People, ts: int) -> Iterator[int]:
    for beside in context["contextAgents"]:
        if relevance in beside.get("relevantTypes", ()):
            found = _person(beside["agent"], people, ts)
            if found is not None:
                yield found


def _person(agent: Json, people: People, ts: int) -> int | None:
    name = ifi(agent)
    return None if name is None else code(people.person(name, ts) or name)


def _outcome(
    result: Json,
) -> tuple[float | None, float | None, bool | None, bool | None, int | None]:
    """Score, raw figure, success, completion and milliseconds."""
    if not result:
        return None, None, None, None, None
    score, duration = result.get("score", _NONE), result.get("duration")
    raw = score.get("raw")
    return (
        _score(score) if score else None,
        None if raw is None else float(raw),
        result.get("success"),
        result.get("completion"),
        _milliseconds(duration) if duration else None,
    )


def _score(score: Json) -> float | None:
    if "scaled" in score:
        return float(score["scaled"])
    raw, low, high = (score.get(name) for name in ("raw", "min", "max"))
    if raw is None or low is None or high is None or high <= low:
        return None
    return float((raw - low) / (high - low))


def _milliseconds(text: str) -> int | None:
    try:
        return round(durations.seconds(text) * 1000)
    except LrsError:
        return None
