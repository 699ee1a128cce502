"""
Moodle: rows of `mdl_logstore_standard_log`, and answers of its web services (integrations.md 7).

Harvested. moodle.json holds a rule per event; the addresses are those that Moodle itself and
moodle-logstore_xapi use. For completions, enrolments and grades the learner is `relateduserid`,
not who caused the row. A row does not hold names, texts or the kind of a course module, and of
marks only a final grade, without its scale.
Options: `modules`, from course module ids to kinds such as "book", for rows of completions;
`learners`, short names of the roles whose enrolments are told (["student"]).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import orjson

from integrations import moodle_services, php
from integrations.base import (
    Act,
    Delivery,
    Integration,
    Party,
    Result,
    Shown,
    Skip,
    SocialEvent,
    Thing,
    Translated,
    Why,
)
from integrations.source import Source
from integrations.text import tidy
from integrations.times import epoch
from lrs.domain import vocabulary as v

Json = Mapping[str, Any]

_RULES: Json = json.loads(files(__package__).joinpath("moodle.json").read_text("utf-8"))
_COMPLETION = {
    0: (Act.UNCOMPLETE, None),
    1: (Act.COMPLETE, Result(completion=True)),
    2: (Act.COMPLETE, Result(completion=True, success=True)),
    3: (Act.COMPLETE, Result(completion=True, success=False)),
}


def translate(delivery: Delivery, source: Source) -> Iterator[Translated]:
    body = delivery.json
    rows = body if isinstance(body, list) else [body]
    if rows and "eventname" in rows[0]:
        yield from (_row(row, source) for row in rows)
    else:
        yield from moodle_services.translate(body, delivery, source)


def _row(row: Json, source: Source) -> Translated:
    key = "/".join(row["eventname"].strip("\\").split("\\event\\"))
    skip = _nobody(row, key)
    if skip:
        return skip
    if key == "core/course_module_completion_updated":
        return _completed(row, key, source)
    rule = _rule(key)
    if rule is None:
        return Skip(Why.NOT_SOCIAL, key)
    return _by_rule(rule, row, key)


def _nobody(row: Json, key: str) -> Skip | None:
    """Messages are private, notes are about others; "log in as" acts in another's name."""
    if key in _RULES["private"]:
        return Skip(Why.PRIVATE, key)
    if row.get("anonymous") in (1, "1"):
        return Skip(Why.ANONYMOUS)
    if row.get("realuserid"):
        return Skip(Why.NO_PERSON, "logged in as another")
    return None


def _rule(key: str) -> Json | None:
    component, _, event = key.partition("/")
    kind = component.removeprefix("mod_")
    if event == "course_module_viewed":
        return {"act": "view", "object": f"mod/{kind}/view.php?id={{cmid}}", "as": kind}
    found: Json | None = _RULES["events"].get(key)
    return found


def _by_rule(rule: Json, row: Json, key: str) -> Translated:
    who = row.get(rule.get("who", "userid"))
    if not who or str(who) == "0":
        return Skip(Why.NO_PERSON, "a job")
    filled = _filled(row)
    kind = _RULES["types"][rule["type"]] if "type" in rule else _module_type(rule["as"])
    to = Thing(rule["object"].format_map(filled), kind)
    text, score = filled.get(rule.get("text", "")), filled.get(rule.get("score", ""))
    if "score" in rule and score is None:
        return Skip(Why.UNCHANGED, "not graded")
    return _event(
        Act(rule["act"]),
        row,
        key,
        actor=Party(str(who)),
        object=to,
        parent=_parent(rule, filled),
        text=tidy(str(text)) if text else None,
        result=None if score is None else Result(raw=float(score)),
        instructor=_instructor(rule, row),
    )


def _event(act: Act, row: Json, key: str, **more: Any) -> SocialEvent:
    course = Thing(f"course/view.php?id={row.get('courseid')}", v.COURSE)
    in_course = row.get("courseid") not in (None, 0, "0", "") and more["object"].id != course.id
    return SocialEvent(
        act=act,
        source_id=f"log/{row['id']}/{key}",
        at=epoch(row["timecreated"]),
        containers=(course,) if in_course else (),
        **more,
    )


def _parent(rule: Json, filled: Mapping[str, Any]) -> Thing | None:
    if "parent" not in rule:
        return None
    path = rule["parent"].format_map(filled)
    kind = _RULES["types"].get(rule.get("parent_type"))
    return Thing(path, kind or _module_type(path.split("/")[1]))


def _instructor(rule: Json, row: Json) -> Party | None:
    """Who enrolled or graded somebody else."""
    by, whom = row.get("userid"), row.get("relateduserid")
    told = rule.get("who") == "relateduserid" and by and str(by) not in ("0", "-1", str(whom))
    return Party(str(by)) if told else None


def _module_type(kind: str) -> str:
    return str(_RULES["modules"].get(kind, f"{v.ADL_TYPE}media"))


def _filled(row: Json) -> defaultdict[str, Any]:
    """The row's columns and what `other` holds, for the addresses of the rules."""
    other = _other(row.get("other"))
    values = {**other, **row, "cmid": row.get("contextinstanceid")}
    return defaultdict(str, {str(key): value for key, value in values.items() if value is not None})


def _other(packed: Any) -> dict[str, Any]:
    """Serialised by PHP until Moodle 3.?, JSON since, by a setting of the site."""
    if not isinstance(packed, str) or packed in ("", "N;", "null"):
        return {}
    found = (
        orjson.loads(packed) if packed.startswith(("{", "[")) else php.unserialize(packed.encode())
    )
    return found if isinstance(found, dict) else {}


def _completed(row: Json, key: str, source: Source) -> Translated:
    """The row names the module by its id only; what kind it is, a setting of the source may."""
    state = int(_other(row.get("other")).get("completionstate", 1))
    learner = row.get("relateduserid")
    if not learner or state not in _COMPLETION:
        return Skip(Why.ACTOR_UNKNOWN, key)
    kinds = source.options.get("modules")
    cmid = row["contextinstanceid"]
    kind = kinds.get(str(cmid)) if isinstance(kinds, dict) else None
    path = f"mod/{kind}/view.php?id={cmid}" if kind else f"course/module?id={cmid}"
    act, result = _COMPLETION[state]
    return _event(
        act,
        row,
        key,
        actor=Party(str(learner)),
        object=Thing(path, _module_type(kind or "")),
        result=result,
    )


def recognise(body: bytes, stem: str) -> Shown:
    held = orjson.loads(body)
    row = held[0] if isinstance(held, list) and held else held
    name = row.get("eventname") if isinstance(row, dict) else None
    return Shown(str(name or stem), harvested=True)


INTEGRATION = Integration(name="moodle", title="Moodle", translate=translate, recognise=recognise)
