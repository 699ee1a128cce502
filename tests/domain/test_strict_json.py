"""JSON bodies: what is refused, and that numbers come back as they were sent."""

from __future__ import annotations

import contextlib
import json
import time

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs.domain.errors import BadRequest
from lrs.domain.strict_json import DEEPEST, RepeatedProperty, loads
from lrs.domain.versions import Version

DEPTH = 20


@pytest.mark.parametrize(
    "number",
    [
        "1.10",
        "1E5",
        "1e+5",
        "-0",
        "-0.0",
        "1.0",
        "0.1234567890123456789012345678901234567890",
        "18446744073709551616",
        "-9223372036854775809",
        "1" + "0" * 40,
        "9" * 5000,
        "-" + "9" * 5000,
        "1e400",
        "-1.5E+999",
        "1e-400",
    ],
)
def test_a_number_comes_back_as_it_was_sent(number: str) -> None:
    body = f'{{"a":[{number}],"b":{number}}}'.encode()

    parsed = loads(body, DEPTH)

    assert orjson.dumps(parsed.exact) == body
    assert isinstance(parsed.plain["b"], int | float)
    assert abs(parsed.plain["b"]) != float("inf")


@pytest.mark.parametrize(
    "body",
    [b'{"a":1,"b":[true,null,0.5,"\xc3\xa9"]}', b' { "a" : [ 1 , 2 ] } \n', b'"a b"', b"[]"],
)
def test_what_is_written_alike_is_read_once(body: bytes) -> None:
    """The fast path: nothing can be lost, white space aside."""
    parsed = loads(body, DEPTH)

    assert parsed.exact is parsed.plain
    assert parsed.plain == json.loads(body)


def test_escapes_are_read() -> None:
    parsed = loads(b'{"\\u0061":"\\/\\ud83d\\ude00"}', DEPTH)

    assert parsed.plain == {"a": "/😀"}
    assert orjson.loads(orjson.dumps(parsed.exact)) == parsed.plain


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"a":1,"\\u0061":2}',
        b'[{"x":{"k":1, "b":2, "k":3}}]',
        b'{"":1,"":""}',
        b'{"a":1.10,"a":1e999}',
        b'{"a":1,"a":%s}' % (b"9" * 5000),
        b'{"a":[],"a":1}',
    ],
)
def test_a_property_given_twice_is_refused(body: bytes) -> None:
    """2.0 4.2.1; 1.0.3 Data 2.2 leaves it open."""
    with pytest.raises(BadRequest, match="twice"):
        loads(body, DEPTH)


def test_what_a_repeated_property_hides_may_be_deep() -> None:
    hidden = b'{"x":{"a":1,"a":2},"a":' + b"[" * 5000 + b"]" * 5000 + b',"a":1}'

    with pytest.raises(BadRequest):
        loads(hidden, DEPTH)


@pytest.mark.parametrize(
    ("body", "at"),
    [
        (b'{"a":1,"a":1}', ""),
        (b'{"verb":{"id":1,"id":1}}', "verb"),
        (b'[{},{"x":[0,{"k":1, "k":3}]}]', "[1].x[1]"),
        (b'{"a":1.10,"b":{"c":1e999,"c":1}}', "b"),
        (b'{"verb":{"id":1},"verb":{"id":1,"id":2}}', ""),
        (b'{"extensions":{"https://example.org/x":{"y":{"z":1,"z":2}}}}', "extensions"),
    ],
)
def test_the_object_that_has_a_property_twice_is_named(body: bytes, at: str) -> None:
    with pytest.raises(RepeatedProperty) as told:
        loads(body, DEPTH)

    assert told.value.at == at


