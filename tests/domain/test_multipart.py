"""RFC 2046 5.1, read strictly: what is data comes through byte for byte."""

from __future__ import annotations

import contextlib
import time
import tracemalloc

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from lrs.domain import multipart
from lrs.domain.errors import BadRequest, LrsError, TooLarge

TYPE = "multipart/mixed; boundary=b"
BOUNDARY_CHARACTERS = "0123456789ABCXYZabcxyz'()+_,-./:=?"

boundaries = st.text(BOUNDARY_CHARACTERS, min_size=1, max_size=70)
# Data of what could be taken for a delimiter, besides any data at all.
contents = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.sampled_from([b"\r\n", b"\r", b"\n", b"--", b"-", b"b", b" ", b"\x00"]), max_size=20
    ).map(b"".join),
)


def contents_of(body: bytes, content_type: str = TYPE) -> list[bytes]:
    return [bytes(part.content) for part in multipart.parts(content_type, body)]


@given(boundaries, st.lists(contents, min_size=1, max_size=4))
def test_what_is_written_is_what_is_read(boundary: str, data: list[bytes]) -> None:
    assume(all(f"--{boundary}".encode() not in content for content in data))
    headers = {"Content-Type": "application/octet-stream", "X-Number": "1"}

    body = b"".join(multipart.write([(headers, content) for content in data], boundary))
    read = multipart.parts(f'multipart/mixed; boundary="{boundary}"', body)

    assert [bytes(part.content) for part in read] == data
    assert all(
        part.headers == {"content-type": "application/octet-stream", "x-number": "1"}
        for part in read
    )


@given(st.lists(contents, min_size=1, max_size=3), contents, contents)
def test_preamble_and_epilogue_are_no_parts(
    data: list[bytes], preamble: bytes, epilogue: bytes
) -> None:
    assume(all(b"--b" not in content for content in (*data, preamble, epilogue)))
    body = b"".join(multipart.write([({}, content) for content in data], "b"))

    read = contents_of(preamble + b"\r\n" + body + epilogue)

    assert read == data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b"ends in one\r\n",
        b"--",
        b"--bb\r\n",
        b"one\r\n--bcd\r\ntwo",
        b"one\r\n--b-\r\ntwo",
        b"one\r\n--b--x\r\ntwo",
        b"one\n--b\ntwo",
        b"one--b\r\ntwo",
        b"one\r--b\r\ntwo",
    ],
)
def test_only_a_whole_delimiter_line_ends_data(data: bytes) -> None:
    body = b"--b\r\nX: y\r\n\r\n" + data + b"\r\n--b\r\n\r\nnext\r\n--b--\r\n"

    assert contents_of(body) == [data, b"next"]


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\nX: y\r\n\r\ndata\r\n--b--",
        b"--b \t\r\nX: y\r\n\r\ndata\r\n--b-- \r\n",
        b"\r\n--b\r\nX:y\r\n\r\ndata\r\n--b--\r\nepilogue",
        b"preamble\r\n--b\r\nX: \r\n\r\ndata\r\n--b--\r\n--b\r\n\r\nno part\r\n--b--",
        b"--b\r\n\r\ndata\r\n--b--",
    ],
)
def test_every_form_of_a_delimiter_line_is_read(body: bytes) -> None:
    assert contents_of(body) == [b"data"]


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"--b\r\nX: y\r\n\r\n--b--", {"x": "y"}),
        (b"--b\r\nX: y\r\n\r\n\r\n--b--", {"x": "y"}),
        (b"--b\r\n\r\n--b--", {}),
        (b"--b\r\n\r\n\r\n--b--", {}),
    ],
)
def test_a_part_may_be_empty_with_and_without_its_empty_line(
    body: bytes, headers: dict[str, str]
) -> None:
    (part,) = multipart.parts(TYPE, body)

    assert part.headers == headers
    assert bytes(part.content) == b""


