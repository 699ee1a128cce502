"""
Verbs and activity types with their IRIs, and the *canonical action* beside each Statement.

The same act has many verb IRIs (there are four for "create" alone), and one verb stands for many
acts ("create" a note, a wiki page, a chapter). `action_of` reads both, so that one query finds one
act however it was spelled. Statements are never rewritten: the action is knowledge beside them.

Sources of the IRIs: the ADL-authored profiles Activity Streams, acrossX, TinCan and dod-isd,
ADL's verbs, cmi5, the video profile, TLA; the older spellings are those that CLRecipe, Jisc,
moodle-logstore_xapi, event-routing-backends, xapi-fr and the CLA toolkit send.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.resources import files
from typing import Any

AS = "http://activitystrea.ms/"
AS_OLD = "http://activitystrea.ms/schema/1.0/"
AS2 = "http://www.w3.org/ns/activitystreams#"
ADL = "http://adlnet.gov/expapi/verbs/"
ADL_TYPE = "http://adlnet.gov/expapi/activities/"
TINCAN = "http://id.tincanapi.com/verb/"
TINCAN_TYPE = "http://id.tincanapi.com/activitytype/"
ACROSSX = "https://w3id.org/xapi/acrossx/verbs/"
TLA = "https://w3id.org/xapi/tla/verbs/"
EDX = "https://w3id.org/xapi/openedx/verb/"
EDLM = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/"
EDLM_TYPE = "https://xapi.edlm/profiles/edlm-lms/concepts/activity-types/"
CMI5_TYPE = "https://w3id.org/xapi/cmi5/activitytype/"
VIDEO = "https://w3id.org/xapi/video/verbs/"

PROFILE = "https://w3id.org/xapi/social-lrs"
"""This project's own profile; its version stands in `contextActivities.category`."""
PROFILE_VERSION = f"{PROFILE}/v0.1"
HITS = f"{PROFILE}/extensions/hits"
"""Result extension of *searched*: how many hits there were (integer, 0 or more)."""
REACTION = f"{PROFILE}/extensions/reaction"
"""Result extension of *liked*: the vendor's name of the emoji, where it is not a plain like."""
SIZE_CHANGE = f"{PROFILE}/extensions/size-change"
"""Result extension of a wiki edit: bytes added (or, negative, removed)."""
REVISION = f"{PROFILE}/extensions/revision"
"""Result extension of a wiki edit: the vendor's number of the revision."""
ATTRIBUTED = f"{PROFILE}/extensions/attributed"
"""Context extension: why the actor is named although the vendor does not say who acted."""
REPAIRED = f"{PROFILE}/extensions/repaired"
"""Context extension: rules that mended a refused Statement, and the SHA-256 of what was sent."""
MANDATORY = f"{PROFILE}/extensions/mandatory"
"""Context extension (boolean): a course requires the post, so it is not social learning's own."""
DEPARTMENT = f"{PROFILE}/extensions/department"
"""Context extension: the actor's department, where the persons store does not know it."""
GRADE = f"{PROFILE}/extensions/grade"
"""Context extension: how far evidence of transfer can be relied on: "A", "B" or "C"."""
PROGRAMME = f"{PROFILE}/extensions/programme"
"""Context extension: the id of the programme that evidence of transfer is about."""
PULSE_DAY = f"{PROFILE}/extensions/pulse-day"
"""Context extension: how many days after the completion a pulse was due (integer)."""
OBSTACLES = f"{PROFILE}/extensions/obstacles"
"""Result extension of *applied*: what stood in the way, words of `lrs.domain.pulse_texts`."""
HELPED_BY = f"{PROFILE}/extensions/helped-by"
"""Result extension of *applied*: who helped, words of `lrs.domain.pulse_texts`; never names."""
APPLIED = f"{PROFILE}/verbs/applied"
"""Used at work what was learned."""
MENTIONED = f"{PROFILE}/relevant-types/mentioned"
"""Relevant type of a contextAgent: named in the text."""
ANSWERED = f"{PROFILE}/relevant-types/answered"
"""Relevant type of a contextAgent: the one who is replied to."""


class Class(StrEnum):
    """What analytics counts by (research/analytics.md 2.0)."""

    CREATE = "create"
    ASK = "ask"
    ANSWER = "answer"
    COMMENT = "comment"
    EDIT = "edit"
    SHARE = "share"
    REACT = "react"
    TAG = "tag"
    SEARCH = "search"
    VIEW = "view"
    FORMAL_START = "formal_start"
    FORMAL_PROGRESS = "formal_progress"
    FORMAL_END = "formal_end"
    FORMAL_SCORE = "formal_score"
    TRANSFER = "transfer"
    OTHER = "other"