def test_all_properties_that_are_given_twice_are_told_by_the_section_of_the_version() -> None:
    body = b'{"a":{"b":1,"b":2,"b":3,"c":1},"d":[{"e":1,"e":1}]}'

    with pytest.raises(RepeatedProperty) as v1:
        loads(body, DEPTH, Version.V1)
    with pytest.raises(RepeatedProperty) as v2:
        loads(body, DEPTH, Version.V2)

    assert [problem.at for problem in v1.value.problems] == ["a", "d[0]"]
    assert v1.value.spec == "Data 2.2"
    assert v2.value.spec == "IEEE 9274.1.1, 4.2.1"
    assert v1.value.plain == {"a": {"b": 3, "c": 1}, "d": [{"e": 1}]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{",
        b"[1,]",
        b"{'a':1}",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"[1e400,NaN]",
        b"01",
        b"+1",
        b"1.",
        b"{} {}",
        b"{}x",
        b'"\\ud800"',
        b'["\\udc00\\ud800",1e400]',
        b'"\xff"',
        b'"\xed\xa0\x80"',
        b'"\x01"',
        b"\xef\xbb\xbf{}",
        "{}".encode("utf-16"),
        "{}".encode("utf-32-le"),
        '"é"'.encode("latin-1"),
        b"tru",
        b"\x00",
    ],
)
def test_what_is_not_json_in_utf_8_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        loads(body, DEPTH)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_depth_is_counted_in_arrays_and_objects(opening: str, closing: str) -> None:
    def nested(depth: int) -> bytes:
        return (opening * depth + "1" + closing * depth).encode()

    loads(nested(DEPTH), DEPTH)

    with pytest.raises(BadRequest):
        loads(nested(DEPTH + 1), DEPTH)


def test_brackets_in_strings_and_many_flat_elements_are_not_deep() -> None:
    body = orjson.dumps(["[{" * 1000, *({"a": []} for _ in range(1000))])

    assert len(loads(body, 3).plain) == 1001


def test_what_could_not_be_written_again_is_refused_whatever_the_limit() -> None:
    deepest = b"[" * DEEPEST + b"]" * DEEPEST

    assert orjson.dumps(loads(deepest, 10_000).exact) == deepest
    with pytest.raises(BadRequest):
        loads(b"[" + deepest + b"]", 10_000)
    with pytest.raises(BadRequest):
        loads(b"[1e999," + deepest + b"]", 10_000)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 5_000_000,
        b"[" * 2_500_000 + b"]" * 2_500_000,
        b"[1e999," * 700_000,
        b"1" * 5_000_000,
        b"[-0." + b"3" * 5_000_000 + b"]",
        b"1e" + b"9" * 5_000_000,
        b'"' + b'\\"' * 2_500_000 + b'"',
        b'{"":0' + b',"":0' * 800_000 + b"}",
        b"[" + b'{"":0,"":0},' * 400_000 + b"0]",
    ],
    ids=[
        "open",
        "deep",
        "deep-huge",
        "integer",
        "fraction",
        "exponent",
        "escapes",
        "twice",
        "many",
    ],
)
def test_hostile_bodies_take_linear_time(body: bytes) -> None:
    """Five megabytes each; whatever the answer is, it comes soon and is no other error."""
    began = time.process_time()

    with contextlib.suppress(BadRequest):
        loads(body, DEPTH)

    assert time.process_time() - began < 5


_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@settings(deadline=None)
@given(_VALUES, st.sampled_from([None, 1]), st.booleans())
def test_what_python_writes_is_read_without_loss(
    value: object, indent: int | None, ascii_only: bool
) -> None:
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()

    parsed = loads(body, 100)

    assert json.loads(orjson.dumps(parsed.exact)) == value


@settings(deadline=None)
@given(st.binary() | st.text(alphabet='[]{}",:\\ue0123456789.-+ tfn').map(str.encode))
def test_any_bytes_are_read_or_refused_as_a_bad_request(body: bytes) -> None:
    try:
        parsed = loads(body, DEPTH)
    except BadRequest:
        return
    json.loads(orjson.dumps(parsed.exact))
