"""
Whether Statements, and the values given as parameters, follow the standard.

`check` is the hot path and stops at the first problem; `problems` says all that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lrs.domain import strict_json
from lrs.domain.errors import BadRequest, InvalidStatement
from lrs.domain.iri import is_iri
from lrs.domain.problems import Problem, section
from lrs.domain.rules import rule_problems
from lrs.domain.schemas import compiled, first_schema_problem, pattern, schema_problems
from lrs.domain.versions import Version

__all__ = [
    "Problem",
    "check",
    "check_agent",
    "check_iri",
    "check_uuid",
    "problems",
    "problems_in_body",
    "read",
    "repeated_ids",
]

_UUID = pattern("uuid")
_BATCH = "Communication 2.1.2 | 4.1.6.1"
_MOST_PROBLEMS = 1_000


def check(statement: object, version: Version, at: str = "") -> None:
    """
    Refuse a Statement that breaks a rule.

    Args:
        statement: JSON as orjson reads it.
        version: The version its request speaks.
        at: Where it stands in the request: "[3]" in a batch.

    Raises:
        InvalidStatement: For the first problem found.
    """
    if not _fits_schema(statement, version):
        first = first_schema_problem(statement, version, at)
        assert first is not None
        raise _refusal(first)
    assert isinstance(statement, dict)
    for problem in rule_problems(statement, version, at):
        raise _refusal(problem)


def problems(statement: object, version: Version, at: str = "") -> list[Problem]:
    """
    Everything that is wrong with a Statement; empty when nothing is.

    Of one that holds more than 2,000 values the schema tells only the first thing.
    """
    found = list(schema_problems(statement, version, at))
    if isinstance(statement, dict):
        named = {problem.at for problem in found}
        found += [p for p in rule_problems(statement, version, at) if p.at not in named]
    return found


def read(body: bytes, max_depth: int, version: Version) -> tuple[Any, list[Problem]]:
    """
    JSON that is to be checked, and a problem for each property that is given twice in it.

    Of such a property the last counts, so that all else that is wrong can be told too.

    Raises:
        BadRequest: It is no JSON otherwise (`strict_json.loads`).
    """
    try:
        return strict_json.loads(body, max_depth, version).plain, []
    except strict_json.RepeatedProperty as refusal:
        return refusal.plain, refusal.problems


def problems_in_body(body: object, version: Version) -> list[Problem]:
    """
    Everything that is wrong with what was sent as one Statement or as a list of them.

    In a list, places begin with the index: "[3].actor.mbox". After 1,000 problems no further
    Statement is looked at.
    """
    if not isinstance(body, list):
        return problems(body, version)
    found: list[Problem] = []
    for index, each in enumerate(body):
        found += problems(each, version, f"[{index}]")
        if len(found) >= _MOST_PROBLEMS:
            return found
    return found + repeated_ids(body, version)


def repeated_ids(statements: Sequence[object], version: Version) -> list[Problem]:
    """A problem for every Statement whose id another one before it in the batch has."""
    seen: set[str] = set()
    found = []
    for index, statement in enumerate(statements):
        given = statement.get("id") if isinstance(statement, dict) else None
        if not isinstance(given, str):
            continue
        if given.lower() in seen:
            detail = "an earlier Statement of the batch has this id"
            found.append(Problem(f"[{index}].id", detail, section(_BATCH, version)))
        seen.add(given.lower())
    return found


def check_agent(value: object, at: str, version: Version, *, group_allowed: bool = False) -> None:
    """
    Refuse what is not an Agent, or an identified Group where one is allowed.

    Args:
        value: The JSON of a parameter, as orjson reads it.
        at: The parameter's name.
        version: The version its request speaks.
        group_allowed: Whether a Group with an identifier will do.

    Raises:
        BadRequest: For the first problem found.
    """
    is_group = isinstance(value, dict) and value.get("objectType") == "Group"
    definition = "identifiedGroup" if group_allowed and is_group else "agent"
    for problem in schema_problems(value, version, at, definition):
        raise BadRequest(problem.detail, at=problem.at, spec=problem.spec)


def check_iri(text: str, at: str, spec: str = "Data 4.3") -> None:
    """
    Refuse a text that is no IRI.

    Raises:
        BadRequest: It has no scheme, or characters that an IRI cannot have.
    """
    if not is_iri(text):
        raise BadRequest("this must be an IRI with its scheme and without spaces", at=at, spec=spec)


def check_uuid(text: str, at: str, spec: str = "Data 4.4") -> str:
    """
    Refuse a text that is no UUID.

    Returns:
        The UUID in lower case, as ids are kept and compared.

    Raises:
        BadRequest: It is not in standard string form.
    """
    if not _UUID.fullmatch(text):
        raise BadRequest("this must be a UUID in standard string form", at=at, spec=spec)
    return text.lower()


def _fits_schema(statement: object, version: Version) -> bool:
    try:
        return compiled(version).is_valid(statement)
    except UnicodeError:
        return False


def _refusal(problem: Problem) -> InvalidStatement:
    return InvalidStatement(problem.detail, at=problem.at, spec=problem.spec)
