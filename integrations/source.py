"""A configured source: one instance of a system, with its secrets and its rules for privacy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit
from uuid import NAMESPACE_URL, UUID, uuid5

from lrs.domain.errors import BadRequest

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_KEYS = frozenset(
    [
        "name",
        "integration",
        "instance",
        "secrets",
        "verify",
        "texts",
        "consent",
        "language",
        "platform",
        "options",
        "keep_days",
        "every_minutes",
        "access",
        "templates",
    ]
)
_MOST = 100_000
_Choice = TypeVar("_Choice", bound=StrEnum)


class Texts(StrEnum):
    """How much of what people write is kept."""

    NONE = "none"
    EXCERPT = "excerpt"
    FULL = "full"


class Consent(StrEnum):
    """Whether people must have said yes, must not have said no, or need not be asked."""

    OPT_IN = "opt-in"
    OPT_OUT = "opt-out"
    NOT_NEEDED = "not needed"


class Templates(StrEnum):
    """What becomes of a Statement that follows no template of the profile."""

    OFF = "off"
    REPORT = "report"
    GATE = "gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    Args:
        name: In the path of its hook and in every count.
        integration: Name of the kind of system.
        instance: Canonical origin, such as "https://forum.example" or "https://host/wiki":
            scheme and host in lower case, no slash at the end. `homePage` of its people.
        secrets: Valid at the same time, the newest first; one or two. None: the hook is off.
        verify: Which of the integration's checks; "" for the vendor's own.
        texts: How much of what people write is kept.
        consent: Who may be recorded.
        language: Tag of the language of titles, where the vendor does not tell; "und" if unknown.
        platform: `context.platform`; "" for the integration's title.
        namespace: Of the ids of its Statements. It follows from integration and instance, so that
            a hook and a harvester of the same instance make the same Statements.
        options: What only this kind of system knows, such as {"questions": [4, 7]}.
        keep_days: How long raw deliveries are kept, so that they can be read again when the
            mapping has learned something; 0: not at all. Dead letters are kept as long, at
            least a week.
        every_minutes: How often it is harvested; 0: never.
        access: What a harvester needs to be let in, such as {"token": "..."}. Secret.
        templates: Whether Statements that follow no template of the profile are logged, or their
            delivery becomes a dead letter.
    """

    name: str
    integration: str
    instance: str
    secrets: tuple[str, ...] = ()
    verify: str = ""
    texts: Texts = Texts.FULL
    consent: Consent = Consent.NOT_NEEDED
    language: str = "und"
    platform: str = ""
    namespace: UUID
    options: Mapping[str, Any] = field(default_factory=dict)
    keep_days: int = 30
    every_minutes: int = 0
    access: Mapping[str, str] = field(default_factory=dict)
    templates: Templates = Templates.OFF

    def option_ids(self, key: str) -> frozenset[str]:
        """A setting that lists ids (numbers or strings), as strings."""
        listed = self.options.get(key, ())
        return (
            frozenset(str(one) for one in listed)
            if isinstance(listed, (list, tuple))
            else frozenset()
        )

    @classmethod
    def of(cls, settings: Mapping[str, Any], instance: str | None = None) -> Source:
        """
        A source from its settings.

        Args:
            settings: Keys as the arguments of the class, without `namespace`; `secrets` may be
                one string or a list of at most two.
            instance: The only one there is of this kind of system; then it need not be set.

        Raises:
            BadRequest: A setting is missing, unknown or not one of its values; `at` names it.
        """
        unknown = sorted(set(settings) - _KEYS)
        if unknown:
            raise BadRequest("there is no such setting of a source", at=unknown[0])
        integration = _text(settings, "integration")
        origin = canonical(settings.get("instance") or instance or "")
        return cls(
            name=_matching(_text(settings, "name"), _NAME, "name"),
            integration=integration,
            instance=origin,
            secrets=_secrets(settings.get("secrets", ())),
            verify=str(settings.get("verify", "")),
            texts=_choice(Texts, settings.get("texts", "full"), "texts"),
            consent=_choice(Consent, settings.get("consent", "not needed"), "consent"),
            language=_matching(str(settings.get("language", "und")), _LANGUAGE, "language"),
            platform=str(settings.get("platform", "")),
            namespace=uuid5(NAMESPACE_URL, f"{integration} {origin}"),
            options=_mapping(settings, "options"),
            keep_days=_whole(settings, "keep_days", 30),
            every_minutes=_whole(settings, "every_minutes", 0),
            access={key: str(value) for key, value in _mapping(settings, "access").items()},
            templates=_choice(Templates, settings.get("templates", "off"), "templates"),
        )


def canonical(url: str) -> str:
    """
    The canonical form of an instance's address.

    Raises:
        BadRequest: No http or https address of a host.
    """
    parts = urlsplit(url.strip())
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise BadRequest("the address of the instance must be http(s)://host[/path]", at="instance")
    host = parts.hostname.lower()
    default = {"http": 80, "https": 443}[parts.scheme.lower()]
    if parts.port and parts.port != default:
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme.lower(), host, parts.path.rstrip("/"), "", ""))


def _text(settings: Mapping[str, Any], key: str) -> str:
    value = settings.get(key)
    if not isinstance(value, str) or not value:
        raise BadRequest("a source needs this setting", at=key)
    return value


def _mapping(settings: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = settings.get(key, {})
    if not isinstance(value, dict):
        raise BadRequest("this setting must be a JSON object", at=key)
    return dict(value)


def _whole(settings: Mapping[str, Any], key: str, default: int) -> int:
    value = settings.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise BadRequest(f"this setting must be a whole number from 0 to {_MOST}", at=key)
    return value


def _matching(value: str, pattern: re.Pattern[str], at: str) -> str:
    if not pattern.fullmatch(value):
        raise BadRequest(f"this setting must match {pattern.pattern}", at=at)
    return value


def _choice(kind: type[_Choice], value: object, at: str) -> _Choice:
    try:
        return kind(str(value))
    except ValueError:
        raise BadRequest(f"this setting must be one of: {', '.join(kind)}", at=at) from None


def _secrets(value: object) -> tuple[str, ...]:
    listed = (value,) if isinstance(value, str) else value
    if not isinstance(listed, (list, tuple)) or not all(isinstance(s, str) and s for s in listed):
        raise BadRequest("secrets are one or two strings that are not empty", at="secrets")
    if len(listed) > 2:  # noqa: PLR2004 - the one in use and the one that takes over
        raise BadRequest("at most two secrets are valid at a time", at="secrets")
    return tuple(listed)
