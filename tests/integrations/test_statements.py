"""The one builder: what every Statement of every source has in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.base import Act, Party, Result, SocialEvent, Thing
from integrations.receive import accept
from integrations.registry import configured
from integrations.source import Source
from integrations.statements import VERBS, iri, statement
from integrations.text import excerpt, language_tag, plain
from lrs.domain import vocabulary as v
from lrs.domain.errors import BadRequest
from lrs.domain.validation import problems
from lrs.domain.versions import Version
from lrs.domain.vocabulary import ACTIONS, Class, Mode, action_of, mode_of, vclass

SOURCE = configured({"name": "tool", "integration": "generic", "instance": "https://Tool.example/"})
AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

# What each act is done to, where the type of the object tells one act from another.
TYPES = {
    Act.ASK: v.QUESTION,
    Act.ANSWER: v.SOLUTION,
    Act.WIKI_CREATE: v.PAGE,
    Act.WIKI_EDIT: v.PAGE,
    Act.AUTHOR: f"{v.TINCAN_TYPE}chapter",
    Act.COMMENT: v.COMMENT,
}


def an_event(**changes: Any) -> SocialEvent:
    event = SocialEvent(
        act=Act.POST,
        source_id="post/1",
        at=AT,
        actor=Party("7", "Ada"),
        object=Thing("posts/1", v.NOTE, "Pump 4"),
        text="Who has tried it?",
    )
    return replace(event, **changes)


def built(source: Source = SOURCE, **changes: Any) -> dict[str, Any]:
    return statement(an_event(**changes), source, "Tool")


@pytest.mark.parametrize("act", list(Act))
def test_every_act_is_emitted_with_one_verb_and_read_back_as_itself(act: Act) -> None:
    made = built(act=act, object=Thing("x/1", TYPES.get(act, v.NOTE)))

    assert problems(made, Version.V2) == []
    assert made["verb"]["id"] == VERBS[act]
    assert action_of(made) == act


def test_every_act_is_a_canonical_action() -> None:
    assert {str(act) for act in Act} <= set(ACTIONS)


def test_an_accepted_answer_of_an_unknown_acceptor_is_found_as_accept() -> None:
    made = built(
        act=Act.ACCEPT,
        object=Thing("a/1", v.SOLUTION),
        extensions={v.ATTRIBUTED: "author of the answer"},
    )

    assert made["verb"]["id"] == "http://id.tincanapi.com/verb/earned"
    assert action_of(made) == "accept"


def test_an_id_depends_on_act_object_version_actor_and_source_and_on_nothing_else() -> None:
    ids = {
        built()["id"],
        built(act=Act.EDIT)["id"],
        built(source_id="post/1/v2")["id"],
        built(actor=Party("8"))["id"],
        built(actor=Party("7", home="https://other.example"))["id"],
        built(replace(SOURCE, namespace=configured({
            "name": "tool", "integration": "generic", "instance": "https://two.example"
        }).namespace))["id"],
    }  # fmt: skip

    assert len(ids) == 6
    assert (
        built(text="other", at=AT + timedelta(1), actor=Party("7", "Renamed"))["id"]
        == built()["id"]
    )


def test_a_hook_and_a_harvester_of_one_instance_make_the_same_statement() -> None:
    settings = {"integration": "generic", "instance": "https://tool.example"}
    hook = configured({"name": "hook", **settings})
    harvester = configured({"name": "harvester", **settings})

    assert built(hook) == built(harvester)


def test_platform_is_left_out_where_the_object_is_an_agent() -> None:
    made = built(act=Act.FOLLOW, object=Party("8", "Bo"), text=None)

    assert "platform" not in made["context"]
    assert made["object"]["account"] == {"homePage": "https://tool.example", "name": "8"}
    assert problems(made, Version.V2) == []


def test_times_are_utc_with_their_fraction() -> None:
    zone = timezone(timedelta(hours=1, minutes=1))

    made = built(at=datetime(2026, 3, 2, 10, 0, 0, 120_000, tzinfo=zone))

    assert made["timestamp"] == "2026-03-02T08:59:00.120000Z"


def test_what_the_vendor_does_not_tell_is_not_there() -> None:
    made = built(at=None, text=None)

    assert "timestamp" not in made
    assert "result" not in made
    assert set(made["context"]["contextActivities"]) == {"category"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("en", "en"),
        ("pt-BR", "pt-BR"),
        ("und", None),
        ("zxx", None),
        ("qme", None),
        ("QST", None),
        ("en_US", None),
        ("", None),
        (None, None),
    ],
)
def test_only_real_languages_are_kept(told: str | None, kept: str | None) -> None:
    assert language_tag(told) == kept
    assert built(language=told)["context"].get("language") == kept


@pytest.mark.parametrize(
    ("result", "score"),
    [
        (Result(raw=5, low=0, high=1, scaled=5), {"raw": 5, "min": 0}),
        (Result(raw=0, low=0, high=0), {"raw": 0}),
        (
            Result(raw=9.28, low=0, high=220, scaled=0.042),
            {"raw": 9.28, "min": 0, "max": 220, "scaled": 0.042},
        ),
        (Result(scaled=-1), {"scaled": -1}),
        (Result(raw=-3, low=0), {"raw": -3}),
    ],
)
def test_of_a_score_only_what_the_standard_allows(result: Result, score: dict[str, float]) -> None:
    made = built(act=Act.SCORE, result=result)

    assert made["result"]["score"] == score
    assert problems(made, Version.V2) == []


def test_mentions_and_the_one_who_is_answered_are_agents_with_relevant_types() -> None:
    made = built(act=Act.REPLY, answered=Party("8"), mentions=(Party("9"), Party("9"), Party("8")))

    told = [
        (a["agent"]["account"]["name"], a["relevantTypes"])
        for a in made["context"]["contextAgents"]
    ]
    assert told == [("8", [v.ANSWERED]), ("9", [v.MENTIONED]), ("8", [v.MENTIONED])]


def test_each_tag_has_one_id_however_it_is_written() -> None:
    made = built(tags=("#Safety", "safety", "Straße", "a/b"))

    ids = [one["id"] for one in made["context"]["contextActivities"]["other"]]
    assert ids == [
        "https://tool.example/tag/safety",
        "https://tool.example/tag/strasse",
        "https://tool.example/tag/a%2Fb",
    ]


@given(st.text(max_size=40))
def test_any_path_becomes_a_valid_iri(path: str) -> None:
    made = built(object=Thing("x/" + path, v.NOTE))

    assert problems(made, Version.V2) == [], iri("x/" + path, SOURCE)


@given(st.text(max_size=400))
def test_an_excerpt_is_a_beginning(text: str) -> None:
    cut = excerpt(text)

    assert len(cut) <= 280
    assert text.startswith(cut.removesuffix("…"))


def test_html_becomes_plain_text() -> None:
    markup = "<p>One &amp; <b>two</b><script>alert(1)</script></p><p>three<br>four &lt;5</p>"

    assert plain(markup) == "One & two\nthree\nfour <5"


def test_who_has_no_consent_is_left_out_of_another_persons_statement() -> None:
    from tests.integrations.contract import posted

    event = {
        "id": "1",
        "act": "reply",
        "person": "7",
        "object": "posts/1",
        "answers": "8",
        "mentions": ["9", "7"],
    }
    outcome = accept(SOURCE, posted(event), lambda agent: agent["account"]["name"] in ("7", "9"))

    agents = outcome.statements[0]["context"]["contextAgents"]
    assert [one["agent"]["account"]["name"] for one in agents] == ["9", "7"]


@pytest.mark.parametrize(
    ("changes", "at"),
    [
        ({"instance": "tool.example"}, "instance"),
        ({"integration": "none"}, "integration"),
        ({"secrets": ["a", "b", "c"]}, "secrets"),
        ({"secrets": [""]}, "secrets"),
        ({"texts": "some"}, "texts"),
        ({"consent": "perhaps"}, "consent"),
        ({"verify": "jwt"}, "verify"),
        ({"name": "With Space"}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_setting_of_a_source_is_named(changes: dict[str, Any], at: str) -> None:
    right = {"name": "tool", "integration": "generic", "instance": "https://tool.example"}

    with pytest.raises(BadRequest) as refusal:
        configured({**right, **changes})

    assert refusal.value.at == at


def test_the_address_of_an_instance_has_one_form() -> None:
    source = configured(
        {"name": "t", "integration": "generic", "instance": "HTTPS://Wiki.Example:443/Site/"}
    )

    assert source.instance == "https://wiki.example/Site"


ALIASES = [
    (
        "http://activitystrea.ms/schema/1.0/create",
        "http://activitystrea.ms/schema/1.0/note",
        "post",
    ),
    (
        "http://www.w3.org/ns/activitystreams#Create",
        "http://activitystrea.ms/schema/1.0/note",
        "post",
    ),
    ("https://w3id.org/xapi/dod-isd/verbs/created", v.FORUM_TOPIC, "post"),
    ("https://w3id.org/xapi/dod-isd/verbs/created", v.FORUM_REPLY, "reply"),
    ("https://w3id.org/xapi/acrossx/verbs/posted", v.DISCUSSION, "post"),
    ("http://id.tincanapi.com/verb/tweeted", f"{v.TINCAN_TYPE}tweet", "post"),
    ("http://id.tincanapi.com/verb/retweeted", f"{v.TINCAN_TYPE}tweet", "share"),
    ("http://adlnet.gov/expapi/verbs/shared", None, "share"),
    ("https://w3id.org/xapi/acrossx/verbs/liked", None, "like"),
    ("http://id.tincanapi.com/verb/voted-up", None, "like"),
    ("https://w3id.org/xapi/openedx/verb/voted", v.DISCUSSION, "like"),
    ("http://id.tincanapi.com/verb/replied-to-tweet", None, "reply"),
    ("http://activitystrea.ms/stop-following", None, "unfollow"),
    ("https://w3id.org/xapi/acrossx/verbs/edited", v.FORUM_REPLY, "edit"),
    ("http://activitystrea.ms/update", f"{v.EDLM_TYPE}wiki-page", "wiki_edit"),
    ("http://activitystrea.ms/create", f"{v.EDLM_TYPE}wiki-page", "wiki_create"),
    ("http://adlnet.gov/expapi/verbs/answered", f"{v.ADL_TYPE}cmi.interaction", "respond"),
    ("http://adlnet.gov/expapi/verbs/answered", v.SOLUTION, "answer"),
    ("http://adlnet.gov/expapi/verbs/asked", v.SOLUTION, "view"),
    ("http://activitystrea.ms/search", None, "search"),
    ("http://activitystrea.ms/find", None, "find"),
    ("http://activitystrea.ms/save", None, "bookmark"),
    ("http://activitystrea.ms/schema/1.0/add", f"{v.ADL_TYPE}link", "collect"),
    ("http://activitystrea.ms/join", f"{v.CMI5_TYPE}course", "register"),
    ("http://activitystrea.ms/create", f"{v.TINCAN_TYPE}section", "author"),
    ("http://example.com/verbs/juggled", None, None),
]


@pytest.mark.parametrize(("verb", "kind", "action"), ALIASES)
def test_an_act_is_found_however_it_was_spelled(
    verb: str, kind: str | None, action: str | None
) -> None:
    definition = {"definition": {"type": kind}} if kind else {}
    sent = {"verb": {"id": verb}, "object": {"id": "https://x.example/1", **definition}}

    assert action_of(sent) == action


def test_a_post_under_a_thread_is_a_reply() -> None:
    """Open edX has one verb and one type for all of its forum."""
    thread = {"id": "https://x.example/t/1", "definition": {"type": v.DISCUSSION}}
    sent = {
        "verb": {"id": "https://w3id.org/xapi/acrossx/verbs/posted"},
        "object": {"id": "https://x.example/c/1", "definition": {"type": v.DISCUSSION}},
        "context": {"contextActivities": {"grouping": [thread]}},
    }

    assert action_of(sent) == "reply"


@pytest.mark.parametrize(
    "broken", [{}, {"verb": 3}, {"verb": {"id": []}}, {"verb": {"id": None}, "object": 1}]
)
def test_a_statement_without_a_readable_verb_has_no_action(broken: dict[str, Any]) -> None:
    assert action_of(broken) is None


def test_classes_follow_from_actions() -> None:
    assert vclass("reply") is Class.COMMENT
    assert vclass("post") is vclass("wiki_create") is Class.CREATE
    assert vclass("like") is vclass("follow") is Class.REACT
    assert vclass(None) is vclass("juggle") is Class.OTHER


def test_what_is_viewed_in_a_course_is_formal_and_a_post_there_is_social() -> None:
    course = {"id": "https://x.example/c", "definition": {"type": v.COURSE}}
    sent = {"context": {"contextActivities": {"grouping": course}}}

    assert mode_of("view", sent) is Mode.FORMAL
    assert mode_of("view") is Mode.INFORMAL
    assert mode_of("post", sent) is Mode.SOCIAL
