"""Real Statements, the reference validator, and input that nobody would send."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrs.domain.errors import BadRequest, InvalidStatement
from lrs.domain.schemas import compiled, schema
from lrs.domain.validation import check, check_agent, problems, problems_in_body
from lrs.domain.versions import Version
from tests.domain.corpus import BOTH, ONLY_2_0
from tests.shared import SHARED, needs_shared

FIXTURES = SHARED / "fixtures" / "xapi"
VALID = sorted(path for path in FIXTURES.rglob("*.json") if path.parent.name != "invalid")
INVALID = sorted(path for path in FIXTURES.rglob("invalid/*.json") if path.name != "REASONS.json")


def _name(path: Path) -> str:
    return str(path.relative_to(FIXTURES))


def _statements(path: Path) -> list[Any]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return content if isinstance(content, list) else [content]


@pytest.mark.shared
@needs_shared
def test_every_real_statement_is_accepted() -> None:
    count = 0

    for path in VALID:
        for statement in _statements(path):
            assert problems(statement, Version.V1) == [], _name(path)
            check(statement, Version.V1)
            count += 1

    assert count == 323


# The reasons speak of the part that is wrong, ours of the very property: "$.actor: bad mbox".
_REASON = re.compile(r"(?:(\[\d+\]) )?\$\.?([^:]*): |(attachment)")


@pytest.mark.shared
@needs_shared
def test_every_invalid_file_is_refused_where_its_reason_says() -> None:
    assert len(INVALID) == 35

    for path in INVALID:
        reasons = json.loads((path.parent / "REASONS.json").read_text(encoding="utf-8"))
        found = problems_in_body(json.loads(path.read_text(encoding="utf-8")), Version.V1)
        places = [problem.at for problem in found]
        for reason in reasons[path.name]:
            match = _REASON.match(reason)
            assert match, reason
            index, inside, attachment = match.groups()
            expected = attachment or ".".join(part for part in (index, inside) if part)
            assert any(place.startswith(expected) for place in places), (_name(path), reason)
        assert all(problem.spec for problem in found)


def _ecma_pattern(
    validator: Any, pattern: str, instance: Any, _schema: Any
) -> Iterator[jsonschema.ValidationError]:
    """JSON Schema's patterns are ECMA's, where `$` is the end and not before a last newline."""
    if isinstance(instance, str) and not re.search(pattern.removesuffix("$") + r"\Z", instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match")


_Reference = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": _ecma_pattern}
)


def _real() -> list[Any]:
    return [statement for path in [*VALID, *INVALID] for statement in _statements(path)]


CORPUS = [*BOTH, *ONLY_2_0, *_real()]
REFERENCE = {version: _Reference(schema(version)) for version in Version}

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
_NAMES = st.sampled_from(
    [
        "id",
        "actor",
        "verb",
        "object",
        "result",
        "context",
        "objectType",
        "mbox",
        "account",
        "member",
        "definition",
        "name",
        "display",
        "score",
        "raw",
        "min",
        "extensions",
        "contextActivities",
        "parent",
        "interactionType",
        "choices",
        "version",
        "en",
        "x",
        "contextAgents",
        "agent",
        "relevantTypes",
        "duration",
        "timestamp",
        "attachments",
        "platform",
    ]
)
_VALUES = _JSON | st.sampled_from(
    [
        "Agent", "Group", "Activity", "SubStatement", "StatementRef", "contextAgent", "choice",
        "http://adlnet.gov/expapi/verbs/voided", "urn:x\n", "en\n", "PT1S\n", "2.0.0", "P4W",
        "mailto:a@b", [], {}, {"mbox": "mailto:a@b"}, {"id": "urn:x"}, 1.0, -0.0,
    ]
).map(copy.deepcopy)  # fmt: skip


def _containers(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list):
        yield value
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _containers(inner)


@st.composite
def _mutated(draw: st.DrawFn) -> Any:
    """A Statement of the corpus with one to three things changed, added or taken away."""
    statement = copy.deepcopy(draw(st.sampled_from(CORPUS)))
    for _ in range(draw(st.integers(1, 3))):
        container = draw(st.sampled_from(list(_containers(statement))))
        keys = list(container) if isinstance(container, dict) else list(range(len(container)))
        what = draw(st.sampled_from(["change", "add", "take"]))
        if what == "add" or not keys:
            if isinstance(container, dict):
                container[draw(_NAMES | st.text(max_size=3))] = draw(_VALUES)
            else:
                container.append(draw(_VALUES))
        elif what == "take":
            del container[draw(st.sampled_from(keys))]
        else:
            container[draw(st.sampled_from(keys))] = draw(_VALUES)
    return statement


def _places(paths: Iterable[Iterable[str | int]]) -> set[tuple[str, ...]]:
    """Where errors are; jsonschema-rs leaves empty names out and reads a name "0" as an index."""
    return {tuple(str(step) for step in path if step != "") for path in paths}


@pytest.mark.parametrize("version", Version)
def test_the_schema_is_a_valid_schema(version: Version) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(version))


@pytest.mark.parametrize("version", Version)
def test_both_validators_agree_on_the_corpus(version: Version) -> None:
    for statement in CORPUS:
        assert compiled(version).is_valid(statement) == REFERENCE[version].is_valid(statement)


@settings(max_examples=400, deadline=None)
@given(_mutated(), st.sampled_from(Version))
def test_both_validators_agree_on_mutations_of_the_corpus(statement: Any, version: Version) -> None:
    ours = compiled(version)

    assert ours.is_valid(statement) == REFERENCE[version].is_valid(statement)
    assert _places(e.instance_path for e in ours.iter_errors(statement)) == _places(
        e.absolute_path for e in REFERENCE[version].iter_errors(statement)
    )


@settings(max_examples=300, deadline=None)
@given(_mutated() | _JSON, st.sampled_from(Version))
def test_any_json_is_accepted_or_refused_and_both_ways_say_the_same(
    statement: Any, version: Version
) -> None:
    found = problems(statement, version)

    if found:
        with pytest.raises(InvalidStatement) as refusal:
            check(statement, version)
        assert (refusal.value.at, refusal.value.detail) == (found[0].at, found[0].detail)
    else:
        check(statement, version)


@settings(max_examples=200, deadline=None)
@given(_JSON, st.booleans())
def test_any_json_as_an_agent_or_a_body_is_refused_only_as_a_bad_request(
    value: Any, group_allowed: bool
) -> None:
    problems_in_body(value, Version.V2)

    with contextlib.suppress(BadRequest):
        check_agent(value, "agent", Version.V1, group_allowed=group_allowed)
