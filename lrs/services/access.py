"""Who may do what: Basic credentials with the standard's scopes, each with its Authority."""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

import orjson
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lrs.domain.errors import BadRequest, Conflict, Forbidden, NotFound, Unauthorized
from lrs.domain.repairs import check as check_rules
from lrs.domain.validation import check_agent
from lrs.domain.versions import Version
from lrs.stores.port import Draft, Record, RecordStore

KIND = "credential"
# Communication 4.2: the scopes of the standard, with what each of them grants beside itself.
SCOPES: Mapping[str, frozenset[str]] = {
    "statements/write": frozenset(),
    "statements/read/mine": frozenset(),
    "statements/read": frozenset({"statements/read/mine"}),
    "state": frozenset({"state/read"}),
    "define": frozenset(),
    "profile": frozenset({"profile/read"}),
    "all/read": frozenset(
        {"statements/read", "statements/read/mine", "state/read", "profile/read"}
    ),
    "all": frozenset(
        {
            "statements/write",
            "statements/read",
            "statements/read/mine",
            "state",
            "state/read",
            "define",
            "profile",
            "profile/read",
            "all/read",
        }
    ),
}
# How long a process trusts what it last read of a credential: a revocation is felt within it.
TRUST_SECONDS = 1.0
_MOST_TRUSTED = 4096
_NOBODY = (0.0, None)
_UNFIT = ("Cc", "Cs")  # control characters, and halves of characters that UTF-8 cannot hold
_REFUSAL = "the request carries no valid key and secret"


@dataclass(frozen=True, slots=True)
class Credential:
    """
    A key that may use the store.

    Args:
        key: The user name of HTTP Basic.
        name: For people.
        scopes: As they were given.
        authority: The Agent that stands as the Authority of what it stores.
        quarantine: The rules (lrs.domain.repairs) for what it sends and is refused, which is then
            kept; None: it is not kept.
    """

    key: str
    name: str
    scopes: frozenset[str]
    authority: dict[str, Any]
    quarantine: tuple[str, ...] | None = None

    def may(self, scope: str) -> bool:
        """Whether a scope was given, itself or within another."""
        return any(scope == given or scope in SCOPES[given] for given in self.scopes)

    def must(self, *scopes: str) -> None:
        """Raise Forbidden unless one of these scopes was given."""
        if not any(self.may(scope) for scope in scopes):
            raise Forbidden(
                f"this key lacks the scope {' or '.join(scopes)}", spec="Communication 4.2"
            )


