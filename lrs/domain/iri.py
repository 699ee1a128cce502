"""IRIs by best effort: a scheme, no spaces or control characters, none of RFC 3986's delimiters."""

from __future__ import annotations

from lrs.domain.schemas import pattern

_IRI = pattern("iri")


def is_iri(text: str) -> bool:
    """
    Whether a text may stand where an IRI is required.

    Characters outside ASCII are allowed, and IRIs are compared as strings, never normalised.

    Spec: xAPI 1.0.3 Data 2.2, 3.1, 4.3; RFC 3987.
    """
    return _IRI.fullmatch(text) is not None
