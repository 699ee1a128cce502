"""
Signed texts: links that are given away, and forms that come back.

The key is made once, at random, and kept in the store, so that every process of this store reads
what another has signed, and a restart forgets nothing.
"""

from __future__ import annotations

import secrets

from itsdangerous import URLSafeTimedSerializer

from lrs.stores.port import Draft, Record, RecordStore

KIND = "signing-key"
_KEY = "1"
_KEY_BYTES = 32


def signer(store: RecordStore, purpose: str) -> URLSafeTimedSerializer:
    """
    What signs values for one purpose; nothing signed for another is believed.

    Reads the key from the store: a caller that signs many values keeps what it gets.

    Args:
        purpose: Such as "pulse link"; never a text that was sent.

    Returns:
        `dumps(value)` and `loads(text, max_age=seconds)`; the latter raises
        `itsdangerous.BadData` for what was not signed here or is too old.
    """
    return URLSafeTimedSerializer(_signing_key(store), salt=f"lrs {purpose}")


def _signing_key(store: RecordStore) -> bytes:
    record = store.record(KIND, _KEY)
    if record is None:
        new = Draft(secrets.token_bytes(_KEY_BYTES))
        record = store.change(KIND, _KEY, lambda kept: new if kept is None else _as_it_is(kept))
    assert record is not None
    return record.value


def _as_it_is(record: Record) -> Draft:
    return Draft(record.value, record.meta, record.tags)
