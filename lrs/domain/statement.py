"""What the LRS adds to a Statement before it is kept, and when two are the same Statement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from lrs.domain import timestamps
from lrs.domain.actors import folded_mbox
from lrs.domain.durations import truncated
from lrs.domain.parts import ACTORS, context_with, is_activity
from lrs.domain.versions import Version

SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"

_FRACTION = re.compile(r"[.,](\d+)", re.ASCII)
_SECONDS_END = len("2026-11-24T08:01:02")
# Assigned by an LRS, or compared by a rule of its own.
_NOT_COMPARED = frozenset({"id", "authority", "stored", "version", "timestamp"})


def completed(
    exact: Mapping[str, Any],
    *,
    statement_id: str,
    authority: dict[str, Any],
    version: Version,
) -> bytes:
    """
    The head of a Statement to be kept: its JSON, complete but for what is known when it is stored.

    Properties keep the order they came in; `id` is put in front where there was none, `version`
    where there was none and `authority` always follow. Nothing else changes but times, which
    become UTC, and single contextActivities, which become arrays.

    Args:
        exact: A valid Statement; left as it is. `orjson.Fragment` leaves are written unaltered.
        statement_id: The id it gets when it has none.
        authority: That of the credential it came with; replaces what was sent.
        version: The version of xAPI of the request.

    Returns:
        JSON without `stored`, without `timestamp` if none was sent, and without the closing
        brace; ends with a comma. `NewStatement.complete` makes it whole.

    Spec: Data 2.4.1, 2.4.6.2, 2.4.7-2.4.10, 4.5; 2.0 4.2.4, 4.2.7.
    """
    whole = _normalised(exact)
    whole.pop("stored", None)
    whole.pop("authority", None)
    if "id" not in whole:
        whole = {"id": statement_id, **whole}
    if "version" not in whole:
        whole["version"] = version.of_statement
    whole["authority"] = authority
    return orjson.dumps(whole)[:-1] + b","


def _normalised(part: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a Statement or SubStatement with times in UTC and contextActivities in arrays."""
    new = dict(part)
    if "timestamp" in part:
        new["timestamp"] = in_utc(part["timestamp"])
    context = part.get("context")
    if context and "contextActivities" in context:
        beside = context["contextActivities"]
        if not all(isinstance(value, list) for value in beside.values()):
            arrays = {key: _array(value) for key, value in beside.items()}
            new["context"] = {**context, "contextActivities": arrays}
    if part["object"].get("objectType") == "SubStatement":
        new["object"] = _normalised(part["object"])
    return new


def _array(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def in_utc(timestamp: str) -> str:
    """
    The same instant in UTC, written with Z and with all digits of its fraction.

    A value that is in UTC already is returned as it is, but for a small t or z.

    Args:
        timestamp: One that `timestamps.parse` reads, such as "2026-11-24T09:01:02.5+01:00".
    """
    if timestamp.endswith("Z") and "," not in timestamp and "t" not in timestamp:
        return timestamp
    moment = timestamps.moment(timestamps.parse(timestamp))
    fraction = _FRACTION.match(timestamp, _SECONDS_END)
    digits = f".{fraction[1]}" if fraction else ""
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + digits + "Z"


def same_statement(a: Mapping[str, Any], b: Mapping[str, Any], version: Version) -> bool:
    """
    Whether two Statements are one and the same.

    No difference are: what an LRS assigns, the `display` of Verbs, the definitions of Activities,
    the order of a Group's members, the case of what has none (e-mail domains, UUIDs, hashes,
    language tags), an `objectType` that only says the default, a contextActivity alone or in an
    array, a time in another zone, a number in another spelling, and a signature. Under 2.0 also
    `timestamp`, attachments, and durations that differ by less than 0.01 s. All else is a
    difference: 2.0 would let `result` and `context` pass, but whoever sends another result under
    a known id needs to hear of it.

    Args:
        a: A valid Statement as plain JSON (no Fragments), sent or kept.
        b: Likewise; the order of the two does not matter.
        version: The version of xAPI of the request.

    Spec: Data 2.3.1; 2.0 4.2 and 4.2.7.
    """
    if "id" in a and "id" in b and a["id"].lower() != b["id"].lower():
        return False
    if version is Version.V1 and not _same_moment(a, b):
        return False
    return same_json(_essence(a, version), _essence(b, version))


def _same_moment(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether timestamps name one instant, or an LRS may have assigned one of them."""
    if any(s.get("timestamp") in (None, s.get("stored")) for s in (a, b)):
        return True
    x, y = a["timestamp"], b["timestamp"]
    return bool(x == y or timestamps.parse(x) == timestamps.parse(y))


def same_json(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal: numbers by value, arrays in order, true is not 1."""
    pairs = [(a, b)]
    while pairs:
        x, y = pairs.pop()
        if isinstance(x, dict):
            if not isinstance(y, dict) or x.keys() != y.keys():
                return False
            pairs += [(value, y[key]) for key, value in x.items()]
        elif isinstance(x, list):
            if not isinstance(y, list) or len(x) != len(y):
                return False
            pairs += zip(x, y, strict=True)
        elif x != y or isinstance(x, bool) is not isinstance(y, bool):
            return False
    return True


def _essence(part: Mapping[str, Any], version: Version) -> dict[str, Any]:
    """What is compared of a Statement or SubStatement, in one spelling."""
    essence = {key: value for key, value in part.items() if key not in _NOT_COMPARED}
    essence["actor"] = _actor(part["actor"])
    essence["verb"] = part["verb"]["id"]
    essence["object"] = _target(part["object"], version)
    if "context" in part:
        essence["context"] = _context(part["context"])
    if version is Version.V2 and "duration" in part.get("result", ()):
        result = part["result"]
        essence["result"] = {**result, "duration": truncated(result["duration"])}
    attachments = _attachments(essence.pop("attachments", []), version)
    if attachments:
        essence["attachments"] = attachments
    return essence


def _target(target: Mapping[str, Any], version: Version) -> Any:
    if is_activity(target):
        return target["id"]
    if target["objectType"] in ACTORS:
        return _actor(target)
    if target["objectType"] == "StatementRef":
        return _reference(target)
    essence = _essence(target, version)
    if "timestamp" in target:
        essence["timestamp"] = timestamps.parse(target["timestamp"])
    return essence


def _reference(reference: Mapping[str, Any]) -> dict[str, Any]:
    return {**reference, "id": reference["id"].lower()}


def _actor(actor: Mapping[str, Any]) -> dict[str, Any]:
    essence = {"objectType": "Agent", **actor}
    if "mbox" in actor:
        essence["mbox"] = folded_mbox(actor["mbox"])
    if "mbox_sha1sum" in actor:
        essence["mbox_sha1sum"] = actor["mbox_sha1sum"].lower()
    if "member" in actor:
        members = (_actor(member) for member in actor["member"])
        essence["member"] = {orjson.dumps(m, option=orjson.OPT_SORT_KEYS) for m in members}
    return essence


def _context(context: Mapping[str, Any]) -> dict[str, Any]:
    essence = context_with(context, activity=lambda one: one["id"], actor=_actor)
    for name in ("registration", "language"):
        if name in context:
            essence[name] = context[name].lower()
    if "statement" in context:
        essence["statement"] = _reference(context["statement"])
    return essence


def _attachments(attachments: list[Any], version: Version) -> list[Any]:
    """2.0 never considers them; a signature is added after what it signs was written."""
    if version is Version.V2:
        return []
    return [
        {**attachment, "sha2": attachment["sha2"].lower()}
        for attachment in attachments
        if attachment["usageType"] != SIGNATURE
    ]
