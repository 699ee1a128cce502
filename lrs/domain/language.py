"""Language tags: the keys of language maps and `context.language`."""

from __future__ import annotations

from lrs.domain.schemas import pattern

_TAG = pattern("language")


def is_language_tag(text: str) -> bool:
    """
    Whether a text is well-formed as RFC 5646 section 2.1 has it.

    Grandfathered and private-use tags count; whether subtags are registered is not looked up.

    Spec: xAPI 1.0.3 Data 2.2, 4.2.
    """
    return _TAG.fullmatch(text) is not None
