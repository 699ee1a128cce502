"""
X.509 certificates that came with a signature (`x5c`): read, named, and judged by public roots.

Spec: RFC 7515 4.1.6; RFC 5280.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import certifi
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError

from lrs.domain.timestamps import moment

_MOST_CERTIFICATES = 10
# Longer keys take seconds to verify with and are in nobody's use.
_MOST_KEY_BITS = 16_384


class CertificateError(Exception):
    """What was given as a certificate chain cannot be read or used; the message says why."""


def read(x5c: object) -> list[x509.Certificate]:
    """
    The certificates of an `x5c` header, the signer's first.

    Args:
        x5c: As parsed from JSON: a list of certificates in DER, in plain (not URL-safe) base64.

    Raises:
        CertificateError: Something else, or a certificate that cannot be read.
    """
    if not isinstance(x5c, list) or not 1 <= len(x5c) <= _MOST_CERTIFICATES:
        raise CertificateError(f"x5c must be a list of 1 to {_MOST_CERTIFICATES} certificates")
    return [_certificate(text) for text in x5c]


def rsa_key(certificate: x509.Certificate) -> RSAPublicKey:
    """
    The public key of a certificate, if it is one for RSA.

    Raises:
        CertificateError: It is none, or one of more than 16,384 bits.
    """
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise CertificateError("the key of the certificate cannot be read") from None
    if not isinstance(key, RSAPublicKey):
        raise CertificateError("the certificate's key is not for RSA")
    if key.key_size > _MOST_KEY_BITS:
        raise CertificateError(f"the certificate's key has more than {_MOST_KEY_BITS} bits")
    return key


def subject(certificate: x509.Certificate) -> str:
    """
    Whom a certificate names, such as "CN=Example,O=Example Company" (RFC 4514).

    Raises:
        CertificateError: The name cannot be read.
    """
    try:
        return certificate.subject.rfc4514_string()
    except (ValueError, TypeError):
        raise CertificateError("the subject of the certificate cannot be read") from None


def trusted(chain: Sequence[x509.Certificate], roots: Store, now: int) -> bool:
    """
    Whether a chain led to one of the roots at a time, by the rules of the web's authorities.

    The signer's own certificate may be for any use: none is agreed for signing Statements.

    Args:
        chain: From `read`.
        roots: Such as `public_roots()`.
        now: Microseconds since 1970-01-01 UTC.
    """
    verifier = (
        PolicyBuilder()
        .store(roots)
        .time(moment(now))
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        .build_client_verifier()
    )
    try:
        verifier.verify(chain[0], list(chain[1:]))
    except (VerificationError, ValueError, UnsupportedAlgorithm):
        return False
    return True


@lru_cache(maxsize=1)
def public_roots() -> Store:
    """The root certificates that certifi publishes (Mozilla's); read once, in a few ms."""
    pem = Path(certifi.where()).read_bytes()
    with warnings.catch_warnings():
        # Old roots break rules of today, such as a serial number of 0.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        return Store(x509.load_pem_x509_certificates(pem))


def _certificate(text: object) -> x509.Certificate:
    if not isinstance(text, str):
        raise CertificateError("a certificate in x5c must be a string")
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        raise CertificateError("a certificate in x5c cannot be read") from None