def test_header_names_are_lower_cased_and_folded_lines_joined() -> None:
    body = b"--b\r\nContent-TYPE:text/plain;\r\n\t charset=utf-8\r\nX-A:  b \r\n\r\n\r\n--b--"

    (part,) = multipart.parts(TYPE, body)

    assert part.headers == {"content-type": "text/plain; charset=utf-8", "x-a": "b"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no boundary at all",
        b"--b",
        b"--b\r\n",
        b"--b--\r\n",
        b"--b\r\nX: y\r\n\r\ndata",
        b"--b\r\nX: y\r\n\r\ndata\r\n--b\r\n",
        b"--b\r\nX: y\r\n\r\ndata\r\n--b",
        b"--b\r\nX: y\r\n--b--",
        b"--b\nX: y\n\ndata\n--b--\n",
        b"--b\r\nno header\r\n\r\ndata\r\n--b--",
        b"--b\r\nX : y\r\n\r\ndata\r\n--b--",
        b"--b\r\n: y\r\n\r\ndata\r\n--b--",
        b"--b\r\nX: y\rZ: z\r\n\r\ndata\r\n--b--",
        b"--b\r\nX: a\x00b\r\n\r\ndata\r\n--b--",
        b"--b\r\nX: y\r\nx: z\r\n\r\ndata\r\n--b--",
        b"--b\r\nX: " + b"y" * 20_000 + b"\r\n\r\ndata\r\n--b--",
    ],
)
def test_a_body_that_is_no_multipart_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest) as refusal:
        multipart.parts(TYPE, body)

    assert refusal.value.spec == "Communication 1.5.2"


@given(st.binary(max_size=300))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(LrsError):
        multipart.parts(TYPE, b"--b\r\n" + body)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("multipart/mixed; boundary=-------314159265358979323846", "-------314159265358979323846"),
        ('multipart/mixed; boundary="abcABC0123\'()+_,-./:=?"', "abcABC0123'()+_,-./:=?"),
        ("multipart/mixed; boundary=abcABC0123'()+_,-./:=?", "abcABC0123'()+_,-./:=?"),
        ("Multipart/MIXED;BOUNDARY=b", "b"),
        ('multipart/mixed; charset="a;boundary=c"; boundary="a b" ;', "a b"),
        (r'multipart/mixed; boundary="a\b"', "ab"),
        ("multipart/mixed; boundary=" + "b" * 70, "b" * 70),
    ],
)
def test_the_boundary_is_read_from_the_content_type(content_type: str, expected: str) -> None:
    assert multipart.boundary(content_type) == expected


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "multipart/mixed",
        "multipart/mixed;",
        "multipart/mixed; boundary",
        "multipart/mixed; boundary=",
        'multipart/mixed; boundary=""',
        'multipart/mixed; boundary="b',
        'multipart/mixed; boundary="b "',
        'multipart/mixed; boundary="b\r\n"',
        "multipart/mixed; boundary=é",
        "multipart/mixed; boundary=" + "b" * 71,
        "multipart/form-data; boundary=b",
        "application/json",
    ],
)
def test_a_type_without_a_usable_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        multipart.boundary(content_type)

    assert refusal.value.at == "Content-Type"


def test_a_body_of_very_many_parts_is_refused() -> None:
    body = b"--b\r\n" + b"\r\n\r\n--b\r\n" * 10_001 + b"\r\n\r\n--b--"

    with pytest.raises(TooLarge):
        multipart.parts(TYPE, body)


def test_data_is_not_copied() -> None:
    """A 10 MB attachment must not take 20 MB."""
    body = b"--b\r\n\r\n" + bytes(10_000_000) + b"\r\n--b--"
    tracemalloc.start()

    (part,) = multipart.parts(TYPE, body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(part.content) == 10_000_000
    assert part.content.obj is body
    assert peak < 100_000


@pytest.mark.parametrize(
    "almost", [b"\r\n--", b"\r\n--bb", b"\r\n--b" + b" " * 50 + b"x", b"\r\n--b--x", b"\r"]
)
def test_time_grows_with_length_only(almost: bytes) -> None:
    """Four times the data may take sixteen times as long in a quadratic parser."""

    def seconds(size: int) -> float:
        body = b"--b\r\n\r\n" + almost * (size // len(almost)) + b"\r\n--b--"
        runs = []
        for _ in range(3):
            begun = time.process_time()
            multipart.parts(TYPE, body)
            runs.append(time.process_time() - begun)
        return min(runs)

    assert seconds(2_000_000) < 9 * seconds(500_000) + 0.01


def test_parts_are_written_only_when_asked_for() -> None:
    asked: list[int] = []

    def content(number: int) -> list[bytes]:
        asked.append(number)
        return [b"a", b"b"]

    pieces = multipart.write((({}, content(number)) for number in range(3)), "b")
    next(pieces)

    assert asked == [0]
    assert b"".join(pieces).endswith(b"ab\r\n--b--\r\n")


@pytest.mark.parametrize("text", ["a\r\nX-Other: b", "a\nb", "a\x00"])
def test_a_header_cannot_smuggle_in_another_line(text: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        list(multipart.write([({"X": text}, b"")], "b"))
