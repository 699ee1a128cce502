from __future__ import annotations

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.domain import strict_json
from lrs.domain.documents import check_preconditions, etag, is_json, merged_document, names_tag
from lrs.domain.errors import BadRequest, Conflict, PreconditionFailed
from lrs.domain.versions import Version

V1, V2 = Version.V1, Version.V2
STATE, PROFILE = False, True
TAG = "ebd31e95054c018b10727ccffd2ef2ec3a016ee9"
both_versions = pytest.mark.parametrize("version", [V1, V2])
both_kinds = pytest.mark.parametrize("required", [STATE, PROFILE], ids=["state", "profile"])
every_method = pytest.mark.parametrize("method", ["PUT", "POST", "DELETE"])
loads = partial(strict_json.loads, max_depth=50)


def check(existing, method, *, required, version, if_match=None, if_none_match=None):
    check_preconditions(
        existing,
        method=method,
        if_match=if_match,
        if_none_match=if_none_match,
        required=required,
        version=version,
    )


def test_an_etag_is_the_sha_1_of_the_content():
    assert etag(b"abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"


@pytest.mark.parametrize(
    "header",
    [f'"{TAG}"', TAG, f'W/"{TAG}"', f'"other", "{TAG}"', f'"other",W/"{TAG}"', "*", " * "],
)
def test_a_header_that_names_what_is_kept(header):
    assert names_tag(header, TAG)


@pytest.mark.parametrize(
    "header", ["", '""', '"other"', f'"{TAG[:-1]}"', f'"{TAG}x"', '"*"', "other, more"]
)
def test_a_header_that_does_not_name_what_is_kept(header):
    assert not names_tag(header, TAG)


def test_no_header_names_what_is_not_there():
    assert not names_tag("*", None)


@both_versions
@both_kinds
@every_method
def test_the_right_condition_lets_a_change_pass(method, required, version):
    check(TAG, method, required=required, version=version, if_match=f'"{TAG}"')
    check(None, method, required=required, version=version, if_none_match="*")
    check(TAG, method, required=required, version=version, if_none_match='"other"')


@both_versions
@both_kinds
@every_method
@pytest.mark.parametrize(
    ("existing", "condition"),
    [
        (TAG, {"if_match": '"other"'}),
        (None, {"if_match": f'"{TAG}"'}),
        (None, {"if_match": "*"}),
        (TAG, {"if_none_match": "*"}),
        (TAG, {"if_none_match": f'"{TAG}"'}),
        (TAG, {"if_match": f'"{TAG}"', "if_none_match": "*"}),
    ],
)
def test_a_condition_that_fails_is_412(existing, condition, method, required, version):
    with pytest.raises(PreconditionFailed):
        check(existing, method, required=required, version=version, **condition)


@both_versions
@both_kinds
@pytest.mark.parametrize("existing", [TAG, None])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_post_and_delete_need_no_condition(method, existing, required, version):
    check(existing, method, required=required, version=version)


@pytest.mark.parametrize(
    ("required", "version", "existing", "refusal"),
    [
        (PROFILE, V1, TAG, Conflict),
        (PROFILE, V1, None, BadRequest),
        (PROFILE, V2, TAG, Conflict),
        (PROFILE, V2, None, None),
        (STATE, V1, TAG, None),
        (STATE, V1, None, None),
        (STATE, V2, TAG, Conflict),
        (STATE, V2, None, None),
    ],
)
def test_put_without_a_condition(required, version, existing, refusal):
    if refusal is None:
        check(existing, "PUT", required=required, version=version)
        return

    with pytest.raises(refusal):
        check(existing, "PUT", required=required, version=version)


def test_the_conflict_tells_what_to_do():
    with pytest.raises(Conflict) as refusal:
        check(TAG, "PUT", required=PROFILE, version=V1)

    assert "current state" in refusal.value.detail
    assert "If-Match" in refusal.value.detail


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON ; charset=utf-8", "application/json;v=1"]
)
def test_a_json_type_is_known_by_its_name_alone(kind):
    assert is_json(kind)


@pytest.mark.parametrize("kind", ["text/plain", "application/json+ld", "application/jsonx", ""])
def test_other_types_are_not_json(kind):
    assert not is_json(kind)


def merge(kept, sent, kept_type="application/json", sent_type="application/json"):
    return merged_document(kept, kept_type, sent, sent_type, loads)


def test_only_the_top_level_is_merged():
    assert merge(b'{"x":{"a":1},"y":2}', b'{"x":{"b":3},"z":4}') == b'{"x":{"b":3},"y":2,"z":4}'


def test_null_is_a_value_and_removes_nothing():
    assert merge(b'{"x":1}', b'{"x":null}') == b'{"x":null}'


def test_numbers_of_both_sides_keep_their_spelling():
    kept, sent = b'{"a":1.50,"b":12345678901234567890123}', b'{"c":1E400,"d":-0}'

    assert merge(kept, sent) == b'{"a":1.50,"b":12345678901234567890123,"c":1E400,"d":-0}'


@pytest.mark.parametrize(
    "types", [("text/plain", "application/json"), ("application/json", "text/plain")]
)
def test_other_types_are_not_merged(types):
    with pytest.raises(BadRequest):
        merge(b"{}", b"{}", *types)


@pytest.mark.parametrize("one", [b"[]", b"1", b'"text"', b"null"])
def test_json_that_is_no_object_is_not_merged(one):
    with pytest.raises(BadRequest):
        merge(b"{}", one)
    with pytest.raises(BadRequest):
        merge(one, b"{}")


@pytest.mark.parametrize("one", [b"", b"{", b"{}[", b'{"a":NaN}', b'{"a":1,"a":2}'])
def test_malformed_json_is_not_merged(one):
    with pytest.raises(BadRequest):
        merge(b"{}", one)


objects = st.dictionaries(st.text(max_size=3), st.none() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False), max_size=4)  # fmt: skip


@given(objects, objects)
def test_a_merge_is_the_kept_object_updated(kept, sent):
    new = merge(json.dumps(kept).encode(), json.dumps(sent).encode())

    assert json.loads(new) == {**kept, **sent}
