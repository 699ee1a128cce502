"""
Write the profile: `python -m integrations.profile.build` (`make profile`).

It follows from the vocabulary and from the verbs that integrations emit, so that what is published
and what is sent cannot part; a test compares the file with what this makes. A template with other
verbs, types or rules needs a new version (Profiles 8.0): PROFILE_VERSION and VERSIONS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from integrations.base import Act
from integrations.statements import ACCEPTED_BY_UNKNOWN, VERBS
from lrs.domain import vocabulary as v

FILE = Path(__file__).with_name("social-learning.jsonld")
VERSIONS = [{"id": v.PROFILE_VERSION, "generatedAtTime": "2026-11-24T00:00:00Z"}]

Json = dict[str, Any]
Rule = Mapping[str, Any]

_EXTENSIONS: Sequence[tuple[str, str, str, str, Json]] = [
    (
        v.HITS,
        "ResultExtension",
        "hits",
        "How many hits a search had; 0 says that nothing was found.",
        {"type": "integer", "minimum": 0},
    ),
    (
        v.REACTION,
        "ResultExtension",
        "reaction",
        "The tool's name of a reaction, where it is another than a plain like.",
        {"type": "string"},
    ),
    (
        v.SIZE_CHANGE,
        "ResultExtension",
        "size change",
        "How many bytes an edit of a page added or, when negative, removed.",
        {"type": "integer"},
    ),
    (
        v.REVISION,
        "ResultExtension",
        "revision",
        "The wiki's own number of the revision that an edit made.",
        {"type": ["integer", "string"]},
    ),
    (
        v.ATTRIBUTED,
        "ContextExtension",
        "attributed",
        "Why the actor is named although the tool does not tell who acted.",
        {"type": "string"},
    ),
    (
        v.REPAIRED,
        "ContextExtension",
        "repaired",
        "By which rules a refused Statement was mended into this one, and the SHA-256 of it.",
        {"type": "object", "required": ["rules", "sha256"]},
    ),
    (
        v.MANDATORY,
        "ContextExtension",
        "mandatory",
        "Whether a course requires what was done, so that it is not done of one's own accord.",
        {"type": "boolean"},
    ),
    (
        v.DEPARTMENT,
        "ContextExtension",
        "department",
        "The actor's department at the time.",
        {"type": "string"},
    ),
    (
        v.GRADE,
        "ContextExtension",
        "grade",
        "How far evidence of transfer can be relied on: A objective, B by another, C of oneself.",
        {"enum": ["A", "B", "C"]},
    ),
    (
        v.PROGRAMME,
        "ContextExtension",
        "programme",
        "The id of the training that evidence of transfer is about.",
        {"type": "string"},
    ),
    (
        v.PULSE_DAY,
        "ContextExtension",
        "pulse day",
        "How many days after the completion of a training a question was to be asked.",
        {"type": "integer", "minimum": 1},
    ),
    (
        v.OBSTACLES,
        "ResultExtension",
        "obstacles",
        "What stood in the way of using at work what was learned, as words of a fixed list.",
        {"type": "array", "items": {"type": "string"}},
    ),
    (
        v.HELPED_BY,
        "ResultExtension",
        "helped by",
        "Who helped to use at work what was learned: kinds of people, never names.",
        {"type": "array", "items": {"type": "string"}},
    ),
]
_RELEVANT = [
    (v.MENTIONED, "mentioned", "Relevant type of a context Agent: who is named in the text."),
    (v.ANSWERED, "answered", "Relevant type of a context Agent: who is replied to."),
]
_VERBS = [
    (
        VERBS[Act.APPLY],
        "applied",
        "The actor used at work what was learned; the object is the task, the course its parent.",
    ),
]


def _included(location: str, **more: Any) -> Rule:
    return {"location": location, "presence": "included", **more}


def _recommended(location: str, **more: Any) -> Rule:
    return {"location": location, "presence": "recommended", **more}


_ALWAYS: Sequence[Rule] = (
    _included("$.id"),
    _included("$.actor.account.homePage"),
    _included("$.actor.account.name"),
    {"location": "$.actor['mbox','mbox_sha1sum','openid']", "presence": "excluded"},
    _included("$.context.contextActivities.category[*].id", any=[v.PROFILE_VERSION]),
    _recommended("$.context.contextAgents[*].relevantTypes[*]", all=[v.MENTIONED, v.ANSWERED]),
    _recommended("$.timestamp"),
)
_OF_ACTIVITY: Sequence[Rule] = (
    _included("$.object.id"),
    _included("$.object.definition.type"),
    _included("$.context.platform"),
)
_UNDER_SOMETHING = _included("$.context.contextActivities['parent','grouping'][*].id")
_SOLUTION = _included("$.object.definition.type", all=[v.SOLUTION])
_SUCCESS = _recommended("$.result.success", all=[True])

_RULES: Mapping[Act, Sequence[Rule]] = {
    Act.REPLY: (_UNDER_SOMETHING,),
    Act.COMMENT: (_UNDER_SOMETHING,),
    Act.ANSWER: (_UNDER_SOMETHING, _recommended("$.result.response")),
    Act.ACCEPT: (_UNDER_SOMETHING, _SOLUTION),
    Act.UNACCEPT: (_UNDER_SOMETHING, _SOLUTION),
    Act.TAG: (_included("$.context.contextActivities.other[*].definition.type", any=[v.TAG]),),
    Act.LIKE: (_recommended(f"$.result.extensions['{v.REACTION}']"),),
    Act.SEARCH: (
        _recommended("$.result.response"),
        _recommended(f"$.result.extensions['{v.HITS}']"),
    ),
    Act.COMPLETE: (_recommended("$.result.completion", all=[True]),),
    Act.PASS: (_SUCCESS,),
    Act.FAIL: (_recommended("$.result.success", all=[False]),),
    Act.SCORE: (_included("$.result.score['raw','scaled']"),),
    Act.EVALUATE: (_recommended("$.result.score"),),
}
"""Beside what holds for all: what a Statement of an act must or should tell."""
_OF_AGENTS = frozenset({Act.FOLLOW, Act.UNFOLLOW})
"""Acts whose object may be somebody."""


def document() -> Json:
    """The whole profile as JSON-LD."""
    templates = [*_by_verb(), *_by_type()]
    return {
        "@context": "https://w3id.org/xapi/profiles/context",
        "id": v.PROFILE,
        "type": "Profile",
        "conformsTo": "https://w3id.org/xapi/profiles#1.0",
        "prefLabel": {"en": "Social learning", "nl": "Sociaal leren"},
        "definition": {
            "en": (
                "What people do in forums, wikis, blogs, chats and courses, and with each other's "
                "contributions: posts, replies, questions and answers, likes, edits, searches. "
                "Verbs and Activity types are those of published vocabularies. Actors are "
                "accounts of the tool by an id that never changes. What is done under something "
                "(a post, a page) has that as parent, and thread, place and course as grouping."
            ),
            "nl": (
                "Wat mensen doen in fora, wiki's, blogs, chats en cursussen, en met wat anderen "
                "daar bijdragen. De uitgebreide omschrijving is de Engelse."
            ),
        },
        "versions": VERSIONS,
        "author": {"type": "Organization", "name": "Social LRS"},
        "concepts": _concepts(),
        "templates": templates,
        "patterns": _patterns([template["id"] for template in templates]),
    }


def _concept(iri: str, kind: str, label: str, definition: str) -> Json:
    return {
        "id": iri,
        "type": kind,
        "inScheme": v.PROFILE_VERSION,
        "prefLabel": {"en": label},
        "definition": {"en": definition},
    }


def _concepts() -> list[Json]:
    verbs = [_concept(iri, "Verb", label, text) for iri, label, text in _VERBS]
    types = [_concept(iri, "ActivityType", label, text) for iri, label, text in _RELEVANT]
    extensions = [
        _concept(iri, kind, label, text) | {"inlineSchema": json.dumps(schema)}
        for iri, kind, label, text, schema in _EXTENSIONS
    ]
    return [*verbs, *types, *extensions]


def _template(slug: str, acts: Sequence[Act], determining: Json, rules: Sequence[Rule]) -> Json:
    words = ", ".join(act.value.replace("_", " ") for act in acts)
    return {
        **_concept(
            f"{v.PROFILE}/templates/{slug}", "StatementTemplate", slug.replace("-", " "), ""
        ),
        "definition": {"en": f"Somebody did this (as canonical actions: {words})."},
        **determining,
        "contextCategoryActivityType": [v.RECIPE],
        "rules": [dict(rule) for rule in rules],
    }


def _by_verb() -> list[Json]:
    """A template for each verb, which holds whatever it was done to."""
    acts: dict[str, list[Act]] = {}
    for act, verb in VERBS.items():
        acts.setdefault(verb, []).append(act)
    return [
        _template(_slug(verb), done, {"verb": verb}, _rules(done)) for verb, done in acts.items()
    ]


def _rules(acts: Sequence[Act]) -> list[Rule]:
    about = () if _OF_AGENTS & set(acts) else _OF_ACTIVITY
    own = _RULES.get(acts[0], ()) if len(acts) == 1 else ()
    return [*_ALWAYS, *about, *own]


def _by_type() -> list[Json]:
    """What a verb means on one type of object, where it has to tell more."""
    revision = _recommended(f"$.result.extensions['{v.REVISION}']")
    return [
        _template(slug, [act], {"verb": verb, "objectActivityType": kind}, [*_ALWAYS, *rules])
        for slug, act, verb, kind, rules in (
            ("wiki-create", Act.WIKI_CREATE, VERBS[Act.WIKI_CREATE], v.PAGE, [revision]),
            ("wiki-edit", Act.WIKI_EDIT, VERBS[Act.WIKI_EDIT], v.PAGE, [revision]),
            (
                "answer-accepted",
                Act.ACCEPT,
                ACCEPTED_BY_UNKNOWN,
                v.SOLUTION,
                [_UNDER_SOMETHING, _included(f"$.context.extensions['{v.ATTRIBUTED}']")],
            ),
        )
    ]


def _slug(verb: str) -> str:
    return verb.rpartition("/")[2]


def _patterns(templates: Sequence[str]) -> list[Json]:
    """What people tell has no order but this: who asks may be answered, and may accept that."""

    def iri(slug: str) -> str:
        return f"{v.PROFILE}/patterns/{slug}"

    def template(slug: str) -> str:
        return f"{v.PROFILE}/templates/{slug}"

    def pattern(slug: str, label: str, definition: str, **how: Any) -> Json:
        return _concept(iri(slug), "Pattern", label, definition) | how

    note = (
        "Statements carry no registration, for what people tell each other is no attempt at "
        "anything; those that stand in one thread (grouping) belong together."
    )
    return [
        pattern(
            "stream",
            "stream of acts",
            f"Acts of any kind in any order. {note}",
            primary=True,
            oneOrMore=iri("act"),
        ),
        pattern("act", "act", "Any one act.", alternates=list(templates)),
        pattern(
            "question-thread",
            "question and its answers",
            "Somebody asks, others answer, and one of the answers may be accepted. "
            "Replies and comments may stand between; they are not part of it.",
            sequence=[template("asked"), iri("answers"), iri("acceptance")],
        ),
        pattern("answers", "answers", "Any number of answers.", zeroOrMore=template("answered")),
        pattern("acceptance", "acceptance", "At most one.", optional=iri("accepted")),
        pattern(
            "accepted",
            "accepted",
            "By who accepted it, or by its author where the tool does not tell who did.",
            alternates=[template("accept"), template("answer-accepted")],
        ),
    ]


def written() -> str:
    """The file's text."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