class Mode(StrEnum):
    """Learning as a course has it, with others, or on one's own at work."""

    FORMAL = "formal"
    SOCIAL = "social"
    INFORMAL = "informal"


def _rows(mode: Mode, table: Mapping[Class, str]) -> dict[str, tuple[Class, Mode]]:
    return {action: (vclass, mode) for vclass, words in table.items() for action in words.split()}


ACTIONS: Mapping[str, tuple[Class, Mode]] = {
    **_rows(
        Mode.SOCIAL,
        {
            Class.CREATE: "post wiki_create",
            Class.ASK: "ask",
            Class.ANSWER: "answer",
            Class.COMMENT: "reply comment mention send",
            Class.EDIT: "edit wiki_edit",
            Class.SHARE: "share collect",
            Class.REACT: "like dislike rate follow subscribe join accept",
            Class.TAG: "tag",
            Class.TRANSFER: "mentor",
            Class.OTHER: (
                "unlike unfollow unsubscribe leave unaccept unshare "
                "delete restore move report unreport"
            ),
        },
    ),
    **_rows(
        Mode.INFORMAL,
        {
            Class.SEARCH: "search find",
            Class.VIEW: "view play download borrow",
            Class.REACT: "bookmark",
            Class.TRANSFER: "apply",
        },
    ),
    **_rows(
        Mode.FORMAL,
        {
            Class.FORMAL_START: "register launch initialize start attempt",
            Class.FORMAL_PROGRESS: "progress submit respond suspend resume attend",
            Class.FORMAL_END: "complete pass fail satisfy waive",
            Class.FORMAL_SCORE: "score evaluate",
            Class.OTHER: "unregister terminate abandon uncomplete earn revoke author login logout",
        },
    ),
}
"""Canonical action → its class and mode: the one table that analytics and histories count by."""


def _spellings() -> dict[str, str]:
    """Every spelling of a verb that is known (verbs.json, by family with its source) → action."""
    families = json.loads(files(__package__).joinpath("verbs.json").read_text("utf-8"))
    return {
        base + word: action
        for family in families
        for base in family["bases"]
        for action, words in family["verbs"].items()
        for word in words
    }


_VERBS: Mapping[str, str] = _spellings()


def _types(bases: Iterable[str], words: str) -> frozenset[str]:
    return frozenset(base + word for base in bases for word in words.split())


QUESTION = f"{ADL_TYPE}question"
SOLUTION = f"{TINCAN_TYPE}solution"
FORUM_TOPIC = f"{TINCAN_TYPE}forum-topic"
FORUM_REPLY = f"{TINCAN_TYPE}forum-reply"
DISCUSSION = f"{TINCAN_TYPE}discussion"
TAG = f"{TINCAN_TYPE}tag"
CHAT_MESSAGE = f"{TINCAN_TYPE}chat-message"
CHAT_CHANNEL = f"{TINCAN_TYPE}chat-channel"
COMMUNITY = f"{TINCAN_TYPE}community-site"
CATEGORY = f"{TINCAN_TYPE}category"
BLOG = f"{TINCAN_TYPE}blog"
SITE = f"{TINCAN_TYPE}site"
NOTE = f"{AS}note"
ARTICLE = f"{AS}article"
COMMENT = f"{AS}comment"
PAGE = f"{AS}page"
GROUP = f"{AS}group"
RECIPE = f"{TINCAN_TYPE}recipe"
COURSE = f"{ADL_TYPE}course"
MODULE = f"{ADL_TYPE}module"
ASSESSMENT = f"{ADL_TYPE}assessment"
LINK = f"{ADL_TYPE}link"
MEETING = f"{ADL_TYPE}meeting"
SEARCH_ENGINE = "https://w3id.org/xapi/acrossx/activities/search-engine"
WEBPAGE = "https://w3id.org/xapi/acrossx/activities/webpage"

_AS_TYPES = (AS, AS_OLD, AS2, "https://w3id.org/xapi/acrossx/activities/")
_QUESTIONS = _types((AS, AS_OLD, ADL_TYPE), "question") | {f"{TINCAN_TYPE}doubt", f"{AS2}Question"}
_PAGES = (
    _types((AS, AS_OLD), "page")
    | _types((EDLM_TYPE,), "wiki wiki-page")
    | {
        f"{AS2}Page",
        "http://xapi.jisc.ac.uk/activities/wiki",
        "http://vocab.xapi.fr/activities/collaborative-content",
    }
)
_REPLIES = frozenset({FORUM_REPLY})
_COMMENTS = _types(_AS_TYPES, "comment")
_SOLUTIONS = frozenset({SOLUTION})
_UTTERANCES = (
    _types(_AS_TYPES, "note article message status bookmark collection review Note Article")
    | _types((AS, AS_OLD), "file image video audio event question")
    | _types((TINCAN_TYPE,), "tweet status-update discussion forum-topic blog chat-message")
    | {
        "http://xapi.jisc.ac.uk/forum-post",
        "http://activitystrea.ms/head/activity-schema.html#collection",
    }
)
_THREADS = frozenset({DISCUSSION, FORUM_TOPIC})
_COURSES = frozenset({COURSE, f"{CMI5_TYPE}course", f"{EDLM_TYPE}course"})


