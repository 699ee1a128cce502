"""Microsoft Graph's rich notifications: the resource inside, encrypted for us alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from integrations.base import Unreadable

_BLOCK = 16


def decrypted(content: Mapping[str, Any], private_key: str) -> dict[str, Any]:
    """
    The resource of an `encryptedContent`.

    The data key is wrapped with RSA-OAEP (SHA-1); the data are AES-CBC with the first 16 bytes of
    that key as initialisation vector, and carry an HMAC-SHA256 of theirs under the same key.

    Args:
        content: `data`, `dataKey` and `dataSignature`, in base64.
        private_key: PEM of the key whose certificate the subscription was made with.

    Raises:
        Unreadable: It was not encrypted for this key, was altered, or is no JSON.
    """
    try:
        data = base64.b64decode(content["data"], validate=True)
        wrapped = base64.b64decode(content["dataKey"], validate=True)
        key = _unwrapped(wrapped, private_key)
        signature = base64.b64decode(content["dataSignature"], validate=True)
        if not hmac.compare_digest(signature, hmac.digest(key, data, hashlib.sha256)):
            raise Unreadable("the signature of the encrypted content is wrong")
        cipher = Cipher(algorithms.AES(key), modes.CBC(key[:_BLOCK])).decryptor()
        unpadder = PKCS7(_BLOCK * 8).unpadder()
        plain = unpadder.update(cipher.update(data) + cipher.finalize()) + unpadder.finalize()
        return dict(orjson.loads(plain))
    except (ValueError, KeyError, UnsupportedAlgorithm) as error:
        raise Unreadable(f"the encrypted content cannot be read: {error!r}") from None


def _unwrapped(wrapped: bytes, private_key: str) -> bytes:
    key = serialization.load_pem_private_key(private_key.encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Unreadable("the private key is no RSA key")
    # SHA-1 is what Graph wraps with; OAEP does not rest on its collision resistance.
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)  # noqa: S303
    return key.decrypt(wrapped, oaep)
