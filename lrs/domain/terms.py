"""
The index terms of a Statement, and the terms a query requires.

A store knows no xAPI: it keeps terms and finds what has all of those required. So every filter of
the Statement Resource (Communication 2.1.3; 2.0 4.1.6.1) is here, and only here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from lrs.domain.actors import ifi, ifis
from lrs.domain.errors import BadRequest
from lrs.domain.parts import activities, context_actors, direct_actors, is_activity

_NONE: Mapping[str, Any] = {}
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


class Filters(Protocol):
    """The parameters of a query for Statements that ask for terms; None is not asked."""

    @property
    def agent(self) -> Mapping[str, Any] | None:
        """An Agent or an identified Group."""

    @property
    def verb(self) -> str | None:
        """The IRI of a Verb."""

    @property
    def activity(self) -> str | None:
        """The IRI of an Activity."""

    @property
    def registration(self) -> str | None:
        """A UUID."""

    @property
    def related_agents(self) -> bool:
        """Whether `agent` is looked for everywhere."""

    @property
    def related_activities(self) -> bool:
        """Whether `activity` is looked for everywhere."""


def terms_of(statement: Mapping[str, Any], authority: Mapping[str, Any]) -> frozenset[str]:
    """
    What a Statement can be found by.

    A SubStatement counts for the related terms alone; its registration never counts.

    Args:
        statement: A valid Statement, as it was sent or as it is kept.
        authority: The Agent or Group that asserts it; one inside the Statement is not looked at.

    Returns:
        `verb:<iri>`, `agent:<ifi>`, `related-agent:<ifi>`, `activity:<iri>`,
        `related-activity:<iri>` and `registration:<uuid>` terms.
    """
    target, registration = statement["object"], statement.get("context", _NONE).get("registration")
    terms = {"verb:" + statement["verb"]["id"]}
    if is_activity(target):
        terms.add("activity:" + target["id"])
    if registration is not None:
        terms.add("registration:" + registration.lower())
    for actor in direct_actors(statement):
        for name in ifis(actor):
            terms.add("agent:" + name)
            terms.add("related-agent:" + name)
    related = [authority, *context_actors(statement)]
    for activity in activities(statement):
        terms.add("related-activity:" + activity["id"])
    if target.get("objectType") == "SubStatement":
        related += direct_actors(target) + context_actors(target)
        terms.update(["related-activity:" + activity["id"] for activity in activities(target)])
    for actor in related:
        terms.update(["related-agent:" + name for name in ifis(actor)])
    return frozenset(terms)


def required(filters: Filters) -> frozenset[str]:
    """
    The terms that a Statement must have to be an answer.

    Raises:
        BadRequest: The agent has no identifier, so nothing can be compared with it.
    """
    terms = set()
    if filters.agent is not None:
        name = ifi(filters.agent)
        if name is None:
            raise BadRequest(
                "an anonymous Group cannot be asked for",
                at="agent",
                spec="Communication 2.1.3",
            )
        terms.add(("related-agent:" if filters.related_agents else "agent:") + name)
    if filters.activity is not None:
        prefix = "related-activity:" if filters.related_activities else "activity:"
        terms.add(prefix + filters.activity)
    if filters.verb is not None:
        terms.add("verb:" + filters.verb)
    if filters.registration is not None:
        terms.add("registration:" + filters.registration.lower())
    return frozenset(terms)


def refers_to(statement: Mapping[str, Any]) -> str | None:
    """
    The id, in lower case, of the Statement that this one's object refers to.

    Not that of `context.statement`, nor of a SubStatement's object: those do not make a Statement
    match what its target matches (Communication 2.1.3, Filter Conditions for StatementRefs).
    """
    target = statement["object"]
    if target.get("objectType") != "StatementRef":
        return None
    return str(target["id"]).lower()


def is_voiding(statement: Mapping[str, Any]) -> bool:
    """Whether the Statement voids the one it refers to (Data 2.3.2)."""
    return statement["verb"]["id"] == VOIDED and refers_to(statement) is not None