_BY_TYPE: Mapping[str, Mapping[str, str]] = {
    "post": {
        **dict.fromkeys(_UTTERANCES, "post"),
        **dict.fromkeys(_QUESTIONS, "ask"),
        **dict.fromkeys(_PAGES, "wiki_create"),
        **dict.fromkeys(_SOLUTIONS, "answer"),
        **dict.fromkeys(_REPLIES, "reply"),
        **dict.fromkeys(_COMMENTS, "comment"),
        "": "post",
    },
    "answer": dict.fromkeys(_SOLUTIONS | _REPLIES | _COMMENTS | _UTTERANCES, "answer"),
    "edit": dict.fromkeys(_PAGES, "wiki_edit"),
    # Open edX: the solution or a hint of a problem was asked to be shown.
    "ask": {SOLUTION: "view", "https://w3id.org/xapi/acrossx/extensions/supplemental-info": "view"},
    "earn": dict.fromkeys(_SOLUTIONS, "accept"),
    # Who joins or leaves a course is enrolled in it, or is no longer.
    "join": dict.fromkeys(_COURSES, "register"),
    "leave": dict.fromkeys(_COURSES, "unregister"),
}
"""What a verb means on a type of object; "" is an object without one."""

_ELSE: Mapping[str, str] = {
    # A course section, a group, a meeting was made: nobody says anything to anyone.
    "post": "author",
    # A test item was answered, not a person.
    "answer": "respond",
}


def _at(value: object, *path: str) -> Mapping[str, Any]:
    """The JSON object at a path; an empty one where there is none."""
    for key in path:
        # Not Mapping: that asks an abstract class, ten times a Statement, and JSON has only these.
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def action_of(statement: Mapping[str, Any]) -> str | None:
    """
    The canonical action of a Statement (a key of `ACTIONS`), or None when its verb is not known.

    Args:
        statement: As it was sent, in either version of the standard; never changed.
    """
    verb = _at(statement, "verb").get("id")
    action = _VERBS.get(verb) if isinstance(verb, str) else None
    if action is None or action not in _BY_TYPE:
        return action
    definition = _at(statement, "object", "definition")
    if action == "answer" and "interactionType" in definition:
        return "respond"
    if action == "earn" and "score" in _at(statement, "result"):
        return "score"  # Open edX: a grade was earned
    kind = definition.get("type", "")
    found = _BY_TYPE[action].get(kind if isinstance(kind, str) else "", _ELSE.get(action, action))
    return "reply" if found == "post" and _under_a_thread(statement) else found


def _under_a_thread(statement: Mapping[str, Any]) -> bool:
    """Senders with one verb for all of a forum tell a reply by the thread around it."""
    around = _at(statement, "context", "contextActivities")
    activities = [*_listed(around.get("parent")), *_listed(around.get("grouping"))]
    return any(_at(one, "definition").get("type") in _THREADS for one in activities)


def _listed(value: object) -> list[object]:
    """The members of a list, or the one thing that stands alone (1.0 allows both)."""
    return value if isinstance(value, list) else [value]


def vclass(action: str | None) -> Class:
    """The class analytics counts an action by; what is not known is `other`."""
    return ACTIONS[action][0] if action and action in ACTIONS else Class.OTHER


def mode_of(action: str | None, statement: Mapping[str, Any] | None = None) -> Mode:
    """
    Formal, social or informal.

    Args:
        action: A canonical action; what is not known counts as informal.
        statement: Where given, what somebody does alone (view, search, ...) inside a course is
            formal: the course asked for it. Social acts stay social wherever they happen.
    """
    mode = ACTIONS[action][1] if action and action in ACTIONS else Mode.INFORMAL
    if mode is Mode.INFORMAL and statement is not None and _in_course(statement):
        return Mode.FORMAL
    return mode


def _in_course(statement: Mapping[str, Any]) -> bool:
    activities: list[object] = [statement.get("object")]
    for found in _at(statement, "context", "contextActivities").values():
        activities.extend(_listed(found))
    return any(_at(activity, "definition").get("type") in _COURSES for activity in activities)
