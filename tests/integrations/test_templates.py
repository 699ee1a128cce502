"""Templates of a profile: which Statements they are about, and when their rules are followed."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from integrations.desk import Desk, Metrics
from integrations.harvest import Harvests
from integrations.intake import Intake
from integrations.receive import Outcome as Received
from integrations.receive import accept
from integrations.registry import configured
from integrations.templates import Outcome, check, rule_broken, values
from lrs.domain.errors import BadRequest
from lrs.domain.strict_json import Parsed
from lrs.domain.versions import Version
from lrs.services.incoming import Request
from lrs.services.jobs import Jobs
from tests.integrations.contract import posted

STATEMENT: dict[str, Any] = {
    "verb": {"id": "https://v.example/posted"},
    "object": {"id": "https://o.example/1", "definition": {"type": "https://t.example/note"}},
    "result": {
        "score": {"raw": 1, "max": 0},
        "success": True,
        "extensions": {"https://x.y/a.b": 7},
    },
    "context": {
        "contextActivities": {
            "parent": {"id": "https://o.example/p", "definition": {"type": "https://t.example/t"}},
            "grouping": [{"id": "https://o.example/g"}, {"id": "https://o.example/h"}],
        }
    },
    "attachments": [{"usageType": "https://u.example/a"}, {"usageType": "https://u.example/b"}],
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.verb.id", ["https://v.example/posted"]),
        ("verb.id", ["https://v.example/posted"]),
        ("$['verb']['id']", ["https://v.example/posted"]),
        ('$.verb["id"]', ["https://v.example/posted"]),
        ("$.result.extensions['https://x.y/a.b']", [7]),
        ("$.attachments[*].usageType", ["https://u.example/a", "https://u.example/b"]),
        ("$.attachments[1].usageType", ["https://u.example/b"]),
        ("$.attachments[0, 1,9].usageType", ["https://u.example/a", "https://u.example/b"]),
        ("$.result.score['raw', 'max','min']", [1, 0]),
        ("$.result.score.*", [1, 0]),
        ("$.result.success | $.verb.id", [True, "https://v.example/posted"]),
        ("$.result['a|b']|$.result.success", [True]),
        ("$.nothing.here[*]", []),
        ("$.verb[0]", []),
        ("$.attachments.usageType", []),
        ("$", [STATEMENT]),
    ],
)
def test_a_path_leads_to_its_values(path: str, found: list[Any]) -> None:
    assert values(STATEMENT, path) == found


@pytest.mark.parametrize(
    "path",
    ["$..id", "$.a[?(@.b)]", "$.a[(@.length)]", "$.a[-1]", "$.a[1:2]", "$.a[", "$.a b", "$ a"],
)
def test_what_profiles_may_not_use_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        values(STATEMENT, path)


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ({"location": "$.verb.id", "presence": "included"}, ""),
        ({"location": "$.timestamp", "presence": "included"}, "included"),
        ({"location": "$.verb.id", "presence": "excluded"}, "excluded"),
        ({"location": "$.timestamp", "presence": "excluded"}, ""),
        ({"location": "$.timestamp", "presence": "recommended", "any": ["x"]}, ""),
        ({"location": "$.timestamp", "any": ["x"]}, "any"),
        ({"location": "$.timestamp", "all": ["x"]}, ""),
        ({"location": "$.verb.id", "presence": "recommended", "any": ["x"]}, "any"),
        ({"location": "$.attachments[*].usageType", "any": ["https://u.example/b"]}, ""),
        ({"location": "$.attachments[*].usageType", "all": ["https://u.example/b"]}, "all"),
        ({"location": "$.attachments[*].usageType", "none": ["https://u.example/b"]}, "none"),
        ({"location": "$.attachments[*].usageType", "none": ["https://u.example/c"]}, ""),
        ({"location": "$.result.success", "all": [True]}, ""),
        ({"location": "$.result.success", "all": [1]}, "all"),
        ({"location": "$.result.score.raw", "all": [1.0]}, ""),
        ({"location": "$.attachments[*]", "selector": "$.usageType", "presence": "included"}, ""),
        (
            {"location": "$.attachments[*]", "selector": "$.sha2", "presence": "included"},
            "included",
        ),
        ({"location": "$.attachments[*]", "selector": "$.sha2", "all": ["x"]}, "all"),
        ({"location": "$.attachments[*]", "selector": "$.sha2", "presence": "excluded"}, ""),
    ],
)
def test_a_rule_is_followed_or_not(rule: dict[str, Any], broken: str) -> None:
    assert rule_broken(STATEMENT, rule) == broken


def a_template(**properties: Any) -> dict[str, Any]:
    return {"id": "https://p.example/t", **properties}


@pytest.mark.parametrize(
    ("determining", "matches"),
    [
        ({}, True),
        ({"verb": "https://v.example/posted"}, True),
        ({"verb": "https://v.example/liked"}, False),
        ({"objectActivityType": "https://t.example/note"}, True),
        ({"objectActivityType": "https://t.example/page"}, False),
        ({"contextParentActivityType": ["https://t.example/t"]}, True),
        ({"contextGroupingActivityType": ["https://t.example/t"]}, False),
        ({"contextOtherActivityType": ["https://t.example/t"]}, False),
        ({"attachmentUsageType": ["https://u.example/b"]}, True),
        ({"attachmentUsageType": ["https://u.example/b", "https://u.example/c"]}, False),
    ],
)
def test_a_template_is_about_statements_with_all_its_determining_properties(
    determining: dict[str, Any], matches: bool
) -> None:
    outcome = check(STATEMENT, [a_template(**determining)]).outcome

    assert outcome is (Outcome.SUCCESS if matches else Outcome.UNMATCHED)


def test_one_of_several_templates_that_is_not_followed_makes_it_invalid() -> None:
    good = a_template(rules=[{"location": "$.verb", "presence": "included"}])
    bad = {"id": "https://p.example/bad", "rules": [{"location": "$.id", "presence": "included"}]}

    checked = check(STATEMENT, [good, bad])

    assert checked.outcome is Outcome.INVALID
    assert checked.templates == ("https://p.example/bad",)
    assert checked.broken == ("https://p.example/bad: included at $.id",)


def test_a_contextactivity_alone_counts_as_a_list() -> None:
    rule = {"location": "$.context.contextActivities.parent[*].id", "presence": "included"}

    assert check(STATEMENT, [a_template(rules=[rule])]).outcome is Outcome.SUCCESS


@pytest.mark.parametrize("name", ["objectStatementRefTemplate", "contextStatementRefTemplate"])
def test_a_template_of_references_wants_a_reference(name: str) -> None:
    template = a_template(**{name: ["https://p.example/t"]})
    reference = {"objectType": "StatementRef", "id": "7d3f1f8e-54c5-4f6a-9f0e-2f4f8a0b1c2d"}
    referring = {**STATEMENT, "object": reference, "context": {"statement": reference}}

    assert check(STATEMENT, [template]).outcome is Outcome.INVALID
    assert check(referring, [template]).outcome is Outcome.SUCCESS


REPLY = {
    "id": "7",
    "act": "reply",
    "time": "2026-03-02T10:15:00Z",
    "person": "e1034",
    "object": {"id": "notes/7"},
    "text": "Turn it off first",
}
UNDER = {"parent": {"id": "notes/6"}}


def told(event: dict[str, Any], **settings: Any) -> Received:
    source = {"name": "notes", "integration": "generic", "instance": "https://intranet.example"}
    return accept(configured({**source, "secrets": ["s"], **settings}), posted(event))


def test_a_reply_to_nothing_is_kept_where_templates_are_not_asked_for() -> None:
    assert len(told(REPLY).statements) == 1


def test_as_a_gate_templates_make_a_dead_letter_of_it() -> None:
    refused = told(REPLY, templates="gate")

    assert refused.statements == []
    assert refused.dead_letter is not None
    assert "templates/replied: included at $.context" in refused.dead_letter
    assert len(told(REPLY | UNDER, templates="gate").statements) == 1


def test_as_a_report_templates_are_logged_and_it_is_kept() -> None:
    with capture_logs() as logged:
        kept = told(REPLY, templates="report").statements
        told(REPLY | UNDER, templates="report")

    assert len(kept) == 1
    assert [(entry["source"], entry["id"]) for entry in logged] == [("notes", kept[0]["id"])]


def test_another_word_than_these_is_refused() -> None:
    with pytest.raises(BadRequest) as refused:
        told(REPLY, templates="maybe")

    assert refused.value.at == "templates"


@pytest.mark.parametrize(("setting", "kept"), [("report", 1), ("gate", 0)])
def test_what_follows_no_template_is_counted_by_source_and_reason(
    intake: Intake, setting: str, kept: int
) -> None:
    settings = {"name": "notes", "integration": "generic", "instance": "https://intranet.example"}
    source = intake.sources.put({**settings, "secrets": ["s"], "templates": setting})
    desk = Desk(Harvests(intake, Jobs(intake.lrs.store, 10)))
    outcome = intake.accepted(source, posted(REPLY))

    intake.take(source, [(posted(REPLY), outcome)], 1_772_442_900_000_000)
    intake.flush()

    counts = desk.source("notes")["health"]["counts"]
    assert counts["off template"] == {"a template's rule is broken": 1}
    assert counts.get("stored", 0) == kept
    told = [sample for family in Metrics(desk).collect() for sample in family.samples]
    assert [sample.value for sample in told if sample.labels.get("outcome") == "off template"] == [
        1
    ]


def test_bodies_in_quarantine_are_counted_by_the_name_of_their_key(intake: Intake) -> None:
    created, _ = intake.lrs.access.create("moodle", ["statements/write"])
    credential = intake.lrs.access.quarantine(created.key, [])
    broken = {"actor": {"mbox": "no-address"}}
    request = Request(Parsed(broken, broken), {}, credential, Version.V2, 1_772_442_900_000_000)

    intake.lrs.quarantine.take(request)

    desk = Desk(Harvests(intake, Jobs(intake.lrs.store, 10)))
    told = [sample for family in Metrics(desk).collect() for sample in family.samples]
    assert [(s.labels, s.value) for s in told if s.name == "lrs_quarantine_bodies"] == [
        ({"name": "moodle"}, 1)
    ]
