"""
The words every integration speaks: a Delivery comes in, SocialEvents and Skips go out.

Everything here is data; nothing reads a clock, a network or a store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

import orjson

from integrations.source import Source


class Act(StrEnum):
    """What somebody did; each value is a canonical action of lrs.domain.vocabulary."""

    POST = "post"
    ASK = "ask"
    ANSWER = "answer"
    ACCEPT = "accept"
    UNACCEPT = "unaccept"
    REPLY = "reply"
    COMMENT = "comment"
    SHARE = "share"
    LIKE = "like"
    UNLIKE = "unlike"
    DISLIKE = "dislike"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    JOIN = "join"
    LEAVE = "leave"
    EDIT = "edit"
    DELETE = "delete"
    RESTORE = "restore"
    MOVE = "move"
    TAG = "tag"
    REPORT = "report"
    UNREPORT = "unreport"
    WIKI_CREATE = "wiki_create"
    WIKI_EDIT = "wiki_edit"
    SEARCH = "search"
    FIND = "find"
    VIEW = "view"
    PLAY = "play"
    BOOKMARK = "bookmark"
    COLLECT = "collect"
    APPLY = "apply"
    REGISTER = "register"
    UNREGISTER = "unregister"
    LAUNCH = "launch"
    INITIALIZE = "initialize"
    START = "start"
    PROGRESS = "progress"
    SUBMIT = "submit"
    RESPOND = "respond"
    ATTEND = "attend"
    COMPLETE = "complete"
    UNCOMPLETE = "uncomplete"
    PASS = "pass"  # noqa: S105 - to pass a course, no password
    FAIL = "fail"
    SCORE = "score"
    EVALUATE = "evaluate"
    ATTEMPT = "attempt"
    RESUME = "resume"
    REVOKE = "revoke"
    AUTHOR = "author"
    BORROW = "borrow"
    TERMINATE = "terminate"
    EARN = "earn"
    LOGIN = "login"
    LOGOUT = "logout"


class Why(StrEnum):
    """Why a delivery, or a part of it, becomes no Statement; what skips are counted by."""

    HANDSHAKE = "handshake"
    PING = "ping"
    UNKNOWN_EVENT = "unknown event"
    NOT_SOCIAL = "not a social act"
    PRIVATE = "private"
    NOT_PUBLISHED = "not published"
    BOT = "bot"
    NO_PERSON = "not a person"
    ANONYMOUS = "anonymous"
    ACTOR_UNKNOWN = "actor not told"
    OBJECT_UNKNOWN = "object not told"
    TOLD_ELSEWHERE = "told by another delivery"
    UNCHANGED = "nothing a person did changed"
    ELSEWHERE = "of another instance"
    VENDOR_ERROR = "vendor's error answer"
    EMPTY = "nothing in it"
    ROW = "row not readable"
    PART = "part not readable"
    NO_CONSENT = "no consent"
    WITHDRAWAL = "consent withdrawn"


class Unreadable(Exception):
    """A delivery that cannot be read as what it says it is; it becomes a dead letter."""


@dataclass(frozen=True)
class Delivery:
    """
    What a vendor sent, or an item or page that was harvested from it.

    Args:
        source: Name of the configured source.
        method: HTTP method; HARVEST for what we fetched ourselves.
        event: Kind of event as the path says it (first part of the tail), or what was harvested.
        path: The tail of the path after the source's name, without slashes at its ends.
        headers: Names in lower case.
        query: Of the URL, decoded.
        body: The raw bytes, before any parsing.
        url: The path as the sender called it, with what a proxy takes off, for schemes that sign
            it; "" where unknown.
    """

    source: str
    body: bytes = b""
    method: str = "POST"
    event: str = ""
    path: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    url: str = ""

    @cached_property
    def json(self) -> Any:
        """
        The body as JSON, whatever its label says.

        Raises:
            Unreadable: It is no JSON.
        """
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError as error:
            raise Unreadable(f"the body is no JSON: {error}") from None

    @property
    def text(self) -> str:
        """
        The body as UTF-8.

        Raises:
            Unreadable: It is not UTF-8.
        """
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Unreadable(f"the body is not UTF-8: {error.reason}") from None


@dataclass(frozen=True, slots=True)
class Party:
    """
    Somebody, by an account of the source.

    Args:
        account: The immutable id. Where the vendor only gives a changeable name (a mention),
            that name, with `home` set to a namespace of its own, so that a name is never
            taken for an id.
        name: For people to read.
        home: Where the account lives; None for the instance of the source.
    """

    account: str
    name: str | None = None
    home: str | None = None


@dataclass(frozen=True, slots=True)
class Thing:
    """
    An Activity.

    Args:
        id: An absolute IRI, or a path below the instance such as "t/12/3". It never changes when
            titles, slugs or places do.
        type: IRI of its type.
        name: Title.
        url: Where a person can look at it, if that is another address than the id.
    """

    id: str
    type: str
    name: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an act; only what the vendor tells. `raw` lies between `low` and `high`."""

    raw: float | None = None
    low: float | None = None
    high: float | None = None
    scaled: float | None = None
    success: bool | None = None
    completion: bool | None = None
    duration: str | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SocialEvent:
    """
    One act in normal form.

    Args:
        act: What was done.
        source_id: Kind, vendor's id and version of what it was done to, such as "post/31/v2":
            the same for every redelivery, another for every new act on the same object.
        actor: Who did it.
        object: What it was done to; a Party where somebody is followed.
        at: When, with a zone; None where the vendor does not tell.
        text: What was written, plain. The source's text policy decides what is kept of it.
        language: As the vendor tells it; kept only if it is a real language tag.
        parent: What it answers, comments on or belongs directly under.
        answered: Whom it answers, where the vendor tells.
        thread: The conversation it stands in.
        containers: Category, space, channel, site, course; nearest first.
        tags: Hashtags and labels as written.
        mentions: Who is named in it.
        result: What came of it.
        instructor: Who graded or enrolled the actor.
        extensions: Of the context.
    """

    act: Act
    source_id: str
    actor: Party
    object: Thing | Party
    at: datetime | None = None
    text: str | None = None
    language: str | None = None
    parent: Thing | None = None
    answered: Party | None = None
    thread: Thing | None = None
    containers: tuple[Thing, ...] = ()
    tags: tuple[str, ...] = ()
    mentions: tuple[Party, ...] = ()
    result: Result | None = None
    instructor: Party | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Skip:
    """A delivery, or a part of one, that rightly becomes no Statement."""

    why: Why
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """
    Somebody took back the vendor's leave to send us things.

    Args:
        party: None: everybody of the source.
        at: When, as the vendor tells: the same may be told again after leave was given anew.
    """

    party: Party | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handshake is answered with."""

    body: bytes
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200


Translated = SocialEvent | Skip | Withdrawal | Answer


class Check(Protocol):
    """A vendor's way to prove that a delivery is its own."""

    def refusal(self, delivery: Delivery, secrets: tuple[str, ...], now: float) -> str | None:
        """Why the delivery is not believed, or None; `now` in seconds since 1970."""
        ...

    def sign(self, delivery: Delivery, secret: str, now: float) -> Delivery:
        """The delivery as the vendor would send it; for simulations, fixtures and tests."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """
    What a recorded body is.

    Args:
        event: Which event it holds.
        harvested: Whether a harvester fetched it, so that nobody signed it.
        instance: The instance it comes from, where the body tells.
        method: A handshake may be a GET.
        query: Of such a request.
        body: Where the recorded file wraps it; None for the file as it is.
        options: Of the source, where the recording was made with some.
    """

    event: str
    harvested: bool = False
    instance: str | None = None
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration:
    """
    One kind of system.

    Args:
        name: What a source's configuration calls it, and the folder of its recorded deliveries.
        title: Its name for people; `context.platform` of its Statements.
        checks: How deliveries prove themselves; the first is the vendor's own way, others have
            to be chosen in the source's configuration (`verify`). Empty: harvested only.
        translate: A believed delivery → what happened. Pure. It may raise Unreadable, or whatever
            Python raises on a body that lacks what the vendor promises.
        parts: The keys, outermost first, to the list of what one delivery tells of in its JSON, so
            that one bad item keeps no other out; empty where it tells of one thing.
        handshake: Answers what comes before any delivery (a challenge); None when it is no such.
        instance: The only instance there is in the world, if so.
        refused: The status a wrong signature is answered with.
        event_header: The header that names the event, in lower case.
        recorded_as: The folder of its recorded deliveries; "" for its name.
        recognise: Which event a recorded body without headers is, by its shape or its file's name.
    """

    name: str
    title: str
    translate: Callable[[Delivery, Source], Iterable[Translated]]
    checks: Mapping[str, Check] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    handshake: Callable[[Delivery, Source], Answer | None] | None = None
    instance: str | None = None
    refused: int = 401
    event_header: str = ""
    recorded_as: str = ""
    recognise: Callable[[bytes, str], Shown] = lambda _body, _stem: Shown("")

    def check(self, source: Source) -> Check | None:
        """The check a source is configured with; None where nothing is delivered to it."""
        if not self.checks:
            return None
        return self.checks[source.verify] if source.verify else next(iter(self.checks.values()))
