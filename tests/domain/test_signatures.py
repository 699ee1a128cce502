"""Signed Statements: Data 2.6 (XAPI-00115 to 00117), RFC 7515."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.verification import Store
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs.domain import certificates, signatures, strict_json, timestamps
from lrs.domain.attachments import Received
from lrs.domain.errors import BadRequest
from lrs.domain.signatures import SIGNATURE, Signature
from lrs.domain.versions import Version
from tests.shared import SHARED, needs_shared

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NOW = timestamps.micros(BEGIN) + 1_000_000
RSA_HASHES = {"RS256": hashes.SHA256(), "RS384": hashes.SHA384(), "RS512": hashes.SHA512()}
STATEMENT = {
    "id": "33cff416-e331-4c9d-969e-5373a1756120",
    "actor": {"mbox": "mailto:a@example.com"},
    "verb": {"id": "http://example.com/verbs/experienced"},
    "object": {"id": "http://example.com/activities/1"},
}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


def same(signed: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Equality as far as these tests need it: signature, version and what is added aside."""
    aside = {"attachments": None, "version": None}
    return {**signed, **aside} == {**sent, **aside}


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """One key per number, made once."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def a_certificate(
    subject: str = "Signer",
    key: Any = None,
    issuer: str = "Authority",
    issuer_key: Any = None,
    *,
    ca: bool = False,
) -> x509.Certificate:
    """Valid for the whole of January 2026."""

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    key, issuer_key = key or rsa_key(), issuer_key or rsa_key(1)
    usage = x509.KeyUsage(
        digital_signature=not ca, key_cert_sign=ca, crl_sign=ca,
        content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(1 + len(subject))
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=31))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(issuer_key, hashes.SHA256())
    )


@cache
def der(kind: str) -> bytes:
    """A certificate by what it is for, in DER."""
    made = {
        "signer": a_certificate,
        "authority": lambda: a_certificate("Authority", rsa_key(1), ca=True),
        "elliptic": lambda: a_certificate(key=ec.generate_private_key(ec.SECP256R1())),
        "another": lambda: a_certificate(key=rsa_key(2)),
    }[kind]()
    return made.public_bytes(serialization.Encoding.DER)


def x5c(*kinds: str) -> list[str]:
    return [base64.b64encode(der(kind)).decode() for kind in kinds]


def base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def as_bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def a_jws(header: Any, payload: Any = STATEMENT, key: rsa.RSAPrivateKey | None = None) -> bytes:
    """A JWS by the key of the signer; header and payload as JSON values or as bytes."""
    signed = base64url(as_bytes(header)) + b"." + base64url(as_bytes(payload))
    algorithm = header.get("alg") if isinstance(header, dict) else None
    digest = RSA_HASHES.get(str(algorithm), hashes.SHA256())
    signature = (key or rsa_key()).sign(signed, padding.PKCS1v15(), digest)
    return signed + b"." + base64url(signature)


def signed_with(
    jws: bytes, content_type: str = "application/octet-stream"
) -> tuple[dict[str, Any], dict[str, Received]]:
    """The Statement with a signature, and the data that came with it."""
    sha2 = hashlib.sha256(jws).hexdigest()
    attachment = {
        "usageType": SIGNATURE,
        "display": {"en-US": "Signature"},
        "contentType": content_type,
        "length": len(jws),
        "sha2": sha2,
    }
    data = Received(sha2, content_type, memoryview(jws))
    return {**STATEMENT, "attachments": [attachment]}, {sha2: data}


def check(jws: bytes, content_type: str = "application/octet-stream") -> Signature | None:
    statement, received = signed_with(jws, content_type)
    return signatures.check(statement, received, Version.V1, same)


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signature_by_its_certificate_is_verified(algorithm: str) -> None:
    found = check(a_jws({"alg": algorithm, "x5c": x5c("signer", "authority")}))

    assert found == Signature(
        algorithm=algorithm,
        verified=True,
        certificate_subject="CN=Signer",
        chain_trusted=None,
        detail="verified against the certificate that came with it; its chain was not looked at",
    )


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512"])
def test_a_signature_without_a_certificate_is_accepted_unverified(algorithm: str) -> None:
    """The certificate is a should; the ADL suite signs without."""
    found = check(a_jws({"alg": algorithm, "typ": "JWT", "kid": "1"}))

    assert found is not None
    assert (found.algorithm, found.verified, found.chain_trusted) == (algorithm, False, None)


def test_a_chain_to_no_public_root_is_recorded_not_refused() -> None:
    statement, received = signed_with(a_jws({"alg": "RS256", "x5c": x5c("signer")}))

    found = signatures.check(statement, received, Version.V2, same, now=NOW)

    assert found is not None
    assert found.verified
    assert found.chain_trusted is False


def test_numbers_in_signed_and_sent_statement_are_read_alike() -> None:
    """Also those beyond 64 bits and beyond a double's range."""
    number = b'{"n":18446744073709551617,"m":1e400,"o":1.0}'
    statement, received = signed_with(a_jws({"alg": "RS256"}, number))
    sent = strict_json.loads(number, 10).plain

    found = signatures.check(
        statement, received, Version.V1, lambda signed, _: bool(signed == sent)
    )

    assert found is not None


