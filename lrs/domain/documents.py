"""Documents: their entity tags, the conditions of a change, and the merge of JSON (2.2, 3.1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

import orjson

from lrs.domain.errors import BadRequest, Conflict, PreconditionFailed
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version

# Ours hold no quotes or commas, so that bare ones can be read too; the W/ of a weak tag is read
# as one more, which is never ours.
_TAG = re.compile(r'"([^"]*)"|([^\s,"]+)')
_MERGE = "Communication 2.2"
_CONCURRENCY = "Communication 3.1"


def etag(content: bytes) -> str:
    """The entity tag of a document, without quotes: the SHA-1 of its content in lower-case hex."""
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


def names_tag(header: str, tag: str | None) -> bool:
    """
    Whether an If-Match or If-None-Match header names what is kept.

    Weak tags count as strong ones, for what is sent compressed, by us or by a proxy, has a weak
    one, and who read it so must be able to write it back; tags without quotes are read, for
    clients that take them off.

    Args:
        header: `*`, or a list such as `"a", W/"b"`.
        tag: The entity tag of what is kept, without quotes; None when nothing is.
    """
    if tag is None:
        return False
    if header.strip() == "*":
        return True
    return any(tag in (quoted, bare) for quoted, bare in _TAG.findall(header))


def check_preconditions(
    existing_etag: str | None,
    *,
    method: str,
    if_match: str | None,
    if_none_match: str | None,
    required: bool,
    version: Version,
) -> None:
    """
    Let a change of a document pass, or refuse it. To be called inside the atomic change.

    Args:
        existing_etag: The tag of what is kept, without quotes; None when nothing is.
        method: "PUT", "POST" or "DELETE".
        if_match: The header, or None.
        if_none_match: The header, or None.
        required: Whether 1.0.3 wants a condition for a PUT: of profiles it does, of State not.
        version: The version of xAPI of the request; 2.0 treats State like profiles.

    Raises:
        PreconditionFailed: A condition was given and does not hold.
        Conflict: PUT without a condition over a document that exists.
        BadRequest: PUT of a new profile without a condition, under 1.0.3.

    Spec: Communication 3.1; 2.0 4.1.4.
    """
    if if_match is not None and not names_tag(if_match, existing_etag):
        raise PreconditionFailed(
            "the document is not (or no longer) the one that If-Match names",
            at="If-Match",
            spec=_CONCURRENCY,
        )
    if if_none_match is not None and names_tag(if_none_match, existing_etag):
        raise PreconditionFailed(
            "a document that If-None-Match rules out exists",
            at="If-None-Match",
            spec=_CONCURRENCY,
        )
    if method == "PUT" and if_match is None and if_none_match is None:
        _check_unconditional(existing_etag, required=required, version=version)


def _check_unconditional(existing_etag: str | None, *, required: bool, version: Version) -> None:
    if existing_etag is not None and (required or version is Version.V2):
        raise Conflict(
            "a document exists here: look at its current state, and send If-Match with its "
            "current ETag to replace it",
            at="If-Match",
            spec=_CONCURRENCY,
        )
    if existing_etag is None and required and version is Version.V1:
        raise BadRequest(
            "a profile is put with If-Match or If-None-Match", at="If-Match", spec=_CONCURRENCY
        )


def is_json(content_type: str) -> bool:
    """Whether a Content-Type is application/json, whatever its case and parameters."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


def merged_document(
    kept_content: bytes,
    kept_type: str,
    sent_content: bytes,
    sent_type: str,
    loads: Callable[[bytes], Parsed],
) -> bytes:
    """
    What a POST makes of a document: the JSON object kept, with the properties of the one sent.

    Only the top level is merged; null is a value like others and removes nothing.

    Args:
        kept_content: What is kept.
        kept_type: Its Content-Type.
        sent_content: The body of the request.
        sent_type: Its Content-Type.
        loads: `strict_json.loads` to some depth; raises BadRequest for what is not JSON.

    Raises:
        BadRequest: One of the two is not application/json, or not a JSON object.

    Spec: Communication 2.2, JSON Procedure; 2.0 4.1.3.
    """
    if not is_json(sent_type) or not is_json(kept_type):
        raise BadRequest(
            "only application/json can be merged with application/json; what is kept here is "
            f"{kept_type}",
            at="Content-Type",
            spec=_MERGE,
        )
    kept, sent = loads(kept_content).exact, loads(sent_content).exact
    if not isinstance(kept, dict) or not isinstance(sent, dict):
        raise BadRequest("only JSON objects can be merged", spec=_MERGE)
    return orjson.dumps({**kept, **sent})