class Access:
    """Creates, lists, revokes and checks credentials; secrets are kept as Argon2id hashes."""

    def __init__(self, records: RecordStore, public_url: str) -> None:
        self._records = records
        self._public_url = public_url
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
        # One hash at a time: a flood of wrong secrets must not take all the memory.
        self._hashing = threading.Lock()
        self._decoy = self._hasher.hash(secrets.token_urlsafe(32))
        self._pepper = secrets.token_bytes(32)
        self._proven: dict[bytes, tuple[str, str]] = {}
        # The credentials of headers seen a moment ago, each until when it is trusted.
        self._trusted: dict[bytes, tuple[float, Credential | None]] = {}

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        key: str | None = None,
        secret: str | None = None,
        authority: dict[str, Any] | None = None,
    ) -> tuple[Credential, str]:
        """
        Make a credential.

        Args:
            authority: Its Authority; by default an account at this store, named by the key.

        Returns:
            The credential and its secret, which cannot be read again.

        Raises:
            BadRequest: No or an unknown scope, a key with a colon, a control character, or an
                authority that is no Agent.
            Conflict: The key is taken.
        """
        unknown = sorted(set(scopes) - set(SCOPES))
        if unknown or not scopes:
            raise BadRequest(
                f"scopes are {', '.join(SCOPES)}", at="scopes", spec="Communication 4.2"
            )
        key = key or secrets.token_hex(16)
        secret = secret or secrets.token_urlsafe(32)
        for place, text in (("name", name), ("key", key), ("secret", secret)):
            _check_characters(text, place)
        if ":" in key:
            raise BadRequest("a key holds no colon (HTTP Basic)", at="key", spec="RFC 7617")
        if authority is not None:
            check_agent(authority, "authority", Version.V2)
        credential = Credential(
            key, name, frozenset(scopes), authority or self._default_authority(name, key)
        )
        value = orjson.dumps(
            {
                "name": name,
                "scopes": sorted(credential.scopes),
                "authority": credential.authority,
            }
        )
        draft = Draft(value, {"hash": self._hasher.hash(secret)})

        def decide(kept: Record | None) -> Draft:
            if kept is not None:
                raise Conflict("this key exists already", at="key")
            return draft

        self._records.change(KIND, key, decide)
        return credential, secret

    def _default_authority(self, name: str, key: str) -> dict[str, Any]:
        account = {"homePage": self._public_url, "name": key}
        return {"objectType": "Agent", "name": name, "account": account}

    def list(self) -> list[Credential]:
        """All credentials in the order of their keys."""
        return [_credential(record) for record in self._records.records(KIND)]

    def quarantine(self, key: str, rules: Sequence[str] | None) -> Credential:
        """
        Keep what this key sends and is refused, to be mended by these rules; None: no longer.

        Raises:
            NotFound: There is no such key.
            BadRequest: There is no rule of a name.
        """
        chosen = None if rules is None else list(check_rules(rules, "quarantine"))

        def decide(kept: Record | None) -> Draft:
            if kept is None:
                raise NotFound("there is no such key", at="key")
            value = orjson.loads(kept.value) | {"quarantine": chosen}
            return Draft(orjson.dumps(value), kept.meta, kept.tags)

        record = self._records.change(KIND, key, decide)
        self._trusted.clear()
        assert record is not None
        return _credential(record)

    def repairs(self, key: str) -> tuple[str, ...]:
        """The rules that were chosen for what a key sends; none where it is gone."""
        record = self._records.record(KIND, key)
        return (_credential(record).quarantine if record else None) or ()

    def revoke(self, key: str) -> None:
        """
        Remove a credential; every process refuses it within TRUST_SECONDS.

        Raises:
            NotFound: There is no such key.
        """

        def decide(kept: Record | None) -> None:
            if kept is None:
                raise NotFound("there is no such key", at="key")

        self._records.change(KIND, key, decide)
        self._trusted.clear()

    def authenticate(self, authorization: str | None) -> Credential:
        """
        The credential of an Authorization header.

        Raises:
            Unauthorized: None, not Basic, or wrong; which part is wrong is not told.
        """
        digest = self._digest(authorization or "")
        until, credential = self._trusted.get(digest, _NOBODY)
        if credential is not None and time.monotonic() < until:
            return credential
        key, secret = _basic(authorization)
        until = time.monotonic() + TRUST_SECONDS
        record = self._records.record(KIND, key)
        if not self._matches(key, secret, record) or record is None:
            raise Unauthorized(_REFUSAL, at="Authorization", spec="Communication 4.1")
        credential = _credential(record)
        if len(self._trusted) >= _MOST_TRUSTED:
            self._trusted.clear()
        self._trusted[digest] = until, credential
        return credential

    def _digest(self, secret: str) -> bytes:
        """What a secret is known by in this process."""
        return hashlib.blake2b(secret.encode("utf-8", "replace"), key=self._pepper).digest()

    def _matches(self, key: str, secret: str, record: Record | None) -> bool:
        """Argon2 takes tens of milliseconds, so a pair once proven is known by a keyed digest."""
        stored_hash = record.meta["hash"] if record else self._decoy
        digest = self._digest(f"{key}:{secret}")
        if record is not None and self._proven.get(digest) == (key, stored_hash):
            return True
        try:
            with self._hashing:
                self._hasher.verify(stored_hash, secret)
        except (VerificationError, InvalidHashError):
            return False
        if record is not None:
            self._proven[digest] = (key, stored_hash)
        return record is not None


def _check_characters(text: str, at: str) -> None:
    """Refuse what no header may hold, and no path either: such a key could not be revoked."""
    if any(category(character) in _UNFIT for character in text):
        raise BadRequest("this holds a control character", at=at, spec="RFC 7617")


def _credential(record: Record) -> Credential:
    value = orjson.loads(record.value)
    rules = value.get("quarantine")
    return Credential(
        record.key,
        value["name"],
        frozenset(value["scopes"]),
        value["authority"],
        None if rules is None else tuple(rules),
    )


def _basic(authorization: str | None) -> tuple[str, str]:
    """Key and secret of a Basic header."""
    scheme, _, encoded = (authorization or "").partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        key, colon, secret = (
            base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
        )
    except (ValueError, binascii.Error):
        raise Unauthorized(_REFUSAL, at="Authorization", spec="Communication 4.1") from None
    if not colon or not key:
        raise Unauthorized(_REFUSAL, at="Authorization", spec="Communication 4.1")
    return key, secret