def test_a_statement_without_signature_has_none() -> None:
    other = {"usageType": "http://example.com/usage", "contentType": "text/plain", "sha2": "0" * 64}

    assert signatures.check(STATEMENT, {}, Version.V1, same) is None
    assert signatures.check({**STATEMENT, "attachments": [other]}, {}, Version.V1, same) is None


def test_of_two_signatures_the_one_less_sure_is_told() -> None:
    first, received = signed_with(a_jws({"alg": "RS256", "x5c": x5c("signer")}))
    second, more = signed_with(a_jws({"alg": "RS512"}))
    both = {**STATEMENT, "attachments": first["attachments"] + second["attachments"]}

    found = signatures.check(both, received | more, Version.V1, same)

    assert found is not None
    assert found.algorithm == "RS512"


def test_a_second_signature_that_is_wrong_is_refused_with_its_place() -> None:
    first, received = signed_with(a_jws({"alg": "RS256"}))
    second, more = signed_with(b"no.signature.at all")
    both = {**STATEMENT, "attachments": first["attachments"] + second["attachments"]}

    with pytest.raises(BadRequest) as refusal:
        signatures.check(both, received | more, Version.V2, same, at="[3]")

    assert refusal.value.at == "[3].attachments[1]"
    assert refusal.value.spec == "2.0 4.2.6"


def an_hmac_by_the_certificate() -> bytes:
    """The well-known confusion: the public certificate taken for a shared secret."""
    header = {"alg": "HS256", "x5c": x5c("signer")}
    signed = base64url(as_bytes(header)) + b"." + base64url(as_bytes(STATEMENT))
    return signed + b"." + base64url(hmac.digest(der("signer"), signed, "sha256"))


def with_one_bit_changed() -> bytes:
    head, signature = a_jws({"alg": "RS256", "x5c": x5c("signer")}).rsplit(b".", 1)
    changed = bytearray(base64.urlsafe_b64decode(signature + b"=="))
    changed[0] ^= 1
    return head + b"." + base64url(bytes(changed))


