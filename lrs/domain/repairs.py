"""
Named rules that mend what senders are known to get wrong.

A Statement that breaks the standard is refused, whatever these rules say. One that was kept in
quarantine can be mended by the rules that were chosen for its sender: into a *new* Statement, whose
id follows from the old one and the rules, and whose context says which they were and what the old
one's hash is. A rule changes what it is named for and guesses nothing: where the sender left out
what is needed (an actor, what was done, to what), no rule helps.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import orjson

from lrs.domain import mending
from lrs.domain.errors import BadRequest
from lrs.domain.problems import Problem
from lrs.domain.validation import problems
from lrs.domain.versions import Version
from lrs.domain.vocabulary import REPAIRED

Json = dict[str, Any]
_NAMESPACE = UUID("5b7f6a1e-0f0b-5d0f-8a53-9b1d7f6e2c44")


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One mistake and how it is mended.

    Args:
        says: What it does, in one sentence.
        mend: Changes a Statement in place; whether there was anything to change.
    """

    says: str
    mend: Callable[[Json], bool]


@dataclass(frozen=True, slots=True)
class Mended:
    """
    What rules made of a Statement.

    Args:
        statement: The new one.
        rules: Those that changed anything, in their order.
        problems: What is still wrong; empty: it may be stored.
    """

    statement: Json
    rules: tuple[str, ...]
    problems: tuple[Problem, ...]


RULES: Mapping[str, Rule] = {
    "h5p-missing-scheme": Rule(
        "An e-mail address as `mbox` gets the scheme mailto.", mending.mailto
    ),
    "h5p-compound": Rule(
        "What only holds for interactions goes where the interactionType is `compound`.",
        mending.without_compound,
    ),
    "jisc-interaction-case": Rule(
        "An interactionType is written in lower case.", mending.interaction_in_lower_case
    ),
    "jisc-plain-text": Rule(
        "A text where a language map belongs becomes one of an unknown language.",
        mending.texts_to_maps,
    ),
    "jisc-object-extensions": Rule(
        "Extensions of the object move into its definition.", mending.extensions_into_definition
    ),
    "clrecipe-keep-account": Rule(
        "Of several identifiers of one Agent the account stays.", mending.one_identifier("account")
    ),
    "clrecipe-keep-mbox": Rule(
        "Of several identifiers of one Agent the e-mail address stays.",
        mending.one_identifier("mbox"),
    ),
    "clrecipe-course-code": Rule(
        "A code as id of a context Activity becomes one within the actor's home page.",
        mending.codes_within_home_page,
    ),
    "clrecipe-parent-without-id": Rule(
        "Context Activities without an id go.", mending.without_nameless
    ),
    "learninglocker-platform": Rule(
        "`platform` and `revision` go where the object is no Activity.", mending.without_platform
    ),
    "learninglocker-score-bounds": Rule(
        "Bounds of a score that do not hold its raw value go.", mending.bounds_that_hold
    ),
    "learninglocker-extension-words": Rule(
        "A word as key of an extension becomes an IRI that ends with it.", mending.extension_iris
    ),
    "learninglocker-statement-ref": Rule(
        "A reference to a Statement says that it is one.", mending.statement_reference
    ),
    "openedx-zero-weight": Rule(
        "Equal bounds of a score, of what weighs nothing, go.", mending.without_empty_range
    ),
    "openedx-attempt-id-iri": Rule(
        "A UUID as id of an Activity becomes urn:uuid:….", mending.uuid_iris
    ),
    "openedx-group-activity": Rule(
        "An objectType of GroupActivity becomes Activity.", mending.group_activities
    ),
    "any-iri-spaces": Rule("Spaces in ids of Activities are written as %20.", mending.iri_spaces),
    "any-language-tag": Rule(
        "The key of a language map that is no language tag becomes `und`.",
        mending.language_tags,
    ),
    "any-id": Rule("An id that is no UUID goes; the new Statement has its own.", mending.no_id),
    "any-authority": Rule(
        "The authority that was sent goes; the key's stands.", mending.no_authority
    ),
}
"""By name; the first part is the sender that is known for the mistake."""


def check(names: Iterable[str], at: str) -> tuple[str, ...]:
    """
    The names of rules, once it is seen that there are such rules.

    Raises:
        BadRequest: There is no rule of a name.
    """
    found = tuple(names)
    unknown = sorted(set(found) - set(RULES))
    if unknown:
        raise BadRequest(f"there is no rule {unknown[0]!r}; there are {', '.join(RULES)}", at=at)
    return found


def mended(statement: Any, rules: Sequence[str], version: Version) -> Mended | None:
    """
    What rules make of a Statement that breaks the standard; None where they change nothing.

    Args:
        statement: As it was sent; left as it is.
        rules: Names, applied in this order.
        version: Whose rules the new one has to follow.
    """
    if not isinstance(statement, dict):
        return None
    new = copy.deepcopy(statement)
    applied = tuple(name for name in rules if RULES[name].mend(new))
    if not applied:
        return None
    was = digest(statement)
    told = {"rules": list(applied), "sha256": was}
    context = new.setdefault("context", {})
    if isinstance(context, dict) and isinstance(context.setdefault("extensions", {}), dict):
        context["extensions"][REPAIRED] = told
    new.pop("id", None)
    new = {"id": str(uuid5(_NAMESPACE, f"{was} {' '.join(applied)}")), **new}
    return Mended(new, applied, tuple(problems(new, version)))


def digest(statement: Any) -> str:
    """SHA-256 in hex of a Statement's JSON with its properties in order."""
    return hashlib.sha256(orjson.dumps(statement, option=orjson.OPT_SORT_KEYS)).hexdigest()
