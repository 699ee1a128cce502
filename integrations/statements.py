"""
The one builder: SocialEvent → Statement (xAPI 2.0).

The same event gives the same Statement, id included, whenever it is told again: nothing here
depends on the time, the delivery or counters that change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any
from urllib.parse import quote
from uuid import uuid5

from integrations.base import Act, Party, Result, SocialEvent, Thing
from integrations.source import Source, Texts
from integrations.text import excerpt, language_tag
from lrs.domain import vocabulary as v

Json = dict[str, Any]

VERBS: Mapping[Act, str] = {
    Act.POST: f"{v.AS}create",
    Act.ASK: f"{v.ADL}asked",
    Act.ANSWER: f"{v.ADL}answered",
    Act.ACCEPT: f"{v.AS}accept",
    Act.UNACCEPT: f"{v.AS}reject",
    Act.REPLY: f"{v.TINCAN}replied",
    Act.COMMENT: f"{v.ADL}commented",
    Act.SHARE: f"{v.AS}share",
    Act.LIKE: f"{v.AS}like",
    Act.UNLIKE: f"{v.AS}unlike",
    Act.DISLIKE: f"{v.AS}dislike",
    Act.FOLLOW: f"{v.AS}follow",
    Act.UNFOLLOW: f"{v.AS}stop-following",
    Act.SUBSCRIBE: f"{v.EDLM}subscribed",
    Act.UNSUBSCRIBE: f"{v.EDLM}unsubscribed",
    Act.JOIN: f"{v.AS}join",
    Act.LEAVE: f"{v.AS}leave",
    Act.EDIT: f"{v.AS}update",
    Act.DELETE: f"{v.AS}delete",
    Act.RESTORE: f"{v.AS}restore",
    Act.MOVE: f"{v.AS}move",
    Act.TAG: f"{v.AS}tag",
    Act.REPORT: f"{v.ACROSSX}reported",
    Act.UNREPORT: f"{v.EDX}unreported",
    Act.WIKI_CREATE: f"{v.AS}create",
    Act.WIKI_EDIT: f"{v.AS}update",
    Act.SEARCH: f"{v.ACROSSX}searched",
    Act.FIND: f"{v.AS}find",
    Act.VIEW: f"{v.TINCAN}viewed",
    Act.PLAY: f"{v.VIDEO}played",
    Act.BOOKMARK: f"{v.TINCAN}bookmarked",
    Act.COLLECT: f"{v.AS}add",
    Act.APPLY: f"{v.PROFILE}/verbs/applied",
    Act.REGISTER: f"{v.ADL}registered",
    Act.UNREGISTER: f"{v.TINCAN}unregistered",
    Act.LAUNCH: f"{v.ADL}launched",
    Act.INITIALIZE: f"{v.ADL}initialized",
    Act.START: f"{v.AS}start",
    Act.PROGRESS: f"{v.ADL}progressed",
    Act.SUBMIT: f"{v.AS}submit",
    Act.RESPOND: f"{v.ADL}responded",
    Act.ATTEND: f"{v.ADL}attended",
    Act.COMPLETE: f"{v.ADL}completed",
    Act.UNCOMPLETE: f"{v.EDLM}uncompleted",
    Act.PASS: f"{v.ADL}passed",
    Act.FAIL: f"{v.ADL}failed",
    Act.SCORE: f"{v.TLA}scored",
    Act.EVALUATE: f"{v.ACROSSX}evaluated",
    Act.ATTEMPT: f"{v.ADL}attempted",
    Act.RESUME: f"{v.ADL}resumed",
    Act.REVOKE: f"{v.TLA}forfeited",
    Act.AUTHOR: f"{v.AS}create",
    Act.BORROW: f"{v.AS}borrow",
    Act.TERMINATE: f"{v.ADL}terminated",
    Act.EARN: f"{v.TINCAN}earned",
    Act.LOGIN: f"{v.EDLM}login",
    Act.LOGOUT: f"{v.EDLM}logout",
}
"""The one IRI that is emitted for each act; the type of the object says the rest."""

ACCEPTED_BY_UNKNOWN = f"{v.TINCAN}earned"
"""The author earned the acceptance of an answer, where the vendor does not say who accepted."""

# What people say to each other is the result of the act; what they publish describes its object.
_SAID = frozenset({Act.REPLY, Act.COMMENT, Act.ANSWER, Act.SEARCH, Act.RESPOND})
_UNSAFE = ' <>"{}|\\^`'
_HAS_UNSAFE = re.compile(f"[{re.escape(_UNSAFE)}]")


def statement(event: SocialEvent, source: Source, platform: str) -> Json:
    """
    The Statement of an event.

    Args:
        event: In normal form.
        source: Whose event it is: instance, namespace, text policy, language.
        platform: `context.platform`; left out where the object is an Agent (Data 2.4.6).

    Returns:
        A JSON object valid under xAPI 2.0.0, with `id` and, if the vendor told it, `timestamp`.
    """
    said = _kept(event.text, source)
    verb = _verb(event)
    built: Json = {
        "id": str(uuid5(source.namespace, _seed(event, source))),
        "actor": agent(event.actor, source),
        "verb": {"id": verb, "display": {"en": verb.rpartition("/")[2]}},
        "object": _object(event, source, said),
        "context": _context(event, source, platform),
        "version": "2.0.0",
    }
    result = _result(event.result or Result(), said if event.act in _SAID else None)
    if result:
        built["result"] = result
    if event.at is not None:
        built["timestamp"] = event.at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return built


def agent(party: Party, source: Source) -> Json:
    """An Agent by account: home page of the instance and immutable id (integrations.md 0.2)."""
    account = {"homePage": iri(party.home or source.instance, source), "name": party.account}
    made: Json = {"objectType": "Agent", "account": account}
    if party.name:
        made["name"] = party.name
    return made


def iri(path: str, source: Source) -> str:
    """
    An absolute IRI without characters that IRIs forbid.

    Args:
        path: An IRI, or a path below the instance; "" is the instance itself.
        source: Of that instance.
    """
    relative = ":" not in path.partition("/")[0]
    whole = f"{source.instance}/{path.lstrip('/')}".rstrip("/") if relative else path
    if whole.isprintable() and _HAS_UNSAFE.search(whole) is None:
        return whole
    return "".join(
        quote(c, errors="replace") if c in _UNSAFE or not c.isprintable() else c for c in whole
    )


def tag_path(tag: str) -> str:
    """The id of a tag, one per tag: folded, so that #Tools and #tools are one."""
    return f"tag/{quote(tag.strip().lstrip('#').casefold(), safe='')}"