MALFORMED = {
    "empty": lambda: b"",
    "two segments": lambda: b"e30.e30",
    "four segments": lambda: a_jws({"alg": "RS256"}) + b".e30",
    "JWS JSON serialisation": lambda: json.dumps({"payload": "e30", "signatures": []}).encode(),
    "no signature": lambda: a_jws({"alg": "RS256"}).rsplit(b".", 1)[0] + b".",
    "padding": lambda: a_jws({"alg": "RS256"}) + b"==",
    "line break": lambda: a_jws({"alg": "RS256"}) + b"\n",
    "not base64url": lambda: a_jws({"alg": "RS256"})[:-2] + b"+/",
    "impossible length": lambda: b"e30aa.e30.e30",
    "header not JSON": lambda: a_jws(b"{'alg': 'RS256'}"),
    "header not UTF-8": lambda: a_jws(b'{"alg": "RS256\xff"}'),
    "header twice the same": lambda: a_jws(b'{"alg": "none", "alg": "RS256"}'),
    "header a list": lambda: a_jws(["RS256"]),
    "header very deep": lambda: a_jws(b'{"alg":' + b"[" * 100_000),
    "no algorithm": lambda: a_jws({}),
    "algorithm none": lambda: a_jws({"alg": "none"}),
    "algorithm a list": lambda: a_jws({"alg": ["RS256"]}),
    "algorithm in lower case": lambda: a_jws({"alg": "rs256"}),
    "PS256": lambda: a_jws({"alg": "PS256"}),
    "HS256 by the certificate": an_hmac_by_the_certificate,
    "unknown extension": lambda: a_jws({"alg": "RS256", "b64": False, "crit": ["b64"]}),
    "payload not JSON": lambda: a_jws({"alg": "RS256"}, b"{'id\": 1}"),
    "payload a list": lambda: a_jws({"alg": "RS256"}, [STATEMENT]),
    "payload very deep": lambda: a_jws({"alg": "RS256"}, b'{"a":' * 100_000),
    "another Statement": lambda: a_jws({"alg": "RS256"}, {**STATEMENT, "actor": {}}),
    "x5c null": lambda: a_jws({"alg": "RS256", "x5c": None}),
    "x5c empty": lambda: a_jws({"alg": "RS256", "x5c": []}),
    "x5c a string": lambda: a_jws({"alg": "RS256", "x5c": x5c("signer")[0]}),
    "x5c of numbers": lambda: a_jws({"alg": "RS256", "x5c": [1]}),
    "x5c no certificate": lambda: a_jws({"alg": "RS256", "x5c": ["AAAA"]}),
    "x5c no base64": lambda: a_jws({"alg": "RS256", "x5c": ["é?"]}),
    "x5c with line breaks": lambda: a_jws(
        {"alg": "RS256", "x5c": [base64.encodebytes(der("signer")).decode()]}
    ),
    "x5c cut off": lambda: a_jws({"alg": "RS256", "x5c": [x5c("signer")[0][:400]]}),
    "x5c bad further on": lambda: a_jws({"alg": "RS256", "x5c": [*x5c("signer"), "AAAA"]}),
    "x5c very long": lambda: a_jws({"alg": "RS256", "x5c": x5c("signer") * 11}),
    "elliptic key": lambda: a_jws({"alg": "RS256", "x5c": x5c("elliptic")}),
    "another's certificate": lambda: a_jws({"alg": "RS256", "x5c": x5c("another", "signer")}),
    "another key": lambda: a_jws({"alg": "RS256", "x5c": x5c("signer")}, key=rsa_key(2)),
    "signature changed": with_one_bit_changed,
    "5 MB": lambda: a_jws({"alg": "RS256"}, {**STATEMENT, "version": "x" * 5_000_000}),
}  # fmt: skip


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_signature_is_refused_with_its_place(name: str) -> None:
    jws = MALFORMED[name]()

    with pytest.raises(BadRequest) as refusal:
        check(jws)

    assert refusal.value.at == "attachments[0]"
    assert refusal.value.spec == "Data 2.6"


def test_the_signed_text_under_another_algorithm_is_refused() -> None:
    """RS256 made, RS512 said: "does not use one of these algorithms correctly" (XAPI-00117)."""
    head = base64url(as_bytes({"alg": "RS512", "x5c": x5c("signer")}))
    signed = head + b"." + base64url(as_bytes(STATEMENT))
    signature = rsa_key().sign(signed, padding.PKCS1v15(), hashes.SHA256())

    with pytest.raises(BadRequest):
        check(signed + b"." + base64url(signature))


