"""
Signed Statements: an Attachment with a JSON web signature over the Statement itself.

The check catches mistakes, as the standard has it; who the signer is and whether to believe him is
for readers to decide. So an unknown, expired or home-made certificate is recorded, never refused.
Verified with `cryptography` itself: joserfc bounds headers to 512 bytes, which no chain fits in,
and warns at keys as short as that of the standard's own example.

Spec: xAPI 1.0.3 Data 2.6; 2.0 4.2.6; RFC 7515; RFC 7518 3.3.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from lrs.domain import certificates, multipart, strict_json
from lrs.domain.attachments import Received
from lrs.domain.errors import BadRequest, LrsError
from lrs.domain.versions import Version

SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"

_SPEC = {Version.V1: "Data 2.6", Version.V2: "2.0 4.2.6"}
_HASHES: dict[str, type[HashAlgorithm]] = {"RS256": SHA256, "RS384": SHA384, "RS512": SHA512}
_OF_CHAIN = {
    True: "its chain led to a public root when it was received",
    False: "its chain did not lead to a public root when it was received",
    None: "its chain was not looked at",
}
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+")
# A signature holds one Statement and some certificates; decoding costs several times its size.
_MOST_BYTES = 4 * 1024 * 1024

Same = Callable[[dict[str, Any], dict[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class Signature:
    """
    What was found out about the signature of a Statement that may be stored.

    Args:
        algorithm: "RS256", "RS384" or "RS512".
        verified: Whether the signature was checked against a certificate that came with it.
        certificate_subject: Whom that certificate names.
        chain_trusted: Whether its chain leads to a public root; None where nobody looked.
        detail: The same in a sentence.
    """

    algorithm: str
    verified: bool
    certificate_subject: str | None
    chain_trusted: bool | None
    detail: str


class _MalformedError(Exception):
    """Why a signature must be refused."""


@dataclass(frozen=True, slots=True)
class _Jws:
    algorithm: str
    header: dict[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes


def check(
    statement: dict[str, Any],
    received: Mapping[str, Received],
    version: Version,
    same: Same,
    *,
    now: int | None = None,
    at: str = "",
) -> Signature | None:
    """
    Check the signature of a Statement, if it has one.

    Args:
        statement: A valid one, as it came, before the store completes or converts anything.
        received: The data that came with it, by hash.
        version: The version of the request.
        same: Whether the Statement that was signed and the one sent are the same.
        now: Microseconds since 1970-01-01 UTC; chains are judged as of then. None: not judged.
        at: Where the Statement stands in what was sent, such as "[3]".

    Returns:
        None for a Statement without signature; of several signatures the one least sure.

    Raises:
        BadRequest: A signature is not as it must be, or is not this Statement's.
    """
    found = []
    for number, attachment in enumerate(statement.get("attachments", ())):
        if attachment["usageType"] != SIGNATURE:
            continue
        try:
            jws = _jws(_content(attachment, received))
            _check_payload(jws.payload, statement, same)
            found.append(_signature(jws, now))
        except (_MalformedError, certificates.CertificateError) as reason:
            place = f"{at}.attachments[{number}]" if at else f"attachments[{number}]"
            raise BadRequest(str(reason), at=place, spec=_SPEC[version]) from None
    return min(found, key=lambda signature: signature.verified, default=None)


def named(statement: Mapping[str, Any]) -> str | None:
    """A name of the signatures of a valid Statement, from their hashes; None where it has none."""
    if "attachments" not in statement:
        return None
    hashes = [a["sha2"].lower() for a in statement["attachments"] if a["usageType"] == SIGNATURE]
    return hashlib.sha256(" ".join(sorted(hashes)).encode()).hexdigest() if hashes else None


def _content(attachment: dict[str, Any], received: Mapping[str, Received]) -> bytes:
    """The data of a signature Attachment."""
    parsed = multipart.media_type(attachment["contentType"])
    if parsed is None or parsed[0] != "application/octet-stream":
        raise _MalformedError("the contentType of a signature must be application/octet-stream")
    data = received.get(attachment["sha2"].lower())
    if data is None:
        raise _MalformedError("the signature itself must be sent with the Statement")
    if len(data.content) > _MOST_BYTES:
        raise _MalformedError(f"a signature may have at most {_MOST_BYTES} bytes")
    return bytes(data.content)


def _jws(content: bytes) -> _Jws:
    """A JWS in compact form, taken apart; nothing is verified yet."""
    segments = content.split(b".", 3)
    if len(segments) != 3:  # noqa: PLR2004 (header, payload, signature)
        raise _MalformedError("a signature must be a JWS in compact form, of three segments")
    protected, payload, signature = (_decoded(segment) for segment in segments)
    header = _json_object(protected, "the header of the JWS")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in _HASHES:
        raise _MalformedError("the algorithm of a signature must be RS256, RS384 or RS512")
    if "crit" in header:
        # RFC 7515 4.1.11: whoever does not know the extensions must not accept the signature.
        raise _MalformedError(
            "the header of the JWS asks for extensions (crit) that are not known here"
        )
    return _Jws(algorithm, header, payload, signature, content[: content.rindex(b".")])


def _check_payload(payload: bytes, statement: dict[str, Any], same: Same) -> None:
    signed = _json_object(payload, "the payload of the JWS")
    try:
        equal = same(signed, statement)
    except (LrsError, LookupError, TypeError, AttributeError, ValueError, RecursionError):
        # The payload is any JSON at all: what cannot be compared is not this Statement.
        equal = False
    if not equal:
        raise _MalformedError("the Statement that was signed is not the one that was sent")


def _signature(jws: _Jws, now: int | None) -> Signature:
    if "x5c" not in jws.header:
        return Signature(
            algorithm=jws.algorithm,
            verified=False,
            certificate_subject=None,
            chain_trusted=None,
            detail="no certificate came with the signature, so it could not be verified",
        )
    chain = certificates.read(jws.header["x5c"])
    _verify(jws, chain[0])
    trusted = None if now is None else certificates.trusted(chain, certificates.public_roots(), now)
    return Signature(
        algorithm=jws.algorithm,
        verified=True,
        certificate_subject=certificates.subject(chain[0]),
        chain_trusted=trusted,
        detail="verified against the certificate that came with it; " + _OF_CHAIN[trusted],
    )


def _verify(jws: _Jws, certificate: x509.Certificate) -> None:
    key = certificates.rsa_key(certificate)
    try:
        key.verify(jws.signature, jws.signed, PKCS1v15(), _HASHES[jws.algorithm]())
    except (InvalidSignature, ValueError):
        raise _MalformedError(
            "the signature is not one by the key of its first certificate"
        ) from None


def _decoded(segment: bytes) -> bytes:
    if not _BASE64URL.fullmatch(segment):
        raise _MalformedError("a segment of the JWS is empty or not base64url without padding")
    try:
        return base64.urlsafe_b64decode(segment + b"=" * (-len(segment) % 4))
    except ValueError:
        raise _MalformedError("a segment of the JWS is not base64url") from None


def _json_object(text: bytes, what: str) -> dict[str, Any]:
    """Read as Statements are read, so that equal numbers stay equal."""
    try:
        value = strict_json.loads(text, strict_json.DEEPEST).plain
    except BadRequest as refusal:
        raise _MalformedError(f"{what}: {refusal.detail}") from None
    if not isinstance(value, dict):
        raise _MalformedError(f"{what} is not a JSON object")
    return value
