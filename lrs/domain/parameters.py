"""The query parameters of every Resource, read as strictly as the values of Statements."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from lrs.domain import strict_json, timestamps
from lrs.domain.errors import BadRequest
from lrs.domain.problems import section, shown
from lrs.domain.validation import check_agent, check_iri, check_uuid
from lrs.domain.versions import Version

_AGENT_DEPTH = 8  # Group, member, Agent, account: more than any Agent needs
_LIMIT = re.compile("[0-9]+")
_LIMIT_DIGITS = 18
_STATEMENT_NAMES = (
    "statementId",
    "voidedStatementId",
    "agent",
    "verb",
    "activity",
    "registration",
    "related_activities",
    "related_agents",
    "since",
    "until",
    "limit",
    "format",
    "attachments",
    "ascending",
)
_FORMATS = ("exact", "ids", "canonical")
_UNKNOWN = "Communication 3.2 | 4.1.5"
_STATEMENTS = "Communication 2.1.3 | 4.1.6.1"
PUT_STATEMENT = "Communication 2.1.1 | 4.1.6.1"
_STATE = "Communication 2.3 | 4.1.6.2"
_AGENTS = "Communication 2.4 | 4.1.6.3"
_ACTIVITIES = "Communication 2.5 | 4.1.6.4"
_AGENT_PROFILE = "Communication 2.6 | 4.1.6.5"
_ACTIVITY_PROFILE = "Communication 2.7 | 4.1.6.6"


_T = TypeVar("_T")

Arguments = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class StatementParameters:
    """
    What GET /statements asks for.

    Args:
        statement_id: Lower-case UUID; then only `format` and `attachments` are given besides.
        voided_statement_id: The same, for a voided Statement.
        agent: An Agent or identified Group.
        since: Microseconds since 1970 UTC, exclusive.
        until: The same, inclusive.
        limit: None (also for 0): as many as the server allows.
        format: "exact", "ids" or "canonical".
    """

    statement_id: str | None = None
    voided_statement_id: str | None = None
    agent: Mapping[str, Any] | None = None
    verb: str | None = None
    activity: str | None = None
    registration: str | None = None
    related_activities: bool = False
    related_agents: bool = False
    since: int | None = None
    until: int | None = None
    limit: int | None = None
    format: str = "exact"
    attachments: bool = False
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class DocumentParameters:
    """
    Which document or documents a request means.

    Args:
        agent: Of State and Agent Profile.
        activity: Of State and Activity Profile; an IRI.
        registration: Of State; lower-case UUID. None is a context of its own for one document.
        document_id: `stateId` or `profileId`; None: all of the context.
        since: Microseconds since 1970 UTC, exclusive.
    """

    agent: Mapping[str, Any] | None = None
    activity: str | None = None
    registration: str | None = None
    document_id: str | None = None
    since: int | None = None


def statement_query(args: Arguments, version: Version) -> StatementParameters:
    """
    The parameters of GET /statements.

    Raises:
        BadRequest: Naming the parameter that is unknown, repeated, malformed or out of place.

    Spec: xAPI 1.0.3 Communication 2.1.3, 3.2; 2.0 4.1.6.1.
    """
    given = _Given(args, version, _STATEMENTS, _STATEMENT_NAMES)
    single = [name for name in ("statementId", "voidedStatementId") if name in given.values]
    if single:
        for name in given.values:
            if name not in (single[0], "format", "attachments"):
                given.refuse(name, f"this must not come together with {single[0]}")
    return StatementParameters(
        statement_id=given.read("statementId", _uuid),
        voided_statement_id=given.read("voidedStatementId", _uuid),
        agent=given.read("agent", _agent_or_group),
        verb=given.read("verb", _iri),
        activity=given.read("activity", _iri),
        registration=given.read("registration", _uuid),
        related_activities=given.read("related_activities", _boolean) or False,
        related_agents=given.read("related_agents", _boolean) or False,
        since=given.read("since", _timestamp),
        until=given.read("until", _timestamp),
        limit=given.read("limit", _limit) or None,
        format=given.read("format", _format) or "exact",
        attachments=given.read("attachments", _boolean) or False,
        ascending=given.read("ascending", _boolean) or False,
    )


def put_statement_query(args: Arguments, version: Version) -> str:
    """
    The `statementId` of PUT /statements, in lower case.

    Raises:
        BadRequest: It is missing or no UUID, or there is another parameter.
    """
    given = _Given(args, version, PUT_STATEMENT, ("statementId",))
    return given.required("statementId", _uuid)


def no_query(args: Arguments, version: Version) -> None:
    """
    Refuse any parameter: POST /statements and /about have none.

    Raises:
        BadRequest: For the first one.
    """
    _Given(args, version, _UNKNOWN, ())


def agents_query(args: Arguments, version: Version) -> Mapping[str, Any]:
    """
    The `agent` of GET /agents.

    Raises:
        BadRequest: It is missing or no Agent (a Group is none), or there is another parameter.
    """
    return _Given(args, version, _AGENTS, ("agent",)).required("agent", _agent)


def activities_query(args: Arguments, version: Version) -> str:
    """
    The `activityId` of GET /activities.

    Raises:
        BadRequest: It is missing or no IRI, or there is another parameter.
    """
    return _Given(args, version, _ACTIVITIES, ("activityId",)).required("activityId", _iri)


def state_query(args: Arguments, version: Version, method: str) -> DocumentParameters:
    """
    The parameters of /activities/state.

    Args:
        args: As they came.
        version: The version the request speaks.
        method: "GET" (also for HEAD), "PUT", "POST" or "DELETE".

    Raises:
        BadRequest: Naming the parameter that is wrong.
    """
    names = ("activityId", "agent", "registration", "stateId", *_since(method))
    given = _Given(args, version, _STATE, names)
    return DocumentParameters(
        activity=given.required("activityId", _iri),
        agent=given.required("agent", _agent),
        registration=given.read("registration", _uuid),
        document_id=given.document_id("stateId", optional=method in ("GET", "HEAD", "DELETE")),
        since=given.read("since", _timestamp),
    )


def agent_profile_query(args: Arguments, version: Version, method: str) -> DocumentParameters:
    """The parameters of /agents/profile; as `state_query`."""
    given = _Given(args, version, _AGENT_PROFILE, ("agent", "profileId", *_since(method)))
    return DocumentParameters(
        agent=given.required("agent", _agent),
        document_id=given.document_id("profileId", optional=method in ("GET", "HEAD")),
        since=given.read("since", _timestamp),
    )


def activity_profile_query(args: Arguments, version: Version, method: str) -> DocumentParameters:
    """The parameters of /activities/profile; as `state_query`."""
    given = _Given(args, version, _ACTIVITY_PROFILE, ("activityId", "profileId", *_since(method)))
    return DocumentParameters(
        activity=given.required("activityId", _iri),
        document_id=given.document_id("profileId", optional=method in ("GET", "HEAD")),
        since=given.read("since", _timestamp),
    )


class _Given:
    """The parameters of one request: each known, each once."""

    def __init__(
        self, args: Arguments, version: Version, sections: str, names: Sequence[str]
    ) -> None:
        self.version = version
        self.spec = section(sections, version)
        self.values: dict[str, str] = {}
        for name, values in args.items():
            if name not in names:
                detail = f"there is no parameter {shown(name)} here"
                raise BadRequest(detail, at=name, spec=section(_UNKNOWN, version))
            if len(values) != 1:
                self.refuse(name, "this parameter may be given once only")
            self.values[name] = values[0]

    def read(self, name: str, reader: Callable[[str, str, _Given], _T]) -> _T | None:
        """The value of a parameter, or None where it is not given."""
        return reader(self.values[name], name, self) if name in self.values else None

    def required(self, name: str, reader: Callable[[str, str, _Given], _T]) -> _T:
        """The value of a parameter that must be there."""
        if name not in self.values:
            self.refuse(name, "this parameter is missing")
        return reader(self.values[name], name, self)

    def document_id(self, name: str, *, optional: bool) -> str | None:
        """The id of a document: any text but the empty one, and not together with `since`."""
        if name in self.values and "since" in self.values:
            self.refuse("since", f"this must not come together with {name}")
        return self.read(name, _text) if optional else self.required(name, _text)

    def refuse(self, name: str, detail: str) -> NoReturn:
        """Say what is wrong with a parameter."""
        raise BadRequest(detail, at=name, spec=self.spec)


def _since(method: str) -> tuple[str, ...]:
    """Only lists of ids can be limited by time."""
    return ("since",) if method in ("GET", "HEAD") else ()


def _text(value: str, name: str, given: _Given) -> str:
    if not value:
        given.refuse(name, "this must not be empty")
    return value


def _uuid(value: str, name: str, given: _Given) -> str:
    return check_uuid(value, name, given.spec)


def _iri(value: str, name: str, given: _Given) -> str:
    check_iri(value, name, given.spec)
    return value


def _timestamp(value: str, name: str, given: _Given) -> int:
    return timestamps.parse(value, at=name, spec=given.spec)


def _boolean(value: str, name: str, given: _Given) -> bool:
    if value not in ("true", "false"):
        given.refuse(name, "this must be “true” or “false”")
    return value == "true"


def _format(value: str, name: str, given: _Given) -> str:
    if value not in _FORMATS:
        given.refuse(name, "this must be “exact”, “ids” or “canonical”")
    return value


def _limit(value: str, name: str, given: _Given) -> int:
    if not _LIMIT.fullmatch(value):
        given.refuse(name, "this must be an integer that is not negative")
    # Beyond this many digits a limit limits nothing, and Python refuses to read thousands of them.
    digits = value.lstrip("0")[:_LIMIT_DIGITS]
    return int(digits or "0")


def _agent(value: str, name: str, given: _Given) -> Mapping[str, Any]:
    return _read_agent(value, name, given, group_allowed=False)


def _agent_or_group(value: str, name: str, given: _Given) -> Mapping[str, Any]:
    return _read_agent(value, name, given, group_allowed=True)


def _read_agent(value: str, name: str, given: _Given, *, group_allowed: bool) -> Mapping[str, Any]:
    try:
        agent = strict_json.loads(value.encode(errors="surrogatepass"), _AGENT_DEPTH).plain
    except BadRequest as refusal:
        given.refuse(name, refusal.detail)
    check_agent(agent, name, given.version, group_allowed=group_allowed)
    return dict(agent)