def _seed(event: SocialEvent, source: Source) -> str:
    home = event.actor.home or source.instance
    return f"{event.act}|{event.source_id}|{home}|{event.actor.account}"


def _verb(event: SocialEvent) -> str:
    if event.act is Act.ACCEPT and v.ATTRIBUTED in event.extensions:
        return ACCEPTED_BY_UNKNOWN
    return VERBS[event.act]


def _kept(text: str | None, source: Source) -> str | None:
    if not text or source.texts is Texts.NONE:
        return None
    return excerpt(text) if source.texts is Texts.EXCERPT else text


def _object(event: SocialEvent, source: Source, said: str | None) -> Json:
    if isinstance(event.object, Party):
        return agent(event.object, source)
    made = activity(event.object, source, event.language)
    if said and event.act not in _SAID:
        made["definition"]["description"] = {_key(source, event.language): said}
    return made


def activity(thing: Thing, source: Source, language: str | None = None) -> Json:
    """An Activity with its type and title."""
    definition: Json = {"type": thing.type}
    if thing.name:
        definition["name"] = {_key(source, language): thing.name}
    if thing.url:
        definition["moreInfo"] = iri(thing.url, source)
    return {"objectType": "Activity", "id": iri(thing.id, source), "definition": definition}


def _key(source: Source, language: str | None) -> str:
    return language_tag(language) or source.language


def _context(event: SocialEvent, source: Source, platform: str) -> Json:
    context: Json = {"contextActivities": _context_activities(event, source)}
    agents = [
        *_context_agents([event.answered] if event.answered else [], v.ANSWERED, source),
        *_context_agents(event.mentions, v.MENTIONED, source),
    ]
    if agents:
        context["contextAgents"] = agents
    if isinstance(event.object, Thing):
        context["platform"] = platform
    language = language_tag(event.language)
    if language:
        context["language"] = language
    if event.instructor:
        context["instructor"] = agent(event.instructor, source)
    if event.extensions:
        context["extensions"] = dict(event.extensions)
    return context


def _context_activities(event: SocialEvent, source: Source) -> Json:
    grouping = [*([event.thread] if event.thread else []), *event.containers]
    tags = [Thing(tag_path(tag), v.TAG, tag.strip().lstrip("#")) for tag in event.tags]
    made: Json = {
        "parent": _activities([event.parent] if event.parent else [], source),
        "grouping": _activities(grouping, source),
        "category": [
            {"objectType": "Activity", "id": v.PROFILE_VERSION, "definition": {"type": v.RECIPE}}
        ],
        "other": _activities(tags, source),
    }
    return {key: value for key, value in made.items() if value}


def _activities(things: Iterable[Thing], source: Source) -> list[Json]:
    """Each once, in the order given."""
    found = {one["id"]: one for one in (activity(thing, source) for thing in things)}
    return list(found.values())


def _context_agents(parties: Iterable[Party], relevance: str, source: Source) -> list[Json]:
    """Who else matters to the Statement, and in what way (xAPI 2.0, 4.2.2)."""
    once = {(party.home, party.account): party for party in parties}
    return [
        {"objectType": "contextAgent", "agent": agent(party, source), "relevantTypes": [relevance]}
        for party in once.values()
    ]


def _result(result: Result, response: str | None) -> Json:
    made: Json = {
        "score": _score(result),
        "success": result.success,
        "completion": result.completion,
        "duration": result.duration,
        "response": response,
        "extensions": dict(result.extensions) or None,
    }
    return {key: value for key, value in made.items() if value is not None}


def _score(result: Result) -> Json | None:
    """
    What of a score the standard allows (Data 2.4.5.1).

    Vendors send 5 of 1 points and zero-weight items: bounds that do not hold `raw` are left
    out, and so is a scaled score beyond -1 to 1.
    """
    made: Json = {}
    raw, low, high = result.raw, result.low, result.high
    if low is not None and high is not None and low >= high:
        low = high = None
    if raw is not None:
        made["raw"] = raw
        low = None if low is not None and low > raw else low
        high = None if high is not None and high < raw else high
    made |= {key: bound for key, bound in (("min", low), ("max", high)) if bound is not None}
    if result.scaled is not None and -1 <= result.scaled <= 1:
        made["scaled"] = result.scaled
    return made or None