@pytest.mark.parametrize("content_type", ["text/plain; charset=ascii", "octets", ""])
def test_a_signature_of_another_type_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        check(a_jws({"alg": "RS256"}), content_type)

    assert refusal.value.at == "attachments[0]"


def test_a_signature_that_was_not_sent_is_refused() -> None:
    """Also with a fileUrl: nothing is fetched, so nothing could be checked."""
    statement, _ = signed_with(a_jws({"alg": "RS256"}))
    statement["attachments"][0]["fileUrl"] = "http://example.com/signature"

    with pytest.raises(BadRequest) as refusal:
        signatures.check(statement, {}, Version.V1, same)

    assert refusal.value.at == "attachments[0]"


@given(st.binary(max_size=60) | st.from_regex(rb"[A-Za-z0-9_-]{0,20}(\.[A-Za-z0-9_-]{0,20}){2}"))
def test_any_data_at_all_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequest):
        check(data)


@given(json_values, json_values, json_values)
def test_any_header_and_payload_is_accepted_or_refused(
    header: Any, certificate: Any, payload: Any
) -> None:
    """Never another exception, even from a comparison that trusts its arguments."""

    def trusting(signed: dict[str, Any], sent: dict[str, Any]) -> bool:
        return bool(signed["actor"]["mbox"].lower() == sent["actor"]["mbox"])

    header = {**header, "alg": "RS256"} if isinstance(header, dict) else header
    for text in (a_jws(header, payload), a_jws({"alg": "RS256", "x5c": certificate}, payload)):
        statement, received = signed_with(text)
        with pytest.raises(BadRequest):
            signatures.check(statement, received, Version.V1, trusting)


@pytest.mark.filterwarnings("ignore")  # cryptography warns of what it reads all the same
@settings(deadline=None)
@given(st.data())
def test_a_damaged_certificate_never_crashes(data: st.DataObject) -> None:
    damaged = bytearray(der("signer"))
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    statement, received = signed_with(
        a_jws({"alg": "RS256", "x5c": [base64.b64encode(damaged).decode()]})
    )

    with contextlib.suppress(BadRequest):
        found = signatures.check(statement, received, Version.V1, same, now=NOW)
        assert found is not None
        assert found.chain_trusted is False


def test_a_chain_is_trusted_while_it_leads_to_a_root() -> None:
    chain = certificates.read(x5c("signer", "authority"))
    roots = Store([x509.load_der_x509_certificate(der("authority"))])

    assert certificates.trusted(chain, roots, NOW)
    assert certificates.trusted(chain[:1], roots, NOW)
    assert not certificates.trusted(chain, roots, NOW + 40 * 86_400 * 1_000_000)
    assert not certificates.trusted(chain, certificates.public_roots(), NOW)


@needs_shared
@pytest.mark.shared
@pytest.mark.parametrize(
    "fixture", ["tincan-validator/104-good-xapi-appendix-e-2-signed.json", "xapi-spec/xapi-data-9.json"]
)  # fmt: skip
@pytest.mark.parametrize("version", Version)
def test_the_standards_own_example_is_accepted(fixture: str, version: Version) -> None:
    """Its key has 1,024 bits, its certificate is expired and home-made, its length is wrong."""
    text = (SHARED / "spec" / "xAPI-1.0.3-Data.md").read_text(encoding="utf-8")
    (jws,) = re.findall(r"^ew0K[\w-]+\.[\w-]+\.[\w-]+$", text, re.MULTILINE)
    statement = json.loads((SHARED / "fixtures" / "xapi" / fixture).read_bytes())
    _, received = signed_with(jws.encode())

    found = signatures.check(statement, received, version, same, now=NOW)

    assert len(jws) == 4239
    assert found is not None
    assert found.verified
    assert found.chain_trusted is False
    assert found.certificate_subject is not None
    assert "CN=Example" in found.certificate_subject
