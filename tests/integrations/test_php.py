"""Values that PHP serialised, as Moodle's log rows hold them."""

from __future__ import annotations

import pytest

from integrations import php


@pytest.mark.parametrize(
    ("packed", "value"),
    [
        (b"N;", None),
        (b"b:1;", True),
        (b"i:-3;", -3),
        (b"d:0.5;", 0.5),
        ('s:3:"é!";'.encode(), "é!"),
        (b'a:1:{i:0;a:1:{s:1:"k";N;}}', {0: {"k": None}}),
    ],
)
def test_php_values_are_read(packed: bytes, value: object) -> None:
    assert php.unserialize(packed) == value


@pytest.mark.parametrize(
    "packed", [b"", b"i:1", b'O:8:"stdClass":0:{}', b"i:1;i:2;", b"a:2:{i:0;N;}", b"s:9:x"]
)
def test_php_objects_and_broken_values_are_refused(packed: bytes) -> None:
    with pytest.raises(ValueError):
        php.unserialize(packed)
