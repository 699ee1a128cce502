"""PHP's `serialize`, as Moodle keeps the details of a log row; read only, plain values only."""

from __future__ import annotations

from typing import Any


def unserialize(data: bytes) -> Any:
    """
    What a serialised value holds: None, bool, int, float, str, or a dict for an array.

    Raises:
        ValueError: Not such a value, or an object.
    """
    value, end = _value(data, 0)
    if end != len(data):
        raise ValueError("there is something after the value")
    return value


def _value(data: bytes, at: int) -> tuple[Any, int]:
    kind = data[at : at + 1]
    if kind == b"N":
        return None, at + 2
    if kind == b"a":
        return _array(data, at)
    if kind == b"s":
        return _string(data, at)
    end = data.index(b";", at)
    text = data[at + 2 : end].decode("ascii")
    if kind == b"b":
        return text == "1", end + 1
    if kind not in (b"i", b"d"):
        raise ValueError(f"no plain value: {kind!r}")
    return int(text) if kind == b"i" else float(text), end + 1


def _string(data: bytes, at: int) -> tuple[str, int]:
    """`s:<length in bytes>:"...";`."""
    colon = data.index(b":", at + 2)
    begin = colon + 2
    end = begin + int(data[at + 2 : colon])
    return data[begin:end].decode("utf-8", "replace"), end + 2


def _array(data: bytes, at: int) -> tuple[dict[Any, Any], int]:
    """`a:<members>:{key value key value ...}`."""
    colon = data.index(b":", at + 2)
    found: dict[Any, Any] = {}
    at, members = colon + 2, int(data[at + 2 : colon])
    for _ in range(members):
        key, at = _value(data, at)
        found[key], at = _value(data, at)
    return found, at + 1
